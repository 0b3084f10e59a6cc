"""compare.py finds a lake equal to the truth, and tells each way in which it is not. Needs the program (DPLAKE_TEST)."""
import csv
import json
import os
import subprocess
import sys
import unittest

from case import GeneratorTest

FOLDER = os.path.dirname(os.path.abspath(__file__))


@unittest.skipUnless(os.environ.get("DPLAKE_TEST"), "DPLAKE_TEST names no program")
class Compare(GeneratorTest):
    def setUp(self):
        self.out, self.told = self.make("--size", "500KB", "--products", "chrome,tasks", "--exports", "2", "--updates", "0.3")
        self.lake = os.path.join(os.path.dirname(self.out), "lake")
        visits = {(visit["time_usec"], visit["url"], visit["client_id"]) for data in self.contents(self.out, self.told, "/History.json")
                  for visit in json.loads(data)["Browser History"]}
        tasks = {task["id"] for data in self.contents(self.out, self.told, "Tasks.json")
                 for tasks in json.loads(data)["items"] for task in tasks["items"]}
        self.sql("CREATE SCHEMA takeout",
                 self.load("browser_visit", "ts_us BIGINT, url VARCHAR, client_id VARCHAR", sorted(visits)),
                 self.load("task", "id VARCHAR, created_us BIGINT, updated_us BIGINT", [(each, 0, 0) for each in tasks]),
                 self.load("import_entry", "name VARCHAR, state VARCHAR", [(e["name"], e["state"]) for e in self.told["entries"]]))

    def load(self, table, columns, rows):
        path = os.path.join(self.out, f"{table}.csv")
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        names = ", ".join(f"'{each.split()[0]}': '{each.split()[1]}'" for each in columns.split(", "))
        return f"CREATE TABLE takeout.{table} AS SELECT * FROM read_csv('{path}', header = false, columns = {{{names}}})"

    def sql(self, *statements):
        done = subprocess.run([os.environ["DPLAKE_TEST"], "sql", "--data", self.lake, "-c", "; ".join(statements)],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def compare(self, *arguments):
        done = subprocess.run([sys.executable, "-B", os.path.join(FOLDER, "compare.py"), os.path.join(self.out, "truth.json"), "--program",
                               os.environ["DPLAKE_TEST"], "--data", self.lake, *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 1 if done.stdout else 0)
        return done.stdout

    def test_equal_then_each_difference(self):
        self.assertEqual(self.compare("--tables", "browser_visit", "--ledger"), "")
        self.assertIn("task: sum of created_us is 0, expected", self.compare("--tables", "task"))
        self.assertIn("task_history: 0 rows, expected", self.compare("--tables", "task", "--history"))
        self.assertIn("bookmark: cannot be asked", self.compare("--tables", "bookmark"))
        self.sql("UPDATE takeout.browser_visit SET url = url || 'x' WHERE ts_us = (SELECT min(ts_us) FROM takeout.browser_visit)")
        found = self.compare("--tables", "browser_visit")
        self.assertIn("browser_visit: keys differ", found)
        self.assertEqual(len(found.splitlines()), 1)
        self.sql("DELETE FROM takeout.browser_visit WHERE ts_us = (SELECT max(ts_us) FROM takeout.browser_visit)",
                 "UPDATE takeout.import_entry SET state = 'encrypted' WHERE name LIKE '%ReadingList.html'")
        found = self.compare("--tables", "browser_visit", "--ledger")
        self.assertRegex(found, r"browser_visit: \d+ rows, expected \d+")
        self.assertIn("max of ts_us", found)
        self.assertIn("ReadingList.html' is encrypted or encrypted, expected typed", found)


if __name__ == "__main__":
    unittest.main()
