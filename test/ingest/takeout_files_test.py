"""Files that Google did not make, given by themselves and in an archive, through `dplake import takeout`. Needs the program (DPLAKE_TEST)."""
import io
import json
import os
import subprocess
import tempfile
import unittest
import zipfile

PROGRAM = os.environ.get("DPLAKE_TEST")
GPX = ('<?xml version="1.0"?><gpx xmlns="urn:gpx"><wpt lat="48.8566" lon="2.3522"><name>Paris</name></wpt><trk><name>walk</name><trkseg>'
       + "".join(f'<trkpt lat="{50 + n / 1000}" lon="8"><time>2024-03-01T10:00:{n:02d}Z</time></trkpt>' for n in range(30))
       + "</trkseg></trk></gpx>")
KML = ('<kml><Document><Folder><name>trip</name><Placemark><name>Berlin</name><TimeStamp><when>2024-03-01</when></TimeStamp><Point>'
       '<coordinates>13.4,52.5,0</coordinates></Point></Placemark></Folder></Document></kml>')
TCX = ('<TrainingCenterDatabase><Activities><Activity><Lap><Track><Trackpoint><Time>2024-03-01T11:00:00Z</Time><Position><LatitudeDegrees>1'
       '</LatitudeDegrees><LongitudeDegrees>2</LongitudeDegrees></Position></Trackpoint></Track></Lap></Activity></Activities>'
       "</TrainingCenterDatabase>")
GEOJSON = json.dumps({"type": "FeatureCollection", "features": [
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [9, 53]}, "properties": {"name": "x", "time": "2024-03-01T12:00:00Z"}}]})
EML = "Message-ID: <1@example.com>\r\nDate: Fri, 1 Mar 2024 13:00:00 +0100\r\nFrom: a@example.com\r\nSubject: hello\r\n\r\ntext\r\n"
ICS = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1@example.com\r\nDTSTART:20240301T140000Z\r\nSUMMARY:tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
VCF = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nREV:2024-03-01T15:00:00Z\r\nEND:VCARD\r\n"
FILES = {"a.gpx": GPX, "b.kml": KML, "c.tcx": TCX, "d.geojson": GEOJSON, "e.eml": EML, "f.ics": ICS, "g.vcf": VCF}
TABLES = {"gpx_point": 30, "gpx_waypoint": 1, "kml_placemark": 1, "location_point": 1, "geojson_feature": 1, "mail_message": 1,
          "calendar_event": 1, "contact": 1}
DAY = "ts_us >= epoch_us(TIMESTAMP '2024-03-01') AND ts_us < epoch_us(TIMESTAMP '2024-03-02')"


@unittest.skipUnless(PROGRAM, "DPLAKE_TEST names no program")
class OtherFiles(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="dplake-files-")
        self.addCleanup(scratch.cleanup)
        self.folder, self.lake = scratch.name, os.path.join(scratch.name, "lake")

    def path(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, *paths):
        done = subprocess.run([PROGRAM, "import", "takeout", *paths, "--data", self.lake], capture_output=True, text=True, check=False,
                              timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn(": NO", done.stdout)
        return done.stdout

    def ask(self, statement):
        done = subprocess.run([PROGRAM, "sql", "--data", self.lake, "--format", "ndjson", "-c", statement], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def check(self):
        for table, rows in TABLES.items():
            self.assertEqual(self.ask(f"SELECT count(*) AS n FROM takeout.{table}"), [{"n": rows}], table)
        self.assertEqual(self.ask("SELECT DISTINCT state FROM takeout.import_entry"), [{"state": "typed"}])
        self.assertEqual(self.ask("SELECT count(*) AS n, count(DISTINCT source_table) AS tables FROM takeout.timeline WHERE " + DAY),
                         [{"n": 36, "tables": 7}])

    def test_each_by_itself_and_again(self):
        paths = [self.path(name, text) for name, text in FILES.items()]
        self.load(*paths)
        self.check()
        self.load(*paths)
        self.load("--force", *paths)
        for table, rows in TABLES.items():
            self.assertEqual(self.ask(f"SELECT count(*) AS n FROM takeout.{table}"), [{"n": rows}], table)

    def test_in_an_archive(self):
        path = os.path.join(self.folder, "things.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in FILES.items():
                archive.writestr("sub/" + name, text)
        self.load(path)
        self.check()

    def test_a_kmz_is_an_archive(self):
        path = os.path.join(self.folder, "map.kmz")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", KML)
        self.load(path)
        self.assertEqual(self.ask("SELECT folder, name, lat_e7, lon_e7, geometry FROM takeout.kml_placemark"),
                         [{"folder": "trip", "name": "Berlin", "lat_e7": 525000000, "lon_e7": 134000000,
                           "geometry": "POINT (13.4000000 52.5000000)"}])

    def test_geojson_comes_out_as_it_went_in(self):
        features = [{"type": "Feature", "id": "a", "geometry": {"type": "Point", "coordinates": [9.123456789012, 53, 1.5]},
                     "properties": {"name": "x \u00e4", "n": 1.25, "deep": {"list": [1, None, True]}}},
                    {"type": "Feature", "id": "b", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}, "properties": {}},
                    {"type": "Feature", "id": "c", "geometry": None, "properties": {"time": "2024-03-01T12:00:00Z"}}]
        collection = {"type": "FeatureCollection", "features": features}
        self.load(self.path("in.geojson", json.dumps(collection)))
        out = os.path.join(self.folder, "out.geojson")
        # As docs/takeout.md has it.
        self.ask("COPY (SELECT 'FeatureCollection' AS type, list({'type': 'Feature', 'id': id::JSON, 'geometry': geometry, 'properties': properties} "
                 f"ORDER BY position) AS features FROM takeout.geojson_feature) TO '{out}' (FORMAT json)")
        with open(out, encoding="utf-8") as file:
            told = json.load(file)
        for feature in told["features"]:
            feature["properties"] = feature["properties"] or {}
        self.assertEqual(told, collection)

    def test_a_kmz_in_an_archive_is_read(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", KML)
            archive.writestr("images/icon.png", "no picture")
        path = os.path.join(self.folder, "maps.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("Takeout/My Maps/trip.kmz", packed.getvalue())
        self.load(path)
        self.assertEqual(self.ask("SELECT path, name, lat_e7 FROM takeout.kml_placemark"),
                         [{"path": "My Maps/trip.kmz", "name": "Berlin", "lat_e7": 525000000}])
        self.assertEqual(self.ask("SELECT state, classified_as, classified_by FROM takeout.import_entry"),
                         [{"state": "typed", "classified_as": "kmz", "classified_by": "content"}])

    def test_xml_that_breaks_or_declares_entities_is_told(self):
        cut = self.path("cut.gpx", GPX[:-200])
        bomb = self.path("bomb.gpx", '<!DOCTYPE gpx [<!ENTITY a "x">]><gpx><wpt lat="1" lon="2"><name>&a;</name></wpt></gpx>')
        self.load(cut, bomb)
        self.assertEqual(self.ask("SELECT name, state, reason LIKE '%entities%' AS entities, rows_parsed > 10 AS many FROM takeout.import_entry "
                                  "ORDER BY name"),
                         [{"name": "bomb.gpx", "state": "partial", "entities": True, "many": False},
                          {"name": "cut.gpx", "state": "partial", "entities": False, "many": True}])


if __name__ == "__main__":
    unittest.main()
