#!/usr/bin/env python3
"""check_component_map.py on made pages."""
import os
import tempfile
import unittest

import check_component_map

HEAD = "| Named there | Ours | Route | Test | State |\n|---|---|---|---|---|\n"


class Page(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.TemporaryDirectory()
        os.makedirs(os.path.join(self.root.name, "src/lake/os"))
        open(os.path.join(self.root.name, "src/lake/os/a_test.cpp"), "w", encoding="utf-8").close()
        os.makedirs(os.path.join(self.root.name, "test/sql"))

    def tearDown(self):
        self.root.cleanup()

    def check(self, rows, names):
        return check_component_map.check(self.root.name, HEAD + rows, names)

    def test_complete_page(self):
        rows = "| `a.py` | `src/lake/os/` | verb | `src/lake/os/a_test.cpp` | built |\n| `B` | later | route | - | planned |\n"
        self.assertEqual(self.check(rows, ["a.py", "B"]), [])

    def test_missing_twice_and_unknown_names(self):
        row = "| `a.py` | os | verb | - | planned |\n"
        self.assertIn("no row for B", self.check(row, ["a.py", "B"])[0])
        self.assertIn("stands twice", self.check(row * 2, ["a.py"])[0])
        self.assertIn("is not in", self.check(row, [])[0])

    def test_built_rows_point_to_something(self):
        self.assertIn("names no test", self.check("| `a` | os | verb | - | built |\n", ["a"])[0])
        self.assertIn("does not exist", self.check("| `a` | os | verb | `src/lake/os/b.cpp` | built |\n", ["a"])[0])
        self.assertIn("does not exist", self.check("| `a` | os | verb | `test/sql/` | built |\n", ["a"])[0])

    def test_states_follow_the_tree(self):
        there = "| `a` | `src/lake/os/` | verb | `src/lake/os/a_test.cpp` | planned |\n"
        gone = "| `b` | `src/lake/gone/` | verb | `src/lake/os/a_test.cpp` | built |\n"
        later = "| `c` | `src/lake/os/` | route | - | planned |\n"
        self.assertIn("called planned but exists", self.check(there, ["a"])[0])
        page = check_component_map.with_states(self.root.name, HEAD + there + gone + later)
        self.assertEqual([row[-1] for row in check_component_map.read_rows(page)], ["built", "planned", "planned"])

    def test_a_part_points_to_something_and_stays_a_part(self):
        row = "| `a` | `src/lake/os/`; more is missing | verb | `src/lake/os/a_test.cpp` | part |\n"
        self.assertEqual(self.check(row, ["a"]), [])
        self.assertEqual(check_component_map.with_states(self.root.name, HEAD + row), HEAD + row)
        self.assertIn("names no test", self.check("| `a` | `src/lake/os/` | verb | - | part |\n", ["a"])[0])

    def test_state_is_one_of_three(self):
        self.assertIn("state", self.check("| `a` | os | verb | - | soon |\n", ["a"])[0])


if __name__ == "__main__":
    unittest.main()
