"""dplake import and export."""
import gzip
import json
import os
import sys
import unittest

from program import ProgramTest

try:
    import duckdb
except ImportError:
    duckdb = None


class Import(ProgramTest):
    def load(self, *arguments, expect=0):
        return self.run_program("import", *arguments, "--data", self.data, expect=expect).stdout

    def test_a_file_becomes_a_table(self):
        report = self.load(self.write("2024 sales.csv", "day,n\n2024-01-01,1\n2024-01-02,2\n"))
        self.assertRegex(report, r"2024 sales\.csv -> t_2024_sales: 2 rows stored\n")
        self.assertEqual(self.sql("SELECT typeof(day), n FROM t_2024_sales ORDER BY n"), ["DATE,1", "DATE,2"])

    def test_large_files_become_parquet(self):
        self.load(self.write("big.csv", "i,s\n" + "".join(f"{i},text {i}\n" for i in range(50000))))
        self.assertEqual(self.sql("SELECT count(*), sum(i), max(s) FROM big"), ["50000,1249975000,text 9999"])
        files = [name for _, _, names in os.walk(os.path.join(self.data, "tables")) for name in names]
        self.assertTrue(any(name.endswith(".parquet") for name in files), files)

    def test_rejected_rows_are_listed_by_line(self):
        lines = "".join(f"{i},{i}\n" for i in range(30000))
        report = self.load(self.write("a.csv", "id,x\n" + lines + "1,zz\n2\n"))
        self.assertIn("30000 rows stored, 2 rejected of 30002 read", report)
        self.assertRegex(report, r"line 30002, column x: CAST")
        self.assertRegex(report, r"line 30003")
        report = self.load(self.write("b.ndjson", '{"a": 1}\n{"a": \n{"a": 2}\n'))
        self.assertIn("2 rows stored, 1 rejected of 3 read", report)
        self.assertRegex(report, r"line 2: not a JSON object")
        self.load("--strict", "--replace", self.path("a.csv"), expect=1)

    def test_lines_inside_quotes_count(self):
        text = 'id,name,d\n1,"two\nlines",2026-01-05\n6,f\n7,g,2026-01-06\n8,"a\n\nb"\n9,h,2026-01-07\n'
        packed = self.path("p.csv.gz")
        with gzip.open(packed, "wt") as file:
            file.write(text)
        windows = self.path("w.csv")
        with open(windows, "w", newline="") as file:
            file.write(text.replace("\n", "\r\n"))
        for path in (self.write("a.csv", text), packed, windows):
            with self.subTest(path=path):
                report = self.load(path, "--replace")
                self.assertIn("3 rows stored, 2 rejected of 5 read", report)
                self.assertRegex(report, r"line 4, column d")
                self.assertRegex(report, r"line 6, column d")
                self.assertRegex(self.load(path, "--replace", "--strict", expect=1), r", line 4, column d: MISSING COLUMNS")

    def test_strict_fails_a_file_that_loses_a_row(self):
        # Lines of different widths: as one wide column they would all be right.
        ragged = self.write("ragged.csv", "id,name,d\n1,a,2026-01-01\n2,b,2026-01-02\n3,\"two, words\",2026-01-05\n6,f\n")
        self.assertIn("3 rows stored, 1 rejected", self.load(ragged, "--table", "lenient"))
        report = self.load(ragged, "--table", "t", "--strict", expect=1)
        self.assertRegex(report, r"FAILED \(invalid_argument\): .*ragged\.csv, line 5, column d: MISSING COLUMNS")
        self.assertEqual(self.sql("SELECT count(*) FROM information_schema.tables WHERE table_name = 't'"), ["0"])
        self.assertEqual(self.sql("SELECT count(*) FROM ingest.run"), ["1"])
        whole = self.write("whole.csv", "id,name,d\n1,a,2026-01-01\n")
        self.load(ragged, whole, "--table", "t", "--strict", expect=1)
        self.assertEqual(self.sql("SELECT id, typeof(d) FROM t"), ["1,DATE"])

    def test_rules_keep_bad_records_apart(self):
        rules = self.write("people.json", json.dumps({"name": "people", "fields": {
            "id": {"type": "integer", "required": True, "unique": True}, "mail": {"format": "email", "severity": "warning"}}}))
        self.write("p.ndjson", '{"id": 1, "mail": "x"}\n{"id": 1}\n{"mail": "a@b.org"}\n{"id": 2}\n')
        report = self.load(self.path("p.ndjson"), "--rules", rules, expect=1)
        self.assertRegex(report, r"-> p: 2 rows stored, 2 refused of 4 \(ingest\.dead_letter, run [0-9a-f-]{36}\)")
        self.assertIn("record 1: warning: mail must be a valid email, and is x", report)
        self.assertIn("record 3: error: id must be there", report)
        self.assertEqual(self.sql("SELECT id FROM p ORDER BY id"), ["1", "2"])
        self.assertEqual(self.sql("SELECT position, raw FROM ingest.dead_letter ORDER BY position"),
                         ['2,"{""id"": 1}"', '3,"{""mail"": ""a@b.org""}"'])
        # The set is stored, so its name does; --level overrides its own.
        report = self.load(self.path("p.ndjson"), "--rules", "people", "--level", "audit", "--replace")
        self.assertIn("-> p: 4 rows stored", report)
        self.assertNotIn("record ", report)
        self.load(self.path("p.ndjson"), "--rules", "nobody", expect=1)
        # Under no rule but the table's own, both are good; they are stored once.
        self.assertIn("p: 2 of 2 refused records stored, 0 refused again", self.load("--replay", "p"))
        self.assertIn("p: 0 of 0 refused records stored", self.load("--replay", "p"))
        self.assertEqual(self.sql("SELECT count(*) FROM p"), ["6"])
        self.load(self.path("p.ndjson"), "--rules", "people", "--table", "q", expect=1)
        # One was refused beside another of its number only; the other has none still.
        self.assertIn("1 of 2 refused records stored, 1 refused again", self.load("--replay", "q", "--rules", "people", expect=1))
        self.load("--replay", "\"", expect=2)
        self.load(self.path("p.ndjson"), "--level", "audit", expect=2)

    def test_a_path_that_is_no_utf8_is_named_in_what_can_be_typed(self):
        os.mkdir(self.path("in"))
        odd = os.fsencode(self.path("in")) + b"/a\xff.csv"
        for path in (odd, os.fsencode(self.path("in/b.csv"))):
            with open(path, "wb") as file:
                file.write(b"k\n1\n")
        report = self.load(self.path("in"), expect=1)
        self.assertRegex(report, r"FAILED \(invalid_argument\): the path is not UTF-8, .* another name \(mv\).*/in/a\\xff\.csv'")
        self.assertRegex(report, r"b\.csv -> b: 1 rows stored")
        self.assertEqual(self.sql("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"), ["b"])
        os.rename(odd, self.path("in/a.csv"))
        self.load(self.path("in/a.csv"))
        self.assertEqual(self.sql("SELECT k FROM a"), ["1"])

    def test_empty_files_are_refused_each_by_itself(self):
        self.write("in/a.csv", "")
        self.write("in/b.json", "")
        self.write("in/c.csv", "k\n1\n")
        report = self.load(self.path("in"), expect=1)
        for name in ("a.csv", "b.json"):
            self.assertRegex(report, name + r".*FAILED \(invalid_argument\): the file is empty")
        self.assertRegex(report, r"c\.csv -> c: 1 rows stored")
        self.assertEqual(self.sql("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"), ["c"])
        self.assertEqual(self.sql("SELECT source, target, row_count FROM ingest.lineage"), [self.path("in/c.csv") + ",c,1"])
        self.assertIn("the file is empty", self.load(self.path("in/a.csv"), "--table", "c", "--append", expect=1))

    def test_json_deeper_than_a_type_is_kept_as_json(self):
        for name, depth in (("shallow", 30), ("limit", 32), ("deep", 200), ("deeper", 999)):
            for suffix in ("json", "ndjson"):
                text = '{"k": ' + "[" * depth + "1" + "]" * depth + "}\n"
                table = f"{name}_{suffix}"
                self.load(self.write(f"{name}.{suffix}", text), "--table", table)
                self.assertEqual(self.sql(f"SELECT replace(to_json(k)::VARCHAR, '[', '') FROM {table}"), ["1" + "]" * depth])
        report = self.load(self.write("deepest.json", "[" * 3000 + "]" * 3000), expect=1)
        self.assertIn("more than 1000 levels", report)

    def test_parts_of_structs_without_a_place_are_not_lost(self):
        self.sql("CREATE TABLE t (k INTEGER, s STRUCT(a INTEGER, l STRUCT(x INTEGER)[]))")
        wide = '{"k": 1, "s": {"a": 1, "b": 2}}\n'
        for arguments in ((), ("--strict",)):
            report = self.load(self.write("w.json", wide), "--table", "t", "--append", *arguments, expect=1)
            self.assertIn("no place for s.b", report)
        lines = self.write("w.ndjson", '{"k": 1, "s": {"a": 1}}\n' + wide)
        report = self.load(lines, "--table", "t", "--append", "--strict", expect=1)
        self.assertRegex(report, r"line 2: the table has no place for s\.b")
        self.assertEqual(self.sql("SELECT count(*) FROM t"), ["0"])
        report = self.load(lines, "--table", "t", "--append")
        self.assertIn("1 rows stored, 1 rejected of 2 read", report)
        self.assertRegex(report, r"line 2, column s\.b: the table has no place for s\.b")
        # A MAP is what the readers make of many keys; their places are found line by line.
        many = "".join(json.dumps({"k": i, "s": {f"key{i % 400}": i}}) + "\n" for i in range(800))
        self.assertIn("no place for s.key", self.load(self.write("m.ndjson", many), "--table", "t", "--append", "--strict", expect=1))
        # Other types of leaves, another order and missing parts are no reason.
        fits = self.write("f.ndjson", '{"s": {"l": [{"x": 7}]}, "k": 2}\n{"k": 3, "s": null}\n')
        self.load(fits, "--table", "t", "--append", "--strict")
        self.load(fits, "--table", "t", "--append")
        self.assertEqual(self.sql("SELECT count(*), sum(s.l[1].x) FROM t"), ["5,14"])

    def test_directories_patterns_and_compression(self):
        self.write("in/a.tsv", "k\tv\n1\tx\n")
        self.write("in/deep/b.json", '[{"k": 1}, {"k": 2}]')
        self.write("in/notes.txt", "nothing")
        with gzip.open(self.path("in/c.csv.gz"), "wt") as file:
            file.write("k\n1\n2\n3\n")
        self.load(self.path("in"))
        self.assertEqual(self.sql("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM c)"), ["1,2,3"])
        for month in ("01", "02"):
            self.write(f"m/sales-{month}.csv", f"m,n\n{month},5\n")
        self.load(self.path("m/*.csv"), "--table", "s.sales")
        self.assertEqual(self.sql("SELECT count(*), sum(n) FROM s.sales"), ["2,10"])

    def test_append_replace_and_refusals(self):
        file = self.write("t.csv", "a,b\n1,x\n")
        self.load(file)
        self.assertIn("already_exists", self.load(file, expect=1))
        self.load(file, "--append")
        self.assertEqual(self.sql("SELECT count(*) FROM t"), ["2"])
        self.assertIn("extra", self.load(self.write("u.csv", "a,extra\n1,2\n"), "--table", "t", "--append", expect=1))
        self.load(self.path("u.csv"), "--table", "t", "--replace")
        self.assertEqual(self.sql("FROM t"), ["1,2"])
        self.run_program("import", self.path("absent.csv"), "--data", self.data, expect=1)
        self.run_program("import", self.write("odd.bin", "x"), "--data", self.data, expect=2)

    def test_a_bad_file_leaves_the_good_ones(self):
        report = self.load(self.write("bad.json", "[{"), self.write("good.csv", "a\n1\n"), expect=1)
        self.assertRegex(report, r"bad\.json -> bad: FAILED")
        self.assertIn("2 files: 1 stored, 1 failed", report)
        self.assertEqual(self.sql("FROM good"), ["1"])


    def test_a_damaged_compressed_file_stores_nothing(self):
        with gzip.open(self.path("whole.csv.gz"), "wt") as file:
            file.write("id\n" + "".join(f"{i}\n" for i in range(100000)))
        with open(self.path("whole.csv.gz"), "rb") as file:
            whole = file.read()
        for name, content in (("cut", whole[:len(whole) // 2]), ("checksum", whole[:-8] + b"\0\0\0\0" + whole[-4:])):
            with open(self.path(name + ".csv.gz"), "wb") as file:
                file.write(content)
        report = self.load(self.path("cut.csv.gz"), self.path("checksum.csv.gz"), self.path("whole.csv.gz"), expect=1)
        self.assertRegex(report, r"cut\.csv\.gz -> cut: FAILED \(corruption\): .*ends early")
        self.assertRegex(report, r"checksum\.csv\.gz -> checksum: FAILED \(corruption\)")
        self.assertEqual(self.sql("SELECT count(*), sum(id) FROM whole"), ["100000,4999950000"])
        self.assertEqual(self.sql("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'"), ["1"])
        self.assertEqual(self.sql("SELECT target FROM ingest.lineage"), ["whole"])

    def test_tables_go_from_format_to_format_and_lose_nothing(self):
        self.run_program("sql", "--data", self.data, text=(
            "CREATE TABLE t0 AS SELECT range AS id, range / 7 AS real, range % 3 = 0 AS flag, DATE '2026-01-01' + range::INTEGER AS day, TIMESTAMP "
            "'2026-01-01 00:00:00.000001' + range * INTERVAL '1 hour' AS at, CASE WHEN range % 5 <> 0 THEN 'text ' || range END AS maybe, CASE range % 4 "
            "WHEN 0 THEN 'comma, \"quote\"' WHEN 1 THEN 'line' || chr(10) || 'break' WHEN 2 THEN '\u00e4 \u65e5\u672c \U0001f600' ELSE ' spaces ' END AS odd "
            "FROM range(1000);"))
        for number, extension in enumerate(("csv", "ndjson", "parquet", "json", "csv")):
            path = self.path(f"t{number + 1}.{extension}")
            if extension == "json":
                self.run_program("sql", "--data", self.data, "-c", f"COPY t{number} TO '{path}' (FORMAT json, ARRAY true)")
            else:
                self.run_program("sql", "--data", self.data, "--format", extension, "-o", path, "-c", f"FROM t{number}")
            self.load(path)
            self.assertEqual(self.sql(f"SELECT count(*) FROM ((FROM t0 EXCEPT FROM t{number + 1}) UNION ALL (FROM t{number + 1} EXCEPT FROM t0))"), ["0"],
                             extension)
        self.assertEqual(self.sql("SELECT count(DISTINCT data_type) FROM duckdb_columns() WHERE table_name IN ('t0', 't5') AND column_name = 'at'"), ["1"])

    def test_quotes_lines_and_types_that_come_late(self):
        self.load(self.write("a.csv", "id,s,n\n" + "".join(f"{i},text,1\n" for i in range(30000)) + '30001,"x, y",1\n'))
        self.assertEqual(self.sql("SELECT s FROM a WHERE id = 30001"), ['"x, y"'])
        report = self.load(self.write("b.ndjson", '{"id": 1}\n17\n{"id": 2}\n'))
        self.assertIn("2 rows stored, 1 rejected of 3 read", report)
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE un AS SELECT union_value(s := 'x') AS u")
        self.run_program("export", self.path("out"), "--table", "un", "--data", self.data)
        self.load(self.path("out/main/un.parquet"), "--table", "back")
        self.assertEqual(self.sql("SELECT u.v2 FROM back"), ["x"])

    def test_pipes_are_refused_and_links_followed(self):
        done = self.run_program("import", "/dev/stdin", "--format", "csv", "--data", self.data, text="a\n1\n", expect=2)
        self.assertRegex(done.stderr, "pipe.*save it as a file")
        self.write("real/a.csv", "x\n5\n")
        os.symlink(self.path("real"), self.path("link"))
        self.load(self.path("link"))
        self.assertEqual(self.sql("FROM a"), ["5"])


class Export(ProgramTest):
    SCRIPT = ("CREATE SCHEMA s; CREATE TABLE s.t (id INTEGER NOT NULL DEFAULT 7, h HUGEINT, i INTERVAL, n STRUCT(a BIT[]), CHECK (id < 10000000));"
              "INSERT INTO s.t SELECT range, 170141183460469231731687303715884105727, INTERVAL '-1 day 1 microsecond', {'a': ['101'::BIT]} FROM range(20000);"
              "DELETE FROM s.t WHERE id % 2 = 0; CREATE VIEW v AS SELECT count(*) AS n FROM s.t; CREATE MACRO twice(x, times := 2) AS x * times;"
              "COMMENT ON TABLE s.t IS 'it''s'; COMMENT ON COLUMN s.t.h IS 'large';")

    def test_the_way_out_holds_current_rows_and_definitions(self):
        self.run_program("sql", "--data", self.data, text=self.SCRIPT)
        report = self.run_program("export", self.path("out"), "--all", "--data", self.data).stdout
        self.assertIn("s.t -> s/t.parquet: 10000 rows", report)
        with open(self.path("out/schema.sql"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"CREATE MACRO .*twice.*\(x, times := 2\)")
        with open(self.path("out/manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        self.assertEqual(manifest["tables"][0]["row_count"], 10000)
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["load.sql", "manifest.json", "s", "schema.sql"])

    @unittest.skipIf(duckdb is None, "SKIPPED LOUDLY: the Python package duckdb is not installed; exports are not read by plain DuckDB")
    def test_plain_duckdb_makes_a_database_of_it(self):
        self.run_program("sql", "--data", self.data, text=self.SCRIPT)
        self.run_program("export", self.path("out"), "--all", "--data", self.data)
        os.chdir(self.path("out"))
        self.addCleanup(os.chdir, "/")
        with duckdb.connect() as plain:
            for script in ("schema.sql", "load.sql"):
                with open(script, encoding="utf-8") as file:
                    plain.execute(file.read())
            rows = plain.execute("SELECT count(*), sum(id), min(h)::VARCHAR, min(i)::VARCHAR, min(n)::VARCHAR FROM s.t").fetchone()
            self.assertEqual(list(rows[:3]), [10000, 100000000, "170141183460469231731687303715884105727"])
            self.assertEqual(plain.execute("SELECT n, twice(n) FROM v").fetchone(), (10000, 20000))
            self.assertEqual(plain.execute("SELECT comment FROM duckdb_tables()").fetchone(), ("it's",))
            with self.assertRaises(duckdb.ConstraintException):
                plain.execute("INSERT INTO s.t (id) VALUES (10000000)")

    def test_named_tables_and_refusals(self):
        self.run_program("sql", "--data", self.data, text="CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 2 AS x;")
        self.run_program("export", self.path("one"), "--table", "b", "--data", self.data)
        self.assertEqual(os.listdir(self.path("one/main")), ["b.parquet"])
        self.run_program("export", self.path("one"), "--data", self.data, expect=1)
        self.run_program("export", self.path("two"), "--table", "absent", "--data", self.data, expect=1)
        self.run_program("export", self.path("three"), "--table", "a", "--all", "--data", self.data, expect=2)

    def test_collations_are_kept(self):
        self.run_program("sql", "--data", self.data, text="""
            CREATE TABLE c ("a, (""b" VARCHAR COLLATE NOCASE, plain VARCHAR, "check" VARCHAR COLLATE NOCASE.NOACCENT
              DEFAULT ' VARCHAR COLLATE de, ' NOT NULL, n INTEGER, CHECK (plain <> 'x VARCHAR COLLATE de'));
            INSERT INTO c VALUES ('Hello', 'Hello', 'H\u00e9llo', 1);""")
        self.run_program("export", self.path("out"), "--data", self.data)
        with open(self.path("out/schema.sql"), encoding="utf-8") as file:
            schema = file.read()
        with open(self.path("out/load.sql"), encoding="utf-8") as file:
            load = file.read().replace("read_parquet('", "read_parquet('" + self.path("out") + "/")
        self.run_program("sql", "--data", self.path("other"), text=schema + load)
        done = self.run_program("sql", "--data", self.path("other"), "--format", "csv", "-c",
                                """SELECT "a, (""b" = 'HELLO', plain = 'HELLO', "check" = 'HELLO' FROM c""")
        self.assertEqual(done.stdout.splitlines()[1:], ["true,false,true"])
        self.run_program("export", self.path("again"), "--data", self.path("other"))
        with open(self.path("again/schema.sql"), encoding="utf-8") as file:
            self.assertEqual(file.read(), schema)

    def test_definitions_come_after_what_they_use(self):
        self.run_program("sql", "--data", self.data, text="""
            CREATE TABLE t (x INTEGER); CREATE MACRO low() AS 1; CREATE MACRO in_t() AS (SELECT count(*) FROM t);
            CREATE TABLE u (x INTEGER DEFAULT (low()), in_t INTEGER, CHECK (x >= low())); CREATE VIEW w AS SELECT in_t() AS n, x FROM u;
            CREATE MACRO a() AS TABLE SELECT * FROM w; CREATE VIEW b AS SELECT n FROM a();
            INSERT INTO t VALUES (5);""")
        self.run_program("export", self.path("out"), "--data", self.data)
        self.run_program("sql", "--data", self.path("other"), "-f", self.path("out/schema.sql"))
        done = self.run_program("sql", "--data", self.path("other"), "--format", "csv", "-c",
                                "INSERT INTO u (in_t) VALUES (3)", "-c", "SELECT x, n FROM w", "-c", "SELECT n FROM b")
        self.assertEqual(done.stdout.splitlines()[-4:], ["x,n", "1,0", "n", "0"])

    def test_an_export_does_not_lie_in_a_lake(self):
        self.run_program("sql", "--data", self.data, text="CREATE TABLE a AS SELECT 1 AS x;")
        os.symlink(self.data, self.path("link"))
        for place in (os.path.join(self.data, "out"), os.path.join(self.data, "tables", "deep", "out"), os.path.join(self.path("link"), "out")):
            done = self.run_program("export", place, "--data", self.data, expect=1)
            self.assertIn("data directory of a lake: " + self.data, done.stderr)
            self.assertFalse(os.path.exists(os.path.join(self.data, "out")))
        self.run_program("export", "relative/out", "--data", self.data)
        self.assertTrue(os.path.exists(self.path("relative/out/manifest.json")))

    def test_export_then_import_gives_the_same(self):
        self.run_program("sql", "--data", self.data, text="CREATE TABLE a AS SELECT range AS i, 'v' || range AS s FROM range(15000);")
        self.run_program("export", self.path("out"), "--data", self.data)
        self.run_program("import", self.path("out/main"), "--data", self.path("other"))
        done = self.run_program("sql", "--data", self.path("other"), "--format", "csv", "-c", "SELECT count(*), sum(i), max(s) FROM a")
        self.assertEqual(done.stdout.splitlines()[1:], self.sql("SELECT count(*), sum(i), max(s) FROM a"))


class OverAServer(ProgramTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("open"))
        self.server, link = self.serve("--allowed-paths", self.path("open"))
        self.remote = ["--server", link.split("/?")[0], "--data", self.data]

    def query(self, statement):
        return self.run_program("sql", *self.remote, "--format", "csv", "-c", statement).stdout.splitlines()[1:]

    def test_import(self):
        self.write("open/a.csv", "id,x\n" + "".join(f"{i},{i}\n" for i in range(30000)) + "1,zz\n")
        self.write("open/b.ndjson", '{"a": 1, "s": {"n": 1}}\n{"a": 2, "s": {"n": "no"}}\n')
        report = self.run_program("import", self.path("open"), *self.remote).stdout
        self.assertIn("30000 rows stored, 1 rejected of 30001 read", report)
        self.assertRegex(report, r"line 30002, column x: CAST")
        self.assertIn("2 files: 2 stored", report)
        self.assertEqual(self.query("SELECT count(*), sum(x) FROM a"), ["30000,449985000"])
        self.assertIn("already_exists", self.run_program("import", self.path("open/a.csv"), *self.remote, expect=1).stdout)
        self.run_program("import", self.path("open/a.csv"), "--append", *self.remote)
        self.assertEqual(self.query("SELECT count(*) FROM a"), ["60000"])

    def test_import_of_a_file_that_the_server_may_not_open(self):
        done = self.run_program("import", self.write("closed.csv", "a\n1\n"), *self.remote, expect=1)
        self.assertIn("permission_denied", done.stdout)
        self.assertIn("--allowed-paths", done.stderr)
        self.assertEqual(self.query("SELECT count(*) FROM duckdb_tables()"), ["0"])

    def test_export_comes_to_the_client(self):
        self.run_program("sql", *self.remote, text=Export.SCRIPT + "CREATE MACRO plus(a, b := 10) AS a + b;")
        report = self.run_program("export", self.path("out"), "--all", *self.remote).stdout
        self.assertIn("s.t -> s/t.parquet: 10000 rows", report)
        self.assertIn("b := 10", self.read("out/schema.sql"))
        manifest = json.loads(self.read("out/manifest.json"))
        self.assertEqual(manifest["tables"][0]["row_count"], 10000)
        # Read back by a lake of its own, which shares nothing with the server.
        os.mkdir(self.path("other"))
        script = self.read("out/schema.sql") + self.read("out/load.sql").replace("read_parquet('", "read_parquet('" + self.path("out") + "/")
        self.run_program("sql", "--data", self.path("other"), text=script)
        statement = "SELECT count(*), sum(id), min(h), min(i), min(n), (SELECT n FROM v), plus(1) FROM s.t"
        done = self.run_program("sql", "--data", self.path("other"), "--format", "csv", "-c", statement)
        self.assertEqual(done.stdout.splitlines()[1:], self.query(statement))

    def test_export_is_of_one_version_and_refuses_what_it_must(self):
        self.run_program("sql", *self.remote, text="CREATE TABLE a AS SELECT range AS i FROM range(15000);")
        self.run_program("export", self.path("out"), "--table", "a", *self.remote)
        self.run_program("export", self.path("out"), *self.remote, expect=1)
        self.run_program("export", self.path("two"), "--table", "absent", *self.remote, expect=1)
        self.assertEqual(self.end(self.server), 0)
        self.run_program("export", self.path("three"), *self.remote, expect=1)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


if __name__ == "__main__":
    if duckdb is None:
        print("SKIPPED LOUDLY: the Python package duckdb is not installed", file=sys.stderr)
    unittest.main()
