-- What the stored directory was made of. Run by test/upgrade/make_directory.py, once, by the program of that time.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE flat (id INTEGER NOT NULL, name VARCHAR DEFAULT 'nobody', amount DECIMAL(12, 3), seen TIMESTAMPTZ, how mood,
                   big HUGEINT, bits BIT, span INTERVAL, raw BLOB, u UUID, day DATE, real DOUBLE, CHECK (id >= 0));
INSERT INTO flat SELECT i, 'name ' || i, i / 8, TIMESTAMPTZ '2024-02-29 12:00:00+00' + to_days(i::INTEGER),
    CASE i % 3 WHEN 0 THEN 'sad' WHEN 1 THEN 'ok' ELSE 'happy' END, 170141183460469231731687303715884105727 - i,
    '101'::BIT, to_months(i::INTEGER), 'ab'::BLOB, '00000000-0000-0000-0000-00000000000' || (i % 10), DATE '2024-01-01' + i::INTEGER,
    CASE WHEN i = 7 THEN 'nan' WHEN i = 8 THEN '-inf' ELSE i / 3 END::DOUBLE FROM range(1500) r(i);
CALL lake_tag('before');
CALL lake_flush('flat');
DELETE FROM flat WHERE id % 10 = 3;
DELETE FROM flat WHERE id = 5;
DELETE FROM flat WHERE id = 205;
DELETE FROM flat WHERE id = 405;
DELETE FROM flat WHERE id = 605;
DELETE FROM flat WHERE id = 805;
DELETE FROM flat WHERE id = 1005;
DELETE FROM flat WHERE id = 1205;
CALL lake_tag('half');
DELETE FROM flat WHERE id = 6;
DELETE FROM flat WHERE id = 206;
DELETE FROM flat WHERE id = 406;
DELETE FROM flat WHERE id = 606;
DELETE FROM flat WHERE id = 806;
DELETE FROM flat WHERE id = 1006;
UPDATE flat SET amount = -1 WHERE id BETWEEN 100 AND 120;
ALTER TABLE flat RENAME COLUMN name TO title;
ALTER TABLE flat ADD COLUMN added INTEGER DEFAULT 42;
ALTER TABLE flat DROP COLUMN raw;
INSERT INTO flat (id, title) VALUES (9001, 'inline'), (9002, NULL);
CREATE TABLE nested (id BIGINT, s STRUCT(a INTEGER, b VARCHAR[]), m MAP(VARCHAR, INTEGER), l INTEGER[], f INTEGER[3],
                     c UNION(n INTEGER, t VARCHAR));
INSERT INTO nested SELECT i, {'a': i, 'b': ['x', NULL, i::VARCHAR]}, MAP {'k': i, 'l': NULL}, range(i % 4)::INTEGER[],
    [i, NULL, i + 1]::INTEGER[3], CASE i % 2 WHEN 0 THEN (i::INTEGER)::UNION(n INTEGER, t VARCHAR) ELSE 'odd'::UNION(n INTEGER, t VARCHAR) END
    FROM range(20) r(i);
CREATE SCHEMA sensors;
CREATE TABLE sensors.readings (seen TIMESTAMP, sensor VARCHAR, value DOUBLE) PARTITIONED BY (month(seen), bucket(4, sensor)) SORTED BY (seen);
INSERT INTO sensors.readings SELECT TIMESTAMP '2024-01-15 00:00:00' + to_hours(i::INTEGER), 's' || (i % 5), i FROM range(2000) r(i);
CALL lake_flush('sensors.readings');
COMMENT ON TABLE sensors.readings IS 'one row an hour';
CREATE VIEW sad AS SELECT id, title FROM flat WHERE how = 'sad';
CREATE MACRO twice(x) AS x * 2;
CREATE TABLE few (a INTEGER, b VARCHAR);
INSERT INTO few VALUES (1, 'one');
INSERT INTO few VALUES (2, NULL), (3, 'three');
UPDATE few SET b = 'two' WHERE a = 2;
DELETE FROM few WHERE a = 1;
CREATE TABLE gone (a INTEGER);
DROP TABLE gone;
