"""A lake whose directory cannot be written to: mounted read-only, before and while a program has it open."""
import os
import subprocess
import sys
import unittest

from program import ProgramTest


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)


class ReadOnly(ProgramTest):
    """Modes do not keep out the root account, so the directory is a mount."""

    def setUp(self):
        super().setUp()
        self.tables = os.path.join(self.data, "tables")
        self.run_program("sql", "--data", self.data, text="CREATE TABLE few AS SELECT 42 AS a;"
                         "CREATE TABLE many AS SELECT range AS i FROM range(50000); CALL lake_flush('few');")

    def make_read_only(self, directory):
        if mount("--bind", directory, directory).returncode != 0:
            print("SKIPPED LOUDLY: nothing can be mounted here; a read-only directory is not tried", file=sys.stderr)
            self.skipTest("nothing can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", directory], check=True)
        self.remount(directory, "ro")

    def remount(self, directory, mode):
        done = mount("-o", f"remount,bind,{mode}", directory)
        self.assertEqual(done.returncode, 0, done.stderr)

    def files(self):
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(self.data) for name in names)

    def test_opening_names_the_file_and_the_reason_and_changes_nothing(self):
        before = self.files()
        self.make_read_only(self.data)
        for verb, *more in (["sql", "-c", "SELECT 1"], ["serve", "--port", "0"], ["check"], ["export", self.path("out")]):
            done = self.run_program(verb, "--data", self.data, *more, expect=1)
            self.assertIn(f"cannot open {self.data}/LOCK: Read-only file system", done.stderr, verb)
        self.assertEqual(self.files(), before)
        self.remount(self.data, "rw")
        self.assertEqual(self.sql("SELECT a, count(*) FROM few, many GROUP BY a"), ["42,50000"])

    def remote(self, statement, expect=0):
        return self.run_program("sql", "--server", self.address, "--data", self.data, "--format", "csv", "-c", statement, expect=expect)

    def test_a_server_refuses_what_it_cannot_write_and_goes_on_with_the_rest(self):
        server, link = self.serve()
        self.address = link.split("/?")[0]
        self.make_read_only(self.tables)  # the catalog is open and stays as it is
        before = self.files()
        for statement in ("INSERT INTO few SELECT range FROM range(30000)", "CREATE TABLE more AS SELECT range AS i FROM range(30000)",
                          "UPDATE many SET i = i + 1"):
            done = self.remote(statement, expect=1)
            self.assertRegex(done.stderr, f"{self.tables}/.*: Read-only file system")
        self.remote("INSERT INTO few VALUES (43)")
        self.assertRegex(self.remote("CALL lake_flush('few')", expect=1).stderr, f"{self.tables}/.*: Read-only file system")
        self.assertEqual(self.remote("SELECT sum(a), (SELECT sum(i) FROM many) FROM few").stdout.splitlines()[1:], ["85,1249975000"])
        self.assertEqual(self.files(), before)
        self.remount(self.tables, "rw")
        self.remote("CALL lake_flush('few')")
        self.remote("INSERT INTO few SELECT range FROM range(30000)")
        self.assertEqual(self.end(server), 0)
        self.run_program("check", "--data", self.data)
        self.assertEqual(self.sql("SELECT count(*), max(a) FROM few"), ["30002,29999"])


if __name__ == "__main__":
    unittest.main()
