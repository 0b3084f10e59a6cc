#!/usr/bin/env python3
"""write_packaging.py on a made table of settings, and on the real one."""
import os
import subprocess
import tempfile
import unittest

import write_packaging

TABLE = """constexpr Setting kSettings[] = {
    {"data.directory", "data", SettingKind::kPath, +[](Settings& s) -> std::string& { return s.data.directory; },
     "~/lake", 0, 0, "", "Where the lake is;"
     " made when absent."},
    {"log.format", "log-format", SettingKind::kChoice, +[](Settings& s) -> std::string& { return s.log.format; }, "text", 0, 0,
     "text|json", "Form of a line."},
    {"upkeep.enabled", "upkeep", SettingKind::kSwitch, +[](Settings& s) -> bool& { return s.upkeep.enabled; }, "true", 0, 0, "",
     "Whether it runs."},
};
"""


class Pages(unittest.TestCase):
    def test_every_setting_is_on_every_page(self):
        settings = write_packaging.read_settings(TABLE)
        self.assertEqual([s.flag for s in settings], ["--data", "--log-format", "--upkeep"])
        pages = write_packaging.pages(settings)
        self.assertIn('# Where the lake is; made when absent.\n#directory = "~/lake"', pages["dplake.toml"])
        self.assertIn("[upkeep]\n# Whether it runs.\n#enabled = true", pages["dplake.toml"])
        self.assertIn("DPLAKE_LOG_FORMAT, log.format, default text", pages["dplake.1"].replace("\\-", "-"))
        for name in ("dplake.bash", "_dplake", "dplake.fish"):
            self.assertIn("log-format", pages[name])

    def test_a_row_the_pattern_misses_is_no_silence(self):
        with self.assertRaises(SystemExit):
            write_packaging.read_settings(TABLE.replace('"text|json", "Form', 'kChoices, "Form'))

    def test_the_real_pages_are_valid(self):
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with open(os.path.join(root, "src/lake/config/settings.cpp"), encoding="utf-8") as file:
            pages = write_packaging.pages(write_packaging.read_settings(file.read()))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dplake.bash")
            with open(path, "w", encoding="utf-8") as file:
                file.write(pages["dplake.bash"])
            words = f'. {path}; COMP_WORDS=(dplake sql --fo); COMP_CWORD=2; _dplake; echo "${{COMPREPLY[*]}}"'
            done = subprocess.run(["bash", "-euc", words], capture_output=True, text=True)
            self.assertEqual(done.stdout.split(), ["--format"], done.stderr)


if __name__ == "__main__":
    unittest.main()
