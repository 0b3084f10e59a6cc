"""What tests of imported exports share. Needs the program (DPLAKE_TEST)."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(os.path.dirname(FOLDER), "data")
sys.path.insert(0, DATA)

from takeout_generator.__main__ import options_of  # noqa: E402
from takeout_generator.compare import Lake, compare  # noqa: E402
from takeout_generator.run import generate  # noqa: E402
from takeout_generator.times import ZONES  # noqa: E402

PROGRAM = os.environ.get("DPLAKE_TEST")
# What has a parser: kinds of entries as the truth calls them.
KINDS = ("bookmarks", "group_members", "reading_list", "tcx", "voice_event", "access_devices", "access_log", "activity_html", "activity_json", "browser_history", "chat_messages", "chat_space", "chrome_devices",
         "fit_bins", "fit_daily", "fit_data", "fit_session", "fitbit_csv", "fitbit_json", "fitbit_sleep", "ics", "keep_note", "labeled_places",
         "album", "location_edits", "location_records", "location_settings", "mbox", "pay_transactions", "photo", "photo_sidecar", "place_reviews", "play_installs", "saved_list",
         "saved_places", "search_engines", "semantic_location", "tasks", "timeline_android", "timeline_ios", "vcf", "voice_phones", "yt_comment",
         "yt_likes", "yt_live_chat", "yt_playlist", "yt_playlist_item", "yt_search", "yt_subscription", "yt_video", "yt_watch")
# Entries whose parser cuts its elements otherwise than the truth: what stands beside a list (its type, data source, device settings) is an
# element too, raw signals are, phone numbers are rows, labels are rows once a file. Their tables are compared; of their entries the rejects.
OTHER_ELEMENTS = ("fit_data", "labeled_places", "location_settings", "mbox", "photo", "photo_sidecar", "place_reviews", "saved_list", "saved_places",
                  "timeline_android", "voice_phones")
# Tables that are not compared: no parser writes them yet, or (raw_*, of which the truth counts those of unknown products alone) they
# also hold the entries of products that have no parser yet.
ABSENT = ("raw_csv", "raw_json")
# Tables of which only the slices that have a parser can be compared.
PARTIAL = ()
# Tables whose content must not depend on the order of parts, on threads or on interruptions.
STABLE = ("location_point", "location_activity_sample", "wifi_scan", "activity", "raw_json", "raw_csv")
PRODUCTS = "location,activity,other"


def slices_of(table, told):
    """The whole table, or its slices where a part of it has no parser."""
    if table not in PARTIAL:
        return [told]
    return [{**part, "key": told["key"], "where": where} for where, part in told["slices"].items() if re.match(r"\w+ = ", where)]


def narrowed(truth, only):
    """Truths of what the lake can hold, or of one of its tables: a table is in several where only its slices are compared."""
    truths = []
    for table, told in truth["tables"].items():
        if table in ABSENT or only not in (None, table):
            continue
        truths += [{"tables": {table: part}, "entries": []} for part in slices_of(table, told)]
    return truths


class ManyAtOnce(Lake):
    """Knows the answers to statements that give one row each, having asked for all of them in one run of the program."""

    def __init__(self, program, data, statements):
        super().__init__(program, data)
        rows, wrong = super().ask("; ".join(statements))
        if rows is None or len(rows) != len(statements):  # one of them is wrong: ask one by one and tell which
            rows = []
        self.known = dict(zip(statements, rows))

    def ask(self, statement):
        return ([self.known[statement]], "") if statement in self.known else super().ask(statement)


class Asked:
    """Takes note of what compare() asks for."""

    def __init__(self):
        self.statements = []

    def ask(self, statement):
        self.statements.append(statement)
        return None, ""


@unittest.skipUnless(PROGRAM, "DPLAKE_TEST names no program")
class TakeoutCase(unittest.TestCase):
    """Makes exports, imports them with the program into lakes of its own, and compares."""
    maxDiff = None

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="dplake-takeout-")
        self.addCleanup(self.scratch.cleanup)
        self.lakes = 0

    def make(self, *arguments):
        out = os.path.join(self.scratch.name, f"out{len(os.listdir(self.scratch.name))}")
        generate(options_of(["--out", out, *arguments]))
        with open(os.path.join(out, "truth.json"), encoding="utf-8") as file:
            truth = json.load(file)
        paths = [os.path.join(out, archive["name"]) for archive in truth["archives"] if archive["there"]]
        return paths, truth

    def new_lake(self):
        self.lakes += 1
        return os.path.join(self.scratch.name, f"lake{self.lakes}")

    def load(self, lake, *arguments, expect=0):
        done = subprocess.run([PROGRAM, "import", "takeout", *arguments, "--data", lake], capture_output=True, text=True,
                              check=False, timeout=250)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        if expect == 0:
            self.assertNotIn(": NO", done.stdout)
            self.assertEqual(len(re.findall(r"^ledger: .*: yes$", done.stdout, re.M)), 7, done.stdout)
        return done.stdout

    def ask(self, lake, statement):
        rows, wrong = Lake(PROGRAM, lake).ask(statement)
        self.assertIsNotNone(rows, f"{statement}: {wrong}")
        return rows

    def content(self, lake, tables=STABLE):
        """Per stable table its rows and a checksum of what they say, wherever they came from."""
        found = {}
        for table in tables:
            found[table] = self.ask(lake, "SELECT count(*) AS rows, sum(hash(t)::HUGEINT)::VARCHAR AS sum FROM (SELECT * EXCLUDE (entry_id, "
                                          f"byte_offset, byte_count, export_us) FROM takeout.{table}) t")
        return found

    def check_tables(self, lake, truth, only=None):
        truths = narrowed(truth, only)
        self.assertTrue(truths)
        asked = Asked()
        for each in truths:
            list(compare(each, asked))
        known = ManyAtOnce(PROGRAM, lake, asked.statements)
        self.assertEqual([line for each in truths for line in compare(each, known)], [])

    def check_new_rows(self, lake):
        """What entries count as new are the rows that the tables have, also where rows gave way to others since."""
        tables = [row["t"] for row in self.ask(
            lake, "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'takeout' AND table_type = 'BASE TABLE' AND "
                  "table_name NOT LIKE 'import_%' AND table_name NOT LIKE '%_history' AND table_name <> 'schema_drift'")]
        counts = " + ".join(f"(SELECT count(*) FROM takeout.{table})" for table in tables)
        self.assertEqual(self.ask(lake, f"SELECT (SELECT sum(rows_new) FROM takeout.import_entry) - ({counts}) AS more"), [{"more": 0}])

    def check_entries(self, lake, truth):
        """Elements, rejects and rows of each entry that has a parser."""
        kinds = {entry["name"]: entry["kind"] for entry in truth["entries"] if entry["kind"] in KINDS}

        def counts(name, elements, rejected, rows):
            return (name, rejected) if kinds[name] in OTHER_ELEMENTS else (name, rejected, elements, rows)

        told = sorted(counts(entry["name"], entry["elements"], entry["rejected"], sum(entry["rows"].values()))
                      for entry in truth["entries"] if entry["kind"] in KINDS)
        found = sorted(counts(row["name"], row["elements"], row["elements_rejected"], row["rows_parsed"]) for row in self.ask(
            lake, "SELECT name, elements, elements_rejected, rows_parsed FROM takeout.import_entry") if row["name"] in kinds)
        self.assertEqual(found, told)

    def check_states(self, lake, truth):
        """Each entry has a row; its state is the truth's, or that of an entry whose parser is not there yet."""
        rows = self.ask(lake, "SELECT name, state FROM takeout.import_entry")
        allowed = {}
        for entry in truth["entries"]:
            if "name_hex" in entry:  # not UTF-8 and not said to be: the code page of zip
                entry["name"] = bytes.fromhex(entry["name_hex"]).decode("cp437")
            states = {entry["state"], *entry.get("alternatives", ())}
            if not states.isdisjoint(("typed", "sidecar_joined")) and entry["kind"] not in KINDS:
                states |= {"generic", "blob_only"}
            if "generic" in states:
                states |= {"blob_only"}
            allowed.setdefault(entry["name"], set()).update(states)
        self.assertEqual(sorted(row["name"] for row in rows), sorted(entry["name"] for entry in truth["entries"]))
        wrong = [(row["name"], row["state"]) for row in rows if row["state"] not in allowed[row["name"]]]
        self.assertEqual(wrong, [])
