#!/usr/bin/env python3
"""Tests the HTTP door of a real `dplake serve` with curl and with Python's own client.

usage: door_test.py PROGRAM
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = ""
ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(10000000) b WHERE a.range * b.range = -1"
PATIENCE = 60.0


def wait_for(condition, what):
    """Asks again until it holds; a loaded machine gets its time."""
    until = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"waited in vain for {what}")
        pause.wait(0.02)


class Serving:
    """One `dplake serve` on a directory and a port of its own."""

    def __init__(self, directory, *flags):
        self.directory = directory
        self.log = open(os.path.join(os.path.dirname(directory), "serve.log"), "a+", encoding="utf-8")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", directory, "--port", "0", *flags],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port, self.token = None, None
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]+)", line):
                self.port, self.token = int(found[1]), found[2]
                break
        if self.port is None:
            raise AssertionError(f"serve printed no link: {self.log_text()}")

    def log_text(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(encoding="utf-8")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def request(self, method, path, body=None, headers=None, token=True):
        connection = self.connect()
        all_headers = {"Authorization": f"Bearer {self.token}"} if token else {}
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        all_headers.update(headers or {})
        try:
            connection.request(method, path, body, all_headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def query(self, sql, headers=None, **members):
        return self.request("POST", "/api/v1/query", json.dumps({"sql": sql, **members}), headers)

    def rows(self, sql, **members):
        status, _, body = self.query(sql, **members)
        assert status == 200, body
        return json.loads(body)["rows"]

    def error(self, sql, **members):
        status, _, body = self.query(sql, **members)
        return status, json.loads(body)["error"]

    def metric(self, name):
        _, _, body = self.request("GET", "/metrics")
        for line in body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        return 0.0

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def stop(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        code = self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        self.log.close()
        return code


class DoorCase(unittest.TestCase):
    FLAGS = ()

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="dplake-door-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.open = os.path.join(cls.root, "open")
        os.mkdir(cls.open)
        cls.serving = Serving(os.path.join(cls.root, "data"), "--allowed-paths", cls.open, *cls.FLAGS)

    @classmethod
    def tearDownClass(cls):
        if cls.serving.process.poll() is None:
            cls.serving.stop()


class Admission(DoorCase):
    def test_every_route_but_the_probes_needs_the_token(self):
        for path in ("/", "/metrics", "/api/v1/version", "/api/v1/jobs", "/api/v1/openapi.json", "/nope"):
            status, headers, body = self.serving.request("GET", path, token=False)
            self.assertEqual(status, 401, path)
            self.assertEqual(headers["WWW-Authenticate"], "Bearer")
            self.assertEqual(json.loads(body)["error"]["code"], "permission_denied")
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.serving.request("GET", path, token=False)[0], 200)

    def test_the_token_file_is_the_owners_alone(self):
        path = os.path.join(self.serving.directory, "admin.token")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(pathlib.Path(path).read_text().strip(), self.serving.token)

    def test_web_pages_stay_out(self):
        ask = self.serving.request
        self.assertEqual(ask("GET", "/api/v1/version", headers={"Host": "evil.example"})[0], 403)
        self.assertEqual(ask("GET", "/api/v1/version", headers={"Origin": "http://evil.example"})[0], 403)
        own = f"http://127.0.0.1:{self.serving.port}"
        self.assertEqual(ask("GET", "/api/v1/version", headers={"Origin": own})[0], 200)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(ask("POST", "/api/v1/query", "sql=SELECT+1", form)[0], 415)

    def test_the_printed_link_lets_a_browser_in(self):
        status, headers, _ = self.serving.request("GET", f"/?token={self.serving.token}", token=False)
        self.assertEqual(status, 303)
        cookie = headers["Set-Cookie"]
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Strict", cookie)
        status, _, body = self.serving.request("GET", "/", headers={"Cookie": cookie.split(";")[0]}, token=False)
        self.assertEqual(status, 200)
        self.assertIn(b"Datapunk Lake", body)

    def test_wrong_methods_name_the_right_ones(self):
        status, headers, _ = self.serving.request("GET", "/api/v1/query")
        self.assertEqual((status, headers["Allow"]), (405, "POST"))

    def test_version_says_what_it_is(self):
        body = json.loads(self.serving.request("GET", "/api/v1/version")[2])
        self.assertEqual(body["name"], "dplake")
        self.assertTrue(body["engine"].startswith("DuckDB 1."))


class Queries(DoorCase):
    def test_tables_are_written_and_read(self):
        self.serving.rows("CREATE TABLE written(a INTEGER, b VARCHAR)")
        status, headers, body = self.serving.query("INSERT INTO written VALUES (1, 'x'), (2, NULL)")
        self.assertEqual(status, 200)
        self.assertEqual(headers["X-Dplake-Changed-Rows"], "2")
        self.assertEqual(json.loads(body)["changed_rows"], 2)
        self.assertEqual(self.serving.rows("FROM written ORDER BY a"), [[1, "x"], [2, None]])

    def test_formats(self):
        sql = "SELECT 1 AS a, 'x' AS b"
        self.assertEqual(self.serving.query(sql, format="csv")[2], b"a,b\n1,x\n")
        self.assertEqual(self.serving.query(sql, format="ndjson")[2], b'{"a":1,"b":"x"}\n')
        self.assertEqual(self.serving.query(sql, {"Accept": "text/tab-separated-values"})[2], b"a\tb\n1\tx\n")
        parquet = self.serving.query(sql, format="parquet")[2]
        self.assertTrue(parquet.startswith(b"PAR1") and parquet.endswith(b"PAR1"))

    def test_parameters(self):
        self.assertEqual(self.serving.rows("SELECT $1::INTEGER + $2", params=[1, 2]), [[3]])
        self.assertEqual(self.serving.rows("SELECT $a || $b", params={"a": "x", "b": "y"}), [["xy"]])
        self.assertEqual(self.serving.rows("SELECT (? - 1)::VARCHAR", params=[2**64 - 1]), [[str(2**64 - 2)]])
        digits = "123456789012345678901234567890"
        self.assertEqual(self.serving.rows("SELECT (?::HUGEINT)::VARCHAR", params=[digits]), [[digits]])
        self.assertEqual(self.serving.error("SELECT ?::HUGEINT", params=[int(digits)])[0], 400)

    def test_error_says_where(self):
        status, error = self.serving.error("SELECT 1;\nSELECT * FROM nope")
        self.assertEqual((status, error["code"], error["category"], error["position"]), (404, "not_found", "request", 24))
        self.assertEqual(self.serving.error("SELEC 1")[1]["position"], 0)

    def test_transactions_live_within_one_request(self):
        self.assertEqual(self.serving.error("BEGIN")[0], 400)
        self.serving.rows("BEGIN; CREATE TABLE one(a INTEGER); INSERT INTO one VALUES (1); COMMIT")
        status, _ = self.serving.error("BEGIN; INSERT INTO one VALUES (2); SELECT error('stop'); COMMIT")
        self.assertEqual(status, 400)
        self.assertEqual(self.serving.rows("SELECT count(*) FROM one"), [[1]])

    def test_limits_of_a_request(self):
        self.assertEqual(self.serving.error(ENDLESS, timeout_ms=100)[0], 504)
        body = json.loads(self.serving.query("FROM range(100)", max_rows=5)[2])
        self.assertEqual((body["row_count"], body["truncated"]), (5, True))

    def test_a_cut_result_says_so_in_every_format(self):
        for form in ("json", "ndjson", "csv", "tsv", "table", "markdown", "parquet"):
            for rows, cut in ((4, True), (5, False), (6, False)):
                _, headers, _ = self.serving.query("FROM range(5)", format=form, max_rows=rows)
                self.assertEqual(headers.get("X-Dplake-Truncated"), "true" if cut else None, (form, rows))

    def test_a_cut_stream_says_so_behind_the_body(self):
        for form in ("ndjson", "csv"):
            for rows, cut in ((90000, True), (100000, False)):
                answer = self.raw_query("SELECT range, 'some text' AS t FROM range(100000)", format=form, max_rows=rows)
                head, _, body = answer.partition(b"\r\n\r\n")
                self.assertIn(b"\r\nTrailer: X-Dplake-Truncated", head)
                self.assertEqual(body.endswith(b"\r\n0\r\nX-Dplake-Truncated: true\r\n\r\n"), cut, body[-60:])

    def raw_query(self, sql, **members):
        """The bytes of an answer, trailers included, which Python's client throws away."""
        body = json.dumps({"sql": sql, **members}).encode()
        with socket.create_connection(("127.0.0.1", self.serving.port), timeout=PATIENCE) as line:
            line.sendall((f"POST /api/v1/query HTTP/1.1\r\nHost: 127.0.0.1:{self.serving.port}\r\n"
                          f"Authorization: Bearer {self.serving.token}\r\nContent-Type: application/json\r\n"
                          f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
            pieces = []
            while piece := line.recv(65536):
                pieces.append(piece)
            return b"".join(pieces)

    def test_settings_do_not_leak_into_the_next_request(self):
        self.serving.rows("SET TimeZone = 'Europe/Berlin'")
        self.assertEqual(self.serving.rows("SELECT current_setting('TimeZone')"), [["UTC"]])

    def test_error_after_the_first_bytes(self):
        sql = "SELECT CASE WHEN range = 500000 THEN error('late') ELSE range::VARCHAR END AS x FROM range(600000)"
        self.assertIn("error", json.loads(self.serving.query(sql)[2]))
        last = self.serving.query(sql, format="ndjson")[2].splitlines()[-1]
        self.assertEqual(list(json.loads(last)), ["error"])
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            self.serving.query(sql, format="csv")


class Measures(DoorCase):
    """Each operation of the storage has its histogram."""

    def test_a_commit_is_seen_in_statements_commits_requests_and_files(self):
        names = ['dplake_statement_seconds_count', 'dplake_catalog_commit_seconds_count',
                 'dplake_file_operation_seconds_count{operation="write"}',
                 'dplake_file_operation_seconds_count{operation="sync"}',
                 'dplake_file_operation_seconds_count{operation="sync_directory"}',
                 'dplake_file_bytes_total{operation="write"}']
        before = [self.serving.metric(name) for name in names]
        self.serving.rows("CREATE TABLE measured AS SELECT i, hash(i) AS h FROM range(100000) r(i)")
        for name, value in zip(names, before):
            self.assertGreater(self.serving.metric(name), value, name)
        read = 'dplake_file_bytes_total{operation="read"}'
        before_read = self.serving.metric(read)
        self.assertEqual(self.serving.rows("SELECT count(DISTINCT h) FROM measured"), [[100000]])
        self.assertGreater(self.serving.metric(read), before_read)


class Cancelling(DoorCase):
    def start(self, request_id, sql=ENDLESS, headers=None, **members):
        connection = self.serving.connect()
        connection.request("POST", "/api/v1/query", json.dumps({"sql": sql, **members}),
                           {"Authorization": f"Bearer {self.serving.token}", "Content-Type": "application/json",
                            "X-Request-Id": request_id, **(headers or {})})
        wait_for(lambda: self.serving.metric("dplake_statements_running") == 1, "the query to run")
        return connection

    def test_delete_cancels(self):
        connection = self.start("to-cancel")
        self.assertEqual(self.serving.request("DELETE", "/api/v1/query/to-cancel")[0], 202)
        answer = connection.getresponse()
        self.assertEqual((answer.status, json.loads(answer.read())["error"]["code"]), (499, "cancelled"))
        self.assertEqual(self.serving.request("DELETE", "/api/v1/query/to-cancel")[0], 404)

    def test_client_that_goes_away_cancels(self):
        self.start("leaving").close()
        wait_for(lambda: self.serving.metric("dplake_statements_running") == 0, "the query to end")

    def test_a_kept_session_takes_the_next_statement_right_after_a_cancel(self):
        session = {"X-Dplake-Session": json.loads(self.serving.request("POST", "/api/v1/sessions", "{}")[2])["id"]}
        for round_number in range(10):
            connection = self.start(f"kept-{round_number}", headers=session)
            if round_number % 2 == 0:
                connection.close()
            else:
                self.serving.request("DELETE", f"/api/v1/query/kept-{round_number}")
            status, _, body = self.serving.query("SELECT 42", headers=session)
            self.assertEqual(status, 200, body)
            connection.close()

    def test_a_kept_session_serves_one_statement_at_a_time(self):
        session = {"X-Dplake-Session": json.loads(self.serving.request("POST", "/api/v1/sessions", "{}")[2])["id"]}
        connection = self.start("busy", headers=session)
        status, _, body = self.serving.query("SELECT 42", headers=session)
        self.assertEqual((status, json.loads(body)["error"]["code"]), (503, "unavailable"))
        connection.close()

    def test_client_that_stops_reading_and_goes_away_cancels(self):
        connection = self.start("stalled", "FROM range(1000000000000)", format="csv")
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()
        wait_for(lambda: self.serving.metric("dplake_statements_running") == 0, "the query to end")


class Paths(DoorCase):
    def test_only_allowed_paths_are_reached(self):
        out = os.path.join(self.open, "out.csv")
        self.serving.rows(f"COPY (SELECT 1 AS a) TO '{out}'")
        self.assertEqual(self.serving.rows(f"FROM read_csv('{out}')"), [[1]])
        data = self.serving.directory
        for sql in (
            "COPY (SELECT 1) TO '/dev/stdout'",
            "COPY (SELECT 1) TO STDOUT",
            "FROM read_csv('/dev/stdin')",
            "FROM read_text('/etc/passwd')",
            "SELECT content FROM json_execute_serialized_sql("
            "json_serialize_sql('SELECT content FROM read_text(''/etc/passwd'')'))",
            f"FROM read_text('{data}/admin.token')",
            f"COPY (SELECT 1) TO '{data}/tables/evil.parquet'",
            f"COPY (SELECT 1) TO '{self.root}/out.csv'",
            f"FROM read_text('{self.open}/../data/admin.token')",
            f"ATTACH '{self.open}/x.db' AS x",
            "SET memory_limit = '1TB'",
            "INSTALL httpfs",
        ):
            status, error = self.serving.error(sql)
            self.assertEqual((status, error["code"]), (403, "permission_denied"), sql)


    def test_missing_files_are_not_found(self):
        status, error = self.serving.error(f"FROM read_csv('{self.open}/none.csv')")
        self.assertEqual((status, error["code"]), (404, "not_found"))


def nested(depth):
    return "[" * depth + "]" * depth


class Nesting(DoorCase):
    def test_deeply_nested_values_do_not_end_the_server(self):
        for sql in (
            f"SELECT ('{nested(20000)}'::JSON)::VARIANT",
            f"SELECT json_contains('{nested(20000)}', '{nested(20000)}')",
            f"SELECT json_structure('{nested(90000)}')",
            f"SELECT json_merge_patch('{nested(100000)}', '{nested(100000)}')",
            "SELECT " + "(" * 20000 + "1" + ")" * 20000,
            "SELECT " + "1 + " * 20000 + "1",
            "SELECT " + "- " * 20000 + "1",
            "SELECT " + "(SELECT " * 3000 + "1" + ")" * 3000,
        ):
            self.serving.query(sql)
            self.assertEqual(self.serving.rows("SELECT 42"), [[42]], sql[:60])

    def test_json_nested_millions_of_levels_deep_is_refused(self):
        deep = "(repeat('[', 5000000) || repeat(']', 5000000))"
        for sql in (
            f"SELECT ({deep}::JSON)::VARIANT",
            f"SELECT json_structure({deep})",
            f"SELECT json_contains({deep}, {deep})",
            f"SELECT json_transform('1', {deep})",
            f"CREATE TABLE deep AS SELECT {deep}::JSON AS j",
        ):
            status, error = self.serving.error(sql)
            self.assertEqual((status, error["code"]), (400, "invalid_argument"), sql)
            self.assertIn("more than 1000 levels", error["message"])
            self.assertEqual(self.serving.rows("SELECT 42"), [[42]], sql)


class Damage(DoorCase):
    FLAGS = ("--inline-rows-max", "0")

    def test_a_file_that_changes_under_a_running_server_is_not_believed(self):
        self.serving.rows("CREATE TABLE t AS SELECT range AS i FROM range(20000)")
        self.assertEqual(self.serving.rows("SELECT sum(i)::BIGINT FROM t"), [[199990000]])
        (path,) = pathlib.Path(self.root, "data", "tables").rglob("*.parquet")
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        status, error = self.serving.error("SELECT sum(i) FROM t")
        self.assertEqual((status, error["code"]), (500, "corruption"))
        self.assertIn(str(path), error["message"])
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        self.assertEqual(self.serving.rows("SELECT sum(i)::BIGINT FROM t"), [[199990000]])


class Bounds(DoorCase):
    FLAGS = ("--memory-limit", "512MB", "--request-bytes-max", "1MB")

    def test_large_answer_takes_little_memory(self):
        self.serving.rows("SELECT 1")
        before = self.serving.resident_bytes()
        connection = self.serving.connect()
        body = json.dumps({"sql": "SELECT range, repeat('x', 100) AS text FROM range(5000000)", "format": "csv"})
        connection.request("POST", "/api/v1/query", body,
                           {"Authorization": f"Bearer {self.serving.token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        total, peak = 0, before
        while piece := answer.read(1 << 20):
            total += len(piece)
            peak = max(peak, self.serving.resident_bytes())
        self.assertGreater(total, 500_000_000)
        self.assertLess(peak - before, 256 << 20)

    def test_slow_reader_does_not_make_the_server_grow(self):
        before = self.serving.resident_bytes()
        connection = self.serving.connect()
        body = json.dumps({"sql": "SELECT repeat('x', 1000) AS text FROM range(100000000)", "format": "csv"})
        connection.request("POST", "/api/v1/query", body,
                           {"Authorization": f"Bearer {self.serving.token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read(1000)
        for _ in range(50):
            self.serving.request("GET", "/livez")
        self.assertLess(self.serving.resident_bytes() - before, 256 << 20)
        connection.close()

    def test_statement_that_would_take_long_to_plan_is_refused(self):
        status, error = self.serving.error(" UNION ALL ".join(f"SELECT {i}" for i in range(6000)), timeout_ms=500)
        self.assertIn((status, error["code"]), ((429, "resource_exhausted"), (504, "timeout")))

    def test_too_large_body_is_refused(self):
        status, _, body = self.serving.query("SELECT '" + "x" * 2_000_000 + "'")
        self.assertEqual((status, json.loads(body)["error"]["code"]), (413, "resource_exhausted"))


class Timeouts(DoorCase):
    FLAGS = ("--idle-timeout", "300ms", "--header-timeout", "300ms", "--body-timeout", "300ms", "--connections-max", "2")

    def closed_after(self, sent):
        """Whether the server closes a connection on which no more comes; a test that waits in vain fails."""
        with socket.create_connection(("127.0.0.1", self.serving.port), timeout=PATIENCE) as line:
            line.sendall(sent)
            return line.recv(4096) == b""

    def test_silent_connections_are_closed(self):
        self.assertTrue(self.closed_after(b""))
        self.assertTrue(self.closed_after(b"GET /livez HTTP/1.1\r\nHos"))
        self.assertTrue(self.closed_after((f"POST /api/v1/query HTTP/1.1\r\nHost: 127.0.0.1:{self.serving.port}\r\n"
                                           f"Authorization: Bearer {self.serving.token}\r\nContent-Length: 9\r\n"
                                           "Content-Type: application/json\r\n\r\n{").encode()))

    def test_too_many_connections_are_refused(self):
        with self.serving_lines(2):
            self.assertEqual(self.serving.request("GET", "/livez")[0], 503)
        wait_for(lambda: self.serving.request("GET", "/livez")[0] == 200, "connections to be closed")

    @contextlib.contextmanager
    def serving_lines(self, count):
        """Connections with a query that does not end."""
        lines = []
        body = json.dumps({"sql": ENDLESS}).encode()
        for _ in range(count):
            line = socket.create_connection(("127.0.0.1", self.serving.port), timeout=PATIENCE)
            line.sendall((f"POST /api/v1/query HTTP/1.1\r\nHost: 127.0.0.1:{self.serving.port}\r\n"
                          f"Authorization: Bearer {self.serving.token}\r\nContent-Length: {len(body)}\r\n"
                          "Content-Type: application/json\r\n\r\n").encode() + body)
            lines.append(line)
        try:
            wait_for(lambda: self.serving.request("GET", "/livez")[0] == 503, "the connections to be taken")
            yield
        finally:
            for line in lines:
                line.close()


class Draining(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="dplake-drain-")
        self.addCleanup(shutil.rmtree, self.root)
        self.serving = Serving(os.path.join(self.root, "data"), "--drain-grace", "300s")

    def tearDown(self):
        if self.serving.process.poll() is None:
            self.serving.process.kill()
            self.serving.process.wait()

    def test_running_query_ends_and_the_process_exits_with_0(self):
        # The answer is far larger than what lies between the two, so the statement runs until it is read.
        rows = 400_000
        body = json.dumps({"sql": f"SELECT i, repeat('x', 200) AS t FROM range({rows}) r(i)", "format": "ndjson"})
        headers = {"Authorization": f"Bearer {self.serving.token}", "Content-Type": "application/json"}
        with contextlib.closing(self.serving.connect()) as connection:
            connection.request("POST", "/api/v1/query", body, headers)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            read = answer.read(1000)
            self.assertEqual(self.serving.metric("dplake_statements_running"), 1)
            self.assertEqual(self.serving.request("GET", "/readyz")[2], b'{"status":"ready"}\n')
            self.serving.process.send_signal(signal.SIGTERM)
            wait_for(lambda: self.serving.request("GET", "/readyz")[0] == 503, "the drain to begin")
            self.assertIn("server.draining", self.serving.log_text())
            self.assertIsNone(self.serving.process.poll())
            lines = read.count(b"\n")
            while part := answer.read(1 << 20):
                lines += part.count(b"\n")
        self.assertEqual(lines, rows)
        self.assertEqual(self.serving.process.wait(timeout=PATIENCE), 0)
        self.serving.process.stdout.close()

    def test_statement_that_cannot_be_interrupted_holds_neither_client_nor_exit(self):
        # A constant is computed while the engine plans, which no interrupt reaches; '_' keeps it from the quick matcher.
        sql = "SELECT repeat('a', 1000) LIKE '%a%a%a%a%a%a%a%a%a_b'"
        status, error = self.serving.error(sql, timeout_ms=300)
        self.assertEqual((status, error["code"]), (504, "timeout"))
        self.assertEqual(self.serving.rows("SELECT 42"), [[42]])
        self.serving.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.serving.process.wait(timeout=PATIENCE), 1)
        self.serving.process.stdout.close()
        self.assertIn("server.left", self.serving.log_text())
        self.serving = Serving(os.path.join(self.root, "data"))
        self.assertEqual(self.serving.stop(), 0)

    def test_components_are_logged_in_order(self):
        started = re.findall(r"server\.component_started component=(\w+)", self.serving.log_text())
        self.assertEqual(started[:2], ["lock", "catalog"])
        self.assertEqual(started[-1], "http")
        self.assertEqual(self.serving.stop(signal.SIGINT), 0)

    def test_second_process_is_told_who_is_first(self):
        second = subprocess.run([PROGRAM, "serve", "--data", self.serving.directory, "--port", "0"],
                                capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn(str(self.serving.process.pid), second.stderr)
        self.assertIn("--server", second.stderr)
        self.assertEqual(self.serving.stop(), 0)

    def test_port_in_use_is_a_start_error(self):
        other = os.path.join(self.root, "other")
        second = subprocess.run([PROGRAM, "serve", "--data", other, "--port", str(self.serving.port)],
                                capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("cannot listen", second.stderr)
        self.assertEqual(self.serving.stop(), 0)

    def test_acknowledged_rows_survive_kill(self):
        self.serving.rows("CREATE TABLE kept(a INTEGER); INSERT INTO kept VALUES (7)")
        self.serving.process.kill()
        self.serving.process.wait()
        self.serving.process.stdout.close()
        self.serving = Serving(os.path.join(self.root, "data"))
        self.assertEqual(self.serving.rows("FROM kept"), [[7]])
        self.assertEqual(self.serving.stop(), 0)


class Orphans(DoorCase):
    FLAGS = ("--orphan-grace", "0s", "--inline-rows-max", "0", "--upkeep", "false")

    def files(self):
        return sorted(path.name for path in pathlib.Path(self.root, "data", "tables").rglob("*.parquet"))

    def test_files_of_an_open_transaction_are_nobodys_orphans(self):
        _, _, body = self.serving.request("POST", "/api/v1/sessions", "{}")
        session = {"X-Dplake-Session": json.loads(body)["id"]}

        def ask(sql):
            status, _, answer = self.serving.query(sql, session)
            self.assertEqual(status, 200, answer)

        self.serving.rows("CREATE TABLE t (i INTEGER)")
        ask("BEGIN")
        ask("INSERT INTO t SELECT range FROM range(1000)")
        held = self.files()
        self.assertTrue(held)
        self.serving.rows("CALL lake_remove_orphans()")
        self.assertEqual(self.files(), held)
        ask("COMMIT")
        self.serving.rows("CALL lake_remove_orphans()")
        self.assertEqual(self.serving.rows("SELECT count(*), sum(i) FROM t"), [[1000, 499500]])
        ask("BEGIN")
        ask("INSERT INTO t SELECT range FROM range(1000)")
        ask("ROLLBACK")
        self.assertGreater(len(self.files()), len(held))
        self.serving.rows("CALL lake_remove_orphans()")
        self.assertEqual(self.files(), held)
        self.assertEqual(self.serving.rows("SELECT count(*), sum(i) FROM t"), [[1000, 499500]])


class Sample(unittest.TestCase):
    def test_sample_fills_an_empty_lake_once(self):
        with tempfile.TemporaryDirectory(prefix="dplake-sample-") as root:
            data = os.path.join(root, "data")
            for _ in range(2):
                serving = Serving(data, "--sample")
                self.assertEqual(serving.rows("SELECT count(*) FROM orders"), [[5000]])
                self.assertEqual(serving.rows("SELECT count(*) > 50 FROM revenue_by_month"), [[True]])
                self.assertEqual(serving.rows("SELECT count(*) FROM latest_readings"), [[60]])
                self.assertEqual(serving.rows("SELECT state, count(*) FROM takeout.import_run GROUP BY state"), [["complete", 2]])
                week = "entry_id IN (SELECT entry_id FROM takeout.items WHERE archive = 'takeout-20250609T080000Z-001.zip')"
                self.assertEqual(serving.rows(f"SELECT count(*), sum(elements_rejected) FROM takeout.import_entry WHERE {week}"), [[12, 1]])
                self.assertEqual(serving.rows(f"SELECT count(*) FROM takeout.place_visit WHERE {week}"), [[24]])
                self.assertEqual(serving.stop(), 0)


class Curl(DoorCase):
    def curl(self, *arguments):
        result = subprocess.run(["curl", "-sS", "-m", "60", *arguments], capture_output=True, check=True)
        return result.stdout

    def url(self, path):
        return f"http://127.0.0.1:{self.serving.port}{path}"

    def setUp(self):
        if shutil.which("curl") is None:
            print("NOT TESTED: curl is not installed", file=sys.stderr)
            self.skipTest("curl is not installed")

    def test_query(self):
        out = self.curl("-H", f"Authorization: Bearer {self.serving.token}", "-H", "Content-Type: application/json",
                        "-d", '{"sql":"SELECT 42 AS a","format":"csv"}', self.url("/api/v1/query"))
        self.assertEqual(out, b"a\n42\n")

    def test_large_body_with_expect(self):
        path = os.path.join(self.root, "body.json")
        pathlib.Path(path).write_text(json.dumps({"sql": "SELECT length('" + "x" * 3_000_000 + "')", "format": "csv"}))
        out = self.curl("-H", f"Authorization: Bearer {self.serving.token}", "-H", "Content-Type: application/json",
                        "-H", "Expect: 100-continue", "-d", f"@{path}", self.url("/api/v1/query"))
        self.assertIn(b"3000000", out)

    def test_old_http_gets_a_whole_answer(self):
        out = self.curl("--http1.0", "-H", f"Authorization: Bearer {self.serving.token}", "-H",
                        "Content-Type: application/json", "-d", '{"sql":"FROM range(200000)","format":"csv"}',
                        self.url("/api/v1/query"))
        self.assertEqual(out.count(b"\n"), 200001)

    def test_without_token(self):
        out = self.curl("-o", "/dev/null", "-w", "%{http_code}", self.url("/api/v1/version"))
        self.assertEqual(out, b"401")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
