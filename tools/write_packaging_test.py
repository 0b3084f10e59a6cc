#!/usr/bin/env python3
"""write_packaging.py on the answers of a made binary."""
import os
import subprocess
import tempfile
import unittest

import write_packaging

ANSWERS = {
    "--help": """A lake.

Usage: dplake [OPTIONS] [SUBCOMMAND]

Options:
  -h,--help                   Print this help message and exit
  --version                   What this program is

Subcommands:
  sql                         Run SQL: a shell on a terminal, else what -c holds. Statements end.

                                dplake sql --data my-lake

  check                       Verify a lake.
""",
    "sql --help": """Run SQL: a shell on a terminal.

Usage: dplake sql [OPTIONS]

Options:
  -h,--help                   Print this help message and exit
  -c,--command SQL ...        Run these statements
  --format                    table, csv
  --a-rather-long-option-name VALUE
                              What it means
  --all                       Every 'one'

Settings:
  --config TEXT               TOML file
  --data                      Where

All settings: dplake config list.
""",
    "check --help": "Verify a lake.\nUsage: dplake check [OPTIONS]\n\nOptions:\n  -h,--help                   Print\n",
    "config list": "  --data                          Directory that holds the lake (path, default ~/lake)\n"
                   "  --memory-limit                  Memory for everything (size, default 60%)\n",
    "config template": "#[data]\n",
}


class Pages(unittest.TestCase):
    def setUp(self):
        self.program = write_packaging.Program(lambda words: ANSWERS[" ".join(words)])
        self.pages = write_packaging.pages(self.program)

    def test_verbs_and_options_are_read(self):
        self.assertEqual([(v.name, v.words) for v in self.program.verbs], [("sql", "Run SQL"), ("check", "Verify a lake")])
        options = {o.names[-1]: o for o in self.program.verbs[0].options}
        self.assertEqual(options["--command"].value, "SQL ...")
        self.assertEqual(options["--a-rather-long-option-name"].words, "What it means")

    def test_settings_complete_where_a_lake_is_opened(self):
        sql, check = self.program.verbs
        flags = [flag for option in self.program.flags(sql) for flag in option.flags()]
        self.assertEqual(flags.count("--data"), 1)
        self.assertIn("--memory-limit", flags)
        self.assertEqual(self.program.flags(check), [])

    def test_man_page_has_every_option_and_setting(self):
        page = self.pages["dplake.1"].replace("\\-", "-")
        for words in ("-c, --command SQL ...", "--a-rather-long-option-name VALUE", "--memory-limit", "dplake check [OPTIONS]"):
            self.assertIn(words, page)

    def test_bash_completes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dplake.bash")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.pages["dplake.bash"])
            for words, wanted in {"dplake ch": ["check"], "dplake sql --fo": ["--format"],
                                  "dplake sql --mem": ["--memory-limit"]}.items():
                script = f'. {path}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _dplake; echo "${{COMPREPLY[*]}}"'
                done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True)
                self.assertEqual(done.stdout.split(), wanted, done.stderr)

    def test_quotes_in_help_are_kept_apart(self):
        self.assertIn("-d 'Every '\\''one'\\'''", self.pages["dplake.fish"])
        self.assertIn("'--all[Every '\\''one'\\'']'", self.pages["_dplake"])


if __name__ == "__main__":
    unittest.main()
