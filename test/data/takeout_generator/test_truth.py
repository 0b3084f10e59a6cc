"""The truth against a recount by other means: json, csv and html.parser over the files, sets instead of bookkeeping."""
import csv
import io
import json
import re
import unittest
from datetime import datetime, timezone

from case import GeneratorTest


def micros(text):
    """Any ISO time."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds() * 1000) * 1000 if moment.microsecond % 1000 == 0 \
        else int((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds()) * 10**6 + moment.microsecond


class Truth(GeneratorTest):
    ARGUMENTS = ("--size", "1500KB", "--exports", "2", "--overlap", "0.4", "--parts", "2")

    def run_with(self, products, *more):
        return self.make(*self.ARGUMENTS, "--products", products, *more)

    def test_location_records(self):
        out, truth = self.run_with("location")
        keys, latitudes = [], {}
        for data in self.contents(out, truth, "Location History.json") + self.contents(out, truth, "Records.json"):
            for point in json.loads(data)["locations"]:
                ts = int(point["timestampMs"]) * 1000 if "timestampMs" in point else micros(point["timestamp"])
                key = (ts, point["latitudeE7"], point["longitudeE7"], point.get("deviceTag"), "record")
                keys.append(key)
                latitudes[key] = point["latitudeE7"]
        self.check_rows(truth, "location_point", keys, "origin = 'record'")
        told = truth["tables"]["location_point"]["slices"]["origin = 'record'"]["columns"]["lat_e7"]
        self.assertEqual(told["sum"], str(sum(latitudes.values())))
        self.assertEqual((told["min"], told["max"]), (min(latitudes.values()), max(latitudes.values())))
        self.assertGreater(len(keys), len(set(keys)) * 1.2)

    def test_older_exports_are_richer(self):
        out, truth = self.run_with("location", "--newer-is-poorer")
        heights = {}
        for name in ("Location History.json", "Records.json"):
            for data in self.contents(out, truth, name):
                for point in json.loads(data)["locations"]:
                    if "altitude" in point:
                        heights[point.get("timestamp") or point["timestampMs"]] = point["altitude"]
            self.assertNotIn(b'"altitude":', b"".join(self.contents(out, truth, name, 1)))
        told = truth["tables"]["location_point"]["slices"]["origin = 'record'"]["columns"]["alt_m"]
        self.assertEqual(told["sum"], str(sum(heights.values())))

    def test_location_visits_of_three_generations(self):
        out, truth = self.run_with("location")
        visits, segments = [], []
        for _, name, data in self.files(out, truth):
            if "Semantic" in name:
                for element in json.loads(data)["timelineObjects"]:
                    for visit in [element["placeVisit"], *element["placeVisit"].get("childVisits", [])] \
                            if "placeVisit" in element else []:
                        visits.append((*times_of(visit["duration"], "Timestamp"), visit["location"]["placeId"]))
                    if "activitySegment" in element:
                        segments.append(times_of(element["activitySegment"]["duration"], "Timestamp"))
            elif name in ("Timeline.json", "location-history.json"):
                elements = json.loads(data)
                for element in elements if isinstance(elements, list) else elements["semanticSegments"]:
                    if "visit" in element:
                        top = element["visit"]["topCandidate"]
                        visits.append((*times_of(element, "Time"), top.get("placeId") or top["placeID"]))
                    if "activity" in element:
                        segments.append(times_of(element, "Time"))
        self.check_rows(truth, "place_visit", visits)
        self.check_rows(truth, "travel_segment", segments)

    def test_activity_merges_json_and_html(self):
        out, truth = self.run_with("activity")
        keys, seconds = set(), set()
        for data in self.contents(out, truth, "MyActivity.json"):
            for entry in json.loads(data):
                keys.add((micros(entry["time"]), entry["products"][0], entry["title"], entry.get("titleUrl", "")))
        self.check_rows(truth, "activity", keys, "format = 'json'")
        for key in keys:
            seconds.add((key[0] // 10**6, key[1], key[2]))
        html_only = set()
        for _, name, data in self.files(out, truth):
            if name.endswith("MyActivity.html"):
                for ts, product, title in html_rows(data.decode()):
                    if (ts, product, title) in seconds:
                        continue
                    html_only.add((ts, product, title))
        self.assertEqual({row[1] for row in html_only}, {"Video Search"})
        self.assertEqual(truth["tables"]["activity"]["slices"]["format = 'html'"]["rows"], len(html_only))

    def test_german_titles_in_json_and_html(self):
        out, truth = self.run_with("activity", "--locale", "de", "--localize-content", "--zone", "UTC")
        keys = [(micros(entry["time"]), entry["products"][0], entry["title"], entry.get("titleUrl", ""))
                for data in self.contents(out, truth, "MeineAktivitäten.json") for entry in json.loads(data)]
        self.check_rows(truth, "activity", keys, "format = 'json'")
        titles = {key[2] for key in keys if key[1] == "Search"}
        self.assertTrue(all(re.fullmatch("Nach .* gesucht", title) for title in titles))
        page = self.contents(out, truth, "Google Suche/MeineAktivitäten.html")[0].decode()
        bodies = re.findall(r'body-1">(.*?)<br>', page)
        self.assertGreater(len(bodies), 10)
        self.assertLessEqual({re.sub("<[^>]*>", "", body).replace("&nbsp;", " ") for body in bodies}, titles)

    def test_youtube(self):
        out, truth = self.run_with("youtube", "--locale", "de")
        watched = []
        for data in self.contents(out, truth, "Wiedergabeverlauf.json"):
            for entry in json.loads(data):
                video = entry.get("titleUrl", "=").partition("=")[2] or None
                watched.append((micros(entry["time"]), video))
        self.check_rows(truth, "yt_watch", watched)
        comments = []
        for name in ("Kommentare.csv", "comments(1).csv"):
            for data in self.contents(out, truth, name):
                comments += [(row["Comment ID"],) for row in csv.DictReader(io.StringIO(data.decode())) if row["Comment ID"]]
        self.check_rows(truth, "yt_comment", comments)
        channels = [(row["Kanal-ID"],) for data in self.contents(out, truth, "Abos.csv")
                    for row in csv.DictReader(io.StringIO(data.decode()))]
        self.check_rows(truth, "yt_subscription", channels)
        self.assertGreater(truth["tables"]["yt_subscription"]["history_rows"], 0)

    def test_histories_as_pages(self):
        out, truth = self.run_with("youtube,activity", "--html")
        self.assertEqual(self.contents(out, truth, "MyActivity.json"), [])
        watched = []
        for data in self.contents(out, truth, "watch-history.html"):
            for cell in data.decode().split('<div class="outer-cell')[1:]:
                second, _, _ = next(html_rows('<div class="outer-cell' + cell))
                video = re.search(r'Watched&nbsp;<a href="https://www\.youtube\.com/watch\?v=([^"]*)"', cell)
                watched.append((second * 10**6, video and video[1]))
        self.check_rows(truth, "yt_watch", watched)
        rows = {row for data in self.contents(out, truth, "MyActivity.html") for row in html_rows(data.decode())}
        self.assertEqual(truth["tables"]["activity"]["rows"], len(rows))

    def test_chrome(self):
        out, truth = self.run_with("chrome")
        visits = [(visit["time_usec"], visit["url"], visit["client_id"]) for data in self.contents(out, truth, "/History.json")
                  for visit in json.loads(data)["Browser History"]]
        self.check_rows(truth, "browser_visit", visits)
        links = set()
        for data in self.contents(out, truth, "Bookmarks.html"):
            links |= set(re.findall(r'HREF="([^"]*)" ADD_DATE="(\d+)"', data.decode()))
        self.assertEqual(truth["tables"]["bookmark"]["rows"], len(links))

    def test_old_names_and_shapes(self):
        out, truth = self.run_with("activity,chrome,youtube,keep,location", "--era", "old", "--part-names", "2025")
        self.assertTrue(all(archive["name"].endswith(("Z-1-001.zip", "Z-1-002.zip")) for archive in truth["archives"]))
        channels = [(each["snippet"]["resourceId"]["channelId"],) for data in self.contents(out, truth, "subscriptions.json")
                    for each in json.loads(data)]
        self.check_rows(truth, "yt_subscription", channels)
        notes = [(None, name.rpartition("/")[2][:-5]) for _, name, data in self.files(out, truth)
                 if "/Keep/" in name and name.endswith(".json")]
        self.check_rows(truth, "keep_note", notes)
        seconds = {(micros(entry["time"]) // 10**6, entry["products"][0], entry["title"])
                   for data in self.contents(out, truth, "/My Activity.json") for entry in json.loads(data)}
        pages = {row for data in self.contents(out, truth, "/My Activity.html") for row in html_rows(data.decode())}
        self.assertEqual(truth["tables"]["activity"]["rows"], len(seconds | pages))
        self.assertGreater(len(seconds & pages), 10)
        self.check_rows(truth, "browser_visit", [
            (visit["time_usec"], visit["url"], visit["client_id"]) for data in self.contents(out, truth, "BrowserHistory.json")
            for visit in json.loads(data)["Browser History"]])

    def test_elements_per_entry(self):
        out, truth = self.run_with("all", "--damage", "malformed")
        checked = 0
        entries = {(entry["archive"], entry["name"]): entry for entry in truth["entries"]}
        for archive, name, data in self.files(out, truth, export=1):
            entry = entries[archive, name]
            if entry["kind"] == "activity_json":
                self.assertEqual(entry["elements"], len(json.loads(data)), name)
                checked += 1
        self.assertGreater(checked, 5)


def times_of(element, suffix):
    return micros(element[f"start{suffix}"]), micros(element[f"end{suffix}"])


def html_rows(text):
    """(second, product, title) of an English activity page of an account in UTC."""
    for cell in text.split('<div class="outer-cell')[1:]:
        body = re.search(r'body-1">(.*?)</div>', cell)[1]
        title = re.sub(r"<[^>]*>", "", body.split("<br>")[0]).replace("&nbsp;", " ").replace("&amp;", "&")
        date = body.split("<br>")[-1].replace("\u202f", " ").removesuffix(" UTC")
        moment = datetime.strptime(date, "%b %d, %Y, %I:%M:%S %p")
        product = re.search(r"Products:</b><br>&emsp;([^<]*)<", cell)[1]
        yield int(moment.replace(tzinfo=timezone.utc).timestamp()), product, title


if __name__ == "__main__":
    unittest.main()
