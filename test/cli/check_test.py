"""dplake check: what is wrong is said exactly, and nothing is changed."""
import os
import unittest

from program import ProgramTest


class Check(ProgramTest):
    def setUp(self):
        super().setUp()
        self.run_program("sql", "--data", self.data, text="CREATE TABLE t AS SELECT range AS i, range / 7 AS d, 's' || range AS s FROM range(30000);"
                         "CREATE TABLE few AS SELECT 1 AS a; DELETE FROM t WHERE i % 3 = 0;")

    def check(self, expect):
        return self.run_program("check", "--data", self.data, expect=expect).stdout

    def data_file(self):
        found = [os.path.join(place, name) for place, _, names in os.walk(os.path.join(self.data, "tables")) for name in names]
        return next(path for path in found if path.endswith(".parquet"))

    def test_a_sound_lake(self):
        self.assertRegex(self.check(0), r"2 tables, \d+ files, 20001 rows: no problem found")

    def test_a_missing_file(self):
        path = self.data_file()
        os.rename(path, self.path("kept"))
        report = self.check(1)
        self.assertIn("PROBLEM " + os.path.relpath(path, self.data), report)
        self.assertIn("is gone", report)
        # The other tables go on.
        self.assertEqual(self.sql("FROM few"), ["1"])
        os.rename(self.path("kept"), path)
        self.check(0)

    def test_a_truncated_file(self):
        path = self.data_file()
        size = os.path.getsize(path)
        os.truncate(path, size - 100)
        self.assertIn(f"{size - 100} bytes, the catalog says {size}", self.check(1))

    def test_flipped_bits(self):
        path = self.data_file()
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0x55]))
        self.assertIn("PROBLEM " + os.path.relpath(path, self.data), self.check(1))

    def flip_one_bit(self, path, share):
        offset = int(os.path.getsize(path) * share)
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    def test_a_flipped_bit_is_never_read_as_a_value(self):
        path = self.data_file()
        for share in (0.2, 0.4, 0.6, 0.8):
            self.flip_one_bit(path, share)
            for statement in ("SELECT sum(i), sum(d), sum(hash(s)) FROM t", "SELECT i FROM t LIMIT 1", "UPDATE t SET d = 0",
                              "CREATE TABLE copied AS FROM t"):
                done = self.run_program("sql", "--data", self.data, "-c", statement, expect=1)
                self.assertIn("(corruption)", done.stderr)
                self.assertIn(path, done.stderr)
                self.assertIn("main.t", done.stderr)
            self.flip_one_bit(path, share)
        self.assertEqual(self.sql("SELECT count(*), count(d) FROM t"), ["20000,20000"])

    def test_a_rewrite_does_not_make_a_damaged_value_valid(self):
        path = self.data_file()
        self.flip_one_bit(path, 0.5)
        # reading may be told to trust the disk; a rewrite may not
        done = self.run_program("sql", "--data", self.data, "--verify-reads", "false", "-c", "CALL lake_compact('t')", expect=1)
        self.assertIn("(corruption)", done.stderr)
        self.assertIn("PROBLEM " + os.path.relpath(path, self.data), self.check(1))

    def test_a_lost_catalog_is_not_a_new_lake(self):
        catalog = os.path.join(self.data, "catalog.sqlite")
        os.rename(catalog, self.path("kept"))
        for damage in ("missing", "empty"):
            if damage == "empty":
                with open(catalog, "wb"):
                    pass
            for verb in (["check"], ["sql", "-c", "SHOW TABLES"], ["sql", "-c", "CALL lake_remove_orphans()"]):
                done = self.run_program(verb[0], "--data", self.data, *verb[1:], expect=1)
                self.assertIn("catalog", done.stderr)
            self.assertEqual(os.path.exists(catalog) and os.path.getsize(catalog) > 0, False)
        self.assertTrue(os.path.exists(self.data_file()))
        os.rename(self.path("kept"), catalog)
        self.check(0)

    def test_other_accounts_see_nothing(self):
        for place, directories, names in os.walk(self.data):
            for name in [*directories, *names]:
                path = os.path.join(place, name)
                self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)
        self.assertEqual(os.stat(self.data).st_mode & 0o077, 0)

    def test_an_orphan_is_a_note(self):
        path = os.path.join(os.path.dirname(self.data_file()), "orphan.parquet")
        with open(path, "wb") as file:
            file.write(b"PAR1")
        report = self.check(0)
        self.assertRegex(report, r"note +tables/.*orphan\.parquet: an orphan")
        self.assertTrue(os.path.exists(path))

    def test_no_lake_there(self):
        self.run_program("check", "--data", self.path("nowhere"), expect=1)
        self.assertFalse(os.path.exists(self.path("nowhere")))

    def test_a_damaged_catalog(self):
        catalog = os.path.join(self.data, "catalog.sqlite")
        with open(catalog, "r+b") as file:
            file.write(b"no such format at all, sorry")
        done = self.run_program("check", "--data", self.data, expect=1)
        self.assertIn("catalog.sqlite", done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main()
