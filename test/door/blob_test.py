#!/usr/bin/env python3
"""Tests blobs over the HTTP door of a real `dplake serve`: bytes, ranges, crashes, damage, check and export.

usage: blob_test.py PROGRAM
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

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


class Offline(unittest.TestCase):
    """What a lake has when nobody serves it."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="dplake-blob-")
        self.addCleanup(shutil.rmtree, self.root)
        self.data = os.path.join(self.root, "data")

    def run_verb(self, *arguments):
        return subprocess.run([door_test.PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE)

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


if __name__ == "__main__":
    door_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
