"""The verbs against a running server."""
import os
import subprocess
import unittest

from program import PROGRAM, ProgramTest, Terminal


class Remote(ProgramTest):
    def setUp(self):
        super().setUp()
        self.server, self.link = self.serve()
        self.address = self.link.split("/?")[0].split("/#")[0]

    def remote(self, *arguments, text=None, expect=0):
        return self.run_program("sql", "--server", self.address, "--data", self.data, *arguments, text=text, expect=expect)

    def test_statements_and_transactions(self):
        self.remote(text="CREATE TABLE t (a INTEGER); BEGIN; INSERT INTO t VALUES (1); ROLLBACK; BEGIN; INSERT INTO t VALUES (2); COMMIT;")
        self.assertEqual(self.remote("--format", "csv", "-c", "FROM t").stdout, "a\n2\n")
        self.assertIn("conflict", self.remote("-c", "SELECT 'no', 'conflict'").stdout)

    def test_the_commands_that_serve_prints_work_as_they_stand(self):
        self.assertEqual(self.end(self.server), 0)
        self.data = self.path("with a 'quote'")
        # PATH does not lead to the program.
        self.server = subprocess.Popen([PROGRAM, "serve", "--data", self.data, "--listen", "localhost:0", "--sample"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.environment)
        self.addCleanup(self.end, self.server)
        commands = []
        for line in self.server.stdout:
            if " sql --server " in line:
                commands.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        self.assertEqual(len(commands), 3)
        for command, column in zip(commands, ("table_name|name", "month", "product")):
            done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, cwd="/", env=self.environment,
                                  timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            self.assertRegex(done.stdout, column)

    def test_a_cut_result_is_told(self):
        self.assertEqual(self.end(self.server), 0)
        self.server, self.link = self.serve("--query-rows-max", "1000")
        self.address = self.link.split("/?")[0]
        for rows, cut in ((1000, False), (1001, True)):
            done = self.remote("--format", "csv", "-c", f"FROM range({rows})")
            self.assertEqual(len(done.stdout.splitlines()), 1001)
            self.assertEqual("query.rows_max" in done.stderr, cut, done.stderr)
        done = self.remote("--format", "csv", "-c", "SELECT range, repeat('x', 500) FROM range(1001)")
        self.assertIn("query.rows_max", done.stderr)

    def test_large_results_stream(self):
        done = self.remote("--format", "csv", "-c", "SELECT range AS i FROM range(300000)")
        self.assertEqual(len(done.stdout.splitlines()), 300001)

    def test_errors_keep_code_and_place(self):
        done = self.remote("-c", "SELECT 1;\nSELECT nonsense", expect=1)
        self.assertIn("error (invalid_argument)", done.stderr)
        self.assertIn("line 2", done.stderr)

    def test_an_error_after_the_first_rows_is_told(self):
        sql = "SELECT CASE WHEN range = 500000 THEN error('late') ELSE range::VARCHAR END AS x FROM range(600000)"
        for form in ("csv", "ndjson", "json", "parquet"):
            done = self.remote("--format", form, "-o", self.path("late." + form), "-c", sql, expect=1)
            self.assertIn("late", done.stderr)
            self.assertNotIn("no answer", done.stderr)

    def test_the_token_comes_from_the_directory_the_flag_or_the_environment(self):
        with open(os.path.join(self.data, "admin.token"), encoding="utf-8") as file:
            token = file.read().strip()
        elsewhere = ["sql", "--server", self.address, "--data", self.path("elsewhere"), "-c", "SELECT 1"]
        self.assertIn("permission_denied", self.run_program(*elsewhere, expect=1).stderr)
        self.run_program(*elsewhere, "--token", token)
        self.environment["DPLAKE_TOKEN"] = token
        self.run_program(*elsewhere)
        del self.environment["DPLAKE_TOKEN"]
        self.run_program("sql", "--server", self.link, "--data", self.path("elsewhere"), "-c", "SELECT 1")

    def test_the_directory_of_a_server_names_its_address(self):
        done = self.run_program("sql", "--data", self.data, "-c", "SELECT 1", expect=1)
        self.assertIn(str(self.server.pid), done.stderr)
        self.assertIn(self.address, done.stderr)

    def test_interrupt_cancels_over_the_wire(self):
        terminal = Terminal(self, "sql", "--server", self.address, "--data", self.data)
        terminal.expect("dplake> ")
        terminal.send("SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range * b.range = -1;\n")
        terminal.expect(r"\d\.\d s")
        terminal.send("\x03")
        terminal.expect(r"error \(cancelled\)")
        terminal.send("SELECT 40 + 2 AS answer;\n")
        terminal.expect("42")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_nobody_there(self):
        self.assertEqual(self.end(self.server), 0)
        self.assertIn("unavailable", self.remote("-c", "SELECT 1", expect=1).stderr)


if __name__ == "__main__":
    unittest.main()
