#!/usr/bin/env python3
"""check_sql_cases.py on made scripts."""
import os
import tempfile
import unittest

import check_sql_cases

WHOLE = """
statement ok
CREATE TABLE t (a INTEGER)

statement error already_exists
CREATE TABLE t (a INTEGER)

statement ok
BEGIN

statement ok
CREATE TABLE u (a INTEGER)

statement ok
ROLLBACK

statement error not_found
FROM u

restart

query I
SELECT count(*) FROM t
----
0
"""


class Cases(unittest.TestCase):
    def missing(self, text, features="create CREATE TABLE"):
        found, problems = check_sql_cases.read_features(".", features)
        self.assertEqual(problems, [])
        problems = check_sql_cases.check({"x.test": check_sql_cases.read_commands(text)}, found)
        return [problem.split(" has no ")[1].split()[0] for problem in problems if " create has no " in problem]

    def without(self, *parts):
        text = WHOLE
        for part in parts:
            self.assertIn(part, text)
            text = text.replace(part, "")
        return text

    def test_all_four(self):
        self.assertEqual(self.missing(WHOLE), [])

    def test_each_that_is_missing_is_named(self):
        self.assertEqual(self.missing(self.without("statement error already_exists\nCREATE TABLE t (a INTEGER)\n")), ["failure"])
        self.assertEqual(self.missing(self.without("statement ok\nCREATE TABLE u (a INTEGER)\n")), ["rollback"])
        self.assertEqual(self.missing(self.without("restart\n")), ["restart"])
        self.assertEqual(self.missing(""), ["success", "failure", "rollback", "restart"])

    def test_a_rollback_or_restart_that_nobody_looks_behind_is_none(self):
        self.assertEqual(self.missing(WHOLE.split("restart")[0].replace("statement error not_found\nFROM u\n", "")),
                         ["rollback", "restart"])

    def test_a_commit_that_is_refused_undoes_too(self):
        self.assertEqual(self.missing(WHOLE.replace("statement ok\nROLLBACK", "statement error conflict\nCOMMIT")), [])

    def test_connections_are_kept_apart(self):
        apart = WHOLE.replace("statement ok\nBEGIN", "statement ok other\nBEGIN").replace("statement ok\nROLLBACK",
                                                                                      "statement ok other\nROLLBACK")
        self.assertEqual(self.missing(apart), ["rollback"])

    def test_refused_features_have_no_success(self):
        refused = "\n[refused]\ncreate CREATE TABLE"
        self.assertEqual(self.missing("", refused), ["failure", "rollback", "restart"])
        features, _ = check_sql_cases.read_features(".", refused)
        problems = check_sql_cases.check({"x.test": check_sql_cases.read_commands(WHOLE)}, features)
        self.assertTrue(any("says that it cannot" in problem for problem in problems), problems)

    def test_what_a_script_cannot_show_names_who_does(self):
        with tempfile.TemporaryDirectory() as root:
            with open(os.path.join(root, "a_test.cpp"), "w", encoding="utf-8") as file:
                file.write("cancel_job")
            self.assertEqual(check_sql_cases.read_features(root, "[success in a_test.cpp]\ncancel_job CANCEL")[1], [])
            self.assertIn("says nothing", check_sql_cases.read_features(root, "[success in a_test.cpp]\nother X")[1][0])
            self.assertIn("says nothing", check_sql_cases.read_features(root, "[success in no_test.cpp]\ncancel_job X")[1][0])

    def test_each_file_has_its_four(self):
        self.assertEqual(check_sql_cases.check({"x.test": check_sql_cases.read_commands("statement ok\nSELECT 1\n")}, []),
                         ["x.test has no failure case", "x.test has no rollback case", "x.test has no restart case"])


if __name__ == "__main__":
    unittest.main()
