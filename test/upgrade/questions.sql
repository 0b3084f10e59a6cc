-- Asked of each stored directory; its answers.json has what the program that made it said.
SELECT count(*), sum(id), sum(amount), count(title), min(title), sum(added), max(seen), min(day) FROM flat;
SELECT how, count(*), max(big), min(big), max(span), any_value(bits), count(DISTINCT u) FROM flat GROUP BY how ORDER BY how NULLS LAST;
SELECT count(*) FILTER (isnan(real)), count(*) FILTER (real = '-infinity'), count(real) FROM flat;
SELECT id, amount, title FROM flat WHERE id IN (99, 100, 103, 120, 121, 9001, 9002) ORDER BY id;
SELECT count(*), sum(id), count(raw), count(name) FROM flat AT (VERSION => 'before');
SELECT * FROM nested WHERE id IN (0, 3, 19) ORDER BY id;
SELECT sensor, count(*), sum(value), min(seen), max(seen) FROM sensors.readings WHERE seen >= '2024-02-01' GROUP BY sensor ORDER BY sensor;
SELECT count(*), twice(21) FROM sad;
SELECT * FROM few ORDER BY a;
SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'lake' ORDER BY ALL;
SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_catalog = 'lake' AND table_name = 'flat' ORDER BY ordinal_position;
SELECT comment FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'readings';
SELECT change_type, a, b FROM lake_changes('few', 0) ORDER BY ALL;
