"""Exports of every language, number of parts and kind of trouble, each imported in several ways: the account balances and the tables are the
same, whatever the order of parts, the number of workers, the size of batches and kill -9. Needs the program (DPLAKE_TEST).

DPLAKE_TAKEOUT_MATRIX=full runs all combinations (nightly), de-5-damage that one; else nine, in which each pair of language, parts and
trouble meets.
"""
import itertools
import os
import re
import signal
import subprocess
import time
import unittest

from takeout_case import PROGRAM, TakeoutCase, ZONES

LOCALES = ("en", "de", "ja")
PARTS = ("1", "2", "5")
TROUBLES = {
    "none": (),
    "overlap": ("--exports", "2", "--overlap", "0.5", "--updates", "0.2", "--copies"),
    "damage": ("--damage", "truncate,flip,flip-json,malformed,cut-json,odd-values,hostile-names,special,encrypted,unsupported-method,lying-size,"
                           "overlap-entries,nested"),
}
# Of one part that is cut nothing else can be told: the damage is done to parts that are whole.
ONE_PART_DAMAGE = ("--damage", "truncate,malformed,odd-values")
CHOSEN = os.environ.get("DPLAKE_TAKEOUT_MATRIX", "")
LEDGER = ("name", "bytes", "state", "classified_as", "elements", "elements_rejected", "rows_parsed", "content_hash")


def combinations():
    names = tuple(TROUBLES)
    if CHOSEN:
        return [each for each in itertools.product(LOCALES, PARTS, names) if CHOSEN in ("full", "-".join(each))]
    return [(LOCALES[i], PARTS[j], names[(i + j) % 3]) for i in range(3) for j in range(3)]


class TakeoutMatrix(TakeoutCase):
    deaths = 0

    def bring(self, lake, *arguments):
        """Imports, and has the account checked. A part that is cut makes the program say so with 1."""
        done = subprocess.run([PROGRAM, "import", "takeout", *arguments, "--data", lake], capture_output=True, text=True, check=False,
                              timeout=250)
        told = done.stdout + done.stderr
        self.assertIn(done.returncode, (0, 1) if ": partial," in told else (0,), told)
        self.assertNotIn(": NO", told)
        self.assertEqual(len(re.findall(r"^ledger: .*: yes$", told, re.M)), 7, told)

    def tables(self, lake):
        """Each table of the lake: rows, and a sum over what they say, wherever they came from."""
        columns = self.ask(
            lake, "SELECT c.table_name AS t, string_agg('\"' || c.column_name || '\"', ', ' ORDER BY c.ordinal_position) AS names FROM "
                  "information_schema.columns c JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = 'takeout' "
                  "AND table_type = 'BASE TABLE' AND NOT starts_with(table_name, 'import_') AND table_name <> 'schema_drift' AND c.column_name "
                  "NOT IN ('entry_id', 'byte_offset', 'byte_count', 'export_us') GROUP BY ALL")
        asked = " UNION ALL ".join(f"SELECT '{row['t']}' AS name, count(*) AS rows, sum(hash({row['names']})::HUGEINT)::VARCHAR AS sum FROM "
                                   f"takeout.{row['t']}" for row in columns)
        return self.ask(lake, asked)

    def account(self, lake):
        return self.ask(lake, f"SELECT concat_ws(' | ', {', '.join(LEDGER)}) AS entry, count(*) AS n FROM takeout.import_entry GROUP BY ALL "
                              "ORDER BY ALL")

    def check_same(self, told, found, way):
        """Equal lists of rows; only what differs is shown."""
        self.assertEqual(([row for row in told if row not in found], [row for row in found if row not in told]), ([], []), way)

    def check_truth(self, lake, truth, trouble):
        if trouble != "damage":
            self.check_tables(lake, truth)
            self.check_entries(lake, truth)
            self.check_states(lake, truth)
            return
        # What damage leaves of merged tables is told for these.
        self.check_tables(lake, truth, "location_point")

    def test_every_way_gives_the_same(self):
        for locale, parts, trouble in combinations():
            with self.subTest(locale=locale, parts=parts, trouble=trouble):
                how = ONE_PART_DAMAGE if (parts, trouble) == ("1", "damage") else TROUBLES[trouble]
                paths, truth = self.make("--size", "400KB", "--locale", locale, "--parts", parts, *how)
                zone = ("--time-zone", ZONES[locale])
                calm = self.new_lake()
                began = time.monotonic()
                self.bring(calm, *paths, *zone, "--workers", "1")
                took = time.monotonic() - began
                told = self.tables(calm), self.account(calm)
                self.check_truth(calm, truth, trouble)
                for way in (self.backward, self.shuffled, self.killed):
                    lake = self.new_lake()
                    way(lake, paths, zone, took)
                    self.check_same(told[0], self.tables(lake), way.__name__)
                    self.check_same(told[1], self.account(lake), way.__name__)
        self.assertGreater(self.deaths, 0, "nothing was killed before its end")

    def backward(self, lake, paths, zone, _):
        """One part after the other."""
        for path in reversed(paths):
            self.bring(lake, path, *zone, "--workers", "4", "--batch-rows", "300")

    def shuffled(self, lake, paths, zone, _):
        self.bring(lake, *paths[1::2], *paths[::2], *zone, "--workers", "2", "--batch-rows", "1000")

    def killed(self, lake, paths, zone, took):
        """At several moments of an import that takes about so long; then it comes to its end."""
        how = (*paths[::-1], *zone, "--workers", "3", "--batch-rows", "100", "--data", lake)
        for share in (0.3, 0.5, 0.7, 0.9):
            process = subprocess.Popen([PROGRAM, "import", "takeout", *how], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(timeout=took * share)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                self.deaths += process.wait(timeout=60) == -signal.SIGKILL
        self.bring(lake, *how[:-2])


if __name__ == "__main__":
    unittest.main()
