-- Rows deleted one by one, in several bitmaps of one file.
SELECT count(*), sum(id) FROM flat AT (VERSION => 'half');
SELECT count(*), sum(id) FROM flat WHERE id < 1500 AND amount <> -1;
SELECT change_type, count(*), count(DISTINCT version) FROM lake_changes('flat', 12) GROUP BY change_type ORDER BY change_type;
