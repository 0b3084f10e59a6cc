"""The views over imported exports against their truth. Needs the program (DPLAKE_TEST)."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(FOLDER), "data"))

from takeout_generator.__main__ import options_of  # noqa: E402
from takeout_generator.compare import Lake  # noqa: E402
from takeout_generator.run import generate  # noqa: E402

PROGRAM = os.environ.get("DPLAKE_TEST")
DAY = 86_400_000_000
# Tables of the truth whose time the timeline shows, and its column.
TIMES = {"activity": "ts_us", "browser_visit": "ts_us", "mail_message": "date_us", "place_visit": "start_us", "travel_segment": "start_us",
         "trip": "start_us", "yt_watch": "ts_us", "yt_search": "ts_us", "yt_comment": "ts_us", "chat_message": "ts_us", "workout": "start_us",
         "calendar_event": "start_us", "task": "created_us", "pay_transaction": "ts_us", "saved_place": "ts_us", "place_review": "ts_us",
         "bookmark": "added_us", "photo": "taken_us", "voice_event": "ts_us",
         "wifi_scan": "ts_us", "access_log": "ts_us", "health_sample": "start_us"}


def operators_of(plan):
    """All operators of a plan as EXPLAIN (FORMAT json) tells it."""
    for operator in plan:
        yield operator
        yield from operators_of(operator["children"])


@unittest.skipUnless(PROGRAM, "DPLAKE_TEST names no program")
class TakeoutViews(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="dplake-views-")
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.paths, cls.truth = cls.make("all", "--size", "900KB")
        cls.lake = os.path.join(cls.scratch.name, "lake")
        cls.load(cls.lake, *cls.paths)

    @classmethod
    def make(cls, name, *arguments):
        out = os.path.join(cls.scratch.name, name)
        generate(options_of(["--out", out, *arguments]))
        with open(os.path.join(out, "truth.json"), encoding="utf-8") as file:
            truth = json.load(file)
        return [os.path.join(out, archive["name"]) for archive in truth["archives"]], truth

    @staticmethod
    def load(lake, *paths):
        done = subprocess.run([PROGRAM, "import", "takeout", *paths, "--data", lake], capture_output=True, text=True, check=False,
                              timeout=250)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)

    def test_each_table_tells_the_archives_it_came_from(self):
        told = {row["t"] for row in self.ask("SELECT DISTINCT target AS t FROM takeout.lineage")}
        full = {f"takeout.{table}" for table, truth in self.truth["tables"].items() if truth["rows"] and table not in
                ("photo_person", "drive_file", "raw_json", "raw_csv")}  # made of others, or of what is left over
        self.assertEqual(full - told, set())
        self.assertEqual({row["s"] for row in self.ask("SELECT DISTINCT source AS s FROM takeout.lineage")}, set(self.paths))
        self.assertEqual(self.ask("SELECT DISTINCT product FROM takeout.lineage WHERE target = 'takeout.photo'"), [{"product": "photos"}])

    def test_where_tables_came_from_is_told_in_one_place(self):
        lake = os.path.join(self.scratch.name, "both")
        tasks, _ = self.make("both_tasks", "--size", "50KB", "--products", "tasks")
        csv = os.path.join(self.scratch.name, "plain.csv")
        with open(csv, "w", encoding="utf-8") as file:
            file.write("a\n1\n2\n")
        told = "SELECT DISTINCT route, source, target, row_count::INTEGER AS rows FROM ingest.lineage ORDER BY ALL"
        plain = {"route": "import", "source": csv, "target": "plain", "rows": 2}
        takeout = [{"route": "takeout", "source": tasks[0], "target": f"takeout.{table}", "rows": None} for table in ("task", "task_list")]
        self.load(lake, *tasks)
        self.assertEqual(self.ask(told, lake), takeout)
        self.plain_import(lake, csv, "--table", "plain")
        self.assertEqual(self.ask(told, lake), [plain, *takeout])
        self.assertEqual(self.ask("SELECT count(*)::INTEGER AS n FROM ingest.lineage WHERE abs(epoch(now()) - epoch(ended_at)) > 600", lake), [{"n": 0}])
        # What is dropped with Takeout comes back without it.
        self.ask("DROP SCHEMA takeout CASCADE", lake)
        self.plain_import(lake, csv, "--table", "plain", "--append")
        self.assertEqual(self.ask(told, lake), [plain])
        # The other way round, and with a table of somebody's in the place of the book.
        other = os.path.join(self.scratch.name, "both_other")
        self.plain_import(other, csv, "--table", "plain")
        self.assertEqual(self.ask(told, other), [plain])
        self.load(other, *tasks)
        self.assertEqual(self.ask(told, other), [plain, *takeout])
        self.ask("DROP VIEW ingest.lineage; DROP TABLE ingest.run; CREATE TABLE ingest.run (mine INTEGER)", other)
        self.load(other, "--force", *tasks)
        self.assertEqual(self.ask(told, other), takeout)

    @staticmethod
    def plain_import(lake, *arguments):
        subprocess.run([PROGRAM, "import", *arguments, "--data", lake], capture_output=True, check=True, timeout=250)

    def test_a_product_has_one_name(self):
        lake = os.path.join(self.scratch.name, "named")
        folder = os.path.join(self.scratch.name, "named_export", "Takeout")
        for name, content in (("Keep/note.json", {"title": "a", "textContent": "b", "userEditedTimestampUsec": 1, "createdTimestampUsec": 1, "color": "DEFAULT",
                                                  "isTrashed": False, "isPinned": False, "isArchived": False}),
                              ("Keep/other.json", {"x": 1}), ("Keep/Labels.txt", "a"), ("My Activity/x.bin", "b"), ("Unheard Of/y.bin", "c")):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(content if isinstance(content, str) else json.dumps(content))
        self.load(lake, os.path.dirname(folder))
        self.assertEqual(self.ask("SELECT kind, product FROM takeout.items WHERE name LIKE '%Keep%json' AND kind = 'keep_note'", lake),
                         [{"kind": "keep_note", "product": "keep"}])
        self.assertEqual(self.ask("SELECT DISTINCT product FROM takeout.items WHERE bytes > 0 ORDER BY ALL", lake),
                         [{"product": "Unheard Of"}, {"product": "activity"}, {"product": "keep"}])

    def ask(self, statement, lake=None):
        rows, wrong = Lake(PROGRAM, lake or self.lake).ask(statement)
        self.assertIsNotNone(rows, f"{statement}: {wrong}")
        return rows

    def test_the_timeline_has_every_row_with_a_time_once(self):
        found = {row["source_table"]: row for row in self.ask(
            "SELECT source_table, count(*)::INTEGER AS rows, sum(ts_us)::HUGEINT::VARCHAR AS sum, min(ts_us) AS low, max(ts_us) AS high "
            "FROM takeout.timeline GROUP BY ALL")}
        for table, column in TIMES.items():
            told = self.truth["tables"][table]
            row = found[table]
            if column in told["columns"]:
                numbers = told["columns"][column]
                self.assertEqual((row["sum"], row["low"], row["high"]), (numbers["sum"], numbers["min"], numbers["max"]), table)
                self.assertEqual(row["rows"], told["rows"] - numbers["nulls"], table)
            else:
                self.assertEqual(row["rows"], told["rows"], table)

    def test_a_line_leads_back_to_its_row(self):
        lines = self.ask("SELECT t.title, v.title AS told, epoch_us(t.time) AS micros, v.ts_us "
                         "FROM takeout.timeline t JOIN takeout.yt_watch v USING (entry_id, byte_offset) WHERE source_table = 'yt_watch'")
        self.assertEqual(len(lines), self.truth["tables"]["yt_watch"]["rows"])
        for line in lines:
            self.assertEqual((line["title"], line["micros"]), (line["told"], line["ts_us"]))

    def test_a_day_reaches_the_files_of_every_table(self):
        first = self.ask("SELECT min(ts_us) AS t FROM takeout.timeline WHERE source_table = 'activity'")[0]["t"] // DAY * DAY
        plan = self.ask(f"EXPLAIN (FORMAT json) SELECT * FROM takeout.timeline WHERE ts_us >= {first} AND ts_us < {first + DAY} ORDER BY ts_us")
        operators = list(operators_of(json.loads(plan[0]["explain_value"])))
        self.assertNotIn("FILTER", [each["name"].strip() for each in operators])
        scans = [each for each in operators if each["name"].strip() == "LAKE_SCAN"]
        self.assertGreater(len(scans), 20)
        for scan in scans:
            self.assertIn(f">={first}", json.dumps(scan["extra_info"]), scan)
            self.assertIn(f"<{first + DAY}", json.dumps(scan["extra_info"]), scan)

    def test_sensitive_rows_have_no_text(self):
        rows = self.ask("SELECT DISTINCT source_table, title, summary, url FROM takeout.timeline WHERE is_sensitive ORDER BY ALL")
        self.assertEqual(rows, [{"source_table": table, "title": None, "summary": None, "url": None} for table in ("keep_note", "wifi_scan")])

    def test_texts_are_one_line(self):
        self.assertEqual(self.ask("SELECT count(*) AS n FROM takeout.timeline WHERE title SIMILAR TO '.*[\\n\\r\\t].*' OR length(title) > 300 "
                                  "OR length(summary) > 300"), [{"n": 0}])

    def test_days_add_up_to_the_timeline(self):
        self.assertEqual(self.ask("SELECT sum(events)::BIGINT AS n FROM takeout.daily_activity"),
                         self.ask("SELECT count(*) AS n FROM takeout.timeline"))
        day = self.ask("SELECT day::VARCHAR AS day, events FROM takeout.daily_activity WHERE kind = 'watch' ORDER BY events DESC, day LIMIT 1")[0]
        self.assertEqual(self.ask(f"SELECT count(*) AS events FROM takeout.yt_watch WHERE make_timestamp(ts_us)::DATE = DATE '{day['day']}'"),
                         [{"events": day["events"]}])

    def test_places_are_one_line_each_with_their_visits(self):
        times = self.ask("SELECT sum(times)::BIGINT AS n FROM takeout.places WHERE kind = 'visited'")
        self.assertEqual(times, [{"n": self.truth["tables"]["place_visit"]["rows"]}])
        kinds = {row["kind"] for row in self.ask("SELECT DISTINCT kind FROM takeout.places")}
        self.assertEqual(kinds, {"visited", "frequent", "labeled", "saved", "reviewed"})
        lost = self.ask("SELECT count(*) AS n FROM takeout.places WHERE kind = 'labeled' AND (lat IS NULL OR lon IS NULL)")
        self.assertEqual(lost, [{"n": 0}])

    def test_items_are_the_entries(self):
        self.assertEqual(self.ask("SELECT count(*) AS n, count(DISTINCT entry_id) AS d FROM takeout.items"),
                         [{"n": len(self.truth["entries"]), "d": len(self.truth["entries"])}])

    def test_degrees_are_those_of_the_table(self):
        self.assertEqual(self.ask("SELECT count(*) AS n FROM takeout.location_point_lonlat WHERE abs(lat * 1e7 - lat_e7) > 0.01 OR "
                                  "abs(lon * 1e7 - lon_e7) > 0.01 OR (lat IS NULL AND lat_e7 BETWEEN -900000000 AND 900000000)"), [{"n": 0}])

    def whereabouts(self):
        """Everything that a search by box and time may find."""
        sources = (("location_point", "point", "ts_us", "ts_us", ""), ("place_visit", "visit", "start_us", "end_us", ""),
                   ("travel_segment", "departure", "start_us", "start_us", "start_"), ("travel_segment", "arrival", "end_us", "end_us", "end_"))
        return [(table, kind, row) for table, kind, start, end, prefix in sources
                for row in self.ask(f"SELECT {start} AS a, {end} AS b, {prefix}lat_e7 AS lat, {prefix}lon_e7 AS lon, entry_id, byte_offset FROM takeout.{table}")
                if None not in (row["lat"], row["lon"])]

    @staticmethod
    def found_by_hand(whereabouts, west, south, east, north, since=None, until=None):
        """What the macro has to find of it, compared in degrees here."""
        found = []
        for table, kind, row in whereabouts:
            lat, lon = row["lat"] / 1e7, row["lon"] / 1e7
            inside = south <= lat <= north and (west <= lon <= east if west <= east else lon >= west or lon <= east)
            timely = (since is None or (row["b"] is not None and row["b"] >= since)) and (until is None or (row["a"] is not None and row["a"] < until))
            if inside and timely:
                found.append((table, kind, row["entry_id"], row["byte_offset"], row["lat"], row["lon"]))
        return sorted(found)

    def test_places_are_found_by_box_and_time(self):
        spans = self.ask("SELECT min(lon) AS w, max(lon) AS e, min(lat) AS s, max(lat) AS n, median(ts_us)::BIGINT AS t FROM takeout.location")[0]
        middle = (round((spans["w"] + spans["e"]) / 2, 4), round((spans["s"] + spans["n"]) / 2, 4))
        time = spans["t"]
        year = 365 * DAY
        boxes = [(-180, -90, 180, 90), (spans["w"], spans["s"], *middle), (*middle, spans["e"], spans["n"]), (middle[0], -90, 180, middle[1]),
                 (middle[0], -90, spans["w"] - 0.01, 90), (10, 20, 10.5, 20.5), (-500, -500, 500, 500)]
        some = 0
        there = self.whereabouts()
        for box in boxes:
            for since, until in ((None, None), (time, None), (None, time), (time - year, time + year), (time, time + 1)):
                expected = self.found_by_hand(there, *box, since, until)
                span = "".join(f", {name} := make_timestamp({value})" for name, value in (("since", since), ("until", until)) if value is not None)
                rows = self.ask("SELECT source_table, kind, entry_id, byte_offset, lat_e7, lon_e7 FROM takeout.location_within("
                                f"{', '.join(map(repr, box))}{span})")
                self.assertEqual(sorted(tuple(row.values()) for row in rows), expected, (box, since, until))
                some += 0 < len(expected) < len(there)
        self.assertGreater(some, 5)
        kinds = self.ask("SELECT DISTINCT kind, origin FROM takeout.location_within(-180, -90, 180, 90)")
        self.assertEqual({row["kind"] for row in kinds}, {"point", "visit", "departure", "arrival"})
        self.assertLessEqual({"record", "semantic", "android", "ios"}, {row["origin"] for row in kinds})  # all generations
        days = [self.ask(f"SELECT count(*) AS n FROM takeout.location_within(-180, -90, 180, 90, since := {day}, until := {day} + INTERVAL 400 DAY)")
                for day in ("DATE '2019-01-01'", "TIMESTAMP '2019-01-01'", "TIMESTAMPTZ '2019-01-01 00:00:00Z'")]
        self.assertGreater(days[0][0]["n"], 0)
        self.assertEqual(days, [days[0]] * 3)

    def test_a_box_and_a_time_leave_files_unread(self):
        cities = ((524893000, 133906000), (488566000, 23522000), (-337688000, 1512093000), (407128000, -740060000), (-18000000, 1799990000),
                  (-17000000, -1799990000))
        each = 24_000
        points = []
        for number, (lat, lon) in enumerate(cities):
            for step in range(each):
                seconds = (number * each + step) * 60
                points.append(f'{{"latitudeE7": {lat + step % 1000}, "longitudeE7": {lon + step % 777}, "accuracy": 9, '
                              f'"timestampMs": "{1_500_000_000_000 + seconds * 1000}"}}')
        lake = os.path.join(self.scratch.name, "cities")
        folder = os.path.join(self.scratch.name, "Takeout", "Location History")
        os.makedirs(folder)
        path = os.path.join(folder, "Records.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"locations": [' + ",\n".join(points) + "]}")
        self.load(lake, path, "--batch-rows", "12000")

        def files(arguments):
            plan = json.loads(self.ask(f"EXPLAIN (FORMAT json) SELECT count(*) FROM takeout.location_within({arguments})", lake)[0]["explain_value"])
            told = [operator["extra_info"]["Files"] for operator in operators_of(plan) if "Files" in operator["extra_info"]]
            if not told:
                self.assertEqual([each["name"].strip() for each in operators_of(plan)], ["UNGROUPED_AGGREGATE", "EMPTY_RESULT"])
                return 0, 0
            self.assertEqual(len(told), 1, plan)
            return tuple(map(int, told[0].split(" of ")))

        def count(arguments):
            return self.ask(f"SELECT count(*) AS n FROM takeout.location_within({arguments})", lake)[0]["n"]

        _, total = files("-180, -90, 180, 90")
        self.assertGreaterEqual(total, 6)
        self.assertEqual(count("-180, -90, 180, 90"), len(cities) * each)
        for box, found in (("13, 52, 14, 53", each), ("2, 48, 3, 49", each), ("179, -10, -179, 10", 2 * each), ("100, 50, 101, 51", 0),
                           ("13, 52, 14, 53, until := TIMESTAMP '2017-07-14 02:41:00'", 1)):
            self.assertEqual(count(box), found, box)
        self.assertLessEqual(files("13, 52, 14, 53")[0], total // 3)
        self.assertLessEqual(files("-75, 40, -74, 41")[0], total // 3)
        self.assertEqual(files("-180, -90, 180, 90, since := TIMESTAMP '2030-01-01'")[0], 0)
        self.assertLessEqual(files("-180, -90, 180, 90, until := TIMESTAMP '2017-07-20'")[0], total // 3)
        # The same without the macro, as other clients write it.
        plan = self.ask("EXPLAIN (FORMAT json) SELECT * FROM takeout.location_point WHERE lat_e7 BETWEEN 520000000 AND 530000000 AND lon_e7 BETWEEN "
                        "130000000 AND 140000000", lake)[0]["explain_value"]
        self.assertLess(int(next(o["extra_info"]["Files"] for o in operators_of(json.loads(plan)) if "Files" in o["extra_info"]).split(" of ")[0]), total)

    def views(self, lake):
        return self.ask("SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'takeout' ORDER BY ALL", lake)

    def test_views_grow_with_the_tables_and_stay_as_they_are_otherwise(self):
        lake = os.path.join(self.scratch.name, "growing")
        tasks, _ = self.make("tasks", "--size", "50KB", "--products", "tasks")
        play, _ = self.make("play", "--size", "50KB", "--products", "play", "--seed", "2")
        self.load(lake, *tasks)
        few = self.views(lake)
        self.assertEqual([row["view_name"] for row in few], ["daily_activity", "drive_file", "items", "lineage", "timeline"])
        kinds = self.ask("SELECT DISTINCT kind FROM takeout.timeline ORDER BY ALL", lake)
        self.assertEqual(kinds, [{"kind": "task"}, {"kind": "task_list"}])
        self.load(lake, "--force", *tasks)
        self.assertEqual(self.views(lake), few)
        self.load(lake, *play)
        self.assertNotEqual(self.views(lake), few)
        kinds = self.ask("SELECT DISTINCT kind FROM takeout.timeline ORDER BY ALL", lake)
        self.assertEqual(kinds, [{"kind": "install"}, {"kind": "task"}, {"kind": "task_list"}])

    def test_a_table_of_that_name_is_left_alone(self):
        lake = os.path.join(self.scratch.name, "own")
        tasks, _ = self.make("own_tasks", "--size", "50KB", "--products", "tasks")
        self.ask("CREATE SCHEMA takeout; CREATE TABLE takeout.items (a INTEGER)", lake)
        self.load(lake, *tasks)
        self.assertEqual(self.ask("SELECT count(*) AS n FROM takeout.items", lake), [{"n": 0}])
        self.assertEqual([row["view_name"] for row in self.views(lake)], ["daily_activity", "drive_file", "lineage", "timeline"])


if __name__ == "__main__":
    unittest.main()
