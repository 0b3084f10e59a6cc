"""Imports generated exports with `dplake import takeout` and holds the lake against their truth. Needs the program (DPLAKE_TEST)."""
import json
import os
import re
import signal
import subprocess
import unittest
import zipfile

from takeout_case import KINDS, PRODUCTS, PROGRAM, TakeoutCase, ZONES


class TakeoutImport(TakeoutCase):
    def test_tables_and_ledger_are_the_truth_in_every_container_and_language(self):
        for arguments in (["--container", "zip"], ["--container", "zip64", "--locale", "de"], ["--container", "tgz", "--locale", "ja"],
                          ["--container", "folder"]):
            with self.subTest(arguments):
                paths, truth = self.make("--size", "600KB", "--products", PRODUCTS, *arguments)
                lake = self.new_lake()
                self.load(lake, *paths)
                self.check_tables(lake, truth)
                self.check_entries(lake, truth)
                self.check_states(lake, truth)

    def test_every_table_of_every_product_is_the_truth(self):
        for locale in ("en", "de", "ja"):
            with self.subTest(locale):
                paths, truth = self.make("--size", "1MB", "--locale", locale)
                lake = self.new_lake()
                told = self.load(lake, *paths, "--time-zone", ZONES[locale])
                # Kinds that nobody saw a real file of say so, once each.
                self.assertEqual(len(re.findall(r"^  labeled_places: read by a format that is known from descriptions", told, re.M)), 1)
                self.assertNotIn("location_records: read by a format", told)
                self.check_tables(lake, truth)
                self.check_entries(lake, truth)
                self.check_states(lake, truth)

    def test_photos_find_their_sidecars_whatever_part_comes_first(self):
        paths, truth = self.make("--size", "600KB", "--products", "photos", "--parts", "3")
        forward, backward = self.new_lake(), self.new_lake()
        self.load(forward, *paths)
        for path in reversed(paths):
            self.load(backward, path)
        for lake in (forward, backward):
            for table in ("photo", "photo_person", "album", "album_item"):
                self.check_tables(lake, truth, table)
            self.check_states(lake, truth)
        told = "SELECT * EXCLUDE (entry_id) FROM takeout.photo ORDER BY ALL"
        self.assertEqual(self.ask(forward, told), self.ask(backward, told))
        # A film is found by its name when the sidecar's has no extension, else beside its photo.
        wrong = self.ask(forward, "SELECT name, joined_by FROM takeout.photo WHERE coalesce(joined_by, '') NOT IN (CASE WHEN name LIKE "
                                  "'%-edited%' THEN 'edited' ELSE 'name' END, CASE WHEN name LIKE 'IMG%.MP4' THEN 'live' END)")
        self.assertEqual(wrong, [])
        self.assertEqual(self.ask(forward, "SELECT count(*) > 0 AS some FROM takeout.photo WHERE joined_by = 'live'"), [{"some": True}])
        sources = self.ask(forward, "SELECT taken_source, tz_offset_min, count(*) > 0 AS some FROM takeout.photo WHERE taken_source <> 'sidecar' "
                                    "GROUP BY ALL ORDER BY ALL")
        self.assertEqual(sources, [{"taken_source": "exif", "tz_offset_min": 0, "some": True},
                                   {"taken_source": "film", "tz_offset_min": None, "some": True}])

    def test_sidecars_without_photo_wait_for_it_and_photos_without_sidecar_say_so(self):
        sidecar = '{"title": "a.jpg", "photoTakenTime": {"timestamp": "1565621241"}, "geoData": {}, "url": "https://photos.example.com/photo/1"}'
        told = self.folder("20240101T000000Z", "Google Photos/Photos from 2019/a.jpg.json", sidecar)
        photo = self.folder("20240101T000001Z", "Google Photos/Photos from 2019/a.jpg", "\u00ff")
        with open(os.path.join(photo, "Takeout/Google Photos/Photos from 2019/a.jpg"), "wb") as file:
            file.write(b"\xff\xd8\xff\xe0\0\2\xff\xd9")
        with open(os.path.join(photo, "Takeout/Google Photos/Photos from 2019/b.jpg"), "wb") as file:
            file.write(b"\xff\xd8\xff\xe0\0\2\xff\xd9.")
        lake = self.new_lake()
        states = "SELECT parse_filename(name) AS name, state, reason <> '' AS told FROM takeout.import_entry ORDER BY ALL"
        pending = {"name": "a.jpg.json", "state": "sidecar_pending", "told": True}
        self.load(lake, told)
        self.assertEqual(self.ask(lake, states), [pending])
        self.load(lake, photo)
        self.assertEqual(self.ask(lake, states), [{"name": "a.jpg", "state": "blob_only", "told": False},
                                                  {"name": "a.jpg.json", "state": "sidecar_joined", "told": False},
                                                  {"name": "b.jpg", "state": "blob_only", "told": True}])
        self.assertEqual(self.ask(lake, "SELECT name, taken_us, taken_source, url FROM takeout.photo ORDER BY ALL"),
                         [{"name": "a.jpg", "taken_us": 1565621241000000, "taken_source": "sidecar", "url": "https://photos.example.com/photo/1"},
                          {"name": "b.jpg", "taken_us": None, "taken_source": None, "url": None}])

    def test_the_same_again_changes_nothing(self):
        paths, truth = self.make("--size", "600KB", "--products", PRODUCTS, "--damage", "malformed")
        lake = self.new_lake()
        self.load(lake, *paths)
        before = self.content(lake)
        entries = self.ask(lake, "SELECT count(*) AS n FROM takeout.import_entry")
        self.assertIn(": known,", self.load(lake, *paths))
        self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.import_entry"), entries)
        self.load(lake, "--force", *paths)
        self.assertEqual(self.content(lake), before)
        again = self.ask(lake, "SELECT sum(rows_new) AS new, sum(rows_updated) AS updated, sum(rows_older) AS older, "
                               "sum(rows_dup) = sum(rows_parsed) AS same FROM takeout.import_entry WHERE import_id = 3")
        self.assertEqual(again, [{"new": 0, "updated": 0, "older": 0, "same": True}])
        self.check_tables(lake, truth)

    def test_parts_and_exports_in_any_order(self):
        paths, truth = self.make("--size", "500KB", "--products", PRODUCTS, "--parts", "2", "--exports", "2", "--copies")
        forward, backward = self.new_lake(), self.new_lake()
        self.load(forward, *paths)
        for path in reversed(paths):
            self.load(backward, path)
        self.assertEqual(self.content(forward), self.content(backward))
        self.check_tables(forward, truth)
        self.check_entries(forward, truth)

    def test_pages_and_json_of_the_same_events_are_one(self):
        options = ("--size", "400KB", "--products", "activity,youtube", "--container", "folder")
        json_paths, truth = self.make(*options)
        pages, _ = self.make(*options, "--html")
        contents = []
        for order in ((json_paths, pages), (pages, json_paths), (pages + json_paths,)):
            lake = self.new_lake()
            for paths in order:
                self.load(lake, *paths)
            for _ in range(2):
                self.check_new_rows(lake)
                for table in ("activity", "yt_watch", "yt_search"):
                    self.check_tables(lake, truth, table)
                    self.assertEqual(self.ask(lake, f"SELECT count(*) AS n FROM takeout.{table}_history"), [{"n": 0}])
                self.load(lake, "--force", *pages, *json_paths)
            again = self.ask(lake, "SELECT sum(rows_dup) = sum(rows_parsed) AS same FROM takeout.import_entry WHERE product = 'activity' "
                                   "AND import_id = (SELECT max(import_id) FROM takeout.import_entry)")
            self.assertEqual(again, [{"same": True}])
            contents.append(self.content(lake, ("activity", "yt_watch", "yt_search")))
        self.assertEqual(contents, contents[:1] * len(contents))

    def test_a_page_gives_way_to_its_own_event_only(self):
        cell = ('<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid"><div class="header-cell mdl-cell '
                'mdl-cell--12-col"><p class="mdl-typography--title">Search<br></p></div><div class="content-cell mdl-cell mdl-cell--6-col '
                'mdl-typography--body-1">Searched for&nbsp;<a href="https://www.example.com/{0}">{0}</a><br>Jan 2, 2020, 3:04:{1} AM UTC</div>'
                '<div class="content-cell mdl-cell mdl-cell--12-col mdl-typography--caption"><b>Products:</b><br>&emsp;Search<br></div>'
                '</div></div>')
        event = '{{"header": "Search", "title": "Searched for {0}", "titleUrl": "https://www.example.com/{0}", "time": "{1}", "products": ["Search"]}}'
        page = self.folder("20240101T000000Z", "My Activity/Search/MyActivity.html",
                           "<html><head><title>My Activity History</title></head><body>" + "".join(
                               cell.format(*each) for each in (("a", "05"), ("b", "05"), ("c", "05"), ("d", "06"), ("e", "07"))) +
                           "</body></html>")
        told = self.folder("20240201T000000Z", "My Activity/Search/MyActivity.json", "[" + ", ".join(
            event.format(*each) for each in (("a", "2020-01-02T03:04:05.999Z"), ("b", "2020-01-02T03:04:06.000Z"),
                                             ("c", "2020-01-02T03:04:04.999Z"), ("d", "2020-01-02T03:04:06Z"))) + "]")
        kept = [{"title": "Searched for a", "format": "json"}, {"title": "Searched for b", "format": "html"},
                {"title": "Searched for b", "format": "json"}, {"title": "Searched for c", "format": "html"},
                {"title": "Searched for c", "format": "json"}, {"title": "Searched for d", "format": "json"},
                {"title": "Searched for e", "format": "html"}]
        for order in ((page, told), (told, page)):
            lake = self.new_lake()
            for path in order:
                self.load(lake, path)
            self.assertEqual(self.ask(lake, "SELECT title, format FROM takeout.activity ORDER BY ALL"), kept)

    def test_a_time_zone_without_rules_is_told(self):
        done = subprocess.run([PROGRAM, "import", "takeout", self.scratch.name, "--time-zone", "Moon/Crater", "--data", self.new_lake()],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("Moon/Crater", done.stdout + done.stderr)

    def test_what_an_older_export_knew_is_kept(self):
        paths, truth = self.make("--size", "500KB", "--products", "location", "--exports", "2", "--newer-is-poorer")
        for order in (paths, paths[::-1]):
            lake = self.new_lake()
            for path in order:
                self.load(lake, path)
            self.check_tables(lake, truth, "location_point")

    def folder(self, stamp, name, text):
        """An unpacked export of that time with one file."""
        root = os.path.join(self.scratch.name, f"takeout-{stamp}-001")
        path = os.path.join(root, "Takeout", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return root

    def test_a_newer_export_replaces_and_the_history_keeps(self):
        point = '{{"locations": [{{"latitudeE7": 1, "longitudeE7": 2, "timestamp": "2020-01-01T00:00:00Z", {}}}]}}'
        exports = [self.folder("20240101T000000Z", "P/x.json", '[{"a":1},{"a":2}]'),
                   self.folder("20240101T000000Z", "L/Records.json", point.format('"accuracy": 3, "altitude": 5')),
                   self.folder("20240401T000000Z", "P/x.json", '[{"a":1},{"a":3}]'),
                   self.folder("20240401T000000Z", "L/Records.json", point.format('"accuracy": 4'))]
        exports = sorted(set(exports))
        for order, moved in ((exports, "rows_updated"), (exports[::-1], "rows_older")):
            lake = self.new_lake()
            for path in order:
                self.load(lake, path)
            for _ in range(2):
                self.assertEqual(self.ask(lake, "SELECT idx, doc->>'a' AS a FROM takeout.raw_json ORDER BY ALL"),
                                 [{"idx": 0, "a": "1"}, {"idx": 1, "a": "3"}])
                self.assertEqual(self.ask(lake, "SELECT idx, doc->>'a' AS a FROM takeout.raw_json_history"), [{"idx": 1, "a": "2"}])
                for table, accuracy in (("location_point", 4), ("location_point_history", 3)):
                    self.assertEqual(self.ask(lake, f"SELECT accuracy_m, alt_m FROM takeout.{table}"),
                                     [{"accuracy_m": accuracy, "alt_m": 5}], table)
                counts = self.ask(lake, f"SELECT sum(rows_new) AS new, sum({moved}) AS moved, sum(rows_parsed) AS parsed, sum(rows_dup) AS dup "
                                        "FROM takeout.import_entry WHERE import_id <= 2")
                self.assertEqual(counts, [{"new": 3, "moved": 2, "parsed": 6, "dup": 1}])
                self.load(lake, "--force", *order)

    def test_a_copy_is_known_whatever_came_in_between(self):
        exports = [self.folder(f"2024010{day}T000000Z", "P/x.json", text) for day, text in
                   enumerate(('[{"a":1}]', '[{"a":2}]', '[{"a":1}]', '[{"a":2}]'), 1)]
        states = [{"state": "duplicate_entry", "n": 2}, {"state": "generic", "n": 2}]
        for order in (exports, exports[::-1]):
            together, apart = self.new_lake(), self.new_lake()
            self.load(together, *order)
            for path in order:
                self.load(apart, path)
            for lake in (together, apart):
                self.assertEqual(self.ask(lake, "SELECT state, count(*) AS n FROM takeout.import_entry GROUP BY ALL ORDER BY ALL"), states)

    def test_a_part_that_seems_missing_is_told_until_it_comes(self):
        paths, _ = self.make("--size", "200KB", "--parts", "5")
        lake = self.new_lake()
        self.assertNotIn("missing: ", self.load(lake, paths[0]))
        told = self.load(lake, paths[4], paths[2])
        self.assertEqual(re.findall(r"missing: (part .*?):", told),
                         ["part 2 of takeout-20240501T120000Z", "part 4 of takeout-20240501T120000Z"])
        self.assertIn("missing: part 4 of", self.load(lake, paths[1]))
        self.assertNotIn("missing: ", self.load(lake, paths[3]))

    def test_names_in_archives_are_no_commands_to_a_terminal(self):
        path = os.path.join(self.scratch.name, "takeout-20240101T000000Z-001.zip")
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("Evil/\x1b[2Jgone.json", "Evil/a\nledger: all is well: yes.json", "Ev\u202eil/b.json", "Evil/c\x9b31m.json"):
                archive.writestr(zipfile.ZipInfo(f"Takeout/{name}", (2020, 1, 1, 0, 0, 0)), "[1, 2")
        for flags in ((), ("--dry-run", "--force")):
            told = subprocess.run([PROGRAM, "import", "takeout", path, "--data", self.new_lake(), *flags], capture_output=True, text=True,
                                  check=True).stdout
            self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told), told)
            self.assertNotIn("\nledger: all is well", told)
            self.assertIn("\\xe2\\x80\\xae", told)

    def test_a_zone_that_was_forgotten_or_wrong_is_put_right_by_force(self):
        paths, truth = self.make("--size", "100KB", "--products", "fitbit,tasks", "--zone", "Europe/Berlin")
        right = self.new_lake()
        self.assertNotIn("times without a zone", self.load(right, *paths, "--time-zone", "Europe/Berlin"))
        told = self.content(right, ("health_sample", "sleep_session", "sleep_stage"))
        lake = self.new_lake()
        self.assertRegex(self.load(lake, *paths), r"fitbit_json: \d+ rows have times without a zone, which were read as UTC")
        self.assertNotEqual(self.content(lake, told), told)
        for zone in ("Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"):
            self.load(lake, *paths, "--time-zone", zone, "--force")
            self.check_new_rows(lake)
        self.assertEqual(self.content(lake, told), told)
        self.check_tables(lake, truth)
        # What is not read again is left alone.
        self.load(lake, *paths, "--time-zone", "Asia/Tokyo", "--force", "--product", "tasks")
        self.assertEqual(self.content(lake, told), told)

    def test_a_zone_of_a_folder_is_put_right_by_force_too(self):
        paths, truth = self.make("--size", "100KB", "--products", "fitbit,tasks", "--zone", "Europe/Berlin", "--container", "folder")
        right = self.new_lake()
        self.load(right, *paths, "--time-zone", "Europe/Berlin")
        told = self.content(right, ("health_sample", "sleep_session", "sleep_stage"))
        lake = self.new_lake()
        self.load(lake, *paths)
        self.assertNotEqual(self.content(lake, told), told)
        for zone in ("Asia/Tokyo", "Europe/Berlin"):
            self.load(lake, *paths, "--time-zone", zone, "--force")
            self.check_new_rows(lake)
        self.assertEqual(self.content(lake, told), told)
        self.check_tables(lake, truth)
        # Rows of a file that is not there any more cannot be read again, and stay.
        before = self.ask(lake, "SELECT entry_id, count(*) AS n FROM takeout.health_sample GROUP BY ALL ORDER BY n DESC LIMIT 1")[0]
        name = self.ask(lake, f"SELECT name FROM takeout.import_entry WHERE entry_id = {before['entry_id']}")[0]["name"]
        for path in paths:
            if os.path.exists(os.path.join(path, name)):
                os.remove(os.path.join(path, name))
        self.load(lake, *paths, "--time-zone", "Asia/Tokyo", "--force")
        self.assertEqual(self.ask(lake, f"SELECT count(*) AS n FROM takeout.health_sample WHERE entry_id = {before['entry_id']}"), [{"n": before["n"]}])

    def test_a_path_that_is_no_utf8_is_named_and_harms_nothing(self):
        lake = self.new_lake()
        folder = os.fsencode(self.scratch.name) + b"/odd\xff"
        os.makedirs(folder + b"/Keep")
        with open(folder + b"/Keep/a.json", "w") as file:
            json.dump({"title": "x", "textContent": "y", "userEditedTimestampUsec": 1}, file)
        done = subprocess.run([os.fsencode(PROGRAM), b"import", b"takeout", folder, b"--data", os.fsencode(lake)], capture_output=True, check=False)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(b"the path is not UTF-8", done.stderr)
        self.assertIn(b"/odd\\xff'", done.stderr)
        # Below a folder with a good name any name will do.
        os.rename(folder, folder[:-1])
        os.rename(folder[:-1] + b"/Keep/a.json", folder[:-1] + b"/Keep/a\xff.json")
        self.load(lake, os.fsdecode(folder[:-1]))
        self.assertEqual(self.ask(lake, "SELECT paths FROM takeout.import_run"), [{"paths": [os.fsdecode(folder[:-1])]}])
        self.assertEqual(self.ask(lake, "SELECT name FROM takeout.import_entry"), [{"name": "Keep/a\ufffd.json"}])
    def test_a_zone_is_put_right_in_an_export_of_every_product(self):
        paths, truth = self.make("--size", "200KB", "--products", "all,-photos")
        lake = self.new_lake()
        self.load(lake, *paths)
        self.load(lake, *paths, "--time-zone", ZONES["en"], "--force")
        self.check_new_rows(lake)
        self.check_tables(lake, truth)

    def test_what_cannot_be_read_again_is_not_taken_away_for_another_zone(self):
        names = [f"Takeout/Fitbit/Global Export Data/heart_rate-2024-01-0{day}.json" for day in (1, 2)]
        content = [json.dumps([{"dateTime": f"01/0{day}/24 {i // 60:02}:{i % 60:02}:00", "value": {"bpm": 60 + i % 9, "confidence": 2}}
                               for i in range(1000)]).encode() for day in (1, 2)]
        path = os.path.join(self.scratch.name, "takeout-20240425T101500Z-001.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, text in zip(names, content):
                archive.writestr(zipfile.ZipInfo(name, (2024, 4, 25, 10, 15, 0)), text)
        lake = self.new_lake()
        self.load(lake, path)
        with open(path, "rb") as file:
            good = file.read()
        half = good.index(content[0]) + len(content[0]) // 2
        with open(path, "wb") as file:
            file.write(good[:half] + bytes(len(content[0]) // 4) + good[half + len(content[0]) // 4:])
        zone = ("--time-zone", "Europe/Berlin", "--force")
        self.load(lake, path, *zone)
        rows = self.ask(lake, "SELECT right(e.name, 7) AS file, s.ts_quality AS zone, count(*) AS n FROM takeout.health_sample s "
                              "JOIN takeout.import_entry e USING (entry_id) GROUP BY ALL ORDER BY ALL")
        self.assertEqual(rows, [{"file": "01.json", "zone": "zone_unknown", "n": 1000}, {"file": "02.json", "zone": "zone_inferred", "n": 1000}])
        self.assertEqual(self.ask(lake, "SELECT state FROM takeout.import_entry WHERE name LIKE '%-01.json' ORDER BY entry_id"),
                         [{"state": "typed"}, {"state": "partial"}])
        # A whole copy puts that right too.
        with open(path, "wb") as file:
            file.write(good)
        self.load(lake, path, *zone)
        self.assertEqual(self.ask(lake, "SELECT ts_quality, count(*) AS n FROM takeout.health_sample GROUP BY ALL"),
                         [{"ts_quality": "zone_inferred", "n": 2000}])
        self.check_new_rows(lake)

    def test_what_cannot_be_opened_is_told(self):
        lake = self.new_lake()
        self.assertEqual(subprocess.run([PROGRAM, "import", "takeout", self.scratch.name + "/absent.zip", "--data", lake],
                                        capture_output=True, check=False).returncode, 1)
        self.assertEqual(subprocess.run([PROGRAM, "import", "takeout", "--data", lake], capture_output=True, check=False).returncode, 2)

    def test_rejects_keep_bytes_and_reason(self):
        paths, truth = self.make("--size", "600KB", "--products", PRODUCTS, "--damage", "malformed")
        lake = self.new_lake()
        out = self.load(lake, *paths)
        self.check_tables(lake, truth)
        self.check_entries(lake, truth)
        told = sorted((entry["name"], reason) for entry in truth["entries"] if entry["kind"] in KINDS
                      for reason in entry.get("reject_reasons", ()))
        found = sorted((row["name"], row["reason"]) for row in self.ask(
            lake, "SELECT name, r.reason FROM takeout.import_reject r JOIN takeout.import_entry USING (entry_id) WHERE classified_as NOT "
                  "LIKE 'generic%'"))
        self.assertEqual(found, told)
        self.assertTrue(told)
        self.assertIn("x no time in location_records", out)
        self.assertRegex(out, "blob_only: .*Encrypted Backups.txt: .*export it there")
        self.assertEqual(self.ask(lake, "SELECT DISTINCT decode(bytes) AS text FROM takeout.import_reject WHERE reason = 'shape' AND "
                                        "byte_count = 2"), [{"text": "42"}])

    def test_damage_of_every_kind_is_accounted_for(self):
        paths, truth = self.make("--size", "600KB", "--products", PRODUCTS, "--damage",
                                 "flip,flip-json,malformed,cut-json,odd-values,hostile-names,special,encrypted,unsupported-method,"
                                 "lying-size,overlap-entries,nested")
        lake = self.new_lake()
        self.load(lake, *paths)
        self.check_tables(lake, truth, "location_point")
        # The truth counts the pages' copies of JSON as JSON; those of the flipped file are all that is left of it, and html.
        del truth["tables"]["activity"]["slices"]
        self.check_tables(lake, truth, "activity")
        self.check_states(lake, truth)

    def test_a_cut_part_is_salvaged(self):
        paths, truth = self.make("--size", "600KB", "--products", PRODUCTS, "--parts", "2", "--damage", "truncate")
        lake = self.new_lake()
        done = subprocess.run([PROGRAM, "import", "takeout", *paths, "--data", lake], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn(": NO", done.stdout)
        self.assertIn(": partial,", done.stdout)
        whole = sum(1 for entry in truth["entries"])
        self.assertGreaterEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.import_entry")[0]["n"], whole)

    def points_zip(self, name):
        """An export of two files of points, stored as they are, and one that is no JSON."""
        path = os.path.join(self.scratch.name, name)
        point = '{{"latitudeE7": {0}, "longitudeE7": 2, "timestamp": "2020-01-01T00:00:{0:02}Z"}}'
        with zipfile.ZipFile(path, "w") as archive:
            for part, numbers in (("a", range(10)), ("b", range(10, 20))):
                info = zipfile.ZipInfo(f"Takeout/L{part}/Records.json", (2020, 1, 1, 0, 0, 0))
                archive.writestr(info, '{"locations": [' + ", ".join(point.format(number) for number in numbers) + ', 42]}')
            archive.writestr(zipfile.ZipInfo("Takeout/Drive/a.txt", (2020, 1, 1, 0, 0, 0)), "dear reader")
        return path

    def entries(self, lake):
        return self.ask(lake, "SELECT parse_filename(name) AS name, split_part(name, '/', 2) AS folder, state, elements_rejected AS rejected "
                              "FROM takeout.import_entry ORDER BY folder")

    def test_a_damaged_archive_is_read_again_and_a_whole_copy_completes_it(self):
        whole = self.points_zip("takeout-20240101T000000Z-001.zip")
        with open(whole, "rb") as file:
            content = bytearray(file.read())
        damaged = os.path.join(self.scratch.name, "damaged.zip")
        # A digit of a number in the second file: it reads well, and is not what was packed.
        content[content.index(b'"latitudeE7": 15') + len(b'"latitudeE7": 1')] ^= 1
        with open(damaged, "wb") as file:
            file.write(content)
        lake = self.new_lake()
        flaw = [{"name": "a.txt", "folder": "Drive", "state": "blob_only", "rejected": 0},
                {"name": "Records.json", "folder": "La", "state": "typed", "rejected": 1},
                {"name": "Records.json", "folder": "Lb", "state": "crc_mismatch", "rejected": 1}]
        for _ in range(2):
            told = self.load(lake, damaged)
            self.assertNotIn(": known,", told)
            self.assertIn("1 of its entries are damaged; a whole copy of it, imported in the same way", told)
            self.assertEqual(self.entries(lake), flaw)
            self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.location_point"), [{"n": 20}])
        # An import that goes on where one was interrupted tells of what that one found, too.
        self.ask(lake, "UPDATE takeout.import_part SET state = 'reading'")
        self.assertIn("1 of its entries are damaged", self.load(lake, damaged))
        # Its directory is that of the whole one: told apart by the entry alone.
        told = self.load(lake, whole)
        self.assertNotIn("damaged", told)
        self.assertEqual([entry["state"] for entry in self.entries(lake)], ["blob_only", "typed", "typed"])
        self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.location_point WHERE lat_e7 = 15"), [{"n": 1}])
        self.assertEqual(self.ask(lake, "SELECT count(*) AS n, max(path) = '" + whole + "' AS there FROM takeout.import_part"),
                         [{"n": 1, "there": True}])
        self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.location_point LEFT JOIN takeout.import_entry USING (entry_id) "
                                        "WHERE name IS NULL"), [{"n": 0}])
        self.assertIn(": known,", self.load(lake, whole))

    def test_a_cut_archive_stays_partial_until_a_whole_copy_comes(self):
        whole = self.points_zip("takeout-20240101T000000Z-001.zip")
        with open(whole, "rb") as file:
            content = file.read()
        cut = os.path.join(self.scratch.name, "cut.zip")
        with open(cut, "wb") as file:
            file.write(content[:content.index(b'"latitudeE7": 15')])
        lake = self.new_lake()
        for _ in range(2):
            told = self.load(lake, cut, expect=1)
            self.assertIn(": partial,", told)
            self.assertIn("a whole copy of it, imported in the same way, adds what is missing", told)
            self.assertNotIn(": NO", told)
            self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.location_point"), [{"n": 15}])
        self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.import_part"), [{"n": 1}])
        self.load(lake, whole)
        self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.location_point"), [{"n": 20}])

    def test_rejected_elements_and_those_of_parsers_of_before_are_read_again(self):
        path = self.points_zip("takeout-20240101T000000Z-001.zip")
        lake = self.new_lake()
        self.load(lake, path)
        before = self.ask(lake, "SELECT * FROM takeout.location_point ORDER BY ALL")
        rejects = self.ask(lake, "SELECT entry_id, byte_offset, reason FROM takeout.import_reject ORDER BY ALL")
        self.assertEqual(len(rejects), 2)
        self.assertIn(": known,", self.load(lake, path))
        # Its rejects, without the archive being named.
        told = self.load(lake, "--replay")
        self.assertIn(path, told)
        self.assertEqual(self.ask(lake, "SELECT * FROM takeout.location_point ORDER BY ALL"), before)
        self.assertEqual(self.ask(lake, "SELECT entry_id, byte_offset, reason FROM takeout.import_reject ORDER BY ALL"), rejects)
        # As a lake is whose parser was another one, which had missed a point.
        for statement in ("DELETE FROM takeout.location_point WHERE lat_e7 = 3",
                          "UPDATE takeout.import_entry SET parser_version = 0 WHERE name LIKE '%La%'"):
            subprocess.run([PROGRAM, "sql", "-c", statement, "--data", lake], check=True, capture_output=True)
        told = self.load(lake, path)
        self.assertNotIn(": known,", told)
        self.assertEqual(self.ask(lake, "SELECT * FROM takeout.location_point ORDER BY ALL"), before)
        self.assertEqual(self.ask(lake, "SELECT count(*) AS n, min(parser_version) > 0 AS new FROM takeout.import_entry WHERE state = 'typed'"),
                         [{"n": 2, "new": True}])
        os.remove(path)
        done = subprocess.run([PROGRAM, "import", "takeout", "--replay", "--data", lake], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("it is not there any more", done.stdout)
        self.assertEqual(self.ask(lake, "SELECT * FROM takeout.location_point ORDER BY ALL"), before)

    def test_tables_and_ledger_do_not_depend_on_how_many_workers_there_are(self):
        for container in ("zip", "tgz", "folder"):
            paths, truth = self.make("--size", "1MB", "--exports", "2", "--copies", "--container", container)
            told = None
            for workers in ("1", "2", "4"):
                with self.subTest(container=container, workers=workers):
                    lake = self.new_lake()
                    self.load(lake, *paths, "--workers", workers, "--batch-rows", {"1": "200000", "2": "777", "4": "50"}[workers])
                    entries = self.ask(lake, "SELECT sum(hash(t)::HUGEINT)::VARCHAR AS sum FROM (SELECT * EXCLUDE took_ms FROM "
                                             "takeout.import_entry) t")
                    found = (self.content(lake), entries, self.ask(lake, "SELECT * FROM takeout.schema_drift ORDER BY ALL"))
                    told = told or found
                    self.assertEqual(found, told)
            self.check_tables(lake, truth)
            # Comments stand in two layouts, which are no two versions.
            self.assertEqual(self.ask(lake, "SELECT count(*) AS n FROM takeout.yt_comment_history"),
                             [{"n": truth["tables"]["yt_comment"]["history_rows"]}])

    def test_memory_stays_bounded_whatever_the_archive(self):
        limit = 128 << 20
        path = os.path.join(self.scratch.name, "takeout-20240501T120000Z-001.zip")
        line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3\n"
        head = ("From 1@xxx Thu Jan 01 00:00:10 +0000 2020\nX-GM-THRID: 1\nMessage-ID: <a@example.com>\nContent-Type: "
                "application/octet-stream; name=a\nContent-Transfer-Encoding: base64\n\n").encode()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            with archive.open("Takeout/L/Records.json", "w") as file:
                file.write(b'{"locations": [')
                for block in range(60):
                    file.write(",".join(f'{{"latitudeE7": {i % 9000}, "longitudeE7": 2, "accuracy": 3, "timestampMs": "{1500000000000 + i * 1000}"}}'
                                        for i in range(block * 5000, block * 5000 + 5000)).encode() + (b"," if block < 59 else b"]}"))
            # Elements that are large each, so that counting them does not tell how much there is.
            with archive.open("Takeout/P/large.json", "w") as file:
                large = b'{"a": "' + b"x" * (12 << 20) + b'"}'
                file.write(b"[" + b",".join([large] * 8) + b"]")
            with archive.open("Takeout/Mail/a.mbox", "w") as file:
                file.write(head)
                for _ in range(60):
                    file.write(line * 20000)
            with archive.open("Takeout/Drive/a.bin", "w", force_zip64=True) as file:
                for _ in range(1080):
                    file.write(bytes(1 << 20))
            self.assertGreaterEqual(sum(entry.file_size for entry in archive.infolist()), 10 * limit)
        lake = self.new_lake()
        with open(os.path.join(self.scratch.name, "out"), "w+", encoding="utf-8") as out:
            process = subprocess.Popen([PROGRAM, "import", "takeout", path, "--memory-limit", "128MiB", "--workers", "4", "--data", lake],
                                       stdout=out, stderr=out)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.assertEqual(process.returncode, 0, out.read())
        self.assertLess(used.ru_maxrss << 10, limit + (256 << 20))
        self.assertEqual(self.ask(lake, "SELECT (SELECT count(*) FROM takeout.location_point) AS points, (SELECT max(size) FROM "
                                        "takeout.mail_attachment) AS bytes, (SELECT count(*) FROM takeout.raw_json) AS large"),
                         [{"points": 300000, "bytes": 60 * 20000 * 60, "large": 8}])

    def test_killed_again_and_again_it_ends_the_same(self):
        paths, truth = self.make("--size", "1MB", "--products", PRODUCTS, "--parts", "2")
        calm = self.new_lake()
        self.load(calm, *paths)
        for workers in ("1", "4"):
            with self.subTest(workers=workers):
                self.kill_until_done(paths, truth, calm, workers)

    def kill_until_done(self, paths, truth, calm, workers):
        """Killed and interrupted in turns, each time a little later."""
        killed = self.new_lake()
        for number in range(60):
            process = subprocess.Popen([PROGRAM, "import", "takeout", *paths, "--batch-rows", "100", "--workers", workers, "--data", killed],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                process.communicate(timeout=0.3 + 0.15 * number)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT if number % 2 else signal.SIGKILL)
                process.communicate(timeout=60)
                if process.returncode != 0:
                    continue
            self.assertEqual(process.returncode, 0)
            break
        else:
            self.fail("the import never came to its end")
        self.load(killed, *paths)
        self.assertEqual(self.content(killed), self.content(calm))
        self.check_new_rows(killed)
        self.check_tables(killed, truth)
        self.check_entries(killed, truth)
        self.assertEqual(self.ask(killed, "SELECT count(*) AS n FROM takeout.import_entry WHERE state = 'reading'"), [{"n": 0}])


if __name__ == "__main__":
    unittest.main()
