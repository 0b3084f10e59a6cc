"""Chrome: browser history, bookmarks, reading list, search engines, devices, and the sensitive autofill."""
import html
import json

from . import times
from .pretty import pretty

PRODUCT = "chrome"
START, END = times.at(2021, 1, 1), times.at(2024, 4, 25)
WEBKIT_SECONDS = 11_644_473_600  # from 1601 to 1970
BROKEN = (('{"title": "x", "url": https://x.example, "time_usec": 1}', "syntax"), ("[]", "shape"),
          ('{"title": "no time", "url": "https://example.com/"}', "no time"))


def visit_of(item):
    dice = item.dice()
    visit = {"title": dice.words(4), "url": f"https://{dice.pick(('www', 'news', 'docs'))}.example.com/{dice.code(12)}?q={item.number}",
             "time_usec": item.ts + dice.below(1000), "client_id": f"{client_of(dice)}=="}
    if dice.chance(60):
        visit = {"favicon_url": "https://www.example.com/favicon.ico", **visit}
    if dice.chance(50):
        visit["page_transition"] = dice.pick(("LINK", "TYPED", "RELOAD"))
    else:
        visit["page_transition_qualifier"] = "CLIENT_REDIRECT"
    if item.number % 400 == 99:
        visit["url"] = "data:text/plain;base64," + dice.code(64) * 40
    return visit


def client_of(dice):
    return ("W1vSb98l403jhPeK", "Qx0aZZ11lmnoPqrs")[dice.below(2)]


def write_history(export):
    """One element in fifty stands twice."""
    count = export.count(PRODUCT, 0.75, 320)
    with export.file(PRODUCT, "browser_history", ["Chrome", "History.json"], size_max=export.options.size) as file:
        file.write('{\n"Browser History": [')
        for number, item in enumerate(export.items("browser_visit", count, START, END)):
            file.write(",\n" if number else "\n")
            if export.is_malformed(number):
                for text, reason in BROKEN:
                    file.write(text + ",\n")
                    file.reject(reason)
            visit = visit_of(item)
            text = pretty(visit, 4, False)
            for again in range(2 if item.number % 50 == 11 else 1):
                file.write((",\n" if again else "") + text)
                file.element()
                file.row("browser_visit", (visit["time_usec"], visit["url"], visit["client_id"]), (visit["time_usec"],))
        file.write('\n],\n"Typed Url": [], "Session": []\n}\n')


def write_bookmarks(export):
    """A Netscape file with nested folders; times in whole seconds."""
    with export.file(PRODUCT, "bookmarks", ["Chrome", "Bookmarks.html"]) as file:
        file.write("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=UTF-8\">\n"
                   "<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n")
        items = list(export.items("bookmark", export.count(PRODUCT, 0.12, 170, most=20000), START, END))
        folders = (("Bookmarks bar",), ("Bookmarks bar", "Räder & <Reisen>"), ("Mobile bookmarks",))
        depth = ()
        for number, folder in enumerate(folders):
            while depth != folder[:len(depth)]:
                depth = close_folder(file, depth)
            for name in folder[len(depth):]:
                file.write(f'<DT><H3 ADD_DATE="{START // times.SECOND}">{html.escape(name)}</H3>\n<DL><p>\n')
            depth = folder
            for item in (item for item in items if item.number % len(folders) == number):
                dice, added = item.dice(), times.floor_second(item.ts)
                url = f"https://www.example.com/b/{dice.code(10)}?a=1&n={item.number}"
                file.write(f'<DT><A HREF="{html.escape(url)}" ADD_DATE="{added // times.SECOND}">'
                           f"{html.escape(item.dice(item.version).words(3))} &amp; more</A>\n")
                file.element()
                file.row("bookmark", ("/".join(folder), url, added), (added,), text=f"v{item.version}")
        while depth:
            depth = close_folder(file, depth)
        file.write("</DL><p>\n")


def close_folder(file, depth):
    file.write("</DL><p>\n")
    return depth[:-1]


def write_reading_list(export):
    with export.file(PRODUCT, "reading_list", ["Chrome", "ReadingList.html"]) as file:
        file.write("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Reading List</TITLE>\n<H1>Reading List</H1>\n<DL><p>\n")
        for item in export.items("reading_list", export.count(PRODUCT, 0.02, 120, most=2000), START, END):
            added, url = times.floor_second(item.ts), f"https://read.example.com/{item.dice().code(9)}"
            file.write(f'<DT><A HREF="{url}" ADD_DATE="{added // times.SECOND}">{item.dice().words(2)}</A>\n')
            file.element()
            file.row("reading_list", (url, added), (added,))
        file.write("</DL><p>\n")


def write_engines(export):
    """Dates count from 1601 in every second element, from 1970 in the others."""
    with export.file(PRODUCT, "search_engines", ["Chrome", "SearchEngines.json"]) as file:
        engines = []
        for item in export.items("search_engine", 12, START, END):
            dice, shift = item.dice(), WEBKIT_SECONDS * times.SECOND if item.number % 2 else 0
            guid = f"{dice.spelled(8, '0123456789abcdef')}-{dice.spelled(12, '0123456789abcdef')}"
            engines.append({"suggestions_url": "", "favicon_url": "", "safe_for_autoreplace": True, "is_active": "ACTIVE_TRUE",
                            "date_created": str(item.ts + shift), "url": "https://find.example.com/?q={searchTerms}",
                            "short_name": dice.words(1), "keyword": dice.words(1), "sync_guid": guid,
                            "last_modified": str(item.ts + shift)})
            file.element()
            file.row("search_engine", (guid,))
        json.dump({"Search Engines": engines}, file, indent=2)


def write_devices(export):
    with export.file(PRODUCT, "chrome_devices", ["Chrome", "Device Information.json"]) as file:
        devices = []
        for number in range(3):
            seen = END + number * times.HOUR
            devices.append({"client_name": f"Laptop-{number}", "model": "X1", "manufacturer": "Example", "os_type": "OS_TYPE_LINUX",
                            "chrome_version": "124.0.6367.91", "last_updated_timestamp": str(seen)})
            file.element()
            file.row("chrome_device", (f"Laptop-{number}",), (seen,))
        json.dump({"Device Info": devices}, file, indent=2)


def write(export):
    write_history(export)
    write_bookmarks(export)
    write_reading_list(export)
    write_engines(export)
    write_devices(export)
    note = "Sensitive: off by default. Member names are from memory."
    with export.file(PRODUCT, "autofill", ["Chrome", "Addresses and more.json"], state="blob_only", note=note, from_memory=True,
                     alternatives=("rejected_by_user", "typed", "generic")) as file:
        json.dump({"Autofill": [{"name": "email", "value": ["person1@example.com"]}], "Autofill Profile": []}, file, indent=2)
    with export.file(PRODUCT, "generic_csv", ["Chrome", "Dictionary.csv"]):
        pass  # an empty file is normal
