#!/usr/bin/env python3
"""Tests jobs, uploads and imports of Takeout through the HTTP door of a real `dplake serve`, with curl and Python's own client.

usage: jobs_test.py PROGRAM [TEST...]
"""

import hashlib
import http.client
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile

import door_test
from door_test import PATIENCE, Serving, wait_for

ENDED = ("succeeded", "failed", "cancelled")


def activity(product, first, count):
    """A My Activity file of so many records, no two alike."""
    records = [{"header": product, "title": f"Searched for {product} {number}", "products": [product],
                "titleUrl": f"/search?q={number}",
                "time": f"2020-{1 + number // 86400 % 12:02}-{1 + number // 1000000 % 28:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:"
                        f"{number % 60:02}.{number % 1000:03}Z"} for number in range(first, first + count)]
    return json.dumps(records)


def export_zip(files, records=1000, seed=0):
    """An export with so many files of so many records."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(files):
            name = f"Takeout/My Activity/Search {seed} {number}/MyActivity.json"
            archive.writestr(name, activity(f"Search {seed} {number}", number * records, records))
        archive.writestr("Takeout/Drive/letter.txt", f"dear reader {seed}")
    return made.getvalue()


class JobsCase(unittest.TestCase):
    FLAGS = ()

    def setUp(self):
        self.root = tempfile.TemporaryDirectory(prefix="dplake-jobs-")
        self.addCleanup(self.root.cleanup)
        self.open = os.path.join(self.root.name, "open")
        self.data = os.path.join(self.root.name, "data")
        os.mkdir(self.open)
        self.start()
        self.addCleanup(self.end)

    def start(self, *flags):
        self.serving = Serving(self.data, "--allowed-paths", self.open, *self.FLAGS, *flags)

    def end(self):
        if self.serving.process.poll() is None:
            self.assertEqual(self.serving.stop(), 0)

    def kill(self):
        self.assertEqual(self.serving.stop(signal.SIGKILL), -signal.SIGKILL)

    def put(self, name, content):
        path = os.path.join(self.open, name)
        pathlib.Path(path).write_bytes(content)
        return path

    def ask(self, method, path, body=None, headers=None):
        """Status and JSON of an answer."""
        if isinstance(body, dict):
            body = json.dumps(body)
        status, _, text = self.serving.request(method, path, body, headers)
        return status, json.loads(text) if text else None

    def takeout(self, **order):
        return self.ask("POST", "/api/v1/lake/takeout", order)

    def accepted(self, **order):
        status, answer = self.takeout(**order)
        self.assertEqual(status, 202, answer)
        return answer["job_id"]

    def job(self, number):
        status, job = self.ask("GET", f"/api/v1/jobs/{number}")
        self.assertEqual(status, 200, job)
        return job

    def ended(self, number, state="succeeded"):
        wait_for(lambda: self.job(number)["state"] in ENDED, f"job {number}")
        job = self.job(number)
        self.assertEqual(job["state"], state, job)
        return job

    def count(self, table="takeout.activity"):
        return self.serving.rows(f"SELECT count(*) FROM {table}")[0][0]

    def files_in(self, *folders):
        return sorted(str(path.relative_to(os.path.join(self.data, *folders)))
                      for path in pathlib.Path(self.data, *folders).rglob("*") if path.is_file())

    def curl(self, path, *arguments):
        done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {self.serving.token}", *arguments,
                               f"http://127.0.0.1:{self.serving.port}{path}"], capture_output=True, text=True, timeout=PATIENCE)
        body, _, status = done.stdout.rpartition("\n")
        return int(status or 0), body


class ImportOfPaths(JobsCase):
    def test_an_import_is_a_job_that_tells_how_far_it_is(self):
        path = self.put("takeout-20240425T101500Z-001.zip", export_zip(3))
        status, answer = self.takeout(paths=[path])
        self.assertEqual(status, 202)
        for store in ("vectors", "timeseries", "spatial", "blobs"):
            self.assertIn("status", answer[store])
        # Nothing is embedded, and the answer says so.
        self.assertEqual(answer["vectors"]["status"], "unsupported")
        self.assertIn("not embedded", answer["vectors"]["reason"])
        self.assertEqual(answer["url"], f"/api/v1/jobs/{answer['job_id']}")
        _, events = self.curl(f"{answer['url']}/events", "-N")
        frames = [frame.split("\n") for frame in events.strip().split("\n\n") if not frame.startswith(":")]
        self.assertEqual(frames[-1][0], "event: end")
        jobs = [json.loads(frame[1].removeprefix("data: ")) for frame in frames]
        self.assertEqual([job["bytes_done"] for job in jobs], sorted(job["bytes_done"] for job in jobs))
        end = jobs[-1]
        self.assertEqual((end["state"], end["kind"], end["rows_done"]), ("succeeded", "takeout", 3000))
        self.assertGreater(end["cpu_seconds"], 0)
        self.assertGreater(end["memory_bytes"], 0)
        self.assertGreaterEqual(end["workers"], 1)
        report = end["result"]
        self.assertEqual(report["status"], "complete")
        self.assertEqual(report["stores"]["vectors"], answer["vectors"])
        self.assertTrue(all(each["holds"] for each in report["invariants"]))
        self.assertEqual(sum(line["rows_new"] for line in report["lines"]), 3000)
        self.assertEqual(self.count(), 3000)
        self.assertEqual(self.serving.rows("SELECT kind, state, rows_done, contains(result, '\"status\":\"complete\"') FROM lake_jobs() WHERE kind = 'takeout'"),
                         [["takeout", "succeeded", 3000, True]])
        self.assertTrue(os.path.exists(path))
        # The same once more is answered from what is known, and changes nothing; by another way the ledger knows it.
        status, again = self.takeout(paths=[path])
        self.assertEqual((status, again["cached"], again["job_id"]), (200, True, answer["job_id"]))
        self.assertTrue(again["processed_at"].endswith("Z"))
        self.assertEqual([self.serving.metric(f'dplake_takeout_orders_total{{known="{known}"}}') for known in ("true", "false")], [1, 1])
        job = self.ended(self.accepted(paths=[path], force=False, time_zone="Europe/Berlin"))
        self.assertTrue(job["result"]["cached"])
        self.assertEqual(self.count(), 3000)
        self.assertGreaterEqual(self.serving.metric('dplake_jobs_total{kind="takeout",state="succeeded"}'), 2)

    def test_what_was_dropped_is_imported_again(self):
        path = self.put("takeout-20240425T101500Z-001.zip", export_zip(2))
        self.ended(self.accepted(paths=[path]))
        self.serving.rows("DROP SCHEMA takeout CASCADE")
        other = self.put("takeout-20240426T101500Z-001.zip", export_zip(1, seed=7))
        for run in range(2):  # the second time another import has the number of the first
            job = self.ended(self.accepted(paths=[path]))
            self.assertFalse(job["result"]["cached"])
            self.assertEqual(self.count(), 2000 + 1000 * run)
            self.assertEqual(self.takeout(paths=[path])[1]["cached"], True)
            if run == 0:
                self.serving.rows("DROP SCHEMA takeout CASCADE")
                self.ended(self.accepted(paths=[other]))

    def test_only_what_is_allowed_and_understood_is_imported(self):
        outside = os.path.join(self.root.name, "outside.zip")
        pathlib.Path(outside).write_bytes(export_zip(1))
        os.symlink(outside, os.path.join(self.open, "link.zip"))
        for order, status in (({"paths": [outside]}, 403), ({"paths": [os.path.join(self.open, "link.zip")]}, 403),
                              ({"paths": [os.path.join(self.open, "..", "outside.zip")]}, 403), ({"paths": ["relative.zip"]}, 403),
                              ({"paths": [os.path.join(self.data, "admin.token")]}, 403),
                              ({"paths": [os.path.join(self.open, "absent.zip")]}, 404), ({}, 400), ({"paths": []}, 400),
                              ({"paths": [self.open], "nonsense": 1}, 400), ({"uploads": ["f" * 32]}, 404),
                              ({"paths": [self.open], "time_zone": "Nowhere/Land"}, 400), ({"paths": [self.open], "batch_size": 0}, 400), ({"paths": [self.open], "archives": "eat"}, 400)):
            with self.subTest(order=order):
                self.assertEqual(self.takeout(**order)[0], status)
        self.assertEqual(self.ask("GET", "/api/v1/jobs")[1]["jobs"], [])

    def test_archives_are_copied_or_adopted(self):
        content = export_zip(1)
        digest = hashlib.sha256(content).hexdigest()
        copied = self.put("takeout-20240425T101500Z-001.zip", content)
        self.ended(self.accepted(paths=[copied], archives="copy"))
        self.assertEqual(self.files_in("archives"), [f"{digest}/takeout-20240425T101500Z-001.zip"])
        self.assertTrue(os.path.exists(copied))
        other = export_zip(1, seed=1)
        adopted = self.put("takeout-20240425T101500Z-002.zip", other)
        job = self.ended(self.accepted(paths=[self.open], archives="adopt"))
        self.assertEqual([part["state"] for part in job["result"]["parts"]], ["known", "complete"])
        self.assertFalse(os.path.exists(adopted))
        self.assertFalse(os.path.exists(copied))
        self.assertEqual(self.count(), 2000)
        kept = self.serving.rows("SELECT DISTINCT path FROM takeout.import_part")
        for (path,) in kept:
            self.assertTrue(os.path.exists(path), path)

    def test_what_was_referenced_is_copied_when_that_is_asked_for(self):
        content = export_zip(1)
        name = "takeout-20240425T101500Z-001.zip"
        path = self.put(name, content)
        self.ended(self.accepted(paths=[path]))
        job = self.ended(self.accepted(paths=[path], archives="copy"))
        self.assertTrue(job["result"]["cached"])
        self.assertEqual(self.files_in("archives"), [f"{hashlib.sha256(content).hexdigest()}/{name}"])
        for keeping in ("copy", "reference"):  # the lake has it
            status, answer = self.takeout(paths=[path], archives=keeping)
            self.assertEqual((status, answer["cached"], answer["job_id"]), (200, True, job["id"]), keeping)
        self.ended(self.accepted(paths=[path], archives="adopt"))
        self.assertFalse(os.path.exists(path))
        self.assertEqual(len(self.files_in("archives")), 1)
        ((key,),) = self.serving.rows("SELECT key FROM blobs WHERE key LIKE '%letter.txt'")
        status, _, body = self.serving.request("GET", f"/api/v1/blobs/takeout/{key}")
        self.assertEqual((status, body), (200, b"dear reader 0"))

    def test_products_are_chosen_and_added_later(self):
        path = self.put("takeout-20240425T101500Z-001.zip", export_zip(2))
        states = "SELECT state, count(*) FROM takeout.import_entry GROUP BY state ORDER BY state"
        job = self.ended(self.accepted(paths=[path], products={"include": ["drive"], "exclude": []}))
        self.assertTrue(all(each["holds"] for each in job["result"]["invariants"]))
        self.assertEqual(self.serving.rows(states), [["blob_only", 1], ["rejected_by_user", 2]])
        self.ended(self.accepted(paths=[path], products={"exclude": ["my activity"]}))
        self.assertEqual(self.serving.rows(states), [["blob_only", 1], ["rejected_by_user", 2]])
        job = self.ended(self.accepted(paths=[path]))
        self.assertTrue(all(each["holds"] for each in job["result"]["invariants"]))
        self.assertEqual(self.serving.rows(states), [["blob_only", 1], ["typed", 2]])
        self.assertEqual(self.count(), 2000)
        self.assertTrue(self.ended(self.accepted(paths=[path], time_zone="Europe/Berlin"))["result"]["cached"])

    def test_a_dry_run_stores_nothing(self):
        path = self.put("takeout-20240425T101500Z-001.zip", export_zip(2))
        job = self.ended(self.accepted(paths=[path], dry_run=True, archives="adopt"))
        preview = job["result"]
        self.assertEqual(preview["status"], "preview")
        kinds = {kind["kind"]: kind for kind in preview["kinds"]}
        self.assertEqual(sum(kind["entries"] for kind in preview["kinds"] if kind["kind"] == "activity_json"), 2)
        self.assertIn("", kinds)
        self.assertEqual(kinds["activity_json"]["rows"][0]["table"], "activity")
        row = kinds["activity_json"]["rows"][0]["row"]
        self.assertEqual((row["title"], row["ts_us"]), ("Searched for Search 0 0 0", "2020-01-01T00:00:00Z"))
        self.assertEqual(kinds[""]["rows"], [])
        self.assertEqual(preview["parts"][0]["entries"], 3)
        self.assertTrue(os.path.exists(path))
        self.assertEqual(self.serving.error("FROM takeout.activity")[1]["code"], "not_found")

    def test_what_was_rejected_is_read_again_without_the_archive(self):
        records = json.loads(activity("Search", 0, 3)) + [42]
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("Takeout/My Activity/Search/MyActivity.json", json.dumps(records))
        path = self.put("takeout-20240425T101500Z-001.zip", made.getvalue())
        job = self.ended(self.accepted(paths=[path], batch_size=2))
        self.assertEqual(sum(line["rejected"] for line in job["result"]["lines"]), 1)
        self.assertEqual(self.serving.query("DELETE FROM takeout.activity WHERE title LIKE '% 1'")[0], 200)
        job = self.ended(self.accepted(replay=True))
        self.assertEqual((job["subject"], job["result"]["status"]), ("what was rejected", "complete"))
        self.assertEqual([line["rows_new"] for line in job["result"]["lines"]], [1])
        self.assertEqual(self.count(), 3)
        self.assertEqual(self.count("takeout.import_reject"), 1)

    def test_an_import_has_no_more_workers_than_are_set(self):
        self.end()
        self.start("--imports-workers-max", "1")
        path = self.put("takeout-20240425T101500Z-001.zip", export_zip(3))
        self.assertEqual(self.ended(self.accepted(paths=[path]))["workers"], 1)

    def test_a_damaged_archive_is_not_answered_from_what_is_known(self):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("Takeout/My Activity/Search/MyActivity.json", activity("Search", 0, 3))
        content = bytearray(made.getvalue())
        content[content.index(b"Search 1\"")] ^= 1
        path = self.put("takeout-20240425T101500Z-001.zip", bytes(content))
        for _ in range(2):
            result = self.ended(self.accepted(paths=[path]))["result"]
            self.assertFalse(result["cached"])
            self.assertIn("1 of its entries are damaged", result["parts"][0]["reason"])
        path = self.put("whole.zip", made.getvalue())
        self.assertEqual(self.ended(self.accepted(paths=[path]))["result"]["parts"][0]["reason"], "")
        self.assertEqual(self.takeout(paths=[path])[0], 200)

    def test_a_cut_archive_is_partial_and_says_where(self):
        content = export_zip(3)
        path = self.put("takeout-20240425T101500Z-001.zip", content[:len(content) // 2])
        result = self.ended(self.accepted(paths=[path]))["result"]
        self.assertEqual(result["status"], "partial")
        self.assertIn("cut off", result["parts"][0]["reason"])
        # Given again it is not known: it says so again, and the whole one adds what is missing.
        result = self.ended(self.accepted(paths=[path]))["result"]
        self.assertEqual((result["status"], result["cached"]), ("partial", False))
        self.assertIn("a whole copy of it", result["parts"][0]["reason"])
        whole = self.put("whole.zip", content)
        self.assertEqual(self.ended(self.accepted(paths=[whole]))["result"]["status"], "complete")
        self.assertEqual(self.count(), 3000)


class Uploads(JobsCase):
    FLAGS = ("--upload-bytes-max", "4MiB", "--uploads-max", "3")

    def begin(self, content, name="takeout-20240425T101500Z-001.zip", **more):
        return self.ask("POST", "/api/v1/uploads", {"name": name, "bytes": len(content), **more})

    def patch(self, number, offset, content, **headers):
        return self.serving.request("PATCH", f"/api/v1/uploads/{number}", content,
                                    {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset), **headers})

    def test_an_upload_goes_on_after_a_crash(self):
        content = export_zip(2)
        status, begun = self.begin(content, sha256=hashlib.sha256(content).hexdigest())
        self.assertEqual((status, begun["offset"]), (201, 0))
        number = begun["id"]
        half = len(content) // 2
        status, headers, _ = self.patch(number, 0, content[:half])
        self.assertEqual((status, headers["Upload-Offset"]), (204, str(half)))
        self.assertEqual(self.takeout(uploads=[number])[0], 409)
        self.kill()
        self.start()
        for method in ("GET", "HEAD"):
            _, headers, _ = self.serving.request(method, begun["url"])
            self.assertEqual((headers["Upload-Offset"], headers["Upload-Length"]), (str(half), str(len(content))))
        status, headers, _ = self.patch(number, 0, content[half:])
        self.assertEqual((status, headers["Upload-Offset"]), (409, str(half)))
        self.assertEqual(self.patch(number, half, content[half:])[0], 204)
        job = self.ended(self.accepted(uploads=[number]))
        self.assertEqual(job["subject"], "takeout-20240425T101500Z-001.zip")
        self.assertEqual(self.count(), 2000)
        self.assertEqual(self.serving.request("GET", begun["url"])[0], 404)
        self.assertEqual(self.files_in("uploads"), [])
        self.assertEqual(len(self.files_in("archives")), 1)

    def test_a_connection_that_breaks_loses_only_what_had_not_come(self):
        content = export_zip(2)
        number = self.begin(content)[1]["id"]
        connection = self.serving.connect()
        connection.putrequest("PATCH", f"/api/v1/uploads/{number}")
        for name, value in (("Authorization", f"Bearer {self.serving.token}"), ("Content-Type", "application/offset+octet-stream"),
                            ("Upload-Offset", "0"), ("Content-Length", str(len(content)))):
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(content[:1000])
        wait_for(lambda: os.path.getsize(os.path.join(self.data, "uploads", f"{number}.data")) == 1000, "the first bytes")
        # While it is slow, others are served.
        self.assertEqual(self.serving.rows("SELECT 42"), [[42]])
        self.assertEqual(self.patch(number, 0, content)[0], 409)
        connection.close()
        wait_for(lambda: self.ask("GET", f"/api/v1/uploads/{number}")[1]["offset"] == 1000, "the broken upload")
        wait_for(lambda: self.patch(number, 1000, content[1000:])[0] == 204, "the rest")
        self.assertTrue(self.ask("GET", f"/api/v1/uploads/{number}")[1]["complete"])

    def test_wrong_content_is_refused_and_not_kept(self):
        content = export_zip(1)
        number = self.begin(content, sha256="0" * 64)[1]["id"]
        status, _, body = self.patch(number, 0, content)
        self.assertEqual(status, 422, body)
        self.assertEqual(self.patch(number, 0, content)[0], 404)
        wrong = self.begin(content)[1]["id"]
        self.assertEqual(self.patch(wrong, 0, content, **{"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(self.patch(wrong, 0, content + b"x")[0], 413)
        self.assertEqual(self.patch(wrong, "x", content)[0], 400)
        self.assertEqual(self.serving.request("DELETE", f"/api/v1/uploads/{wrong}")[0], 200)
        self.assertEqual(self.files_in("uploads"), [])
        self.assertEqual(self.ask("POST", "/api/v1/uploads", {"name": "x", "bytes": 5 << 20})[0], 413)
        self.assertEqual(self.ask("POST", "/api/v1/uploads", {"name": "x"})[0], 400)
        self.assertEqual(self.begin(content, sha256="zz")[0], 400)
        for _ in range(3):
            self.assertEqual(self.begin(content)[0], 201)
        self.assertEqual(self.begin(content)[0], 429)

    def test_an_archive_may_be_the_body(self):
        content = export_zip(1)
        archive = self.put("x.zip", content)
        digest = hashlib.sha256(content).hexdigest()
        where = f"/api/v1/lake/takeout?name=takeout-20240425T101500Z-001.zip&time_zone=Europe/Berlin&sha256={digest}"
        status, body = self.curl(where, "-H", "Content-Type: application/zip", "--data-binary", f"@{archive}")
        self.assertEqual(status, 202, body)
        self.ended(json.loads(body)["job_id"])
        self.assertEqual(self.files_in("archives"), [f"{digest}/takeout-20240425T101500Z-001.zip"])
        self.assertEqual(self.count(), 1000)
        # The content is what is known, whatever it is called; a name alone is nothing.
        status, again = self.curl(where.replace("001.zip", "009.zip"), "-H", "Content-Type: application/zip", "--data-binary", f"@{archive}",
                                  "-H", "Transfer-Encoding: chunked")
        self.assertEqual((status, json.loads(again)["cached"]), (200, True), again)
        self.put("x.zip", export_zip(1, seed=7))
        status, other = self.curl(where.partition("&sha256")[0], "-H", "Content-Type: application/zip", "--data-binary", f"@{archive}")
        self.assertEqual(status, 202, other)
        self.ended(json.loads(other)["job_id"])
        self.assertEqual(self.count(), 2000)
        self.assertEqual(self.files_in("uploads"), [])

    def test_a_form_may_bring_archives(self):
        one, two = self.put("one.zip", export_zip(1)), self.put("two.zip", export_zip(1, seed=2))
        status, body = self.curl("/api/v1/lake/takeout", "-F", "time_zone=Europe/Berlin", "-F", f"file=@{one};filename=../../../one.zip",
                                 "-F", f"file=@{two}")
        self.assertEqual(status, 202, body)
        job = self.ended(json.loads(body)["job_id"])
        self.assertEqual(sorted(os.path.basename(part["path"]) for part in job["result"]["parts"]), ["one.zip", "two.zip"])
        self.assertEqual(self.count(), 2000)
        long_field = self.put("field.txt", b"x" * 70_000)
        for bad in (("-F", f"other=@{one}"), ("-F", "nonsense=1"), ("-F", "time_zone=Europe/Berlin"), ("-F", f"time_zone=<{long_field}")):
            self.assertEqual(self.curl("/api/v1/lake/takeout", *bad)[0], 400, bad)
        self.assertEqual(self.files_in("uploads"), [])

    def test_a_name_that_is_no_utf8_becomes_one(self):
        export = os.path.join(self.root.name, "odd.zip")
        pathlib.Path(export).write_bytes(export_zip(1))
        status, body = self.curl("/api/v1/lake/takeout", "-F", b"file=@" + os.fsencode(export) + b";filename=a\xffb.zip")
        self.assertEqual(status, 202, body)
        self.ended(json.loads(body)["job_id"])
        self.assertEqual(self.serving.rows("SELECT name FROM takeout.import_part"), [["a_b.zip"]])

    def test_bodies_that_are_not_what_they_say_are_refused(self):
        text = self.put("x.txt", b"this is no archive" * 100)
        for media in ("application/zip", "application/gzip", "application/x-tar"):
            self.assertEqual(self.curl("/api/v1/lake/takeout", "-H", f"Content-Type: {media}", "--data-binary", f"@{text}")[0], 422, media)
        for media in ("text/plain", "application/octet-stream", "multipart/form-data", "application/x-www-form-urlencoded"):
            self.assertEqual(self.curl("/api/v1/lake/takeout", "-H", f"Content-Type: {media}", "--data-binary", f"@{text}")[0], 415, media)
        good = self.put("x.zip", export_zip(1))
        wrong = f"/api/v1/lake/takeout?sha256={'0' * 64}"
        self.assertEqual(self.curl(wrong, "-H", "Content-Type: application/zip", "--data-binary", f"@{good}")[0], 422)
        large = self.put("large.zip", b"PK\x03\x04" + b"\0" * (5 << 20))
        self.assertEqual(self.curl("/api/v1/lake/takeout", "-H", "Content-Type: application/zip", "--data-binary", f"@{large}")[0], 413)
        chunked = ("-H", "Content-Type: application/zip", "-H", "Transfer-Encoding: chunked", "--data-binary", f"@{large}")
        self.assertEqual(self.curl("/api/v1/lake/takeout", *chunked)[0], 413)
        self.assertEqual((self.files_in("uploads"), self.ask("GET", "/api/v1/jobs")[1]["jobs"]), ([], []))


class LongImports(JobsCase):
    FLAGS = ("--imports-queued-max", "1")
    FILES, RECORDS = 30, 4000

    def long_import(self):
        self.path = self.put("takeout-20240425T101500Z-001.zip", export_zip(self.FILES, self.RECORDS))
        number = self.accepted(paths=[self.path], batch_rows=self.RECORDS)
        wait_for(lambda: self.job(number)["rows_done"] > 0 or self.job(number)["state"] in ENDED, "the first rows")
        return number

    def check_all(self):
        self.assertEqual(self.count(), self.FILES * self.RECORDS)
        self.assertEqual(self.serving.rows("SELECT count(DISTINCT title) FROM takeout.activity"), [[self.FILES * self.RECORDS]])
        self.assertEqual(self.serving.rows("SELECT state, count(*) FROM takeout.import_entry GROUP BY state ORDER BY state"),
                         [["blob_only", 1], ["typed", self.FILES]])

    def test_pause_resume_and_cancel(self):
        number = self.long_import()
        status, paused = self.ask("POST", f"/api/v1/jobs/{number}/pause", {})
        self.assertEqual((status, paused["state"]), (202, "paused"))
        # The second waits for the first, a third finds no room.
        other = self.put("other.zip", export_zip(1, seed=5))
        second = self.accepted(paths=[other])
        self.assertEqual(self.job(second)["state"], "queued")
        self.assertEqual(self.takeout(paths=[other], time_zone="Europe/Berlin")[0], 429)
        self.assertEqual(self.serving.metric("dplake_job_queued"), 1)
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{number}/pause", {})[0], 409)
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{number}/resume", {})[0], 202)
        self.assertEqual(self.ask("DELETE", f"/api/v1/jobs/{number}")[0], 202)
        self.ended(number, "cancelled")
        self.ended(second)
        # Cancelled is not lost: asked for again it goes on. One that is cancelled while it waits for it lets go of its upload at once.
        long = self.accepted(paths=[self.path], batch_rows=self.RECORDS)
        wait_for(lambda: self.job(long)["state"] == "running", "the import to go on")
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{long}/pause", {})[0], 202)
        content = export_zip(1, seed=6)
        upload = self.ask("POST", "/api/v1/uploads", {"name": "queued.zip", "bytes": len(content)})[1]["id"]
        self.assertEqual(self.serving.request("PATCH", f"/api/v1/uploads/{upload}", content, {
            "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"})[0], 204)
        queued = self.accepted(uploads=[upload])
        self.assertEqual(self.takeout(uploads=[upload])[0], 409)
        self.assertEqual(self.ask("DELETE", f"/api/v1/jobs/{queued}")[0], 202)
        again = self.accepted(uploads=[upload])
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{long}/resume", {})[0], 202)
        self.ended(long)
        self.ended(again)
        self.assertEqual(self.serving.query("DELETE FROM takeout.activity WHERE title LIKE 'Searched for Search 6 %'")[0], 200)
        self.assertEqual(self.serving.query("DELETE FROM takeout.import_entry WHERE part_id = (SELECT part_id FROM takeout.import_part WHERE "
                                            "name = 'queued.zip')")[0], 200)
        for statement in ("DELETE FROM takeout.activity WHERE title LIKE 'Searched for Search 5 %'",
                          "DELETE FROM takeout.import_entry WHERE part_id = (SELECT part_id FROM takeout.import_part WHERE name = 'other.zip')"):
            self.assertEqual(self.serving.query(statement)[0], 200)
        self.check_all()

    def test_an_import_goes_on_by_itself_after_kill_9(self):
        number = self.long_import()
        kills = 0
        while (job := self.job(number))["state"] not in ENDED and kills < 3:
            self.kill()
            kills += 1
            self.start()
            wait_for(lambda: self.job(number)["state"] != "queued", "the job to be taken up")
            wait_for(lambda: self.job(number)["rows_done"] > job["rows_done"] or self.job(number)["state"] in ENDED, "more rows")
        self.assertGreater(kills, 0, "the import was over before it could be killed")
        job = self.ended(number)
        self.assertEqual(job["rows_done"], self.FILES * self.RECORDS)
        self.assertEqual(job["result"]["status"], "complete")
        self.check_all()
        self.assertEqual(sum(line["rows_new"] for line in job["result"]["lines"]), self.FILES * self.RECORDS)
        # Its end outlives the process too.
        self.kill()
        self.start()
        self.assertEqual(self.job(number)["result"], job["result"])
        self.check_all()

    def test_an_import_goes_on_after_an_orderly_stop(self):
        number = self.long_import()
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{number}/pause", {})[0], 202)
        self.assertEqual(self.serving.stop(), 0)
        self.start()
        wait_for(lambda: self.job(number)["state"] == "paused", "the paused job")
        self.assertEqual(self.ask("POST", f"/api/v1/jobs/{number}/resume", {})[0], 202)
        self.ended(number)
        self.check_all()


class CommandLine(JobsCase):
    def run_program(self, *arguments):
        done = subprocess.run([door_test.PROGRAM, "import", "takeout", *arguments], capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def test_archives_are_sent_to_a_server(self):
        path = self.put("takeout-20240425T101500Z-001.zip", export_zip(1))
        server = ("--server", f"http://127.0.0.1:{self.serving.port}", "--data", self.data)
        code, output, errors = self.run_program(path, *server)
        self.assertEqual(code, 0, errors)
        self.assertIn("activity_json", output)
        self.assertIn("ledger:", output)
        self.assertEqual(self.count(), 1000)
        self.assertEqual(len(self.files_in("archives")), 1)
        code, output, _ = self.run_program(path, "--server-paths", "--dry-run", *server)
        self.assertEqual(code, 0)
        self.assertIn("kept as it is", output)
        code, _, errors = self.run_program(os.path.join(self.root.name, "absent.zip"), *server)
        self.assertNotEqual(code, 0)
        self.assertIn("absent.zip", errors)

    def test_local_archives_are_previewed_and_adopted(self):
        self.end()
        path = self.put("takeout-20240425T101500Z-001.zip", export_zip(1))
        code, output, errors = self.run_program(path, "--dry-run", "--data", self.data)
        self.assertEqual(code, 0, errors)
        self.assertIn("activity_json", output)
        code, output, errors = self.run_program(path, "--archives", "adopt", "--data", self.data)
        self.assertEqual(code, 0, errors)
        self.assertFalse(os.path.exists(path))
        (kept,) = self.files_in("archives")
        # The lake's own, once more; and another by a link to it.
        code, output, errors = self.run_program(os.path.join(self.data, "archives", kept), "--archives", "adopt", "--data", self.data)
        self.assertEqual(code, 0, output + errors)
        self.assertEqual(self.files_in("archives"), [kept])
        other = self.put("other.zip", export_zip(1, seed=1))
        os.symlink(other, os.path.join(self.open, "takeout-20240426T101500Z-001.zip"))
        code, output, errors = self.run_program(os.path.join(self.open, "takeout-20240426T101500Z-001.zip"), "--archives", "adopt", "--data", self.data)
        self.assertEqual(code, 0, output + errors)
        self.assertFalse(os.path.exists(other))
        self.assertEqual(len(self.files_in("archives")), 2)
        for archive in self.files_in("archives"):
            self.assertFalse(os.path.islink(os.path.join(self.data, "archives", archive)))


if __name__ == "__main__":
    door_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
