"""dplake sql on a terminal."""
import os
import unittest

from program import ProgramTest, Terminal

PROMPT = r"dplake\*?> "


class Shell(ProgramTest):
    def shell(self):
        terminal = Terminal(self, "sql", "--data", self.data)
        terminal.expect(PROMPT)
        return terminal

    def test_statements_over_lines_and_dot_commands(self):
        terminal = self.shell()
        terminal.send("CREATE TABLE people (name VARCHAR);\n")
        terminal.expect("done\r?\n")
        terminal.send("INSERT INTO people\n")
        terminal.expect(r"\.\.\.> ")
        terminal.send("VALUES ('Ada;'), ('Brook');\n")
        terminal.expect("2 rows changed")
        terminal.send(".tables\n")
        terminal.expect("people")
        terminal.send(".schema peo%\n")
        terminal.expect(r"CREATE TABLE .*people")
        terminal.send(".mode csv\n.timer on\nSELECT name FROM people ORDER BY name;\n")
        terminal.expect("name\r?\nAda;\r?\nBrook\r?\n")
        terminal.expect(r"time: \d+\.\d{3} s")
        terminal.send(".help\n")
        terminal.expect(r"\.quit")
        terminal.send(".nonsense\n")
        terminal.expect("unknown command")
        terminal.send(".quit\n")
        self.assertEqual(terminal.wait(), 0)

    def test_an_error_is_told_and_the_shell_goes_on(self):
        terminal = self.shell()
        terminal.send("SELECT nonsense;\n")
        terminal.expect(r"error \(invalid_argument\)")
        terminal.expect(PROMPT)
        terminal.send("SELECT 40 + 2 AS answer;\n")
        terminal.expect("42")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_interrupt_cancels_the_query_and_not_the_program(self):
        terminal = self.shell()
        terminal.send("SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range * b.range = -1;\n")
        terminal.expect(r"\d\.\d s")  # the progress line
        terminal.send("\x03")
        terminal.expect(r"error \(cancelled\)")
        terminal.expect(PROMPT)
        terminal.send("SELECT 'half a line")
        terminal.expect("half a line")
        terminal.send("\x03")
        terminal.expect(PROMPT)
        terminal.send("SELECT 'still here';\n")
        terminal.expect("still here';\r?\n")
        terminal.expect("still here")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_a_bar_shows_progress_on_a_terminal_and_goes_before_the_rows(self):
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE t AS SELECT range AS i FROM range(600000)")
        terminal = Terminal(self, "sql", "--data", self.data, "-c",
                            "SELECT count(*) AS n FROM t WHERE list_sum([sin(x + i) FOR x IN range(200)]) > 1000")
        terminal.expect(r"\d+% \[=* *\] \d+\.\d s")
        self.assertEqual(terminal.wait(), 0)
        self.assertRegex(terminal.seen, r"\r\x1b\[Kn\r\n-\r\n0\r\n$")

    def test_no_bar_off_a_terminal(self):
        # as long a statement; run_program refuses what only a terminal understands
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE t AS SELECT range AS i FROM range(600000)")
        done = self.run_program("sql", "--data", self.data, "--format", "csv", "-c",
                                "SELECT count(*) AS n FROM t WHERE list_sum([sin(x + i) FOR x IN range(200)]) > 1000")
        self.assertEqual((done.stdout, done.stderr), ("n\n0\n", ""))

    def test_what_follows_a_failed_or_cancelled_statement_is_not_run(self):
        terminal = self.shell()
        terminal.send("CREATE TABLE t (a INTEGER);\n")
        terminal.expect("done\r?\n")
        terminal.send("SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE a.range * b.range = -1;"
                      " INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);\n")
        terminal.expect(r"\d\.\d s")
        terminal.send("\x03")
        terminal.expect(r"error \(cancelled\)")
        terminal.expect("not run: 2 after it")
        terminal.expect(PROMPT)
        terminal.send("SELECT nonsense; INSERT INTO t VALUES (3);\n")
        terminal.expect(r"error \(invalid_argument\)")
        terminal.expect("not run: 1 after it")
        terminal.expect(PROMPT)
        terminal.send("SELECT 'rows: ' || count(*) AS n FROM t; SELECT 'both ' || 'run';\n")
        terminal.expect("rows: 0")
        terminal.expect("both run")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_history_is_kept(self):
        terminal = self.shell()
        terminal.send("SELECT 'from the past';\n")
        terminal.expect("past';\r?\n")
        terminal.expect("past")
        terminal.expect(PROMPT)
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)
        self.assertTrue(os.path.exists(self.path(".local/share/dplake-shell/history")))
        terminal = self.shell()
        terminal.send("\x1b[A")
        terminal.expect("from the past")
        terminal.send("\n\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_tab_completes_names_of_the_catalog(self):
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE zebra_herd (x INTEGER)")
        terminal = self.shell()
        terminal.send("SELECT count(*) FROM zebra\t")
        terminal.expect("zebra\r?_herd")  # the terminal may be told the added part only
        terminal.send(";\n")
        terminal.expect(r"count_star\(\)")
        terminal.expect("0")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)

    def test_the_prompt_shows_an_open_transaction(self):
        terminal = self.shell()
        terminal.send("BEGIN;\n")
        terminal.expect(r"dplake\*> ")
        terminal.send("ROLLBACK;\n")
        terminal.expect(r"dplake> ")
        terminal.send("\x04")
        self.assertEqual(terminal.wait(), 0)


if __name__ == "__main__":
    unittest.main()
