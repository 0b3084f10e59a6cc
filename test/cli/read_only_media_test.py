"""A lake on media that cannot be written: what is said, and that nothing of it is touched."""
import os
import subprocess
import sys
import unittest

from program import ProgramTest


def bind_read_only(directory):
    bound = subprocess.run(["mount", "--bind", directory, directory], capture_output=True, check=False)
    if bound.returncode != 0:
        return False
    again = subprocess.run(["mount", "-o", "remount,ro,bind", directory], capture_output=True, check=False)
    if again.returncode != 0:
        subprocess.run(["umount", "-l", directory], check=True)
    return again.returncode == 0


class ReadOnly(ProgramTest):
    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        self.data = os.path.join(self.disk, "lake")
        self.run_program("sql", "--data", self.data, text="CREATE TABLE t AS SELECT range AS i FROM range(20000);")
        self.write("disk/in.csv", "k\n1\n2\n")

    def make_read_only(self):
        """Root writes whatever the modes say, so it gets a mount."""
        if os.geteuid() == 0:
            if not bind_read_only(self.disk):
                print("SKIPPED LOUDLY: nothing can be mounted here; read-only media are not tried", file=sys.stderr)
                self.skipTest("nothing can be mounted here")
            self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
            return
        for directory, _, names in os.walk(self.disk, topdown=False):
            for name in names:
                os.chmod(os.path.join(directory, name), 0o444)
            os.chmod(directory, 0o555)
            self.addCleanup(os.chmod, directory, 0o755)

    def content(self):
        return sorted((os.path.join(directory, name), os.stat(os.path.join(directory, name)).st_mtime_ns)
                      for directory, _, names in os.walk(self.disk) for name in names)

    def test_a_lake_there_is_refused_with_the_next_step(self):
        before = self.content()
        self.make_read_only()
        for arguments in (("sql", "-c", "SELECT 1"), ("check",), ("serve", "--port", "0"), ("import", self.path("disk/in.csv"))):
            done = self.run_program(*arguments, "--data", self.data, expect=1)
            self.assertIn(self.data, done.stderr, arguments)
            self.assertRegex(done.stderr, "make it writable, or open a copy", arguments)
        done = self.run_program("sql", "--data", os.path.join(self.disk, "new"), "-c", "SELECT 1", expect=1)
        self.assertRegex(done.stderr, r"disk/new.*make it writable, or open a copy")
        self.assertEqual(self.content(), before)

    def test_a_copy_opens_and_files_there_can_be_read_and_not_written(self):
        self.make_read_only()
        copy = self.path("copy")
        subprocess.run(["cp", "-r", self.data, copy], check=True)
        subprocess.run(["chmod", "-R", "u+w", copy], check=True)
        self.data = copy
        self.assertEqual(self.sql("SELECT count(*), sum(i) FROM t"), ["20000,199990000"])
        self.run_program("import", self.path("disk/in.csv"), "--table", "k", "--data", copy)
        self.assertEqual(self.sql("SELECT sum(k) FROM k"), ["3"])
        output = self.path("disk/out.csv")
        for arguments in (("-c", "SELECT 1", "-o", output), ("-c", f"COPY (SELECT 1) TO '{output}'")):
            done = self.run_program("sql", "--data", copy, *arguments, expect=1)
            self.assertRegex(done.stderr, "disk/.*(Read-only file system|Permission denied)")


if __name__ == "__main__":
    unittest.main()
