#!/usr/bin/env python3
"""The page at `/` of a real `dplake serve`, in a headless Chromium. Needs the program (DPLAKE_TEST), chromium and chromedriver.

Without a browser nothing is tested and the exit code is 77, which ctest shows as skipped; where CI is set that is a failure.
DPLAKE_PAGE_SHOTS=DIR keeps the pictures that the test of sizes and colours takes.
"""
import datetime
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import zipfile

from browser import PATIENCE, Browser, programs

FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath(os.environ.get("DPLAKE_TEST", "dplake"))
SHOTS = os.environ.get("DPLAKE_PAGE_SHOTS")
ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(10000000) b WHERE a.range * b.range = -1"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
# A line of takeout.timeline, with the columns that the page reads.
TIMELINE = ("CREATE SCHEMA IF NOT EXISTS takeout; CREATE TABLE takeout.seen(ts_us BIGINT, end_us BIGINT, product VARCHAR, kind VARCHAR, title VARCHAR, "
            "summary VARCHAR, url VARCHAR, lat DOUBLE, lon DOUBLE, is_detail BOOLEAN, is_sensitive BOOLEAN, source_table VARCHAR); "
            "CREATE VIEW takeout.timeline AS SELECT *, make_timestamp(ts_us) AS \"time\" FROM takeout.seen")
# Texts with less contrast than WCAG 2.2 asks for at level AA (4.5), with their colours; parts that are off are let be.
FAINT = """
const number = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (rgb) => { const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                         return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (each) => { for (; each; each = each.parentElement) { const rgb = number(getComputedStyle(each).backgroundColor);
                           if (rgb.length < 4 || rgb[3] > 0) return rgb.slice(0, 3); } return [255, 255, 255]; };
return [...document.querySelectorAll('body *')].filter((each) => each.checkVisibility() && !each.closest('[disabled], [aria-hidden], .hidden, .skip') &&
    [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())).map((each) => {
  const [a, b] = [light(number(getComputedStyle(each).color).slice(0, 3)), light(behind(each))].sort((x, y) => y - x);
  return [each.tagName, each.className, each.innerText.slice(0, 30), (a + 0.05) / (b + 0.05)];
}).filter(([, , , ratio]) => ratio < 4.5)"""


def micros(*moment):
    """A time of the browser's zone, which is two hours east of Greenwich in summer."""
    zone = datetime.timezone(datetime.timedelta(hours=2))
    return int(datetime.datetime(*moment, tzinfo=zone).timestamp()) * 1_000_000


def quoted(text):
    return "NULL" if text is None else "'" + str(text).replace("'", "''") + "'"


class Server:
    """One `dplake serve` with a directory of its own."""

    def __init__(self, *flags, port=0, root=None):
        self.root = root or tempfile.mkdtemp(prefix="dplake-page-")
        self.flags = flags
        self.log = open(os.path.join(self.root, "serve.log"), "a", encoding="utf-8")
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", os.path.join(self.root, "data"), "--port", str(port), *flags],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]+)", line):
                self.port, self.token = int(found[1]), found[2]
                break
        else:
            raise AssertionError(pathlib.Path(self.log.name).read_text(encoding="utf-8"))
        self.address = f"http://127.0.0.1:{self.port}/"
        self.link = f"{self.address}?token={self.token}"

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def sql(self, text):
        status, body = self.request("POST", "/api/v1/query", json.dumps({"sql": text}))
        assert status == 200, body
        return json.loads(body)["rows"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        self.log.close()

    def start_again(self):
        self.stop()
        return Server(*self.flags, port=self.port, root=self.root)


class PageCase(unittest.TestCase):
    FLAGS = ()
    VIEW = "sql"

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.FLAGS)
        cls.addClassCleanup(lambda: shutil.rmtree(cls.server.root, ignore_errors=True))
        cls.addClassCleanup(lambda: cls.server.stop())
        cls.browser = Browser()
        cls.addClassCleanup(lambda: cls.browser.close())
        cls.prepare()
        cls.browser.open(cls.server.link)
        cls.browser.wait_for_text("#version", r"\d")

    @classmethod
    def prepare(cls):
        pass

    def setUp(self):
        self.browser.open("about:blank")
        self.browser.open(f"{self.server.address}#{self.VIEW}")
        self.browser.wait_for_text("#version", r"\d")
        self.browser.complaints()

    def tearDown(self):
        self.assertIsNone(self.browser.run("return window.hacked ?? null"))
        # An error that the server tells is in the console too; a breach of the security policy is never right.
        for complaint in self.browser.complaints():
            self.assertNotRegex(complaint, "(?i)security policy|trusted|Uncaught", complaint)

    def run_sql(self, text, done=r"row|Done|Cancelled"):
        self.browser.type("#sql-text", text)
        self.browser.press("Control", "Enter")
        return self.browser.wait_for_text("#sql-status", done)

    def is_shown(self, selector):
        return self.browser.run("return document.querySelector(arguments[0])?.checkVisibility() === true", selector)


class Sql(PageCase):
    def test_a_result_is_a_grid(self):
        self.run_sql("SELECT 9007199254740993 AS big, 1.50::DECIMAL(9, 2) AS exact, NULL::DATE AS nothing, [1, 2] AS list, 'ä' AS text", "1 row")
        self.assertEqual(self.browser.texts("#sql-grid thead th"), ["#", "big\nbigint", "exact\ndecimal(9,2)", "nothing\ndate", "list\ninteger[]", "text\nvarchar"])
        self.assertEqual(self.browser.texts("#sql-grid tbody td"), ["9007199254740993", "1.50", "NULL", "[1,2]", "ä"])

    def test_a_long_result_is_cut_and_says_so(self):
        self.run_sql("FROM range(2500)", "first 1,000 rows")
        self.assertEqual(len(self.browser.texts("#sql-grid tbody tr")), 1000)

    def test_changes_are_counted_and_tables_appear(self):
        self.run_sql("CREATE OR REPLACE TABLE letters(a INTEGER)", "Done")
        self.run_sql("INSERT INTO letters FROM range(1234)", "1,234 rows changed")
        self.browser.wait_for_text("#tables-list", r"letters\s+1,234")

    def test_a_table_is_opened_by_its_name(self):
        self.server.sql('CREATE OR REPLACE TABLE "order"(a INTEGER); INSERT INTO "order" VALUES (7)')
        self.browser.click("#tables-again")
        self.browser.wait_for_text("#tables-list", "order")
        self.browser.type("#tables-filter", "order")
        self.browser.click("#tables-list button")
        self.browser.wait_for_text("#sql-status", "1 row")
        self.assertEqual(self.browser.texts("#sql-grid tbody td"), ["7"])

    def test_an_error_is_shown_at_its_place(self):
        self.browser.type("#sql-text", "SELECT 'ä€😀' AS a,\n  wrong_column\nFROM range(3)")
        self.browser.press("Control", "Enter")
        self.browser.wait_for_text("#sql-error", "wrong_column")
        self.assertEqual(self.browser.text("#sql-place"), "line 2, column 3")
        self.assertEqual(self.browser.text("#sql-marks mark"), "wrong_column")
        self.browser.click("#sql-place")
        chosen = "const box = document.querySelector('#sql-text'); return box.value.slice(box.selectionStart, box.selectionEnd)"
        self.assertEqual(self.browser.run(chosen), "wrong_column")
        self.assertFalse(self.is_shown("#sql-grid"))

    def test_an_error_in_a_selection_is_shown_in_the_whole_text(self):
        self.browser.type("#sql-text", "SELECT 1;\nSELECT oops")
        self.browser.run("document.querySelector('#sql-text').setSelectionRange(10, 21)")
        self.browser.press("Control", "Enter")
        self.browser.wait_for_text("#sql-error", "oops")
        self.assertEqual(self.browser.text("#sql-place"), "line 2, column 8")
        self.assertEqual(self.browser.text("#sql-marks mark"), "oops")

    def test_escape_cancels_in_the_server_too(self):
        self.browser.type("#sql-text", ENDLESS)
        self.browser.press("Control", "Enter")
        self.browser.wait_for_text("#sql-status", "Running")
        self.browser.press("Escape")
        self.browser.wait_for_text("#sql-status", "Cancelled")
        metrics = lambda: self.server.request("GET", "/metrics")[1].decode()
        self.browser.wait(lambda: re.search(r'dplake_http_requests_total\{route="/api/v1/query",status="499"\} [1-9]', metrics()) or
                          re.search(r'dplake_http_requests_total\{route="/api/v1/query/\{id\}",status="202"\} [1-9]', metrics()), "the cancel")
        self.run_sql("SELECT 1", "1 row")

    def test_csv_has_every_row(self):
        self.browser.type("#sql-text", "SELECT range AS i, 'a,b' AS text FROM range(3000)")
        self.browser.click("#sql-csv")
        self.browser.wait_for_text("#sql-status", "Saved")
        path = os.path.join(self.browser.downloads, "result.csv")
        self.browser.wait(lambda: os.path.exists(path) and os.path.getsize(path) > 0, "the file")
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
        self.assertEqual((len(lines), lines[0], lines[3000]), (3001, "i,text", '2999,"a,b"'))

    def test_statements_come_back(self):
        self.run_sql("SELECT 'first' AS a", "1 row")
        self.run_sql("SELECT 'second' AS a", "1 row")
        self.browser.press("Alt", "ArrowUp")
        self.browser.press("Alt", "ArrowUp")
        self.assertEqual(self.browser.run("return document.querySelector('#sql-text').value"), "SELECT 'first' AS a")


class Hostile(PageCase):
    @classmethod
    def prepare(cls):
        name = '"' + HOSTILE.replace('"', '""') + '"'
        cls.server.sql(f"CREATE SCHEMA {name}; CREATE TABLE {name}.{name}({name} VARCHAR); INSERT INTO {name}.{name} VALUES ({quoted(HOSTILE)}); "
                       f"COMMENT ON TABLE {name}.{name} IS {quoted(HOSTILE)}")
        cls.server.sql(TIMELINE)
        values = ", ".join(f"({micros(2025, 6, 8, 9)}, NULL, {quoted(HOSTILE)}, 'x', {quoted(HOSTILE)}, {quoted(HOSTILE)}, {quoted(url)}, NULL, NULL, false, "
                           "false, 'seen')" for url in ("javascript:window.hacked=1", "https://example.com/?\"><script>window.hacked=1</script>", HOSTILE))
        cls.server.sql(f"INSERT INTO takeout.seen VALUES {values}")

    def elements(self):
        return self.browser.run("return document.querySelectorAll('main img, main script, main [onerror]').length")

    def test_names_and_values_are_texts(self):
        self.browser.wait_for_text("#tables-list", "onerror")
        self.browser.run("[...document.querySelectorAll('#tables-list button')].find((b) => b.innerText.includes('onerror')).click()")
        self.browser.wait_for_text("#sql-status", "1 row")
        self.assertEqual(self.browser.texts("#sql-grid tbody td"), [HOSTILE])
        self.assertIn(HOSTILE, self.browser.texts("#sql-grid thead th")[1])
        self.assertEqual(self.elements(), 0)

    def test_errors_are_texts(self):
        self.browser.type("#sql-text", 'SELECT "<img src=x onerror=window.hacked=1>"')
        self.browser.press("Control", "Enter")
        self.browser.wait_for_text("#sql-error", "<img src=x")
        self.assertEqual(self.elements(), 0)

    def test_the_day_shows_texts_and_links_only_to_the_web(self):
        self.browser.open(self.server.address + "#day")
        self.browser.wait(lambda: len(self.browser.texts("#day-list li")) == 3, "three lines")
        self.assertIn(HOSTILE, self.browser.text("#day-list"))
        self.assertEqual(self.elements(), 0)
        links = self.browser.run("return [...document.querySelectorAll('#day-list a')].map((a) => [a.protocol, a.rel])")
        self.assertEqual(links, [["https:", "noopener noreferrer"]])


class Day(PageCase):
    VIEW = "day"

    @classmethod
    def prepare(cls):
        cls.server.sql(TIMELINE)
        rows = [(micros(2025, 6, 8, 0, 0), micros(2025, 6, 8, 9, 30), "location", "visit", "Home", "Berlin", None, 52.4893, 13.3906, False, False),
                (micros(2025, 6, 8, 8, 50), None, "activity", "activity", "Searched for a lake", "Search", "https://example.com/q", None, None, False, False),
                (micros(2025, 6, 8, 9, 0), None, "location", "point", None, None, None, 52.4, 13.3, True, False),
                (micros(2025, 6, 8, 23, 59), None, "keep", "note", None, None, None, None, None, False, True),
                (micros(2025, 6, 9, 0, 0), None, "mail", "mail", "Next day", None, None, None, None, False, False),
                (micros(2025, 5, 1, 12, 0), None, "mail", "mail", "In May", None, None, None, None, False, False),
                (micros(2999, 1, 1), None, "calendar", "event", "Far away", None, None, None, None, False, False)]
        values = ", ".join("(" + ", ".join(quoted(value) for value in row) + ", 'seen')" for row in rows)
        cls.server.sql(f"INSERT INTO takeout.seen VALUES {values}")

    def go_to(self, day):
        self.browser.run("const box = document.querySelector('#day-date'); box.value = arguments[0]; box.dispatchEvent(new Event('change'))", day)
        self.browser.wait(lambda: self.browser.run("return document.querySelector('#day-month [aria-current]')?.innerText.trim()") == str(int(day[-2:])),
                          "the day")

    def test_it_begins_with_the_newest_day_that_is_not_to_come(self):
        self.browser.wait_for_text("#day-title", "9 June 2025")
        self.browser.wait_for_text("#day-list", "Next day")

    def test_a_day_is_listed_by_time_with_product_and_place(self):
        self.go_to("2025-06-08")
        self.browser.wait_for_text("#day-status", "3 entries.*Europe/Berlin")
        lines = [re.sub(r"\s+", " ", line) for line in self.browser.texts("#day-list li")]
        self.assertEqual(lines, ["00:00– 09:30 location Home Berlin 52.4893, 13.3906", "08:50 activity Searched for a lake Search",
                                 "23:59 keep not shown here: it may hold secrets"])

    def test_details_are_shown_when_asked_for(self):
        self.go_to("2025-06-08")
        self.browser.click("#day-details")
        self.browser.wait_for_text("#day-status", "4 entries")
        self.browser.click("#day-details")
        self.browser.wait_for_text("#day-status", "3 entries")

    def test_days_are_turned_by_buttons_and_keys(self):
        self.go_to("2025-06-08")
        self.browser.click("#day-on")
        self.browser.wait_for_text("#day-title", "Monday, 9 June 2025")
        self.browser.run("document.activeElement.blur()")
        self.browser.press("ArrowLeft")
        self.browser.press("ArrowLeft")
        self.browser.wait_for_text("#day-title", "Saturday, 7 June 2025")
        self.browser.wait_for_text("#day-status", "Nothing on this day. Earlier: Thursday, 1 May 2025 Later: Sunday, 8 June 2025")
        self.browser.run("[...document.querySelectorAll('#day-status button')].find((b) => b.innerText.startsWith('Earlier')).click()")
        self.browser.wait_for_text("#day-list", "In May")

    def test_products_are_left_out(self):
        self.go_to("2025-06-08")
        self.browser.wait_for_text("#day-products", r"location\s*1")
        self.browser.click("#day-products [data-product=location]")
        self.browser.wait(lambda: len(self.browser.texts("#day-list li")) == 2, "two lines")
        self.assertEqual(self.browser.run("return document.activeElement.dataset.product"), "location")
        self.browser.click("#day-products [data-product=location]")

    def test_the_month_says_how_much_each_day_has(self):
        self.go_to("2025-06-08")
        names = self.browser.run("return [...document.querySelectorAll('#day-month button')].map((b) => b.ariaLabel)")
        self.browser.run("document.querySelector('#day-month [aria-current]').focus()")
        self.browser.press("ArrowRight")
        self.browser.wait(lambda: self.browser.run("return document.activeElement.ariaLabel") == names[8], "the focus on the next day")
        self.assertEqual((len(names), names[7], names[8], names[9]), (30, "Sunday, 8 June 2025: 3 entries", "Monday, 9 June 2025: 1 entry",
                                                                     "Tuesday, 10 June 2025: 0 entries"))


class EmptyLake(PageCase):
    VIEW = "day"

    def test_a_lake_without_a_timeline_says_so(self):
        self.browser.wait_for_text("#day-status", "There is no timeline yet. Import a Google Takeout")

    def test_a_lake_without_imports_says_so(self):
        self.browser.open(self.server.address + "#import")
        self.browser.wait_for_text("#imports", "Nothing was imported yet")

    def test_the_keyboard_does_what_the_help_says(self):
        self.browser.press("?")
        self.assertTrue(self.is_shown("#help"))
        self.browser.press("Escape")
        self.assertFalse(self.is_shown("#help"))
        for key, view in (("2", "sql"), ("3", "import"), ("1", "day")):
            self.browser.press(key)
            self.browser.wait(lambda shown=view: self.is_shown(f"#view-{shown}"), view)
            self.assertEqual(self.browser.texts("nav [aria-current]"), [view.upper() if view == "sql" else view.capitalize()])
        for key, box in (("/", "sql-text"), ("t", "tables-filter")):
            self.browser.press(key)
            self.assertEqual(self.browser.run("return document.activeElement.id"), box)
            self.browser.press("Escape")

    def test_everything_to_use_has_a_name(self):
        for view in ("day", "sql", "import"):
            self.browser.open(f"{self.server.address}#{view}")
            self.browser.run("document.querySelectorAll('details').forEach((each) => each.open = true)")
            found = self.browser.ask("POST", "/elements", {"using": "css selector", "value": "a, button, input, textarea, select, progress, [tabindex='0']"})
            for element in (next(iter(each.values())) for each in found):
                if self.browser.ask("GET", f"/element/{element}/displayed"):
                    name = self.browser.ask("GET", f"/element/{element}/computedlabel")
                    self.assertTrue(name, self.browser.ask("GET", f"/element/{element}/property/outerHTML"))


def made_export(folder, *options):
    """The archive of a generated export, and its truth."""
    subprocess.run([sys.executable, "-B", os.path.join(FOLDER, "../data/takeout_generator"), "--out", folder, *options], check=True, stdout=subprocess.DEVNULL)
    truth = json.loads(pathlib.Path(folder, "truth.json").read_text(encoding="utf-8"))
    return str(next(pathlib.Path(folder).glob("*.zip"))), truth


class Import(PageCase):
    VIEW = "import"
    # A network that needs some seconds for the large archive.
    SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 3_000_000}
    FREE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}

    @classmethod
    def prepare(cls):
        cls.small, cls.truth = made_export(os.path.join(cls.server.root, "small"), "--size", "200KB", "--seed", "3", "--products", "activity,youtube,tasks,keep",
                                           "--damage", "malformed")
        cls.large, _ = made_export(os.path.join(cls.server.root, "large"), "--size", "24MB", "--seed", "4", "--products", "mail,photos", "--level", "0")

    def setUp(self):
        super().setUp()
        self.browser.run("localStorage.clear()")
        self.browser.devtools("Network.enable", {})
        self.browser.devtools("Network.emulateNetworkConditions", self.FREE)

    def wait_for_report(self):
        self.browser.wait(lambda: self.is_shown("#report"), "the report")
        return self.browser.text("#report-body")

    def numbers_of(self, product):
        """Files, rows, duplicates, rejects of a product in the report."""
        row = "return [...document.querySelectorAll('.products tbody tr')].find((r) => r.querySelector('th')?.innerText.endsWith(arguments[0]))?.innerText"
        return [int(number.replace(",", "")) for number in re.findall(r"\s([\d,]+)(?=\s)", self.browser.run(row, product))]

    def test_1_an_archive_is_uploaded_and_its_report_shown(self):
        self.browser.give_files("#files", self.small)
        report = self.wait_for_report()
        self.assertIn("The account balances", report)
        ledger = self.server.sql("SELECT product, count(*), sum(rows_new)::BIGINT, sum(rows_dup)::BIGINT, sum(elements_rejected)::BIGINT "
                                 "FROM takeout.import_entry WHERE product <> '' GROUP BY ALL")
        self.assertGreaterEqual(len(ledger), 4)
        for product, *numbers in ledger:
            self.assertEqual(self.numbers_of(product), numbers, product)
        self.assertGreater(sum(row[4] for row in ledger), 0)
        for line in self.server.sql("SELECT DISTINCT r.reason FROM takeout.import_reject r"):
            self.assertIn(line[0], report)
        self.assertEqual(sum(row[4] for row in ledger), sum(product.get("rejected", 0) for product in self.truth["products"].values()))
        self.browser.wait_for_text("#imports", r"complete")

    def test_2_the_same_archive_again_is_known(self):
        self.browser.give_files("#files", self.small)
        self.browser.wait_for_text("#import-status", "Done|known")
        self.assertEqual(self.server.sql("SELECT count(*) FROM takeout.import_part"), [[1]])

    def test_3_an_upload_goes_on_after_the_page_was_closed(self):
        self.browser.devtools("Network.emulateNetworkConditions", self.SLOW)
        self.browser.give_files("#files", self.large)
        self.browser.wait_for_text("#uploads p", r"^[1-9][\d.]* [KM]iB of")
        self.browser.click("#uploads button")
        self.browser.wait_for_text("#uploads .state", "paused")
        self.browser.open("about:blank")
        self.browser.open(f"{self.server.address}#import")
        self.browser.wait_for_text("#uploads .state", "interrupted")
        self.browser.devtools("Network.emulateNetworkConditions", self.FREE)
        self.browser.run("const real = fetch; window.offsets = []; window.fetch = (path, request) => { if (request?.method === 'PATCH') "
                         "offsets.push(Number(request.headers['Upload-Offset'])); return real(path, request); }")
        self.browser.give_files("#files", self.large)
        self.wait_for_report()
        self.assertGreater(self.browser.run("return offsets[0]"), 0)
        self.assertEqual(self.server.sql("SELECT count(*) FROM takeout.import_part WHERE state = 'complete'"), [[2]])

    def test_4_a_cancelled_upload_is_forgotten(self):
        self.browser.devtools("Network.emulateNetworkConditions", self.SLOW)
        self.browser.give_files("#files", self.large)
        self.browser.wait_for_text("#uploads .state", "sending")
        self.browser.click("#uploads button:last-child")
        self.browser.wait(lambda: self.browser.texts("#uploads li") == [], "an empty list")
        self.browser.devtools("Network.emulateNetworkConditions", self.FREE)
        self.setUp()
        self.browser.wait_for_text("#imports", r"\w")
        self.assertEqual(self.browser.texts("#uploads li"), [])

    def test_5_a_path_that_is_not_allowed_is_refused_with_the_reason(self):
        self.browser.run("document.querySelector('.options').open = true")
        self.browser.type("#path", "/etc")
        self.browser.press("Enter")
        self.browser.wait_for_text("#import-error", r"\w{3}")

    def test_6_an_import_that_was_not_accepted_is_tried_again_without_an_upload(self):
        self.browser.run("const real = fetch; let refused = false; window.pieces = 0; window.fetch = (path, request) => { "
                         "if (request?.method === 'PATCH') pieces += 1; if (!path.endsWith('/takeout') || refused) return real(path, request); "
                         "refused = true; return Promise.resolve(new Response('{\"error\":{\"code\":\"unavailable\",\"message\":\"not now\"}}', {status: 503})); }")
        self.browser.give_files("#files", self.small)
        self.browser.wait_for_text("#import-error", "not now")
        self.browser.click("#import-error button")
        self.browser.wait_for_text("#import-status", "Done|known")
        self.assertEqual(self.browser.run("return pieces"), 1)
        self.assertEqual(self.browser.texts("#uploads li"), [])

    def test_7_a_job_is_paused_resumed_and_cancelled(self):
        archive, _ = made_export(os.path.join(self.server.root, "long"), "--size", "40MB", "--seed", "5", "--products", "mail")
        self.browser.give_files("#files", archive)
        card = "#jobs li:first-child"
        for label, state in (("Pause", "paused"), ("Resume", "running"), ("Cancel", "cancelled")):
            self.browser.wait_for_text(card, label)
            if state != "running":
                self.browser.wait_for_text(f"{card} .state", "running")
            self.browser.run("[...document.querySelectorAll(arguments[0] + ' button')].find((b) => b.innerText === arguments[1]).click()", card, label)
            self.browser.wait_for_text(f"{card} .state", state)
        self.browser.wait_for_text("#import-error", "cancel")

    def test_8_what_is_dropped_is_taken_wherever_it_falls(self):
        self.browser.open(f"{self.server.address}#sql")
        self.browser.run("const data = new DataTransfer(); data.items.add(new File(['[]'], 'MyActivity.json')); "
                         "for (const name of ['dragover', 'drop']) document.body.dispatchEvent(new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true}))")
        self.browser.wait(lambda: self.is_shown("#view-import"), "the view of imports")
        self.browser.wait_for_text("#import-status", "Done|known")

    def test_9_without_events_jobs_are_asked_for(self):
        archive, _ = made_export(os.path.join(self.server.root, "other"), "--size", "200KB", "--seed", "6", "--products", "tasks,keep")
        self.browser.run("window.EventSource = class { constructor() { setTimeout(() => this.onerror(), 0) } addEventListener() {} close() {} }")
        self.browser.give_files("#files", archive)
        self.wait_for_report()
        self.browser.wait_for_text("#jobs li:first-child .state", "succeeded")

    def test_a_dry_run_says_what_would_be_imported_and_keeps_the_upload(self):
        archive, _ = made_export(os.path.join(self.server.root, "dry"), "--size", "200KB", "--seed", "7", "--products", "contacts,calendar")
        self.browser.run("document.querySelector('.options').open = true; document.querySelector('#dry-run').checked = true; "
                         "document.querySelector('#products').value = ' - calendar, -mail '")
        self.browser.give_files("#files", archive)
        report = self.wait_for_report()
        self.assertRegex(report, r"(?i)contacts[\s\S]*zip\s+whole|zip\s+whole[\s\S]*contacts")
        # A row as it would be stored, and what would not be.
        self.assertRegex(report, r'contacts_vcf[^\n]*\{"')
        self.assertRegex(report, r"calendar_ics[^\n]*left out")
        self.assertEqual(self.browser.text("#report-title"), "What would be imported")
        self.assertEqual(self.server.sql("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'contact' AND estimated_size > 0"), [[0]])
        self.browser.run("document.querySelector('#dry-run').checked = false; window.pieces = 0; const real = fetch; window.fetch = (path, request) => { "
                         "if (request?.method === 'PATCH') pieces += 1; return real(path, request); }; document.querySelector('#report').hidden = true")
        self.browser.give_files("#files", archive)
        self.wait_for_report()
        self.assertEqual(self.browser.run("return pieces"), 0)
        self.assertGreater(self.server.sql("SELECT count(*) FROM takeout.contact")[0][0], 0)
        self.assertEqual(self.server.sql("SELECT DISTINCT state FROM takeout.import_entry WHERE name LIKE '%.ics'"), [["rejected_by_user"]])


class Look(PageCase):
    FLAGS = ("--sample",)
    VIEW = "import"
    SIZES = ((1280, 860), (390, 800))

    def shot(self, browser, name):
        if SHOTS:
            os.makedirs(SHOTS, exist_ok=True)
            browser.screenshot(os.path.join(SHOTS, name + ".png"), whole=True)

    def look_at(self, browser, name):
        """Each view fits the width, and its texts can be told from what is behind them."""
        for view in ("day", "sql", "import"):
            browser.open(f"{self.server.address}#{view}")
            if view == "day":
                browser.wait_for_text("#day-status", r"\w")
            if view == "sql":
                browser.type("#sql-text", "SELECT state, count(*) AS files\nFROM takeout.import_entry\nWHERE wrong = 1")
                browser.press("Control", "Enter")
                browser.wait_for_text("#sql-error", "wrong")
            if view == "import":
                browser.wait_for_text("#imports", "complete")
                browser.click("#imports button")
                browser.wait_for_text("#report-body", "Rejected elements")
            self.shot(browser, f"{name}-{view}")
            self.assertLessEqual(browser.run("return document.documentElement.scrollWidth - innerWidth"), 0, f"{name} {view}")
            self.assertEqual(browser.run(FAINT), [], f"{name} {view}")

    def test_sizes_and_colours(self):
        backgrounds = set()
        for dark in (False, True):
            for width, height in self.SIZES:
                browser = Browser(width, height, dark)
                self.addCleanup(browser.close)
                browser.open(self.server.link)
                browser.wait_for_text("main", r"\w")
                self.look_at(browser, f"{'dark' if dark else 'light'}-{width}")
                backgrounds.add(browser.run("return getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(len(backgrounds), 2)

    def test_the_sample_has_a_week(self):
        self.browser.open(f"{self.server.address}#day")
        self.browser.wait_for_text("#day-title", "Sunday, 8 June 2025")
        self.browser.wait_for_text("#day-list", r"10:25\s*– 16:50\s+location\s+Schlachtensee\s+Am Schlachtensee, 14163 Berlin\s+52.4437, 13.2140")
        self.browser.wait_for_text("#day-list", r"19:30\s+mail\s+Re: Sunday at the lake")
        self.browser.wait(lambda: len(self.browser.texts("#day-month button")) == 30, "the month")
        days = self.browser.run("return [...document.querySelectorAll('#day-month button')].map((b) => !b.ariaLabel.endsWith(': 0 entries'))")
        self.assertEqual([day + 1 for day, has in enumerate(days) if has], [2, 3, 4, 5, 6, 7, 8])

    def test_the_sample_is_there_with_its_report(self):
        # Two labels of its mail are those of the generated export too, which is imported first.
        self.browser.wait_for_text("#imports", r"takeout-20250609T080000Z-001\.zip\s+279\s+complete")
        self.browser.click("#imports button")
        self.browser.wait_for_text("#report-body", r"12 files, .* 279 new rows, 2 duplicates, 0 updated, 1 rejected")
        self.browser.wait_for_text("#report-body", r"location\s+2\s+193\s+0\s+1\s+some left out")
        self.browser.wait_for_text("#report-body", "1 x no time in location_records")


class Locked(PageCase):
    def test_a_browser_without_the_link_is_told_what_to_do(self):
        stranger = Browser()
        self.addCleanup(stranger.close)
        stranger.open(self.server.address)
        self.assertIn("Open the link that dplake serve prints", stranger.text("body"))
        stranger.open(f"data:text/html,<a href='{self.server.link}'>a page of another site</a>")
        stranger.click("a")
        stranger.wait_for_text("body", "go on")
        stranger.click("a")
        stranger.wait_for_text("#version", r"\d")
        self.assertEqual(stranger.run("return location.href"), self.server.address)

    def test_a_server_that_began_anew_says_how_to_go_on(self):
        type(self).server = self.server.start_again()
        self.browser.type("#sql-text", "SELECT 1")
        self.browser.press("Control", "Enter")
        self.browser.wait_for_text("#banner", "Open the link that dplake serve prints")
        self.browser.open(self.server.link)
        self.browser.wait_for_text("#version", r"\d")


if __name__ == "__main__":
    if programs() is None:
        print("NOT TESTED: the page at /, because chromium and chromedriver are not installed", file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") else 77)
    unittest.main(verbosity=2)
