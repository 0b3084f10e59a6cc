#!/usr/bin/env python3
"""Tests blobs over the HTTP door of a real `dplake serve`: bytes, ranges, crashes, damage, check and export.

usage: blob_test.py PROGRAM
"""

import base64
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
import urllib.parse
import zipfile

import door_test
from door_test import PATIENCE, DoorCase, Serving, wait_for


def bytes_of(seed, size):
    return random.Random(seed).randbytes(size)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def stored(data, content):
    name = sha256(content)
    return pathlib.Path(data, "blobs", name[:2], name[2:4], name)


def put(serving, key, body, **headers):
    return serving.request("PUT", f"/api/v1/blobs/b/{key}", body,
                           {"Content-Type": "application/octet-stream",
                            **{name.replace("_", "-"): value for name, value in headers.items()}})


def get(serving, key, **headers):
    return serving.request("GET", f"/api/v1/blobs/b/{key}", headers=headers)


def wait_for_job(serving, job):
    def ended():
        jobs = json.loads(serving.request("GET", "/api/v1/jobs")[2])["jobs"]
        (state,) = [one["state"] for one in jobs if one["id"] == job]
        return state in ("succeeded", "failed", "cancelled")
    wait_for(ended, "the job to end")


class Bytes(DoorCase):
    FLAGS = ("--request-bytes-max", "1MB")

    def test_bytes_come_back_with_their_hash(self):
        for size in (0, 1, 5_000_000):
            content = bytes_of(size, size)
            status, headers, body = put(self.serving, f"size/{size}", content, X_Dplake_Meta_Camera="Nikon")
            self.assertEqual(status, 201, body)
            self.assertEqual(headers["ETag"], f'"{sha256(content)}"')
            status, headers, body = get(self.serving, f"size/{size}")
            self.assertEqual((status, body == content), (200, True))
            self.assertEqual(headers["Content-Length"], str(size))
            self.assertEqual(headers["X-Dplake-Meta-Camera".lower()], "Nikon")
            self.assertNotIn("Transfer-Encoding", headers)
            status, headers, body = self.serving.request("HEAD", f"/api/v1/blobs/b/size/{size}")
            self.assertEqual((status, headers["Content-Length"], body), (200, str(size), b""))

    def test_a_large_body_streams_in_little_memory(self):
        before = self.serving.resident_bytes()
        piece = bytes_of(1, 1 << 20)
        pieces = 200
        digest = hashlib.sha256()
        for _ in range(pieces):
            digest.update(piece)
        connection = self.serving.connect()
        connection.request("PUT", "/api/v1/blobs/b/large", (piece for _ in range(pieces)),
                           {"Authorization": f"Bearer {self.serving.token}"}, encode_chunked=True)
        answer = connection.getresponse()
        self.assertEqual((answer.status, json.loads(answer.read())["hash"]), (201, digest.hexdigest()))
        connection.request("GET", "/api/v1/blobs/b/large", headers={"Authorization": f"Bearer {self.serving.token}"})
        answer = connection.getresponse()
        back = hashlib.sha256()
        while part := answer.read(1 << 20):
            back.update(part)
        connection.close()
        self.assertEqual(back.hexdigest(), digest.hexdigest())
        self.assertLess(self.serving.resident_bytes() - before, 100 << 20)

    def test_ranges(self):
        content = bytes_of(7, 3_000_000)
        put(self.serving, "ranged", content)
        for header, part in (("bytes=0-0", content[:1]), ("bytes=1048570-1048586", content[1048570:1048587]),
                             ("bytes=2999990-", content[-10:]), ("bytes=-10", content[-10:]),
                             ("bytes=2000000-9999999", content[2000000:])):
            status, headers, body = get(self.serving, "ranged", Range=header)
            self.assertEqual((status, body == part), (206, True), header)
            self.assertTrue(headers["Content-Range"].endswith("/3000000"))
        self.assertEqual(get(self.serving, "ranged", Range="bytes=3000000-")[0], 416)
        self.assertEqual(get(self.serving, "ranged", Range="bytes=0-1", **{"If-Range": '"other"'})[0], 200)

    def test_conditions_and_hashes(self):
        self.assertEqual(put(self.serving, "once", b"abc", If_None_Match="*")[0], 201)
        self.assertEqual(put(self.serving, "once", b"new", If_None_Match="*")[0], 412)
        self.assertEqual(get(self.serving, "once", **{"If-None-Match": f'"{sha256(b"abc")}"'})[0], 304)
        self.assertEqual(put(self.serving, "once", b"abd", X_Content_Sha256=sha256(b"abc"))[0], 422)
        self.assertEqual(get(self.serving, "once")[2], b"abc")
        self.assertEqual(self.serving.request("DELETE", "/api/v1/blobs/b/once")[0], 204)
        self.assertEqual(get(self.serving, "once")[0], 404)
        self.assertEqual(self.serving.request("PUT", "/api/v1/blobs/b/k", b"x", token=False)[0], 401)

    def test_equal_bytes_are_stored_once(self):
        content = bytes_of(3, 100_000)
        put(self.serving, "twice/1", content)
        put(self.serving, "twice/2", content)
        rows = self.serving.rows("SELECT key, bytes, refs, hash FROM lake.blobs WHERE key LIKE 'twice/%' ORDER BY key")
        self.assertEqual(rows, [["twice/1", 100000, 2, sha256(content)], ["twice/2", 100000, 2, sha256(content)]])
        self.assertEqual(self.serving.rows("SELECT count(*) FROM blobs WHERE key LIKE 'twice/%'"), [[2]])
        self.assertEqual(stored(self.serving.directory, content).read_bytes(), content)

    def test_in_parts_beside_each_other(self):
        parts = [bytes_of(100 + i, 400_000 + i) for i in range(6)]
        base = "/api/v1/blobs/b/in/parts"
        upload = json.loads(self.serving.request("POST", base + "?uploads", b"")[2])["upload_id"]
        answers = [None] * len(parts)

        def send(i):
            answers[i] = self.serving.request("PUT", f"{base}?upload_id={upload}&part_number={i + 1}", parts[i])
        threads = [threading.Thread(target=send, args=(i,)) for i in reversed(range(len(parts)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer[0] for answer in answers], [200] * len(parts))
        listed = [{"part_number": i + 1, "etag": answer[1]["ETag"]} for i, answer in enumerate(answers)]
        status, _, body = self.serving.request("POST", f"{base}?upload_id={upload}", json.dumps({"parts": listed}))
        self.assertEqual(status, 201, body)
        self.assertEqual(get(self.serving, "in/parts")[2], b"".join(parts))

    def test_puts_and_deletes_of_one_key_at_once(self):
        contents = [bytes_of(i, 1000 + i) for i in range(4)]
        failures = []

        def change(i):
            for turn in range(10):
                status = put(self.serving, "contended", contents[i])[0]
                if status not in (200, 201):
                    failures.append(status)
                status, _, body = get(self.serving, "contended")
                if status != 404 and (status != 200 or body not in contents):
                    failures.append((status, len(body)))
                if turn % 3 == 0 and self.serving.request("DELETE", "/api/v1/blobs/b/contended")[0] not in (204, 404):
                    failures.append("delete")
        threads = [threading.Thread(target=change, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertLessEqual(self.serving.rows("SELECT count(*) FROM blobs WHERE key = 'contended'"), [[1]])

    def test_curl_uploads_a_file(self):
        path = os.path.join(self.root, "file")
        pathlib.Path(path).write_bytes(bytes_of(11, 2_000_000))
        url = f"http://127.0.0.1:{self.serving.port}/api/v1/blobs/b/by%20curl"
        token = ["-sS", "-H", f"Authorization: Bearer {self.serving.token}"]
        code = subprocess.run(["curl", *token, "-T", path, "-o", "/dev/null", "-w", "%{http_code}", url],
                              capture_output=True, check=True, timeout=PATIENCE).stdout
        self.assertEqual(code, b"201")
        back = subprocess.run(["curl", *token, "-r", "1000000-", url], capture_output=True, check=True,
                              timeout=PATIENCE).stdout
        self.assertEqual(back, pathlib.Path(path).read_bytes()[1_000_000:])


class Damaged(DoorCase):
    def test_a_flipped_byte_is_an_error_a_finding_and_mended(self):
        content = bytes_of(5, 2_500_000)
        put(self.serving, "damaged", content)
        put(self.serving, "fine", b"fine")
        path = stored(self.serving.directory, content)
        flipped = bytearray(content)
        flipped[1_500_000] ^= 1
        path.write_bytes(flipped)
        status, _, body = get(self.serving, "damaged")
        self.assertEqual((status, json.loads(body)["error"]["code"]), (500, "corruption"))
        self.assertEqual(get(self.serving, "damaged", Range="bytes=0-99")[2], content[:100])
        self.assertEqual(get(self.serving, "damaged", Range="bytes=1500000-1500001")[0], 500)
        self.assertEqual(self.serving.metric("dplake_blob_corruptions_total"), 2)
        job = json.loads(self.serving.request("POST", "/api/v1/blobs/scrub")[2])["job_id"]
        wait_for_job(self.serving, job)
        self.assertEqual(self.serving.metric("dplake_blobs_damaged"), 1)
        self.assertEqual(self.serving.rows("SELECT key FROM blobs WHERE damage IS NOT NULL"), [["damaged"]])
        put(self.serving, "again", content)
        self.assertEqual(get(self.serving, "damaged")[2], content)


class Empty(DoorCase):
    def test_blobs_can_be_asked_for_before_there_is_one(self):
        self.assertEqual(self.serving.rows("SELECT count(*) FROM lake.blobs"), [[0]])
        self.assertEqual(self.serving.rows("SELECT b.key FROM main.blobs b WHERE b.refs > 1"), [])
        self.assertEqual(self.serving.rows("SHOW TABLES"), [])
        status, _, body = self.serving.request("GET", "/api/v1/blobs")
        self.assertEqual((status, json.loads(body)), (200, {"buckets": []}))
        columns = self.serving.rows("DESCRIBE FROM blobs")
        put(self.serving, "k", b"abc")
        self.assertEqual(self.serving.rows("DESCRIBE FROM blobs"), columns)
        self.assertEqual(self.serving.rows("SELECT key FROM lake.blobs"), [["k"]])

    def test_a_table_of_that_name_is_its_owners(self):
        self.serving.rows("CREATE SCHEMA mine")
        self.serving.rows("CREATE TABLE mine.blobs (a INTEGER)")
        self.assertEqual(self.serving.rows("SELECT count(a) FROM mine.blobs"), [[0]])
        self.assertEqual(self.serving.error("SELECT * FROM other.blobs")[0], 404)


class Bounded(DoorCase):
    FLAGS = ("--blobs-stored-bytes-max", "1MB", "--blob-bytes-max", "800kB", "--blobs-grace", "0s",
             "--blobs-sweep-interval", "50ms")

    def test_what_is_beyond_a_bound_is_refused_and_room_comes_back(self):
        self.assertEqual(put(self.serving, "a", bytes_of(1, 900_000))[0], 507)
        self.assertEqual(put(self.serving, "a", bytes_of(1, 700_000))[0], 201)
        self.assertEqual(put(self.serving, "b", bytes_of(2, 700_000))[0], 507)
        self.serving.request("DELETE", "/api/v1/blobs/b/a")
        wait_for(lambda: put(self.serving, "b", bytes_of(2, 700_000))[0] == 201, "the sweep")
        self.assertEqual(get(self.serving, "b")[2], bytes_of(2, 700_000))


class OwnLake(unittest.TestCase):
    """A lake of its own, served or not."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="dplake-blob-")
        self.addCleanup(shutil.rmtree, self.root)
        self.data = os.path.join(self.root, "data")

    def run_verb(self, *arguments):
        return subprocess.run([door_test.PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE)


class Paused(OwnLake):
    def test_a_paused_scrub_ends_with_the_server(self):
        serving = Serving(self.data, "--blobs-scrub-rate", "1MiB")
        put(serving, "k", bytes_of(1, 16 << 20))
        job = json.loads(serving.request("POST", "/api/v1/blobs/scrub")[2])["job_id"]
        wait_for(lambda: serving.request("POST", f"/api/v1/jobs/{job}/pause", b"")[0] == 202, "the scrub to run")
        self.assertEqual(serving.stop(), 0)


class Offline(OwnLake):
    """What a lake has when nobody serves it."""

    def test_what_was_answered_survives_a_kill(self):
        serving = Serving(self.data)
        answered = {}
        stop = threading.Event()

        def write(writer):
            turn = 0
            while not stop.is_set():
                content = bytes_of(writer * 1000 + turn, 300_000)
                try:
                    if put(serving, f"{writer}/{turn}", content)[0] == 201:
                        answered[f"{writer}/{turn}"] = content
                except OSError:
                    return
                turn += 1
        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
        for thread in threads:
            thread.start()
        wait_for(lambda: len(answered) > 12, "some puts")
        serving.stop(signal.SIGKILL)
        stop.set()
        for thread in threads:
            thread.join()
        serving = Serving(self.data)
        for key, content in answered.items():
            status, _, body = get(serving, key)
            self.assertEqual((status, body == content), (200, True), key)
        listed = serving.rows("SELECT key FROM blobs")
        for (key,) in listed:
            self.assertEqual(get(serving, key)[0], 200, key)
        self.assertEqual(os.listdir(os.path.join(self.data, "blobs", ".partial")), [])
        self.assertEqual(serving.stop(), 0)
        checked = self.run_verb("check", "--data", self.data)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_check_and_export_know_blobs(self):
        serving = Serving(self.data)
        contents = {"one": b"abc", "two": b"abc", "three": bytes_of(3, 2_000_000)}
        for key, content in contents.items():
            put(serving, key, content)
        serving.stop()
        out = os.path.join(self.root, "out")
        exported = self.run_verb("export", out, "--all", "--data", self.data)
        self.assertEqual(exported.returncode, 0, exported.stdout + exported.stderr)
        self.assertIn("blobs: 2 contents, 2000003 bytes", exported.stdout)
        for content in contents.values():
            self.assertEqual(stored(out, content).read_bytes(), content)
        self.assertTrue(os.path.exists(os.path.join(out, "blob_store", "object.parquet")))
        checked = self.run_verb("check", "--data", self.data)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertIn("2 contents of blobs", checked.stdout)
        stored(self.data, b"abc").write_bytes(b"abd")
        stored(self.data, contents["three"]).unlink()
        checked = self.run_verb("check", "--data", self.data)
        self.assertEqual(checked.returncode, 1)
        self.assertEqual(checked.stdout.count("PROBLEM"), 2, checked.stdout)
        failed = self.run_verb("export", os.path.join(self.root, "more"), "--all", "--data", self.data)
        self.assertEqual(failed.returncode, 1)
        self.assertEqual(failed.stderr.count("a blob is not exported"), 2, failed.stderr)


class ExportCase(OwnLake):
    """A made-up Google export."""

    NAME = "takeout-20240425T101500Z-001"
    FILES = {"Takeout/Google Photos/Album/a.jpg": bytes_of(21, 1_500_000),
             "Takeout/Google Photos/Album/b.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"compressible " * 200_000,
             "Takeout/Google Photos/Album/c.jpg": bytes_of(23, 1_200_000),
             "Takeout/Drive/same.bin": bytes_of(21, 1_500_000),
             "Takeout/Drive/\u65e5\u672c.bin": bytes_of(22, 10)}

    def archive(self, kind, files=None, name=NAME):
        path = os.path.join(self.root, f"{name}.{kind}")
        files = files or self.FILES
        if kind == "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for entry, content in files.items():
                    how = zipfile.ZIP_STORED if entry.endswith(("a.jpg", "c.jpg")) else zipfile.ZIP_DEFLATED
                    archive.writestr(zipfile.ZipInfo(entry, (2024, 4, 25, 10, 15, 0)), content, how)
        else:
            with tarfile.open(path, "w:gz" if kind == "tgz" else "w") as archive:
                for entry, content in files.items():
                    info = tarfile.TarInfo(entry)
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
        return path

    def run_import(self, path, *flags, expect=0):
        done = self.run_verb("import", "takeout", path, "--data", self.data, *flags)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout

    def served(self, *flags):
        serving = Serving(self.data, "--blobs-grace", "0s", "--blobs-sweep-interval", "20ms", *flags)
        self.addCleanup(serving.stop)
        return serving

    def imported(self, path, *flags):
        self.run_import(path, *flags)
        return self.served()

    def keys(self, serving):
        return {key.split("/", 1)[1]: key for (key,) in serving.rows("SELECT key FROM blobs WHERE bucket = 'takeout'")}

    def get(self, serving, key, **headers):
        return serving.request("GET", "/api/v1/blobs/takeout/" + urllib.parse.quote(key), headers=headers)

    def objects(self):
        """Contents that lie in the store each by itself."""
        return {path.name for path in pathlib.Path(self.data, "blobs").glob("??/??/*")}

    def packs(self):
        """Bytes of the packs of the store, which have many contents, by their path in the lake."""
        paths = pathlib.Path(self.data, "blobs", "packs").glob("??/*")
        return {str(path.relative_to(self.data)): path.read_bytes() for path in paths}

    def packed(self, serving):
        """Contents that lie in packs as the tables say."""
        packs = self.packs()
        places = serving.rows("SELECT hash, archive, archive_offset, stored_bytes FROM blob_store.place "
                              "WHERE archive LIKE 'blobs/packs/%'")
        return {name for name, pack, offset, size in places if sha256(packs.get(pack, b"")[offset:offset + size]) == name}

    def check_clean(self):
        checked = self.run_verb("check", "--data", self.data)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def check_import_again(self, path, files):
        """Another import of an archive that an earlier one did not bring to its end."""
        self.run_import(path)
        serving = self.served()
        self.check_files(serving, files)
        serving.stop()
        self.check_clean()

    def check_files(self, serving, files=None):
        files = files or self.FILES
        keys = self.keys(serving)
        self.assertEqual(set(keys), set(files))
        for name, content in files.items():
            status, headers, body = self.get(serving, keys[name])
            self.assertEqual((status, body == content), (200, True), name)
            self.assertEqual(headers["ETag"], f'"{sha256(content)}"')
            status, _, body = self.get(serving, keys[name], Range="bytes=5-1048600")
            self.assertEqual((status, body == content[5:1048601]), (206, True), name)
        self.assertEqual(serving.rows("SELECT count(*) FROM takeout.import_entry e JOIN blobs b ON b.hash = e.blob "
                                      "WHERE b.key = e.entry_id || '/' || e.name"), [[len(files)]])
        return keys


class Imported(ExportCase):
    """Files of a Google export that no table holds."""

    def test_ranges_of_a_zip_are_blobs(self):
        path = self.archive("zip")
        serving = self.imported(path)
        keys = self.check_files(serving)
        self.assertEqual(serving.rows("SELECT DISTINCT content_type FROM blobs WHERE key LIKE '%.jpg'"), [["image/jpeg"]])
        self.assertEqual(serving.rows("SELECT refs, count(*) FROM blobs GROUP BY ALL ORDER BY ALL"), [[1, 3], [2, 2]])
        self.assertEqual(self.objects(), set())
        self.assertEqual(serving.rows("SELECT is_deflated, count(*) FROM blob_store.place GROUP BY ALL ORDER BY ALL"),
                         [[False, 2], [True, 3]])
        self.assertEqual(serving.request("PUT", "/api/v1/blobs/takeout/x", b"x")[0], 403)
        content = bytearray(pathlib.Path(path).read_bytes())
        content[content.index(self.FILES["Takeout/Google Photos/Album/c.jpg"]) + 9] ^= 1
        pathlib.Path(path).write_bytes(content)
        status, _, body = self.get(serving, keys["Takeout/Google Photos/Album/c.jpg"])
        self.assertEqual((status, json.loads(body)["error"]["code"]), (500, "corruption"))
        os.rename(path, path + ".moved")
        status, _, body = self.get(serving, keys["Takeout/Google Photos/Album/b.jpg"])
        self.assertEqual(status, 503, body)
        serving.stop()
        self.run_import(path + ".moved")
        serving = self.served()
        self.assertEqual(self.get(serving, keys["Takeout/Google Photos/Album/b.jpg"])[0], 200)

    def test_one_damaged_of_many_spoils_no_other(self):
        files = {f"Takeout/Google Photos/Album/{i:02}{kind}.jpg": bytes_of(100 + i, 150_000 + 37_000 * i)
                 for i, kind in enumerate("ab" * 10)}
        path = self.archive("zip", files)
        damaged = "Takeout/Google Photos/Album/06a.jpg"
        content = bytearray(pathlib.Path(path).read_bytes())
        content[content.index(files[damaged]) + 200_000] ^= 1
        pathlib.Path(path).write_bytes(content)
        for workers in ("1", "3"):
            with self.subTest(workers):
                serving = self.imported(path, "--workers", workers)
                rows = serving.rows("SELECT e.name, e.state, o.key FROM takeout.import_entry e LEFT JOIN blob_store.object o "
                                    "ON o.hash = e.blob ORDER BY e.entry_index")
                self.assertEqual([row[0] for row in rows], list(files))
                for name, state, key in rows:
                    self.assertEqual((state, key is None), ("crc_mismatch", True) if name == damaged else ("blob_only", False), name)
                    if key is not None:
                        self.assertEqual(self.get(serving, key)[::2], (200, files[name]), name)
                serving.stop()
                shutil.rmtree(self.data)

    def test_rows_lead_to_their_blobs(self):
        serving = self.imported(self.archive("zip"))
        self.assertEqual(serving.rows("SELECT f.path, b.hash = f.blob, b.bytes FROM takeout.drive_file f JOIN blobs b "
                                      "ON b.key = f.blob_key ORDER BY ALL"),
                         [["same.bin", True, 1_500_000], ["\u65e5\u672c.bin", True, 10]])
        self.assertEqual(serving.rows("SELECT e.blob FROM takeout.media_file m JOIN takeout.import_entry e USING (entry_id)"),
                         [[sha256(self.FILES["Takeout/Google Photos/Album/b.jpg"])]])

    def test_a_folder_and_a_tar_are_read_where_they_are(self):
        for kind in ("folder", "tar"):
            with self.subTest(kind):
                path = os.path.join(self.root, self.NAME)
                if kind == "tar":
                    path = self.archive("tar")
                for name, content in self.FILES.items() if kind == "folder" else ():
                    file = pathlib.Path(path, name)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
                serving = self.imported(path)
                self.check_files(serving)
                self.assertEqual(self.objects(), set())
                serving.stop()
                self.check_clean()
                shutil.rmtree(self.data)

    def test_what_was_read_in_a_stream_outlives_the_archive(self):
        path = self.archive("tgz")
        serving = self.imported(path)
        os.remove(path)
        self.check_files(serving)
        self.assertEqual(self.objects() | self.packed(serving), {sha256(content) for content in self.FILES.values()})
        self.assertEqual(self.objects() & self.packed(serving), set())
        serving.stop()
        self.check_clean()

    def test_archives_of_the_lake_move_with_it(self):
        for mode in ("copy", "adopt"):
            with self.subTest(mode):
                path = self.archive("zip")
                self.run_import(path, "--archives", mode)
                self.assertEqual(os.path.exists(path), mode == "copy")
                if mode == "copy":
                    os.remove(path)
                os.rename(self.data, self.data + ".moved")
                os.rename(self.data + ".moved", os.path.join(self.root, "elsewhere"))
                self.data = os.path.join(self.root, "elsewhere")
                serving = self.served()
                self.check_files(serving)
                self.assertEqual(self.objects(), set())
                serving.stop()
                self.check_clean()
                out = os.path.join(self.root, "out-" + mode)
                exported = self.run_verb("export", out, "--all", "--data", self.data)
                self.assertEqual(exported.returncode, 0, exported.stdout + exported.stderr)
                for content in self.FILES.values():
                    self.assertEqual(stored(out, content).read_bytes(), content)
                shutil.rmtree(self.data)
                self.data = os.path.join(self.root, "data")

    def test_the_same_again_adds_places_only(self):
        path = self.archive("zip")
        self.run_import(path)
        self.run_import(path)
        serving = self.imported(path, "--force")
        self.check_files(serving)
        serving.stop()
        # The same files in another export: once the first is gone, the second has them.
        other = self.archive("zip", name="takeout-20240525T101500Z-001")
        self.run_import(other)
        os.remove(path)
        serving = self.served()
        keys = self.keys(serving)
        self.assertEqual(set(keys), set(self.FILES))
        for name, content in self.FILES.items():
            self.assertEqual(self.get(serving, keys[name])[2], content, name)

    def test_a_store_without_room_leaves_the_rest_and_is_made_up_for(self):
        path = self.archive("tgz")
        report = self.run_import(path, "--blobs-stored-bytes-max", "1MB", expect=1)
        self.assertIn("its bytes could not be stored: all blobs together have at most", report)
        serving = self.served()
        failed = serving.rows("SELECT name FROM takeout.import_entry WHERE state = 'partial' ORDER BY entry_id")
        self.assertEqual(failed, [["Takeout/Google Photos/Album/a.jpg"], ["Takeout/Google Photos/Album/b.jpg"],
                                  ["Takeout/Google Photos/Album/c.jpg"], ["Takeout/Drive/same.bin"]])
        self.assertEqual(serving.rows("SELECT state FROM takeout.import_part"), [["partial"]])
        self.assertEqual(self.objects() | self.packed(serving), {sha256(self.FILES["Takeout/Drive/\u65e5\u672c.bin"])})
        serving.stop()
        self.check_clean()
        self.run_import(path)
        serving = self.served()
        self.check_files(serving)
        self.assertEqual(serving.rows("SELECT state, count(*) FROM takeout.import_entry GROUP BY ALL"), [["blob_only", 5]])
        self.assertEqual(serving.rows("SELECT count(*), (SELECT count(*) FROM takeout.import_part) FROM takeout.media_file"),
                         [[1, 1]])
        serving.stop()
        self.check_clean()

    def test_small_files_that_get_lost_together_are_made_up_for(self):
        files = {f"Takeout/Drive/{i}.bin": bytes_of(i, 200_000) for i in range(5)}
        files["Takeout/Drive/large.bin"] = bytes_of(9, 2_000_000)
        path = self.archive("tgz", files)
        in_the_way = pathlib.Path(self.data, "blobs", "packs")
        in_the_way.parent.mkdir(parents=True)
        in_the_way.write_text("a file where a directory should be")
        self.assertIn("its bytes could not be stored", self.run_import(path, expect=1))
        serving = self.served()
        self.assertEqual(serving.rows("SELECT state, count(*) FROM takeout.import_entry GROUP BY ALL ORDER BY ALL"),
                         [["blob_only", 1], ["partial", 5]])
        serving.stop()
        in_the_way.unlink()
        self.check_import_again(path, files)

    def test_a_server_tells_which_store_failed(self):
        path = self.archive("tgz")
        serving = self.served("--blobs-stored-bytes-max", "1MB", "--allowed-paths", self.root)
        status, _, body = serving.request("POST", "/api/v1/lake/takeout", json.dumps({"paths": [path]}))
        self.assertEqual(status, 202, body)
        job = json.loads(body)["job_id"]
        wait_for_job(serving, job)
        result = json.loads(serving.request("GET", f"/api/v1/jobs/{job}")[2])["result"]
        self.assertEqual(result["status"], "partial")
        self.assertEqual(result["stores"]["timeseries"]["status"], "complete")
        self.assertEqual(result["stores"]["blobs"]["status"], "partial")
        self.assertIn("blobs.stored_bytes_max", result["stores"]["blobs"]["reason"])
        serving.stop()
        serving = self.served("--allowed-paths", self.root)
        status, _, body = serving.request("POST", "/api/v1/lake/takeout", json.dumps({"paths": [path]}))
        self.assertEqual((status, json.loads(body).get("cached")), (202, False), body)
        job = json.loads(body)["job_id"]
        wait_for_job(serving, job)
        result = json.loads(serving.request("GET", f"/api/v1/jobs/{job}")[2])["result"]
        self.assertEqual((result["status"], result["stores"]["blobs"]["status"]), ("complete", "complete"))
        self.check_files(serving)

    def test_a_killed_import_leaves_nothing_half(self):
        files = {f"Takeout/Drive/{i:03}.bin": bytes_of(i, 200_000) for i in range(120)}
        path = self.archive("tgz", files)
        importing = subprocess.Popen([door_test.PROGRAM, "import", "takeout", path, "--data", self.data],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.packs() or importing.poll() is not None, "some blobs")
        importing.kill()
        self.assertEqual(importing.wait(), -signal.SIGKILL)
        serving = self.served()
        wait_for(lambda: self.packed(serving) == {row[0] for row in serving.rows("SELECT DISTINCT hash FROM blobs")} and
                 set(self.packs()) == {row[0] for row in serving.rows("SELECT DISTINCT archive FROM blob_store.place")},
                 "the sweep of what nobody refers to")
        serving.stop()
        self.check_clean()
        self.check_import_again(path, files)


class Swept(ExportCase):
    """A server that sweeps all the time and is killed in the middle."""

    ROUNDS = 5
    ROUNDS_MAX = 25  # until one died in the middle of a sweep

    def forget(self, serving, chance, own, packed):
        """Deletes most of the blobs, while the sweeps run. What was answered is gone; the last request may have failed in the middle."""
        gone = chance.sample(sorted(packed), len(packed) * 2 // 3)
        serving.rows(f"DELETE FROM blob_store.object WHERE bucket = 'takeout' AND key IN ({', '.join(repr(key) for key in gone)})")
        for key in gone:
            del packed[key]
        for key in chance.sample(sorted(own), len(own) * 2 // 3):
            self.assertEqual(serving.request("DELETE", f"/api/v1/blobs/b/{key}")[0], 204)
            del own[key]

    def check_kept(self, serving, own, packed):
        self.assertEqual({tuple(row) for row in serving.rows("SELECT bucket, key FROM blobs")},
                         {("b", key) for key in own} | {("takeout", key) for key in packed})
        for bucket, blobs in (("b", own), ("takeout", packed)):
            for key, content in blobs.items():
                status, _, body = serving.request("GET", f"/api/v1/blobs/{bucket}/{urllib.parse.quote(key)}")
                self.assertEqual((status, body == content), (200, True), (bucket, key))

    def test_kill_9_in_the_middle_of_sweeps_loses_and_leaves_nothing(self):
        seed = int(os.environ.get("DPLAKE_KILL_SEED", "7"))
        chance = random.Random(seed)
        serving = self.served()
        own, packed, was_in_the_middle = {}, {}, 0
        for turn in range(self.ROUNDS_MAX):
            if turn >= self.ROUNDS and was_in_the_middle:
                break
            files = {f"Takeout/Drive/{turn}-{i}.bin": bytes_of(turn * 1000 + i, 5_000) for i in range(60)}
            path = self.archive("tgz", files, f"takeout-20240425T1015{turn:02}Z-001")
            serving.stop()
            self.run_import(path)
            serving = self.served()
            packed.update({key: files[name] for name, key in self.keys(serving).items() if name in files})
            for i in range(12):
                own[f"{turn}-{i}"] = bytes_of(turn * 1000 + 500 + i, 40_000)
                self.assertEqual(put(serving, f"{turn}-{i}", own[f"{turn}-{i}"])[0], 201)
            self.forget(serving, chance, own, packed)
            threading.Event().wait(chance.uniform(0, 0.15) * (turn % 2))  # the moment of death is the experiment
            serving.stop(signal.SIGKILL)
            was_in_the_middle += not self.objects() <= {sha256(content) for content in own.values()}
            serving = self.served()
            self.check_kept(serving, own, packed)
        kept = {sha256(content) for content in own.values()}
        in_packs = {sha256(content) for content in packed.values()}
        wait_for(lambda: self.objects() == kept and self.packed(serving) == in_packs and set(self.packs()) == {
            row[0] for row in serving.rows("SELECT DISTINCT archive FROM blob_store.place WHERE archive IS NOT NULL")}, "the last sweep")
        self.check_kept(serving, own, packed)
        serving.stop()
        self.check_clean()
        self.assertGreater(was_in_the_middle, 0, f"each sweep had ended; DPLAKE_KILL_SEED={seed}")


class Attached(ExportCase):
    """What is attached to mail."""

    PICTURE = bytes_of(31, 300_000)
    TEXT = "Gr\u00fc\u00dfe\nFrom here on\nend".encode()

    def message(self, number, picture):
        encoded = base64.encodebytes(picture).decode()
        return (f"From {number}@xxx Thu Apr 25 10:15:{number:02} +0000 2024\n"
                f"X-GM-THRID: {number}\nX-Gmail-Labels: Inbox\nMessage-ID: <{number}@example.org>\n"
                f"Date: Thu, 25 Apr 2024 10:15:{number:02} +0000\nFrom: a@example.org\nTo: b@example.org\n"
                f"Subject: {number}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n"
                "--b\nContent-Type: text/plain\n\nhello\n"
                "--b\nContent-Type: image/png; name=\"../../p.png\"\nContent-Transfer-Encoding: base64\n"
                f"Content-Disposition: attachment; filename=\"../../p.png\"\n\n{encoded}"
                "--b\nContent-Type: text/x-note; name=\"n.txt\"\nContent-Transfer-Encoding: quoted-printable\n"
                "Content-Disposition: attachment; filename=\"n.txt\"\n\nGr=C3=BC=C3=9Fe\n>From here on\nend\n"
                "--b--\n\n").encode()

    def mbox(self, count=3):
        return {"Takeout/Mail/All mail.mbox": b"".join(self.message(i + 1, self.PICTURE if i < 2 else bytes_of(32 + i, 400_000))
                                                        for i in range(count))}

    def check_attachments(self, serving, count=3):
        rows = serving.rows("SELECT gm_msgid, part, filename, size, blob, blob_key FROM takeout.mail_attachment_blob ORDER BY 1, 2")
        self.assertEqual([row[:2] for row in rows], [[i + 1, part] for i in range(count) for part in ("2", "3")])
        self.assertEqual([row[2] for row in rows[:2]], ["../../p.png", "n.txt"])
        for number, part, _, size, blob, key in rows:
            content = self.TEXT if part == "3" else self.PICTURE if number < 3 else bytes_of(31 + number, 400_000)
            self.assertEqual((size, blob, key), (len(content), sha256(content), f"mail/{number}/{part}"))
            status, headers, body = self.get(serving, key)
            self.assertEqual((status, body == content), (200, True), key)
            self.assertEqual(headers["Content-Type"], "image/png" if part == "2" else "text/x-note")
        self.assertEqual(serving.rows("SELECT count(*), max(refs) FROM blobs"), [[2 * count, count]])
        self.assertEqual(serving.rows("SELECT count(*) FROM takeout.mail_message"), [[count]])
        self.check_stored_once(serving, {row[4]: row[3] for row in rows})

    def check_stored_once(self, serving, sizes):
        """Each content lies in one pack, and packs hold nothing else."""
        self.assertEqual(self.objects(), set())
        self.assertEqual(self.packed(serving), set(sizes))
        self.assertEqual(serving.rows("SELECT count(*) FROM blob_store.place"), [[len(sizes)]])
        self.assertEqual(sum(map(len, self.packs().values())), sum(sizes.values()))

    def test_attachments_are_blobs_once(self):
        for kind in ("zip", "tgz"):
            with self.subTest(kind):
                path = self.archive(kind, self.mbox())
                self.run_import(path)
                serving = self.imported(path, "--force")
                self.check_attachments(serving)
                serving.stop()
                self.check_clean()
                shutil.rmtree(self.data)

    def test_an_attachment_without_a_byte_is_a_blob(self):
        message = self.message(1, b"").replace(b"Gr=C3=BC=C3=9Fe\n>From here on\nend\n", b"")
        serving = self.imported(self.archive("zip", {"Takeout/Mail/All mail.mbox": message}))
        rows = serving.rows("SELECT part, size, blob, blob_key FROM takeout.mail_attachment_blob ORDER BY 1")
        self.assertEqual(rows, [[part, 0, sha256(b""), f"mail/1/{part}"] for part in ("2", "3")])
        for part in ("2", "3"):
            self.assertEqual(self.get(serving, f"mail/1/{part}")[::2], (200, b""))
        serving.stop()
        self.check_clean()

    def test_mail_goes_on_where_the_store_had_no_room(self):
        path = self.archive("zip", self.mbox())
        report = self.run_import(path, "--blobs-stored-bytes-max", "640kB", expect=1)
        self.assertIn("its bytes could not be stored", report)
        serving = self.served()
        self.assertEqual(serving.rows("SELECT count(*) FROM takeout.mail_message"), [[2]])
        self.assertEqual(serving.rows("SELECT count(*) FROM blobs"), [[4]])
        serving.stop()
        self.run_import(path)
        serving = self.served()
        self.check_attachments(serving)
        self.assertEqual(serving.rows("SELECT state, elements, rows_parsed = rows_new + rows_dup FROM takeout.import_entry"),
                         [["typed", 3, True]])
        self.assertEqual(serving.rows("SELECT count(*) FROM takeout.mail_message_history"), [[0]])

    def test_mail_whose_attachments_are_lost_is_read_again(self):
        path = self.archive("zip", self.mbox())
        in_the_way = pathlib.Path(self.data, "blobs", "packs")
        in_the_way.parent.mkdir(parents=True)
        in_the_way.write_text("a file where a directory should be")
        report = self.run_import(path, expect=1)
        self.assertIn("its bytes could not be stored", report)
        serving = self.served()
        self.assertEqual(serving.rows("SELECT state, elements, next_offset FROM takeout.import_entry"), [["partial", 0, 0]])
        serving.stop()
        in_the_way.unlink()
        self.run_import(path)
        serving = self.served()
        self.check_attachments(serving)
        self.assertEqual(serving.rows("SELECT state, elements, rows_parsed = rows_new + rows_dup FROM takeout.import_entry"),
                         [["typed", 3, True]])

    def test_mail_goes_on_where_a_pack_was_lost(self):
        count = 12
        path = self.archive("zip", self.mbox(count))
        batches = ("--batch-rows", "2")
        self.run_import(path, *batches)
        serving = self.served()
        packs = {}  # in the order of the messages
        for key, pack in serving.rows("SELECT o.key, p.archive FROM blob_store.object o JOIN blob_store.place p USING (hash) "
                                      "WHERE o.key LIKE 'mail/%/2' ORDER BY split_part(o.key, '/', 2)::INT"):
            packs.setdefault(pack, int(key.split("/")[1]))
        serving.stop()
        shutil.rmtree(self.data)
        self.assertGreater(len(packs), 3)
        pack, first = list(packs.items())[2]
        in_the_way = pathlib.Path(self.data, pack).parent
        self.assertEqual(sum(pathlib.Path(self.data, each).parent == in_the_way for each in packs), 1)
        in_the_way.parent.mkdir(parents=True)
        in_the_way.write_text("a file where a directory should be")
        self.assertIn("its bytes could not be stored", self.run_import(path, *batches, expect=1))
        serving = self.served()
        self.assertEqual(serving.rows("SELECT state, elements, rows_parsed = rows_new + rows_dup FROM takeout.import_entry"),
                         [["partial", first - 1, True]])
        self.assertEqual(serving.rows("SELECT count(*), max(gm_msgid) FROM takeout.mail_message"), [[first - 1, first - 1]])
        self.assertEqual(serving.rows("SELECT count(*) FROM blobs"), [[2 * (first - 1)]])
        serving.stop()
        in_the_way.unlink(missing_ok=True)  # a sweep removes what no table knows
        self.run_import(path, *batches)
        serving = self.served()
        self.check_attachments(serving, count)
        self.assertEqual(serving.rows("SELECT state, elements, rows_parsed = rows_new + rows_dup FROM takeout.import_entry"),
                         [["typed", count, True]])


if __name__ == "__main__":
    door_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
