"""Usage, help, settings and exit codes."""
import os
import unittest

from program import ProgramTest


class Usage(ProgramTest):
    def test_wrong_usage_ends_with_2(self):
        for arguments in ([], ["dance"], ["sql", "--no-such-flag"], ["import"], ["export"], ["config"],
                          ["sql", "--format", "xml", "-c", "SELECT 1", "--data", self.data],
                          ["import", "x.csv", "--append", "--replace"],
                          ["serve", "--memory-limit", "much"],
                          ["sql", "--server", "ftp://x/y", "-c", "SELECT 1"]):
            with self.subTest(arguments=arguments):
                self.run_program(*arguments, expect=2)

    def test_help_teaches_with_examples(self):
        for verb in ([], ["sql"], ["import"], ["export"], ["serve"], ["check"]):
            with self.subTest(verb=verb):
                text = self.run_program(*verb, "--help").stdout
                self.assertIn("  dplake ", text)
        listed = self.run_program("config", "list").stdout
        self.assertIn("--memory-limit", listed)
        self.assertIn("DPLAKE_MEMORY_LIMIT", listed)
        self.assertIn("Default: ~/.local/share/dplake", self.run_program("sql", "--help").stdout)

    def test_words_that_are_nearly_right_are_told(self):
        for arguments, meant in ((["impot", "x.csv", "--data", self.data], "import"), (["sql", "--formt", "csv"], "--format"),
                                 (["serve", "--memory-limt=1GiB"], "--memory-limit"), (["config", "lst"], "list")):
            with self.subTest(arguments=arguments):
                self.assertIn(f"did you mean {meant}?", self.run_program(*arguments, expect=2).stderr)
        self.assertNotIn("did you mean", self.run_program("dance", expect=2).stderr)

    def test_an_address_is_judged_before_the_lake_is_opened(self):
        for flag, address in (("--listen", "example:9000"), ("--address", "nowhere"), ("--listen", "[::1:9000")):
            done = self.run_program("serve", flag, address, "--data", self.data, expect=2)
            self.assertIn("no IP address", done.stderr)
            self.assertFalse(os.path.exists(self.data))
        self.assertRegex(self.run_program("config", "check", "--address", "localhost").stdout, r"server\.address.*127\.0\.0\.1")

    def test_a_directory_whose_path_is_no_utf8_is_refused_before_anything_is_made_in_it(self):
        odd = self.path(os.fsdecode(b"lake\xff"))
        done = self.run_program("sql", "--data", odd, "-c", "SELECT 1", expect=2)
        self.assertIn("the path of the data directory is not UTF-8", done.stderr)
        self.assertEqual(os.listdir(odd), [])

    def test_version_tells_program_and_engine(self):
        for arguments in (["--version"], ["version"]):
            self.assertRegex(self.run_program(*arguments).stdout, r"^dplake \d+\.\d+.*\nengine: DuckDB \d+\.\d+")

    def test_config_check_shows_values_and_origins(self):
        config = self.write("lake.toml", '[memory]\nlimit = "1GiB"\n')
        shown = self.run_program("config", "check", "--config", config, "--threads", "3").stdout
        self.assertRegex(shown, r"memory\.limit.*1GiB.*lake\.toml")
        self.assertRegex(shown, r"engine\.threads.*3.*--threads")
        wrong = self.write("wrong.toml", '[memory]\nlimt = "1GiB"\n')
        self.assertIn("limt", self.run_program("config", "check", "--config", wrong, expect=2).stderr)


if __name__ == "__main__":
    unittest.main()
