"""Drive files, Groups, and products nobody knows, for the generic rule. Of Groups only the file names are known."""
import json
import zipfile
from io import BytesIO

from . import mail, times
from .dice import noise, prose
from .youtube import csv_line

DRIVE, GROUPS, OTHER = "drive", "groups", "other"
START, END = times.at(2015, 1, 1), times.at(2024, 4, 25)
FILES_MAX, FILE_BYTES_MIN = 10000, 4000


def document(item):
    """A docx: a zip inside the archive, which stays a blob."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("[Content_Types].xml", "<Types/>"), ("word/document.xml", f"<w:t>{prose(item.dice(), 1200)}</w:t>")):
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def write_drive(export):
    """Names repeat with a number in brackets; every fifth file has the bytes of the one before."""
    size = max(FILE_BYTES_MIN, export.budget(DRIVE) // FILES_MAX)
    for item in export.items("drive", export.count(DRIVE, 1, size, most=FILES_MAX), START, END):
        dice, kind = item.dice(), item.number % 5
        name = f"{('Bericht für', 'notes', 'plan')[item.number % 3]} {item.number // 2}" + ("(1)" if item.number % 2 else "")
        extension = (".docx", ".pdf", ".txt", ".bin", ".bin")[kind]
        segments = ["Drive", f"Folder {item.number % 7}", name + extension]
        with export.file(DRIVE, "drive_file", segments, state="blob_only", alternatives=("typed", "generic"),
                         stored=kind == 3) as file:
            if kind == 0:
                file.write(document(item))
            elif kind == 2:
                file.write(f"{prose(dice, 700)}\n" * max(1, size // 900) + f"version {item.version}\n")
            else:
                # A chunk is named by the number that file and copy share.
                if kind == 1:
                    file.write(b"%PDF-1.4\n")
                same = item.number - (kind == 4)
                for piece in noise(f"{export.options.seed}/drive/{same}", size * 5 // 3):
                    file.write(piece)
            file.row("drive_file", ("/".join(segments[1:]), ), (file.position,), text=f"v{item.version if kind == 2 else 0}")


def write_groups(export):
    """topics.mbox as Gmail's, members.csv with columns from memory."""
    for number in range(2):
        group = f"group{number}@googlegroups.example.com"
        with export.file(GROUPS, "group_members", ["Groups", group, "members.csv"], from_memory=True) as file:
            file.write("Email address,Nickname,Group status,Email status,Email preference,Posting permissions,Join year\n")
            for each in range(2 + number, 9):
                file.write(csv_line([f"person{each}@example.com", "", "member", "", "email", "allowed", 2015 + each]))
                file.element()
                file.row("group_member", (group, f"person{each}@example.com"))
        with export.file(GROUPS, "mbox", ["Groups", group, "topics.mbox"], from_memory=True) as file:
            for item in export.items(f"group {number}", export.count(GROUPS, 0.5, 3300, most=20000), START, END):
                item.number = item.number * 2 + number  # the id is made of time and number: no two groups share one
                mail.write_message(export, file, item, 1500, GROUPS)


def write_other(export):
    """Unknown products: what the generic rule makes of csv, json, html, text and the rest; and files without content."""
    count = export.count(OTHER, 0.3, 70, most=20000)
    with export.file(OTHER, "generic_csv", ["Google Quux", "things.csv"], state="generic") as file:
        file.write("Name,Count,When\n")
        for position in range(count):
            file.write(f'"{export.dice("thing", position).words(2)}, {position}",{position},{times.iso(START + position * times.DAY, 0)}\n')
            file.element()
            file.row("raw_csv", ("Google Quux", "things", position))
    with export.file(OTHER, "generic_json", ["Google Quux", "things.json"], state="generic") as file:
        count = export.count(OTHER, 0.5, 90, most=20000)
        file.write('{"things": [')
        for idx in range(count):
            file.write((", " if idx else "") + json.dumps({"n": idx, "text": export.dice("thing", idx).words(4), "nested": {"a": [1, 2.5]}}))
            file.element()
            file.row("raw_json", ("Google Quux", "Google Quux/things.json", idx))
        file.write("]}")
    with export.file(OTHER, "generic_json", ["Google Finance", "Watchlists", "Watchlist.json"], state="generic",
                     alternatives=("empty",)) as file:
        file.write("[]")
    for name, text in (("followed_topics.txt", "Science\nChess\n"), ("page.html", "<p>A page<script>alert(1)</script>")):
        with export.file(OTHER, "generic_text", ["Google News", name], state="generic", alternatives=("blob_only",)) as file:
            file.write(text)
    for name in ("empty.json", "empty.csv", "empty.html"):
        with export.file(OTHER, "empty", ["Google Quux", name]):
            pass
    with export.file(OTHER, "generic_json", ["Profile", "Profile.json"], state="generic", from_memory=True) as file:
        json.dump({"name": {"fullName": "Ada Berg"}, "emails": [{"value": "person0@example.com"}]}, file)
    with export.file(OTHER, "blob", ["Google Quux", "raw.dat"], state="blob_only") as file:
        for piece in noise(f"{export.options.seed}/raw", 3000):
            file.write(piece)
