"""dplake sql, batch: where statements come from, what formats look like, where results go."""
import json
import os
import select
import signal
import stat
import subprocess
import time
import unittest

from program import PROGRAM, SECONDS, ProgramTest, Terminal


class Batch(ProgramTest):
    def test_commands_run_in_order_and_stay(self):
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE t (a INTEGER, b VARCHAR)", "-c",
                         "INSERT INTO t VALUES (1, 'x'), (2, NULL); INSERT INTO t VALUES (3, 'a;b')")
        self.assertEqual(self.sql("FROM t ORDER BY a"), ["1,x", "2,", "3,a;b"])

    def test_standard_input_and_files(self):
        done = self.run_program("sql", "--data", self.data, "--format", "tsv", text="SELECT 1 AS a;\n-- remark\nSELECT 'b' AS b")
        self.assertEqual(done.stdout, "a\n1\nb\nb\n")
        script = self.write("s.sql", "SELECT 7 AS seven;")
        self.assertIn("7", self.run_program("sql", "--data", self.data, "-f", script).stdout)

    def test_formats(self):
        query = "SELECT 1 AS n, 'a b' AS t, NULL AS e"
        shown = {name: self.run_program("sql", "--data", self.data, "--format", name, "-c", query).stdout
                 for name in ("table", "csv", "tsv", "json", "ndjson", "markdown")}
        self.assertEqual(shown["csv"], "n,t,e\n1,a b,\n")
        self.assertEqual(shown["tsv"], "n\tt\te\n1\ta b\t\\N\n")
        self.assertEqual(json.loads(shown["json"])["rows"], [[1, "a b", None]])
        self.assertEqual(json.loads(shown["ndjson"]), {"n": 1, "t": "a b", "e": None})
        self.assertIn("| 1 | a b | NULL |", shown["markdown"])
        self.assertRegex(shown["table"], r"a b")

    def test_output_file_is_whole_or_absent(self):
        out = self.path("out.parquet")
        self.run_program("sql", "--data", self.data, "--format", "parquet", "-o", out, "-c", "SELECT range AS i FROM range(1000)")
        self.assertEqual(self.sql(f"SELECT count(*), sum(i) FROM '{out}'"), ["1000,499500"])
        failed = self.path("failed.csv")
        self.run_program("sql", "--data", self.data, "-o", failed, "-c", "SELECT 1", "-c", "SELECT nonsense", expect=1)
        self.assertEqual([name for name in os.listdir(self.root) if name.startswith("failed")], [])

    def write_rows(self, out, *more, expect=0):
        return self.run_program("sql", "--data", self.data, "--format", "csv", "-o", out, "-c", "SELECT 42 AS a", *more, expect=expect)

    def until_open(self, terminal):
        """Until the program has the lake, and Ctrl-C means something to it."""
        deadline = time.monotonic() + SECONDS
        while not os.path.exists(os.path.join(self.data, "LOCK")):
            select.select([terminal.side], [], [], 0.02)
            self.assertLess(time.monotonic(), deadline)

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def left_in(self, directory):
        return sorted(name for name in os.listdir(directory) if name not in ("lake", ".local"))

    def test_an_output_file_keeps_its_permissions_and_its_neighbours(self):
        os.mkdir(self.path("o"))
        out = self.write("o/x.csv", "old")
        os.chmod(out, 0o640)
        part = self.write("o/x.csv.part", "of the user")
        self.write_rows(out)
        self.assertEqual(self.read(out), "a\n42\n")
        self.assertEqual(os.stat(out).st_mode & 0o7777, 0o640)
        self.assertEqual(self.read(part), "of the user")
        self.write_rows(out, "-c", "SELECT nonsense", expect=1)
        self.assertEqual(self.read(out), "a\n42\n")
        self.assertEqual(self.left_in(self.path("o")), ["x.csv", "x.csv.part"])

    def test_an_output_link_leads_to_its_file(self):
        os.mkdir(self.path("o"))
        os.mkdir(self.path("far"))
        real = self.write("far/real.csv", "old")
        link = self.path("o/link.csv")
        os.symlink("../far/real.csv", link)
        self.write_rows(link)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(self.read(real), "a\n42\n")
        self.assertEqual((self.left_in(self.path("o")), self.left_in(self.path("far"))), (["link.csv"], ["real.csv"]))
        lost = self.path("o/lost.csv")
        os.symlink("nowhere.csv", lost)
        self.assertIn("not_found", self.write_rows(lost, expect=1).stderr)
        self.assertTrue(os.path.islink(lost))

    def test_an_output_pipe_gets_the_rows_and_stays(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
            self.write_rows(pipe)
            self.assertEqual(reader.communicate(timeout=60)[0], "a\n42\n")
        self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode))
        self.assertIn("directory", self.write_rows(self.root, expect=1).stderr)

    def test_interrupt_ends_the_wait_for_standard_input_and_for_a_reader(self):
        out = self.path("out.csv")
        terminal = Terminal(self, "sql", "--data", self.data, "-o", out)
        self.until_open(terminal)
        terminal.send("SELECT 1;\n\x03")
        self.assertEqual(terminal.wait(), 1)
        self.assertEqual(self.left_in(self.root), [])
        os.mkfifo(self.path("pipe"))
        os.remove(os.path.join(self.data, "LOCK"))
        terminal = Terminal(self, "sql", "--data", self.data, "-o", self.path("pipe"), "-c", "SELECT 1")
        self.until_open(terminal)
        terminal.send("\x03")
        self.assertEqual(terminal.wait(), -signal.SIGINT)
        self.assertEqual(self.sql("SELECT 7"), ["7"])

    def test_statements_without_rows_print_nothing(self):
        done = self.run_program("sql", "--data", self.data, "--format", "csv", "-c", "CREATE TABLE t (a INTEGER)", "-c",
                                "INSERT INTO t VALUES (1)", "-c", "INSERT INTO t VALUES (2) RETURNING a", "-c", "UPDATE t SET a = 3")
        self.assertEqual(done.stdout, "a\n2\n")

    def test_an_error_tells_code_and_place_and_stops(self):
        script = self.write("s.sql", "SELECT 1;\n\nSELECT\n  nothing FROM range(1);\nCREATE TABLE t (a INTEGER);")
        done = self.run_program("sql", "--data", self.data, "-f", script, expect=1)
        self.assertRegex(done.stderr, r"error \(invalid_argument\): .*nothing")
        self.assertIn("line 4, column 3", done.stderr)
        self.assertEqual(self.sql("SELECT count(*) FROM information_schema.tables WHERE table_name = 't'"), ["0"])

    def test_transactions_span_statements(self):
        self.run_program("sql", "--data", self.data, text="CREATE TABLE t (a INTEGER); BEGIN; INSERT INTO t VALUES (1); ROLLBACK;"
                         "BEGIN; INSERT INTO t VALUES (2); COMMIT;")
        self.assertEqual(self.sql("FROM t"), ["2"])

    def test_a_transaction_without_an_end_is_an_error(self):
        self.sql("CREATE TABLE t (a INTEGER)")
        for arguments in (("-c", "BEGIN; INSERT INTO t VALUES (1)"), ("-c", "start  transaction", "-c", "INSERT INTO t VALUES (2)"),
                          ("-c", "-- load\nBEGIN; INSERT INTO t VALUES (3)"), ("-c", "/* load */ begin; INSERT INTO t VALUES (4)")):
            done = self.run_program("sql", "--data", self.data, *arguments, expect=1)
            self.assertIn("nothing of it is stored; COMMIT is missing", done.stderr)
        self.assertEqual(self.sql("FROM t"), [])
        self.run_program("sql", "--data", self.data, text="BEGIN; INSERT INTO t VALUES (3); COMMIT; BEGIN; ROLLBACK;")
        self.assertEqual(self.sql("FROM t"), ["3"])

    def test_a_plan_is_drawn_on_lines_of_its_own(self):
        for statement in ("EXPLAIN FROM range(10)", "EXPLAIN ANALYZE FROM range(10)"):
            shown = self.run_program("sql", "--data", self.data, "-c", statement).stdout
            self.assertIn("│\n", shown)
            self.assertNotIn("\\n", shown)
        rows = self.run_program("sql", "--data", self.data, "-c", "SELECT 'a' || chr(10) || 'b' AS x").stdout
        self.assertIn("a\\nb", rows)

    def test_commit_of_a_transaction_that_failed_is_an_error(self):
        done = self.run_program("sql", "--data", self.data, text="CREATE TABLE t (a INTEGER); BEGIN; INSERT INTO t VALUES (1);"
                                "SELECT error('no'); COMMIT;", expect=1)
        self.assertIn("no", done.stderr)
        self.assertEqual(self.sql("FROM t"), [])

    def test_a_tagged_version_stays_listed_when_those_around_it_expire(self):
        self.run_program("sql", "--data", self.data, "--expiry-age", "0", "--versions-min", "1", text="CREATE TABLE t (a INTEGER);"
                         "INSERT INTO t VALUES (1); CALL lake_tag('one'); INSERT INTO t VALUES (2); INSERT INTO t VALUES (3);"
                         "CALL lake_tag('three'); CALL lake_untag('three'); INSERT INTO t VALUES (4); CALL lake_expire();")
        self.assertEqual(self.sql("SELECT version, tags FROM lake_snapshots() ORDER BY version"), ['2,"[""one""]"', "5,[]"])
        self.assertEqual(self.sql("SELECT count(*) FROM t AT (VERSION => 'one')"), ["1"])

    def test_flush_of_all_goes_on_after_a_table_that_fails(self):
        self.run_program("sql", "--data", self.data, text="CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER);"
                         "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);")
        self.write("lake/tables/main/a-1", "where the directory of a's files belongs")
        self.run_program("sql", "--data", self.data, "-c", "CALL lake_flush()", expect=1)
        self.assertEqual(self.sql("SELECT kind FROM lake_files('a') UNION ALL SELECT kind FROM lake_files('b')"),
                         ["inline", "parquet"])
        self.assertEqual(self.sql("SELECT x FROM a UNION ALL SELECT x FROM b"), ["1", "2"])

    def test_a_reader_that_goes_away_ends_it_without_a_word(self):
        child = subprocess.Popen([PROGRAM, "sql", "--data", self.data, "--format", "csv", "-c", "FROM range(10000000)"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)
        child.stdout.read(10)
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        child.stderr.close()
        self.assertEqual(child.wait(), 128 + signal.SIGPIPE)
        self.assertEqual(self.sql("SELECT 1"), ["1"])
        full = self.run_with_output_to("/dev/full")
        self.assertIn("cannot write to standard output", full.stderr)
        self.assertEqual(full.returncode, 1)

    def test_the_first_line_is_enough_for_head(self):
        with subprocess.Popen(["/bin/sh", "-c", f"'{PROGRAM}' sql --data '{self.data}' --format csv -c 'FROM range(10000000)' | head -1"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment) as line:
            self.assertEqual(line.communicate(timeout=SECONDS), ("range\n", ""))
            self.assertEqual(line.returncode, 0)
        self.assertEqual(self.sql("SELECT 1"), ["1"])

    def test_a_reader_of_an_output_pipe_that_goes_away_is_an_error(self):
        pipe = self.path("pipe")
        os.mkfifo(pipe)
        with subprocess.Popen(["head", "-c", "10", pipe], stdout=subprocess.PIPE, text=True) as reader:
            done = self.write_rows(pipe, "-c", "FROM range(10000000)", expect=1)
            self.assertEqual(reader.communicate(timeout=SECONDS)[0][:2], "a\n")
        self.assertIn(f"cannot write {pipe}: Broken pipe", done.stderr)
        self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode))
        self.assertEqual(self.left_in(self.root), ["pipe"])
        self.assertEqual(self.sql("SELECT 1"), ["1"])

    def run_with_output_to(self, path):
        with open(path, "w", encoding="utf-8") as out:
            return subprocess.run([PROGRAM, "sql", "--data", self.data, "-c", "SELECT 1"], stdout=out, stderr=subprocess.PIPE,
                                  text=True, env=self.environment, timeout=SECONDS, check=False)

    def test_a_directory_may_be_named_in_any_way(self):
        os.makedirs(self.path("below/deep"))
        os.makedirs(self.path("real"))
        os.symlink(self.path("real"), self.path("link"))
        for place in (self.path("below/../one"), self.path("below/./deep/../..//two/"), self.path("link"), self.path("link/three"),
                      "below/../four"):
            with self.subTest(place=place):
                # More rows than stay in the catalog, so that a file is written.
                made = self.run_program("sql", "--data", place, "--inline-rows-max", "10", "--format", "csv", "-c",
                                        "CREATE TABLE t AS FROM range(1000)", "-c", "SELECT count(*) FROM t")
                self.assertEqual(made.stdout.splitlines()[-1], "1000")
                self.run_program("check", "--data", place)
                copied = self.run_program("sql", "--data", place, "-c", f"COPY t TO '{place}/new.csv'", expect=1)
                self.assertIn("permission_denied", copied.stderr)

    def test_an_exported_database_can_be_imported_again(self):
        self.sql("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 7 AS a; CREATE VIEW v AS FROM s.t")
        self.run_program("sql", "--data", self.data, "-c", "EXPORT DATABASE 'exported'")
        self.run_program("sql", "--data", self.path("other"), "-c", "IMPORT DATABASE 'exported'")
        self.assertIn("7", self.run_program("sql", "--data", self.path("other"), "-c", "FROM v").stdout)

    def test_nothing_is_written_over_the_files_of_a_lake(self):
        self.sql("CREATE TABLE t (x INTEGER)")
        os.symlink(self.data, self.path("way_in"))
        os.symlink(os.path.join(self.data, "catalog.sqlite"), self.path("innocent.csv"))
        os.symlink(os.path.join(self.data, "new.csv"), self.path("dangling.csv"))
        self.write("lake/admin.token", "secret")
        inside = [os.path.join(self.data, name) for name in ("catalog.sqlite", "LOCK", "admin.token", "new.csv")]
        for place in (*inside, self.path("way_in/admin.token"), self.path("innocent.csv"), "lake/admin.token"):
            self.assertIn("data directory of a lake", self.write_rows(place, expect=1).stderr)
            copied = self.run_program("sql", "--data", self.data, "-c", f"COPY t TO '{place}' (FORMAT csv)", expect=1)
            self.assertIn("permission_denied", copied.stderr)
        copied = self.run_program("sql", "--data", self.data, "-c", f"COPY t TO '{self.path('dangling.csv')}'", expect=1)
        self.assertIn("permission_denied", copied.stderr)
        self.assertNotEqual(self.write_rows(self.path("dangling.csv"), expect=1).stderr, "")
        self.assertEqual(self.read(os.path.join(self.data, "admin.token")), "secret")
        self.assertFalse(os.path.exists(os.path.join(self.data, "new.csv")))
        self.assertEqual(self.sql("SELECT count(*) FROM t"), ["0"])

    def test_a_directory_open_elsewhere_names_the_process(self):
        holder = subprocess.Popen([PROGRAM, "sql", "--data", self.data], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env=self.environment, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        # Standard input is read to its end after the lake is open, so the lock is the sign to wait for.
        lock = os.path.join(self.data, "LOCK")
        while not (os.path.exists(lock) and os.path.getsize(lock) > 0):
            self.assertIsNone(holder.poll())
        done = self.run_program("sql", "--data", self.data, "-c", "SELECT 1", expect=1)
        self.assertIn(str(holder.pid), done.stderr)
        self.assertIn("--server", done.stderr)


if __name__ == "__main__":
    unittest.main()
