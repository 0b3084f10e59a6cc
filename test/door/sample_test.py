#!/usr/bin/env python3
"""Tests what `dplake serve --sample` holds against the truth that the generator of exports tells of the same archive.

usage: sample_test.py PROGRAM [TEST...]
"""

import json
import os
import pathlib
import sys
import tempfile
import unittest

import door_test
from door_test import Serving

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[1:1] = [str(ROOT / "src/lake/server"), str(ROOT / "test/data"), str(ROOT / "test/ingest")]

import sample_takeout
from takeout_generator import compare
from takeout_generator.__main__ import options_of
from takeout_generator.run import generate
from takeout_case import ABSENT, KINDS


class Sample(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory(prefix="dplake-sample-")
        cls.addClassCleanup(cls.root.cleanup)
        made = os.path.join(cls.root.name, "made")
        generate(options_of(["--out", made, *sample_takeout.ARGUMENTS]))
        cls.archive = pathlib.Path(made, sample_takeout.GENERATED).read_bytes()
        cls.truth = json.loads(pathlib.Path(made, "truth.json").read_text(encoding="utf-8"))
        cls.data = os.path.join(cls.root.name, "data")
        cls.serving = Serving(cls.data, "--sample")
        cls.addClassCleanup(cls.serving.stop)
        cls.part = cls.serving.rows(f"SELECT part_id FROM takeout.import_part WHERE name = '{sample_takeout.GENERATED}'")[0][0]

    def test_the_program_carries_what_the_generator_makes(self):
        kept = pathlib.Path(self.data, "sample", sample_takeout.GENERATED).read_bytes()
        self.assertTrue(kept == self.archive, "the archive in the program is another one")

    def test_entries_end_as_they_should(self):
        entries = self.serving.rows(f"SELECT name, state FROM takeout.import_entry WHERE part_id = {self.part}")
        self.assertEqual(len(entries), len(self.truth["entries"]))
        states = {}
        for name, state in entries:
            states.setdefault(name, set()).add(state)
        for entry in self.truth["entries"]:
            allowed = {entry["state"], *entry.get("alternatives", ())}
            if entry["kind"] not in KINDS:  # no parser takes it yet
                allowed |= {"generic", "blob_only"}
            self.assertTrue(states.get(entry["name"], set()) & allowed, f"{entry['name']}: {states.get(entry['name'])}, expected {allowed}")

    def test_tables_hold_the_rows_that_were_made_up(self):
        """Keys and sums, of the rows that came from the generated archive: the week's lie in the same tables."""
        own = f"entry_id IN (SELECT entry_id FROM takeout.import_entry WHERE part_id = {self.part})"
        # Those without an entry are made of several; nothing of the week is in them.
        with_entry = {row[0] for row in self.serving.rows("SELECT table_name FROM information_schema.columns WHERE table_schema = 'takeout' AND "
                                                          "column_name = 'entry_id'")}
        tables = {table: told for table, told in self.truth["tables"].items() if table not in ABSENT}
        self.assertGreater(len(tables), 50)
        for table, told in tables.items():
            where = " AND ".join(filter(None, (told.get("where", ""), own if table in with_entry else "")))
            statement = compare.statement_of("takeout", table, told, {}, where)
            found = json.loads(self.serving.rows(f"SELECT to_json(t)::VARCHAR FROM ({statement}) t")[0][0])
            self.assertEqual(list(compare.differences(table, told, found)), [])


if __name__ == "__main__":
    door_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
