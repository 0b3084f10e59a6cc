"""Damage does what it says, and no more than that."""
import json
import os
import struct
import tarfile
import unittest
import zipfile
import zlib

from case import GeneratorTest, read_archive


class Damage(GeneratorTest):
    def path(self, out, truth, number):
        return os.path.join(out, truth["archives"][number]["name"])

    def entry(self, truth, ending):
        return next(entry for entry in truth["entries"] if entry["name"].endswith(ending))

    def test_a_missing_part_is_gone_and_its_rows_are_not_expected(self):
        out, truth = self.make("--size", "900KB", "--parts", "3", "--damage", "missing-part")
        self.assertEqual([archive["there"] for archive in truth["archives"]], [True, True, False])
        self.assertFalse(os.path.exists(self.path(out, truth, 2)))
        self.assertTrue(all(lost["lost"] == "missing part" for lost in truth["lost"]))
        self.assertGreater(len(truth["lost"]), 3)
        self.assertEqual(sorted((name, len(data)) for _, name, data in self.files(out, truth)),
                         sorted((entry["name"], entry["size"]) for entry in truth["entries"]))
        visits = sum(1 for _, name, data in self.files(out, truth) if "Semantic" in name
                     for element in json.loads(data)["timelineObjects"] if "placeVisit" in element)
        told = sum(entry["rows"].get("place_visit", 0) + entry["rows"].get("travel_segment", 0)
                   for entry in truth["entries"] if entry["kind"] == "semantic_location")
        segments = sum(1 for _, name, data in self.files(out, truth) if "Semantic" in name
                       for element in json.loads(data)["timelineObjects"] if "activitySegment" in element)
        children = sum(data.count(b"childVisits") for _, name, data in self.files(out, truth) if "Semantic" in name)
        self.assertEqual(visits + segments + children, told)

    def test_a_cut_zip_has_no_directory_and_whole_entries_before_the_cut(self):
        out, truth = self.make("--size", "900KB", "--parts", "2", "--damage", "truncate")
        self.assertRaises(zipfile.BadZipFile, zipfile.ZipFile, self.path(out, truth, 0))
        with open(self.path(out, truth, 0), "rb") as file:
            data = file.read()
        expected = [entry for entry in truth["entries"] if entry["archive"] == truth["archives"][0]["name"] and entry["size"]]
        self.assertGreater(len(expected), 3)
        for entry in expected:
            self.assertEqual(entry["state"], "salvaged")
            name = entry["name"].encode()
            head = struct.pack("<IIHH", 0, 0, len(name), 0)[4:] + name  # sizes, lengths and name of a local header
            start = data.index(head) + len(head)
            stored = data[start - len(name) - 22:start - len(name) - 20] == b"\0\0"
            plain = data[start:start + entry["size"]] if stored else zlib.decompressobj(-15).decompress(data[start:])
            self.assertEqual(zlib.crc32(plain), int(entry["crc32"], 16))
        lost = {entry["name"]: entry["lost"] for entry in truth["lost"]}
        self.assertEqual(lost["Takeout/Drive/ballast.bin"], "cut")
        self.assertIn("behind the cut", lost.values())

    def test_a_cut_tgz_gives_its_first_entries(self):
        out, truth = self.make("--size", "900KB", "--parts", "2", "--container", "tgz", "--damage", "truncate")
        found, archive = [], tarfile.open(self.path(out, truth, 0))
        with self.assertRaises((EOFError, tarfile.ReadError, zlib.error)), archive:
            for info in archive:
                found.append((info.name, len(archive.extractfile(info).read())))
        expected = [(entry["name"], entry["size"]) for entry in truth["entries"] if entry["archive"] == truth["archives"][0]["name"]]
        self.assertEqual(found, expected)

    def test_flipped_bytes_fail_their_checksum_only(self):
        out, truth = self.make("--size", "900KB", "--damage", "flip,flip-json")
        bad = []
        with zipfile.ZipFile(self.path(out, truth, 0)) as archive:
            for name in archive.namelist():
                try:
                    archive.read(name)
                except (zipfile.BadZipFile, zlib.error):
                    bad.append(name)
        self.assertEqual(sorted(bad), sorted(entry["name"] for entry in truth["entries"] if entry["state"] == "crc_mismatch"))
        self.assertEqual(len(bad), 2)
        activity = truth["tables"]["activity"]
        self.assertGreater(activity["rows_max"], activity["rows"])

    def test_malformed_elements_stand_between_good_ones(self):
        out, truth = self.make("--size", "900KB", "--damage", "malformed", "--products", "activity,chrome,location")
        data = self.contents(out, truth, "Takeout/My Activity/Search/MyActivity.json")[0].decode()
        self.assertRaises(json.JSONDecodeError, json.loads, data)
        good = [json.loads(text) for text in data[1:-1].replace("\n},", "\n},\0").split("\0") if is_json(text.rstrip(","))
                for text in [text.rstrip(",")]]
        entry = self.entry(truth, "My Activity/Search/MyActivity.json")
        self.assertEqual(entry["rejected"], data.count('"title": bad') * 3)
        self.assertGreater(entry["rejected"], 3)
        # Each good element behind broken ones is glued to them by this crude split.
        self.assertEqual(len(good) + data.count('"title": bad'), entry["elements"] - entry["rejected"])
        self.assertEqual(entry["rows"]["activity"], entry["elements"] - entry["rejected"])

    def test_cut_json_is_partial_and_keeps_its_elements(self):
        out, truth = self.make("--size", "900KB", "--damage", "cut-json", "--products", "location")
        data = self.contents(out, truth, "/Records.json")[0].decode()
        entry = self.entry(truth, "/Records.json")
        self.assertEqual(entry["state"], "partial")
        whole = json.loads(data[:data.rindex(", {")] + "]}")
        self.assertEqual(len(whole["locations"]), entry["elements"])
        self.assertEqual(entry["broke_at"], entry["size"])

    def test_odd_values_are_json_and_partly_uncertain(self):
        out, truth = self.make("--size", "900KB", "--damage", "odd-values", "--products", "location,activity")
        data = self.contents(out, truth, "/Records.json")[0]
        self.assertTrue(data.startswith(b"\xef\xbb\xbf"))
        points = json.loads(data.decode("utf-8-sig"))["locations"]
        self.assertEqual(len(points), self.entry(truth, "/Records.json")["elements"])
        self.assertIn(910000000, [point["latitudeE7"] for point in points])
        told = truth["tables"]["location_point"]["slices"]["origin = 'record'"]
        keys = {(p["timestamp"], p["latitudeE7"], p["longitudeE7"], p.get("deviceTag")) for p in points} | {
            (p["timestampMs"], p["latitudeE7"], p["longitudeE7"], None)
            for p in json.loads(self.contents(out, truth, "Location History.json")[0])["locations"]}
        both = len(keys) - told["rows_max"]  # the points that both files hold, in two spellings
        self.assertEqual(told["rows_max"] - told["rows"], 5)
        self.assertEqual(both, self.shared_points(out, truth))
        search = self.entry(truth, "My Activity/Search/MyActivity.json")
        self.assertEqual(search["rejected_max"], 4)
        self.assertRaises(UnicodeDecodeError, self.contents(out, truth, "/My Activity/Search/MyActivity.json")[0].decode)

    def shared_points(self, out, truth):
        old = json.loads(self.contents(out, truth, "Location History.json")[0])["locations"]
        new = json.loads(self.contents(out, truth, "/Records.json")[0].decode("utf-8-sig"))["locations"]
        times = {(point["latitudeE7"], point["longitudeE7"], point["timestampMs"][-3:]) for point in old}
        return sum(1 for p in new if "deviceTag" not in p and (p["latitudeE7"], p["longitudeE7"], p["timestamp"][-4:-1]) in times)

    def test_hostile_names_are_there_and_told(self):
        out, truth = self.make("--size", "200KB", "--products", "chrome", "--damage", "hostile-names,special,nested")
        with zipfile.ZipFile(self.path(out, truth, 0)) as archive:
            names = [info.orig_filename for info in archive.infolist()]
            links = [info for info in archive.infolist() if info.external_attr >> 28 == 0xA]
        for name in ("../../../../tmp/evil.bin", "/absolute/evil.bin", "C:\\Windows\\evil.bin", "Takeout/Hostile/CON"):
            self.assertIn(name, names)
        self.assertEqual(names.count("Takeout/Hostile/twin.bin"), 2)
        self.assertTrue(any("\0" in name for name in names))
        self.assertEqual(len(links), 1)
        self.assertEqual(len(names), len(truth["entries"]))
        twins = {entry["sha256"] for entry in truth["entries"] if entry["name"].endswith("twin.bin")}
        self.assertEqual(len(twins), 2)

    def test_special_entries_of_a_tar(self):
        out, truth = self.make("--size", "200KB", "--products", "chrome", "--container", "tgz", "--damage", "special")
        with tarfile.open(self.path(out, truth, 0)) as archive:
            kinds = {info.type for info in archive}
        self.assertLessEqual({tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE}, kinds)

    def test_odd_zip_entries(self):
        damage = "encrypted,unsupported-method,lying-size,overlap-entries,bomb"
        out, truth = self.make("--size", "200KB", "--products", "chrome", "--damage", damage)
        self.assertLess(os.path.getsize(self.path(out, truth, 0)), 4_000_000)
        with zipfile.ZipFile(self.path(out, truth, 0)) as archive:
            infos = {info.filename.rpartition("/")[2]: info for info in archive.infolist()}
            self.assertRaises(RuntimeError, archive.read, infos["encrypted.txt"])
            self.assertIn(b"The password is", archive.read(infos["encrypted.txt"], b"secret"))
            self.assertRaises(NotImplementedError, archive.read, infos["unknown method.bin"])
            self.assertEqual(infos["declared small.txt"].file_size, 10)
            self.assertEqual(infos["shared bytes.bin"].header_offset, infos["shared again.bin"].header_offset)
            self.assertGreater(infos["bomb.bin"].file_size, infos["bomb.bin"].compress_size * 200)
            with archive.open(infos["bomb.bin"]) as bomb:
                size = sum(len(chunk) for chunk in iter(lambda: bomb.read(1 << 22), b""))
            self.assertEqual(size, 1200 << 20)
        self.assertEqual(len(infos), len({entry["name"] for entry in truth["entries"]}))

    def test_all_damage_that_fits_together(self):
        for container, parts in (("zip", "3"), ("zip64", "2"), ("tgz", "3"), ("folder", "1")):
            with self.subTest(container=container):
                out, truth = self.make("--size", "400KB", "--container", container, "--parts", parts, "--damage", "all,-bomb")
                self.assertGreater(len(truth["arguments"]["damage"]), 2)
                whole = [a["name"] for a in truth["archives"] if a["there"] and not a["cut"]]
                if container == "tgz":
                    list(read_archive(os.path.join(out, whole[0])))

    def test_impossible_damage_is_refused(self):
        for wrong in (("--container", "tgz", "--damage", "flip"), ("--damage", "missing-part"),
                      ("--parts", "2", "--damage", "truncate,missing-part")):
            with self.subTest(wrong=wrong), self.assertRaises(SystemExit), open(os.devnull, "w") as null:
                from contextlib import redirect_stderr
                with redirect_stderr(null):
                    self.make(*wrong)


def is_json(text):
    try:
        json.loads(text)
        return True
    except json.JSONDecodeError:
        return False


if __name__ == "__main__":
    unittest.main()
