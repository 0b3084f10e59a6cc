"""A lake on a disk with no room left: it can be read and verified, and says what it cannot write."""
import os
import resource
import subprocess
import sys
import unittest

from program import PROGRAM, SECONDS, ProgramTest


def can_mount(directory):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "dplake-test", directory], capture_output=True, check=False)
    return done.returncode == 0


class FullDisk(ProgramTest):
    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        os.mkdir(self.disk)
        if not can_mount(self.disk):
            print("SKIPPED LOUDLY: no tmpfs can be mounted here; a full disk is not tried", file=sys.stderr)
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)
        self.data = os.path.join(self.disk, "lake")

    def fill(self):
        with open(os.path.join(self.disk, "ballast"), "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass
        self.assertEqual(os.statvfs(self.disk).f_bavail, 0)

    def test_reading_goes_on(self):
        self.run_program("sql", "--data", self.data, text="CREATE TABLE few AS SELECT 42 AS a;"
                         "CREATE TABLE many AS SELECT range AS i FROM range(50000); SELECT * FROM lake_flush();")
        server, _ = self.serve()  # makes the token
        self.assertEqual(self.end(server), 0)
        self.fill()
        self.assertEqual(self.sql("SELECT (SELECT a FROM few), count(*), sum(i) FROM many"), ["42,50000,1249975000"])
        self.run_program("check", "--data", self.data)
        done = self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE more AS SELECT range AS i FROM range(50000)", expect=1)
        self.assertRegex(done.stderr, "(?i)no space left|disk.*full")
        server, _ = self.serve()
        self.assertEqual(self.end(server), 0)
        os.remove(os.path.join(self.disk, "ballast"))
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE more AS SELECT range AS i FROM range(50000)")
        self.assertEqual(self.sql("SELECT count(*) FROM more"), ["50000"])

    def test_what_frees_space_goes_on(self):
        soon = ("--expiry-age", "0s", "--versions-min", "1", "--orphan-grace", "0s")
        self.run_program("sql", "--data", self.data, text="CREATE TABLE few AS SELECT 42 AS a;"
                         "CREATE TABLE many AS SELECT range AS i, random() AS r FROM range(300000);")
        self.fill()
        self.run_program("sql", "--data", self.data, "-c", "INSERT INTO few VALUES (43)", expect=1)
        self.run_program("sql", "--data", self.data, "-c", "DROP TABLE many")
        self.run_program("sql", "--data", self.data, *soon, "-c", "CALL lake_expire()", "-c", "CALL lake_remove_orphans()")
        self.assertGreater(os.statvfs(self.disk).f_bavail * os.statvfs(self.disk).f_bsize, 1 << 20)
        self.sql("INSERT INTO few VALUES (43)")
        self.assertEqual(self.sql("SELECT count(*) FROM few"), ["2"])
        self.run_program("check", "--data", self.data)

    def test_a_server_frees_space_too(self):
        self.run_program("sql", "--data", self.data, text="CREATE TABLE few AS SELECT 42 AS a;"
                         "CREATE TABLE many AS SELECT range AS i, random() AS r FROM range(300000);")
        server, link = self.serve("--expiry-age", "0s", "--versions-min", "1", "--orphan-grace", "0s", "--upkeep", "false")
        self.fill()
        url, _, token = link.partition("/?token=")
        for statement in ("DELETE FROM few", "DROP TABLE many", "CALL lake_expire()", "CALL lake_remove_orphans()",
                          "INSERT INTO few VALUES (1)"):
            self.run_program("sql", "--server", url, "--token", token, "-c", statement)
        self.assertEqual(self.end(server), 0)


class FileSizeLimit(ProgramTest):
    """ulimit -f: what would make a file larger is refused in words, and the lake stays as it was."""

    def limited(self, *arguments):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (200 << 10, resource.RLIM_INFINITY))
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, cwd=self.root, env=self.environment,
                              timeout=SECONDS, check=False, preexec_fn=limit)

    def data_files(self):
        return sorted(os.path.join(place, name) for place, _, names in os.walk(os.path.join(self.data, "tables")) for name in names)

    def test_what_is_too_large_is_refused_in_words(self):
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE few AS SELECT 42 AS a")
        before = self.data_files()
        done = self.limited("sql", "--data", self.data, "-c", "CREATE TABLE many AS SELECT range AS i, random() AS r FROM range(1000000)")
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("error (resource_exhausted): cannot write", done.stderr)
        self.assertIn("the limit of this process is 204800 bytes a file; raise it before starting (ulimit -f unlimited", done.stderr)
        self.assertEqual(self.data_files(), before)
        self.assertEqual(self.sql("SELECT (SELECT a FROM few), count(*) FROM duckdb_tables()"), ["42,1"])
        self.run_program("check", "--data", self.data)
        self.run_program("sql", "--data", self.data, "-c", "CREATE TABLE many AS SELECT range AS i, random() AS r FROM range(1000000)")

    def test_a_spill_that_is_too_large_is_refused_in_words(self):
        done = self.limited("sql", "--data", self.data, "--memory-limit", "300MB", "-c",
                            "SELECT count(*) FROM (SELECT i, r FROM (SELECT range AS i, random() AS r FROM range(20000000)) ORDER BY r, i OFFSET 3)")
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("resource_exhausted", done.stderr)
        self.assertIn("204800 bytes a file", done.stderr)


if __name__ == "__main__":
    unittest.main()
