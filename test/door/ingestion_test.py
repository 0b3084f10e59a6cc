#!/usr/bin/env python3
"""Tests ingestion, watched folders and validation through the HTTP door of a real `dplake serve`.

usage: ingestion_test.py PROGRAM [TEST...]
"""
import gzip
import hashlib
import json
import os
import pathlib
import signal
import sys
import tempfile
import threading
import unittest

import door_test
from door_test import Serving, wait_for

ENDED = ("succeeded", "failed", "cancelled")
PEOPLE = {"name": "people", "fields": {"id": {"type": "integer", "required": True, "unique": True},
                                       "age": {"min": 0, "max": 150, "severity": "warning"}}}


class IngestionCase(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.TemporaryDirectory(prefix="dplake-ingestion-")
        self.addCleanup(self.root.cleanup)
        self.open = os.path.join(self.root.name, "open")
        self.watched = os.path.join(self.root.name, "watched")
        self.data = os.path.join(self.root.name, "data")
        os.mkdir(self.open)
        os.mkdir(self.watched)
        self.start()
        self.addCleanup(self.end)

    def start(self, *flags):
        self.serving = Serving(self.data, "--allowed-paths", self.open, "--watch", self.watched, "--watch-settle", "50ms", *flags)

    def end(self):
        if self.serving.process.poll() is None:
            self.assertEqual(self.serving.stop(), 0)

    def ask(self, method, path, body=None, headers=None):
        if isinstance(body, dict):
            body = json.dumps(body)
        status, _, text = self.serving.request(method, "/api/v1/" + path, body, headers)
        return status, json.loads(text) if text else None

    def ended(self, number):
        """What became of a job."""
        found = {}

        def is_ended():
            status, answer = self.ask("GET", f"ingestion/status/{number}")
            self.assertEqual(status, 200, answer)
            found.update(answer["job"])
            return found["state"] in ENDED
        wait_for(is_ended, f"job {number}")
        return found

    def ingest(self, path, body, headers=None):
        status, answer = self.ask("POST", "ingestion/" + path, body, headers)
        self.assertEqual(status, 202, answer)
        return self.ended(answer["job_id"])

    def refused(self, expected, method, path, body=None, headers=None):
        status, answer = self.ask(method, path, body, headers)
        self.assertEqual(status, expected, answer)
        return answer["error"]["message"]

    def rows(self, sql):
        return self.serving.rows(sql)


class Ingestion(IngestionCase):
    def test_records_become_rows_and_bad_ones_dead_letters_until_they_are_replayed(self):
        self.assertEqual(self.ask("PUT", "validation/sets/people", PEOPLE)[0], 200)
        job = self.ingest("ingest", {"source_type": "structured", "table": "people", "schema_name": "people",
                                     "data": [{"id": 1, "age": 30}, {"id": "two"}, {"id": 1}, {"id": 3, "age": 200}],
                                     "metadata": {"from": "a test"}})
        self.assertEqual(job["state"], "succeeded", job)
        self.assertEqual((job["result"]["stored"], job["result"]["refused"]), (2, 2))
        self.assertEqual([one["rule"] for one in job["result"]["validation"]["warnings"]], ["age.range"])
        self.assertEqual(self.rows("SELECT id, age FROM people ORDER BY id"), [[1, 30], [3, 200]])
        letters = self.ask("GET", "ingestion/dead-letters?table=people")[1]["dead_letters"]
        self.assertEqual([letter["position"] for letter in letters], [2, 3])
        self.assertEqual(json.loads(letters[0]["raw"]), {"id": "two"})
        # Under other rules one of them is good.
        self.assertEqual(self.ask("PUT", "validation/sets/people", {"name": "people"})[0], 200)
        status, report = self.ask("POST", "ingestion/dead-letters/replay", {"table": "people", "schema_name": "people"})
        self.assertEqual((status, report["stored"], report["refused"]), (200, 1, 1), report)
        self.assertEqual(self.rows("SELECT count(*) FROM people"), [[3]])
        self.assertEqual(self.rows("SELECT count(*) FROM ingest.run"), [[2]])
        counts = self.ask("GET", "ingestion/metrics")[1]
        self.assertEqual((counts["ingestion_success"], counts["ingestion_records"], counts["ingestion_refused"]), (1, 4, 2))

    def test_a_body_of_any_format_is_known_by_its_bytes(self):
        csv = "city,n\nOslo,1\nRome,2\n"
        for number, (body, headers) in enumerate((
                (csv, {"Content-Type": "text/csv"}), (csv.replace(",", "\t"), {"Content-Type": "application/octet-stream"}),
                ('{"city": "Oslo", "n": 1}\n{"city": "Rome", "n": 2}\n', {"Content-Type": "application/x-ndjson"}),
                ('[{"city": "Oslo", "n": 1}, {"city": "Rome", "n": 2}]', {"Content-Type": "text/plain"}))):
            job = self.ingest(f"file?table=t{number}", body, headers)
            self.assertEqual(job["state"], "succeeded", job)
            self.assertEqual(self.rows(f"SELECT city, n FROM t{number} ORDER BY n"), [["Oslo", 1], ["Rome", 2]])
        job = self.ingest("file?name=packed.csv.gz", gzip.compress(csv.encode()), {"Content-Type": "application/gzip"})
        self.assertEqual(job["state"], "succeeded", job)
        self.assertEqual(self.rows("SELECT count(*) FROM packed"), [[2]])

    def test_a_form_brings_a_file(self):
        form = ('--x\r\nContent-Disposition: form-data; name="table"\r\n\r\nformed\r\n'
                '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nn\n1\n2\n\r\n--x--\r\n')
        job = self.ingest("file", form, {"Content-Type": "multipart/form-data; boundary=x"})
        self.assertEqual(job["state"], "succeeded", job)
        self.assertEqual(self.rows("SELECT sum(n) FROM formed"), [[3]])

    def test_files_of_the_server_go_in_together(self):
        for number in range(3):
            pathlib.Path(self.open, f"part{number}.csv").write_text(f"n\n{number}\n")
        paths = [os.path.join(self.open, f"part{number}.csv") for number in range(3)]
        status, answer = self.ask("POST", "ingestion/bulk", {"source_config": {"paths": paths}, "table": "parts",
                                                             "format_config": {"format_type": "csv"}})
        self.assertEqual(status, 202, answer)
        for job in answer["jobs"]:
            self.assertEqual(self.ended(job["job_id"])["state"], "succeeded")
        self.assertEqual(self.rows("SELECT n FROM parts ORDER BY n"), [[0], [1], [2]])

    def test_what_cannot_be_ingested_is_refused_with_the_reason(self):
        self.assertIn("no such ingestion", self.refused(404, "GET", "ingestion/status/99"))
        scrub = self.ask("POST", "blobs/scrub", "{}")[1]["job_id"]
        self.assertIn("no such ingestion", self.refused(404, "GET", f"ingestion/status/{scrub}"))
        self.assertIn("table", self.refused(400, "POST", "ingestion/ingest", {"data": [{"a": 1}]}))
        self.assertIn("colour", self.refused(400, "POST", "ingestion/ingest", {"data": [], "table": "t", "colour": "red"}))
        self.assertIn("streams", self.refused(501, "POST", "ingestion/ingest", {"source_type": "stream", "table": "t"}))
        self.refused(403, "POST", "ingestion/ingest", {"path": "/etc/passwd", "table": "t"})
        self.refused(403, "POST", "ingestion/bulk", {"source_config": {"paths": [self.data + "/admin.token"]}})
        self.assertIn("no table", self.refused(415, "POST", "ingestion/file", "<gpx version='1.1'/>", {"Content-Type": "text/xml"}))
        self.assertIn("format_type", self.refused(400, "POST", "ingestion/file", "words", {"Content-Type": "text/plain"}))
        self.assertIn("empty", self.refused(400, "POST", "ingestion/file?name=a.csv", "", {"Content-Type": "text/csv"}))
        # Nothing of a refused body stays.
        self.assertEqual(self.ask("GET", "uploads")[1]["uploads"], [])

    def test_damaged_files_are_refused_before_a_job_is_made(self):
        packed = gzip.compress(b"n\n1\n2\n")
        flipped = packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]
        plain = {"Content-Type": "application/octet-stream"}
        for name, body, word in (("cut.csv.gz", packed[:-9], "damaged"), ("flipped.csv.gz", flipped, "damaged"), ("a.csv.gz", b"n\n1\n", "gzip"),
                                 ("a.csv.zst", b"n\n1\n", "zstd"), ("latin.csv", "city,n\nOslo,1\nK\u00f6ln,2\n".encode("latin-1"), "line 3 is not UTF-8"),
                                 ("deep.ndjson", b'{"n": 1}\n' * 200_000 + b'{"n": "\xff"}\n', "line 200001 is not UTF-8"),
                                 ("packed.csv.gz", gzip.compress(b"city\nOslo\nK\xf6ln\n"), "line 3 is not UTF-8"),
                                 ("wide.csv", "n\n1\n".encode("utf-16"), "UTF-16"), ("cut.parquet", b"PAR1" + bytes(100), "cut off")):
            with self.subTest(name):
                told = self.refused(422, "POST", f"ingestion/file?name={name}", body, plain)
                self.assertIn(word, told)
                self.assertNotIn("/uploads/", told)
                self.assertIn(name, told)
        self.assertIn("Parquet", self.refused(422, "POST", "ingestion/file?format_type=parquet", "n\n1\n", plain))
        self.assertEqual((self.ask("GET", "uploads")[1]["uploads"], self.ask("GET", "jobs")[1]["jobs"]), ([], []))
        # By path the job says the same.
        pathlib.Path(self.open, "latin.csv").write_bytes("city\nK\u00f6ln\n".encode("latin-1"))
        job = self.ingest("ingest", {"path": os.path.join(self.open, "latin.csv")})
        self.assertEqual(job["state"], "failed")
        self.assertIn("line 2 is not UTF-8", job["error"]["message"])
        self.assertEqual(self.serving.error("FROM latin")[1]["code"], "not_found")

    def test_a_body_that_is_not_what_its_hash_says_is_refused(self):
        body = "n\n1\n"
        right, wrong = hashlib.sha256(body.encode()).hexdigest(), "0" * 64
        plain = {"Content-Type": "text/csv"}
        for path, headers in (("file?table=t&sha256=" + wrong, plain), ("file?table=t", {**plain, "X-Content-Sha256": wrong})):
            status, answer = self.ask("POST", "ingestion/" + path, body, headers)
            self.assertEqual((status, answer["error"]["code"], answer["error"]["category"]), (422, "corruption", "corruption"))
        self.refused(400, "POST", "ingestion/file?table=t&sha256=zz", body, plain)
        self.assertEqual((self.ask("GET", "uploads")[1]["uploads"], self.serving.error("FROM t")[1]["code"]), ([], "not_found"))
        for path, headers in (("file?table=t&format_type=csv&sha256=" + right, plain), ("file?table=t&format_type=csv", {**plain, "X-Content-Sha256": right})):
            self.assertEqual(self.ingest(path, body, headers)["state"], "succeeded")
        self.assertEqual(self.rows("SELECT count(*) FROM t"), [[2]])

    def test_files_beyond_the_limits_are_refused(self):
        self.end()
        self.start("--upload-bytes-max", "1MiB", "--ingestion-unpacked-bytes-max", "2MiB", "--ingestion-records-max", "1000")
        plain = {"Content-Type": "text/csv"}
        # Before the body has come: 100 bytes of it are sent.
        connection = self.serving.connect()
        connection.putrequest("POST", "/api/v1/ingestion/file?table=t")
        for name, value in (("Authorization", f"Bearer {self.serving.token}"), ("Content-Type", "text/csv"), ("Content-Length", str(2 << 20))):
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(b"n\n" * 50)
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()
        self.assertIn("unpacked", self.refused(413, "POST", "ingestion/file?name=a.csv.gz", gzip.compress(b"n\n" + b"1\n" * (1 << 20)), plain))
        job = self.ingest("file?table=t&format_type=csv", "n\n" + "1\n" * 1001, plain)
        self.assertEqual((job["state"], job["error"]["code"]), ("failed", "resource_exhausted"))
        self.assertEqual(self.ingest("file?table=t&format_type=csv", "n\n" + "1\n" * 1000, plain)["state"], "succeeded")
        self.assertEqual(self.rows("SELECT count(*) FROM t"), [[1000]])
        # A form has no length of its file: it is cut off where it becomes too large, and a field never is large.
        def form(name, value, file_name=""):
            return f'--x\r\nContent-Disposition: form-data; name="{name}"{file_name}\r\n\r\n{value}\r\n--x--\r\n'
        multipart = {"Content-Type": "multipart/form-data; boundary=x"}
        self.refused(413, "POST", "ingestion/file", form("file", "n\n" + "1\n" * (1 << 20), '; filename="a.csv"'), multipart)
        self.assertIn("too large", self.refused(400, "POST", "ingestion/file", form("table", "t" * 70_000), multipart))
        self.assertIn("32 fields", self.refused(400, "POST", "ingestion/file", form("name", "n").replace("--x--\r\n", "") * 33 + "--x--\r\n", multipart))
        # Of all these only what a job could not store stays, to be tried under other options.
        self.assertEqual([upload["complete"] for upload in self.ask("GET", "uploads")[1]["uploads"]], [True])

    def test_refused_records_are_a_file_to_take_away(self):
        self.ask("PUT", "validation/sets/people", PEOPLE)
        lines = [f'{{"id": {number}}}' for number in range(20)] + ['{"id": "x"}', "no record", '{"id": 3}']
        job = self.ingest("file?table=people&schema_name=people", "\n".join(lines), {"Content-Type": "application/x-ndjson"})
        self.assertEqual(job["result"]["refused"], 3)
        url = job["result"]["errors_url"]
        status, headers, body = self.serving.request("GET", url)
        self.assertEqual((status, headers["Content-Disposition"]), (200, 'attachment; filename="refused.ndjson"'))
        letters = [json.loads(line) for line in body.splitlines()]
        self.assertEqual([(letter["position"], letter["raw"]) for letter in letters], [(21, '{"id": "x"}'), (22, "no record"), (23, '{"id": 3}')])
        self.assertIn("not JSON", letters[1]["reason"])
        status, headers, body = self.serving.request("GET", url.replace("ndjson", "csv"))
        self.assertEqual((status, body.count(b"\n") if isinstance(body, bytes) else body.count("\n")), (200, 4))
        self.refused(400, "GET", "ingestion/dead-letters?format=parquet")
        self.assertIsNone(self.ingest("file?table=good&format_type=csv", "n\n1\n", {"Content-Type": "text/csv"})["result"]["errors_url"])

    def test_what_was_inferred_and_where_it_came_from_is_kept(self):
        rows = "".join(f"{number},a{number}@example.com,{48 + number / 100},{'red' if number % 2 else 'blue'},{'' if number == 7 else number * 2},"
                       f"2026-01-{1 + number % 28:02}\n" for number in range(100))
        job = self.ingest("file?name=places.csv", "id,mail,lat,colour,n,day\n" + rows, {"Content-Type": "text/csv"})
        told = {column["name"]: (column["type"], column["nullable"], column["key"], column["semantic_type"]) for column in job["result"]["schema"]}
        self.assertEqual(told, {"id": ("BIGINT", False, True, "identifier"), "mail": ("VARCHAR", False, True, "email"),
                                "lat": ("DOUBLE", False, True, "latitude"), "colour": ("VARCHAR", False, False, "category"),
                                "n": ("BIGINT", True, False, "number"), "day": ("DATE", False, False, "date")})
        self.assertEqual(self.rows("SELECT column_name, type, semantic_type FROM ingest.table_column WHERE target = 'places' ORDER BY position")[0],
                         ["id", "BIGINT", "identifier"])
        job = self.ingest("ingest", {"table": "people", "data": [{"name": "A", "tags": ["x"]}, {"name": "B", "tags": None}]})
        self.assertEqual([(column["name"], column["nullable"], column["semantic_type"]) for column in job["result"]["schema"]],
                         [("name", False, "identifier"), ("tags", True, "object")])
        # What is added later is no new schema, and one more source.
        job = self.ingest("file?name=more.csv&table=places", "id,mail,lat,colour,n,day\n500,x@example.com,1,red,1,2026-02-01\n", {"Content-Type": "text/csv"})
        self.assertEqual(job["result"]["schema"], [])
        self.assertEqual(self.rows("SELECT source, row_count FROM ingest.lineage WHERE target = 'places' ORDER BY ended_at"), [["places.csv", 100], ["more.csv", 1]])
        self.assertEqual(self.serving.metric("dplake_ingestion_success_total"), 3)

    def test_rows_may_be_stored_in_batches(self):
        lines = "".join(f'{{"n": {number}}}\n' for number in range(25)) + "no record\n"
        for path in ("file?table=batches&batch_size=10", "file?table=batches&batch_size=5"):
            job = self.ingest(path, lines, {"Content-Type": "application/x-ndjson"})
            self.assertEqual((job["result"]["stored"], job["result"]["refused"]), (25, 1))
        self.assertEqual(self.rows("SELECT count(*), count(DISTINCT n), sum(n) FROM batches"), [[50, 25, 600]])
        for size in ("0", "many", "-1"):
            self.assertIn("batch_size", self.refused(400, "POST", f"ingestion/file?table=t&batch_size={size}", lines, {"Content-Type": "text/plain"}))
        path = os.path.join(self.open, "a.ndjson")
        pathlib.Path(path).write_text(lines)
        status, answer = self.ask("POST", "ingestion/bulk", {"source_config": {"paths": [path]}, "format_config": {"format_type": "ndjson"},
                                                             "batch_size": 1000, "table": "bulk"})
        self.assertEqual(status, 202, answer)
        self.assertEqual(self.ended(answer["job_id"])["result"]["stored"], 25)

    def test_a_failed_job_says_why_and_stores_nothing(self):
        job = self.ingest("ingest", {"table": "t", "schema_name": "nobody", "data": [{"a": 1}]})
        self.assertEqual((job["state"], job["error"]["code"]), ("failed", "not_found"))
        self.assertEqual(self.serving.error("SELECT * FROM t")[1]["code"], "not_found")
        self.assertEqual(self.ask("GET", "ingestion/metrics")[1]["ingestion_errors"], 1)

    def test_a_running_job_is_cancelled_and_a_stop_does_not_wait_for_it(self):
        self.ask("PUT", "validation/sets/slow", {"name": "slow", "fields": {"n": {"type": "integer"}}})
        numbers = []
        for _ in range(2):
            status, answer = self.ask("POST", "ingestion/file?table=slow&schema_name=slow", "".join(f'{{"n": {n}}}\n' for n in range(400_000)),
                                      {"Content-Type": "application/x-ndjson"})
            self.assertEqual(status, 202, answer)
            numbers.append(answer["job_id"])
        self.ask("DELETE", f"jobs/{numbers[1]}")
        self.assertIn(self.ended(numbers[1])["state"], ("cancelled", "succeeded"))
        self.assertEqual(self.serving.stop(), 0)
        self.start()
        self.assertEqual(self.ended(numbers[0])["state"], "succeeded")
        count = self.rows("SELECT count(*) FROM slow")[0][0]
        self.assertIn(count, (400_000, 800_000))

    def test_two_replays_at_once_store_once(self):
        self.ask("POST", "query", {"sql": "CREATE TABLE twice (n TINYINT)"})
        job = self.ingest("file?table=twice", "".join(f'{{"n": {n}}}\n' for n in range(1000, 21000)), {"Content-Type": "application/x-ndjson"})
        self.assertEqual(job["result"]["refused"], 20000)
        self.ask("POST", "query", {"sql": "ALTER TABLE twice ALTER n TYPE INTEGER"})
        answers = []
        replays = [threading.Thread(target=lambda: answers.append(self.ask("POST", "ingestion/dead-letters/replay", {"table": "twice"})))
                   for _ in range(3)]
        for replay in replays:
            replay.start()
        for replay in replays:
            replay.join()
        self.assertEqual(sum(report.get("stored", 0) for _, report in answers), 20000, answers)
        self.assertEqual(self.rows("SELECT count(*), count(DISTINCT n) FROM twice"), [[20000, 20000]])

    def test_jobs_go_on_after_a_kill_and_store_once(self):
        rows = "".join(f'{{"n": {number}}}\n' for number in range(100_000))
        numbers = []
        for _ in range(4):
            status, answer = self.ask("POST", "ingestion/file?table=killed", rows, {"Content-Type": "application/x-ndjson"})
            self.assertEqual(status, 202, answer)
            numbers.append(answer["job_id"])
        self.assertEqual(self.serving.stop(signal.SIGKILL), -signal.SIGKILL)
        self.start()
        for number in numbers:
            self.assertEqual(self.ended(number)["state"], "succeeded")
        self.assertEqual(self.rows("SELECT count(*), sum(n) FROM killed"), [[400_000, 4 * 4999950000]])


class Watched(IngestionCase):
    def drop(self, name, content):
        pathlib.Path(self.watched, "." + name).write_text(content)
        os.rename(os.path.join(self.watched, "." + name), os.path.join(self.watched, name))

    def names(self, folder):
        path = os.path.join(self.watched, folder)
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def test_a_dropped_file_is_stored_once_and_moved(self):
        self.drop("sales.csv", "n\n1\n2\n")
        wait_for(lambda: self.names("done") == ["sales.csv"], "the file to be done")
        self.assertEqual(self.rows("SELECT n FROM sales ORDER BY n"), [[1], [2]])
        # The next file of that name adds to the table.
        self.drop("sales.csv", "n\n3\n")
        wait_for(lambda: len(self.names("done")) == 2, "the second file to be done")
        self.assertEqual(self.rows("SELECT sum(n) FROM sales"), [[6]])

    def test_what_fails_is_put_aside_with_its_reason(self):
        self.drop("letter.txt", "dear reader")
        wait_for(lambda: self.names("error") == ["letter.txt", "letter.txt.error.txt"], "the file to be put aside")
        self.assertIn("format_type", pathlib.Path(self.watched, "error", "letter.txt.error.txt").read_text())

    def test_files_that_came_while_nobody_watched_are_taken(self):
        self.end()
        self.drop("late.ndjson", '{"n": 1}\n{"n": 2}\n')
        self.start()
        wait_for(lambda: self.names("done") == ["late.ndjson"], "the file to be done")
        self.assertEqual(self.rows("SELECT count(*) FROM late"), [[2]])

    def test_a_file_that_was_stored_before_a_crash_is_moved_and_not_stored_again(self):
        # As after a crash between the commit and the move: the same file, of the same time, is there again.
        self.drop("twice.csv", "n\n1\n")
        wait_for(lambda: self.names("done") == ["twice.csv"], "the file to be done")
        self.assertEqual(self.serving.stop(signal.SIGKILL), -signal.SIGKILL)
        os.rename(os.path.join(self.watched, "done", "twice.csv"), os.path.join(self.watched, "twice.csv"))
        self.start()
        wait_for(lambda: self.names("done") == ["twice.csv"], "the file to be moved again")
        self.assertEqual(self.rows("SELECT count(*) FROM twice"), [[1]])


class Validation(IngestionCase):
    def test_the_registry_of_rules_tells_what_there_is(self):
        status, answer = self.ask("GET", "validation/rules")
        self.assertEqual(status, 200)
        self.assertIn("reference", [rule["kind"] for rule in answer["rules"]])
        self.assertIn("geojson", answer["formats"])

    def test_sets_are_stored_inherited_and_removed(self):
        self.ask("PUT", "validation/sets/people", PEOPLE)
        child = {"name": "child", "extends": "people", "disable": ["age.range"]}
        self.assertEqual(self.ask("PUT", "validation/sets/child", child)[0], 200)
        self.assertEqual([one["name"] for one in self.ask("GET", "processing/schemas")[1]["schemas"]], ["child", "people"])
        self.assertEqual(self.ask("GET", "validation/sets/child")[1]["extends"], ["people"])
        status, report = self.ask("POST", "processing/validate", {"data": {"age": 200}, "schema_name": "child"})
        self.assertEqual((status, report["is_valid"], [one["rule"] for one in report["errors"]]), (200, False, ["id.required"]))
        self.assertIn("extends", self.refused(400, "DELETE", "validation/sets/people"))
        self.assertEqual(self.ask("DELETE", "validation/sets/child")[0], 200)
        self.refused(404, "GET", "validation/sets/child")
        self.assertIn("another", self.refused(400, "PUT", "validation/sets/other", PEOPLE))
        self.assertIn("circle", self.refused(400, "PUT", "validation/sets/a", {"name": "a", "extends": "a"}))

    def test_strict_mode_decides_and_every_error_has_its_place(self):
        body = {"data": [{"n": "5"}, {"n": 50}], "schema": {"name": "s", "fields": {"n": {"type": "integer", "max": 10}}}}
        status, report = self.ask("POST", "processing/validate", {**body, "strict_mode": True})
        self.assertEqual((status, report["is_valid"]), (200, False))
        self.assertEqual([(one["position"], one["rule"], one["path"], one["severity"], one["category"]) for one in report["errors"]],
                         [(1, "n.type", "n", "error", "type"), (2, "n.range", "n", "error", "constraint")])
        status, report = self.ask("POST", "processing/validate", {**body, "strict_mode": False})
        self.assertEqual((report["is_valid"], [one["rule"] for one in report["warnings"]]), (True, ["n.range"]))
        self.assertEqual(report["metadata"]["counts"], {"n.range": 1})
        self.assertIn("one of schema_name and schema", self.refused(400, "POST", "processing/validate", {"data": []}))

    def test_texts_of_rules_are_no_way_into_sql(self):
        kind = "VARCHAR) || (SELECT string_agg(content, '') FROM read_text('/etc/passwd')"
        evil = {"name": "evil", "rules": [{"kind": "type", "path": "m", "type": kind}]}
        self.assertIn("is no type", self.refused(400, "PUT", "validation/sets/evil", evil))
        for text in ("true)) IS NOT NULL AND ((SELECT true", "true -- x", "true; DROP TABLE t"):
            rules = {"name": "evil", "rules": [{"name": "e", "kind": "expression", "expression": text}]}
            self.assertIn("balanced", self.refused(400, "PUT", "validation/sets/evil", rules))
        good = {"name": "good", "fields": {name: {"type": kind} for name, kind in (
            ("a", "DECIMAL(10, 2)"), ("b", "STRUCT(x INTEGER, \"y z\" VARCHAR[])"), ("c", "TIMESTAMP WITH TIME ZONE"), ("d", "INTEGER[3]"))}}
        self.assertEqual(self.ask("PUT", "validation/sets/good", good)[0], 200)
        record = {"a": 1.5, "b": {"x": 1, "y z": ["q"]}, "c": "2026-01-01T00:00:00Z", "d": [1, 2, 3]}
        report = self.ask("POST", "processing/validate", {"data": record, "schema_name": "good"})[1]
        self.assertEqual((report["is_valid"], report["errors"]), (True, []))

    def test_deep_bodies_are_refused_and_the_server_lives(self):
        deep = "[" * 900_000 + "]" * 900_000
        for path in ("ingestion/ingest", "ingestion/bulk", "processing/validate", "ingestion/dead-letters/replay"):
            self.assertIn("levels", self.refused(400, "POST", path, '{"data":' + deep + ',"table":"t"}'))
        self.assertIn("levels", self.refused(400, "PUT", "validation/sets/x", '{"name":"x","fields":{"a":{"enum":' + deep[:400_000] + "}}}"))
        self.assertEqual(self.serving.rows("SELECT 42"), [[42]])

    def test_expressions_obey_the_rules_of_doors(self):
        schema = {"name": "s", "fields": {"n": {"type": "integer"}},
                  "rules": [{"name": "e", "kind": "expression", "expression": "(SELECT count(*) FROM read_text('/etc/passwd')) = n"}]}
        self.refused(403, "POST", "processing/validate", {"data": [{"n": 1}], "schema": schema})


if __name__ == "__main__":
    door_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
