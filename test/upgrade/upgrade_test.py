"""Each stored directory opens, answers as when it was made, takes writes and upkeep, and is clean after them."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile
import unittest

from directory import HERE, answers, run, run_script

PROGRAM = os.environ["DPLAKE_TEST"]


class StoredDirectory(unittest.TestCase):
    def opened(self, name):
        with open(os.path.join(HERE, name, "answers.json"), encoding="utf-8") as file:
            expected = json.load(file)
        scratch = tempfile.TemporaryDirectory(prefix="dplake-upgrade-")
        self.addCleanup(scratch.cleanup)
        lake = os.path.join(scratch.name, "lake")
        shutil.copytree(os.path.join(HERE, name, "lake"), lake)
        return lake, expected

    def test_all(self):
        names = sorted(name for name in os.listdir(HERE) if name.startswith("format_"))
        self.assertTrue(names)
        for name in names:
            with self.subTest(name):
                lake, expected = self.opened(name)
                directory = os.path.join(HERE, name)
                found = answers(PROGRAM, lake, directory)
                for question, rows in expected.items():
                    self.assertEqual(found[question], rows, question)
                run(PROGRAM, "check", "--data", lake)
                run_script(PROGRAM, lake, """
                    BEGIN; INSERT INTO few VALUES (4, 'new'); DELETE FROM flat WHERE id = 100; COMMIT;
                    CALL lake_flush('few'); CALL lake_flush('nested'); CALL lake_compact('flat');
                    CALL lake_compact('sensors.readings');""")
                changed = answers(PROGRAM, lake, directory)
                same = [question for question in expected
                        if not re.search(r"FROM flat|FROM few|lake_changes", question) or "VERSION" in question]
                self.assertGreater(len(same), 3)
                for question in same:
                    self.assertEqual(changed[question], expected[question], f"after upkeep: {question}")
                self.assertEqual(run_script(PROGRAM, lake, "SELECT count(*) AS n FROM few WHERE a = 4").strip(), '{"n":1}')
                run(PROGRAM, "check", "--data", lake)
                self.check_blobs(lake)

    def check_blobs(self, lake):
        """The bytes of every blob can be had, wherever they are."""
        hashes = {json.loads(line)["hash"] for line in run_script(PROGRAM, lake, "SELECT hash FROM blobs").splitlines()}
        out = os.path.join(os.path.dirname(lake), "out")
        run(PROGRAM, "export", out, "--all", "--data", lake)
        files = list(pathlib.Path(out, "blobs").glob("??/??/*"))
        self.assertEqual({file.name for file in files}, hashes)
        for file in files:
            self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), file.name)


if __name__ == "__main__":
    unittest.main()
