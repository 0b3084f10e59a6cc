#!/usr/bin/env python3
"""Writes the Takeout exports that `dplake serve --sample` imports into a C++ file.

usage: sample_takeout.py OUTPUT GENERATOR. The build runs it; the same bytes each time. Two archives: what the generator of exports with known
truth (the folder GENERATOR, test/data/takeout_generator) makes of ARGUMENTS, a little of every product; and a made-up week of a made-up
person in Berlin, which is written here because its days have to tell one story. One point of the week's location history has no time, on
purpose: the report of the import then shows what a rejected element looks like.
"""
import datetime
import io
import json
import os
import sys
import tempfile
import zipfile

# Of the generator; test/door/sample_test.py holds the sample against the truth of the same.
ARGUMENTS = ("--products", "all", "--size", "60KB", "--seed", "7", "--zone", "Europe/Berlin", "--level", "9")
GENERATED = "takeout-20240501T120000Z-001.zip"
WEEK = "takeout-20250609T080000Z-001.zip"
DAYS = [datetime.date(2025, 6, 2) + datetime.timedelta(days) for days in range(7)]
ZONE = datetime.timezone(datetime.timedelta(hours=2))
# name, address, degrees times 1e7
PLACES = {
    "home": ("Home", "Bergmannstraße 12, 10961 Berlin", 524893000, 133906000),
    "office": ("Office", "Invalidenstraße 40, 10115 Berlin", 525311000, 133827000),
    "cafe": ("Café Linde", "Gneisenaustraße 5, 10961 Berlin", 524911000, 133957000),
    "park": ("Tempelhofer Feld", "Tempelhofer Damm, 12101 Berlin", 524736000, 134039000),
    "market": ("Markthalle Neun", "Eisenbahnstraße 42, 10997 Berlin", 525021000, 134316000),
    "museum": ("Hamburger Bahnhof", "Invalidenstraße 50, 10557 Berlin", 525283000, 133719000),
    "lake": ("Schlachtensee", "Am Schlachtensee, 14163 Berlin", 524437000, 132140000),
}
WORKDAY = (("home", "00:00", "08:10"), ("office", "08:45", "17:30"), ("home", "18:20", "23:59"))
# Where the person is: place, from, to; and how they go to the next one.
ROUTES = {
    0: (WORKDAY, "CYCLING"),
    1: ((("home", "00:00", "07:40"), ("cafe", "07:50", "08:20"), ("office", "08:55", "18:05"), ("home", "18:45", "23:59")), "IN_SUBWAY"),
    2: (WORKDAY, "CYCLING"),
    3: ((("home", "00:00", "08:30"), ("office", "09:05", "16:40"), ("museum", "17:00", "19:20"), ("home", "20:00", "23:59")), "IN_SUBWAY"),
    4: ((("home", "00:00", "12:15"), ("park", "12:30", "13:20"), ("home", "13:35", "23:59")), "WALKING"),
    5: ((("home", "00:00", "10:20"), ("market", "10:50", "12:40"), ("cafe", "13:05", "14:10"), ("home", "14:20", "23:59")), "CYCLING"),
    6: ((("home", "00:00", "09:30"), ("lake", "10:25", "16:50"), ("home", "17:45", "23:59")), "IN_TRAIN"),
}
SEARCHES = (
    (0, "07:55", "weather berlin"), (0, "12:20", "parquet vs csv"), (0, "21:10", "what is a content-addressed store"),
    (1, "07:44", "u6 delays"), (1, "13:02", "sourdough hydration"), (2, "19:12", "bike tube 28 inch"), (3, "16:31", "hamburger bahnhof opening hours"),
    (3, "21:45", "joseph beuys tallow"), (4, "09:20", "how to export google timeline"), (5, "10:02", "markthalle neun saturday"),
    (5, "15:30", "strawberry cake recipe"), (6, "08:50", "schlachtensee water temperature"), (6, "20:15", "night train berlin stockholm"))
WATCHED = (
    (0, "20:05", "How a hash table works", "Small Machines"), (1, "20:40", "Sourdough for patient people", "Slow Kitchen"),
    (2, "20:02", "Fixing a puncture in five minutes", "Spoke & Chain"), (4, "21:30", "The history of the punched card", "Small Machines"),
    (5, "14:45", "Strawberry cake, three ways", "Slow Kitchen"), (6, "21:05", "From Berlin to Stockholm by train", "Window Seat"))
VISITED = (
    (0, "09:12", "Apache Parquet: the file format", "https://parquet.apache.org/docs/"), (0, "12:24", "SQLite: when to use", "https://sqlite.org/whentouse.html"),
    (1, "09:30", "DuckDB: SQL introduction", "https://duckdb.org/docs/sql/introduction"), (2, "10:15", "Write-ahead logging", "https://sqlite.org/wal.html"),
    (3, "09:48", "Bloom filter", "https://en.wikipedia.org/wiki/Bloom_filter"), (4, "10:05", "Takeout, the account's own data", "https://example.com/takeout"),
    (6, "20:21", "Night trains in Europe", "https://en.wikipedia.org/wiki/Night_train"))
MAILS = (
    (0, "08:58", "Mira Vogt <mira@example.com>", "Lunch on Thursday?", "Shall we eat before the museum? I am near the station at noon."),
    (1, "10:31", "Team <team@example.com>", "Notes of the planning", "Decided: files stay open, the catalog keeps the versions."),
    (2, "18:40", "Spoke & Chain <shop@example.com>", "Your order has arrived", "One tube, 28 inch. You can fetch it until Saturday."),
    (4, "09:05", "Jonas Reh <jonas@example.com>", "Sunday at the lake", "The train leaves at 09:41. Bring a towel and the blue ball."),
    (6, "19:30", "Mira Vogt <mira@example.com>", "Re: Sunday at the lake", "That was good. Stockholm next, then?"))
EVENTS = (
    (1, "10:00", "11:00", "Planning", "Office, room 3"), (3, "12:30", "13:30", "Lunch with Mira", "Café Linde"),
    (3, "17:00", "19:00", "Museum", "Hamburger Bahnhof"), (6, "10:00", "17:00", "Lake with Jonas and Mira", "Schlachtensee"))
TASKS = ((0, "Renew the passport", None), (2, "Fetch the tube", 5), (4, "Ask Google for my data", 4), (6, "Book the night train", None))
STEPS = (6120, 7410, 5890, 9230, 8120, 10640, 15870)


def moment(day, clock):
    hours, minutes = map(int, clock.split(":"))
    return datetime.datetime.combine(DAYS[day], datetime.time(hours, minutes), ZONE)


def utc(time):
    return time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def micros(time):
    return int(time.timestamp()) * 1_000_000


def place(name):
    title, address, lat, lon = PLACES[name]
    return {"latitudeE7": lat, "longitudeE7": lon, "placeId": "sample-" + name, "address": address, "name": title}


def between(start, end, share):
    return {"lat": int(start["latitudeE7"] + (end["latitudeE7"] - start["latitudeE7"]) * share),
            "lon": int(start["longitudeE7"] + (end["longitudeE7"] - start["longitudeE7"]) * share)}


def legs():
    """(from, to, begin, end, how) of every way."""
    for day, (stays, how) in ROUTES.items():
        for (start, _, leave), (end, arrive, _) in zip(stays, stays[1:]):
            yield place(start), place(end), moment(day, leave), moment(day, arrive), how


def semantic():
    visits = [{"placeVisit": {"location": place(name), "duration": {"startTimestamp": utc(moment(day, begin)), "endTimestamp": utc(moment(day, end))},
                              "placeConfidence": "HIGH_CONFIDENCE", "visitConfidence": 93}}
              for day, (stays, _) in ROUTES.items() for name, begin, end in stays]
    ways = []
    for start, end, begin, until, how in legs():
        metres = ((start["latitudeE7"] - end["latitudeE7"]) * 0.0111) ** 2 + ((start["longitudeE7"] - end["longitudeE7"]) * 0.0068) ** 2
        ways.append({"activitySegment": {
            "startLocation": {key: start[key] for key in ("latitudeE7", "longitudeE7")},
            "endLocation": {key: end[key] for key in ("latitudeE7", "longitudeE7")},
            "duration": {"startTimestamp": utc(begin), "endTimestamp": utc(until)},
            "distance": int(metres ** 0.5 * 1.3), "activityType": how, "confidence": "HIGH"}})
    both = visits + ways
    both.sort(key=lambda item: next(iter(item.values()))["duration"]["startTimestamp"])
    return {"timelineObjects": both}


def records():
    points = []
    for start, end, begin, until, _ in legs():
        steps = 8
        for step in range(steps + 1):
            at = between(start, end, step / steps)
            points.append({"latitudeE7": at["lat"], "longitudeE7": at["lon"], "accuracy": 8 + step % 3 * 6, "source": "GPS",
                           "timestamp": utc(begin + (until - begin) * step / steps)})
    del points[40]["timestamp"]
    return {"locations": points}


def activities(header, verb, rows, address):
    return [{"header": header, "title": f"{verb} {title}", "titleUrl": address + title.replace(" ", "+"), "time": utc(moment(day, clock)),
             "products": [header]} for day, clock, title in rows]


def watched():
    return [{"header": "YouTube", "title": f"Watched {title}", "titleUrl": f"https://example.com/watch?v=sample{number}",
             "subtitles": [{"name": channel, "url": "https://example.com/channel/" + channel.replace(" ", "")}],
             "time": utc(moment(day, clock)), "products": ["YouTube"], "activityControls": ["YouTube watch history"]}
            for number, (day, clock, title, channel) in enumerate(WATCHED)]


def visited():
    return {"Browser History": [{"title": title, "url": url, "time_usec": micros(moment(day, clock)), "client_id": "sample", "page_transition": "LINK"}
                                for day, clock, title, url in VISITED]}


def mailbox():
    letters = []
    for number, (day, clock, sender, subject, text) in enumerate(MAILS):
        time = moment(day, clock)
        letters.append(f"From {1833000000000000000 + number}@xxx {time.strftime('%a %b %d %H:%M:%S +0200 %Y')}\r\n"
                       f"X-GM-THRID: {1833000000000000000 + number}\r\nX-Gmail-Labels: Inbox,Opened\r\n"
                       f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S +0200')}\r\nMessage-ID: <sample{number}@example.com>\r\nSubject: {subject}\r\n"
                       f"From: {sender}\r\nTo: Sample Person <sample@example.com>\r\nMIME-Version: 1.0\r\n"
                       f"Content-Type: text/plain; charset=\"UTF-8\"\r\n\r\n{text}\r\n\r\n")
    return "".join(letters)


def calendar():
    lines = ["BEGIN:VCALENDAR", "PRODID:-//Google Inc//Google Calendar 70.9054//EN", "VERSION:2.0", "X-WR-CALNAME:Sample", "X-WR-TIMEZONE:Europe/Berlin"]
    for number, (day, begin, end, summary, where) in enumerate(EVENTS):
        stamps = [moment(day, clock).astimezone(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ") for clock in (begin, end)]
        lines += ["BEGIN:VEVENT", f"DTSTART:{stamps[0]}", f"DTEND:{stamps[1]}", "DTSTAMP:20250609T060000Z", f"UID:sample{number}@example.com",
                  f"LOCATION:{where.replace(',', chr(92) + ',')}", "STATUS:CONFIRMED", f"SUMMARY:{summary}", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def tasks():
    items = []
    for number, (day, title, done) in enumerate(TASKS):
        item = {"id": f"sample{number}", "kind": "tasks#task", "created": utc(moment(day, "08:00")), "updated": utc(moment(day, "08:00")),
                "task_type": "PERSONAL", "status": "needsAction", "title": title}
        if done is not None:
            item |= {"status": "completed", "completed": utc(moment(done, "17:00"))}
        items.append(item)
    return {"kind": "tasks#taskLists", "items": [{"kind": "tasks#tasks", "id": "samplelist", "title": "To do", "updated": utc(moment(6, "08:00")), "items": items}]}


def note():
    time = micros(moment(5, "09:40"))
    return {"color": "YELLOW", "isTrashed": False, "isPinned": True, "isArchived": False, "title": "Market", "userEditedTimestampUsec": time,
            "createdTimestampUsec": time, "listContent": [{"text": text, "isChecked": text == "Bread"} for text in ("Bread", "Strawberries", "Cream", "Basil")]}


def cards():
    people = (("Mira", "Vogt", "mira"), ("Jonas", "Reh", "jonas"), ("Team", "", "team"))
    return "".join(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{' '.join((given, family)).strip()}\r\nN:{family};{given};;;\r\nEMAIL;TYPE=INTERNET:{box}@example.com\r\n"
                   "CATEGORIES:myContacts\r\nEND:VCARD\r\n" for given, family, box in people)


def metrics():
    rows = ["Date,Move Minutes count,Calories (kcal),Distance (m),Heart Points,Step count"]
    rows += [f"{day.isoformat()},{steps // 110},{1600 + steps // 20}.5,{steps * 0.72:.2f},{steps // 300},{steps}" for day, steps in zip(DAYS, STEPS)]
    return "\n".join(rows) + "\n"


def text_of(content):
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1)


def files():
    return {
        "Location History (Timeline)/Records.json": records(),
        "Location History (Timeline)/Semantic Location History/2025/2025_JUNE.json": semantic(),
        "My Activity/Search/MyActivity.json": activities("Search", "Searched for", SEARCHES, "https://example.com/search?q="),
        "YouTube and YouTube Music/history/watch-history.json": watched(),
        "Chrome/History.json": visited(),
        "Mail/All mail Including Spam and Trash.mbox": mailbox(),
        "Calendar/Sample.ics": calendar(),
        "Tasks/Tasks.json": tasks(),
        "Keep/Market.json": note(),
        "Contacts/All Contacts/All Contacts.vcf": cards(),
        "Fit/Daily activity metrics/Daily activity metrics.csv": metrics(),
        "Drive/About this sample.txt": "Made up by sample_takeout.py; nobody lived this week.\n",
    }


def archive_bytes():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files().items()):
            entry = zipfile.ZipInfo("Takeout/" + name, (2025, 6, 9, 8, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text_of(content))
    return out.getvalue()


def generated_bytes(generator):
    """The archive that the generator in that folder makes of ARGUMENTS."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(generator)))
    from takeout_generator.__main__ import options_of
    from takeout_generator.run import generate

    with tempfile.TemporaryDirectory(prefix="sample-") as folder:
        generate(options_of(["--out", folder, *ARGUMENTS]))
        with open(os.path.join(folder, GENERATED), "rb") as file:
            return file.read()


def literal_of(name, content):
    lines = "\n".join('    "' + "".join(f"\\{byte:03o}" for byte in content[at:at + 28]) + '"' for at in range(0, len(content), 28))
    return f"constexpr char {name}[] =\n{lines};\n"


def source_of(archives):
    """`archives`: (name of the literal, name of the file, content), in the order of their import."""
    literals = "\n".join(literal_of(literal, content) for literal, _, content in archives)
    listed = ",\n          ".join(f'{{"{name}", {{{literal}, sizeof({literal}) - 1}}}}' for literal, name, _ in archives)
    return ('#include "lake/server/sample.hpp"\n\nnamespace lake::server {\nnamespace {\n\n' + literals + "\n}  // namespace\n\n"
            "std::vector<SampleArchive> sample_takeouts() {\n  return {" + listed + "};\n}\n\n}  // namespace lake::server\n")


def main():
    output, generator = sys.argv[1:]
    archives = [("kGenerated", GENERATED, generated_bytes(generator)), ("kWeek", WEEK, archive_bytes())]
    with open(output, "w", encoding="utf-8") as file:
        file.write(source_of(archives))


if __name__ == "__main__":
    main()
