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
