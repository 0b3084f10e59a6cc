"""Keep and Tasks."""
import html
import json
import re

from . import media, times
from .pretty import pretty

KEEP, TASKS = "keep", "tasks"
START, END = times.at(2017, 1, 1), times.at(2024, 4, 25)
COLORS = ("DEFAULT", "RED", "BLUE", "YELLOW")
KEEP_MAX = 8000
BROKEN_NOTE = ('{\n    "color": "DEFAULT",\n    "isTrashed": false,\n    "textContent": "plain text",\n    "title": "_Text note"\n'
               '    "userEditedTimestampUsec": 1690597779005000,\n    "createdTimestampUsec": 1690426307496000\n}\n')
NO_NOTE = '{"color": "DEFAULT", "isTrashed": false, "title": "_Text note", "createdTimestampUsec": 1690426307496000}\n'


def note_stem(item, title):
    """A file is named by its title with odd characters replaced, or by its time when there is none."""
    if title:
        return re.sub(r"[\\/:*?\"<>|&%;,.'\n]", "_", title)[:60]
    return times.iso_offset(item.ts, 600).replace(":", "_")


def note_of(item, old):
    """(object without times of creation when it is old, stem). A changed note has another text and a later time of editing; its file keeps its name."""
    dice, late = item.dice(), item.dice("text", item.version)
    title = "" if item.number % 11 == 4 else f"{dice.words(2)} {item.number}" + ("\nSecond line" if item.number % 13 == 2 else "")
    created = item.ts + dice.below(1000)
    note = {"color": dice.pick(COLORS), "isTrashed": item.number % 17 == 3, "isPinned": item.number % 9 == 1,
            "isArchived": item.number % 8 == 5}
    if item.number % 3 == 0:
        note["listContent"] = [{"textHtml": f"<p>{line}</p>", "text": line, "isChecked": late.chance(50)}
                               for line in (f"{number} {late.words(2)}" for number in range(3))]
    else:
        note["textContent"] = f"{late.words(12)} #tag\n{late.words(5)}"
        note["textContentHtml"] = f"<p>{html.escape(note['textContent'])}</p>"
    note["title"] = title
    note["userEditedTimestampUsec"] = created + times.DAY + item.version * times.HOUR
    if not old:  # the member is there since about 2022
        note["createdTimestampUsec"] = created
    if dice.chance(25):
        note["labels"] = [{"name": "label with !'@:$\" Symbols"}, {"name": "hyphenated-label"}]
    if dice.chance(10):
        note["annotations"] = [{"description": "", "source": "WEBLINK", "title": "Example", "url": "https://example.com/"}]
    if dice.chance(8):
        note["sharees"] = [{"isOwner": True, "type": "WRITER", "email": "person1@example.com"}]
    if item.number % 10 == 7:
        # The name says jpeg, the file is stored as jpg.
        note["attachments"] = [{"filePath": f"{created // 1000}.{item.number}.jpeg", "mimetype": "image/jpeg"}]
    return note, note_stem(item, title)


def note_page(note):
    lines = "".join(f"<li>{html.escape(line['text'])}</li>" for line in note.get("listContent", ()))
    body = f"<ul>{lines}</ul>" if lines else html.escape(note.get("textContent", "")).replace("\n", "<br>")
    return (f'<html><head><title>{html.escape(note["title"])}</title></head><body><div class="note {note["color"]}">'
            f'<div class="heading">{times.iso(note["userEditedTimestampUsec"], 6)}</div>'
            f'<div class="title">{html.escape(note["title"])}</div><div class="content">{body}</div></div></body></html>')


def write_note(export, item):
    note, stem = note_of(item, export.is_old)
    created, edited = note.get("createdTimestampUsec"), note["userEditedTimestampUsec"]
    with export.file(KEEP, "keep_note", ["Keep", f"{stem}.json"]) as file:
        json.dump(note, file, ensure_ascii=False)
        file.element()
        text = json.dumps(note)
        file.row("keep_note", (created, stem), (edited,), text=text)
        for position, line in enumerate(note.get("listContent", ())):
            file.row("keep_item", (created, stem, position), (int(line["isChecked"]),), text=line["text"])
    note_html = "The page repeats the JSON beside it and gives no further row."
    with export.file(KEEP, "keep_page", ["Keep", f"{stem}.html"], alternatives=("duplicate_entry", "blob_only", "generic"),
                     note=note_html) as file:
        file.write(note_page(note))
    for attachment in note.get("attachments", ()):
        with export.file(KEEP, "keep_attachment", ["Keep", attachment["filePath"].replace(".jpeg", ".jpg")], state="blob_only",
                         stored=True) as file:
            for piece in media.jpeg(f"{item.name}/{item.number}", 900, item.ts):
                file.write(piece)


def write_keep(export):
    for item in export.items("keep", export.count(KEEP, 1, 1250, most=KEEP_MAX), START, END):
        write_note(export, item)
    with export.file(KEEP, "keep_labels", ["Keep", "Labels.txt"], alternatives=("generic", "blob_only")) as file:
        file.write("hyphenated-label\nlabel with !'@:$\" Symbols\n")
    if "malformed" in export.damage:
        for name, text in (("broken-json-note.json", BROKEN_NOTE), ("invalid-keep-json-note.json", NO_NOTE)):
            with export.file(KEEP, "keep_note", ["Keep", name], state="partial", alternatives=("generic", "blob_only"),
                             note="No note that can be read.") as file:
                file.write(text)
                file.reject("syntax" if text is BROKEN_NOTE else "no time of editing")


def task_of(item, parent):
    dice, updated = item.dice(), item.ts + times.HOUR + item.version * times.DAY
    task = {"id": dice.code(16), "kind": "tasks#task", "created": times.iso(item.ts, 6), "task_type": "PERSONAL",
            "status": "completed" if dice.chance(40) or item.version else "needsAction",
            "title": dice.words(3), "updated": times.iso(updated, 6), "selfLink": "https://www.example.com/tasks/v1/lists/x"}
    if parent:
        task["parent"] = parent
    if dice.chance(40):
        task["notes"] = dice.words(6)
    if dice.chance(40):
        task["due"] = times.iso(item.ts // times.DAY * times.DAY + 7 * times.DAY)
    if task["status"] == "completed":
        task["completed"] = times.iso(updated, 6)
    if dice.chance(10):
        task["starred"] = True
        task["links"] = [{"type": "email", "description": "a mail", "link": "https://mail.example.com/1"}]
    return task, updated


def write_tasks(export):
    with export.file(TASKS, "tasks", ["Tasks", "Tasks.json"]) as file:
        file.write('{\n  "kind": "tasks#taskLists",\n  "items": [')
        count = export.count(TASKS, 0.33, 380, most=50000)
        for number in range(3):
            name, parent = export.dice("task list", number).code(22), None
            title = f"List {number}"
            head = pretty({"kind": "tasks#tasks", "id": name, "title": title, "updated": times.iso(START),
                               "selfLink": "https://www.example.com/lists"}, 2)
            file.write(("," if number else "") + head[:-2] + ',\n  "items": [')
            file.element()
            file.row("task_list", (name,))
            for place, item in enumerate(export.items(f"task {number}", count, START, END)):
                task, updated = task_of(item, parent if item.number % 4 == 1 else None)
                parent = task["id"] if item.number % 4 == 0 else None
                file.write(("," if place else "") + pretty(task, 2, False))
                file.element()
                # A parent just before the first task of an export is cut off from it: not part of the row's content.
                file.row("task", (task["id"],), (item.ts, updated), text=task["status"])
            file.write("]}")
        file.write("]}\n")
