"""The truth of mail, photos, notes, chat, health, calendars and lists against a recount by the standard library's readers."""
import csv
import email
import email.header
import email.policy
import hashlib
import io
import json
import re
import struct
import unittest
from datetime import datetime, timedelta, timezone

from case import GeneratorTest

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SEPARATOR = re.compile(rb"(?:\A|\r\n)From (\d+)@xxx (\w{3} \w{3} \d\d [\d:]{8} \+0000 \d{4})\r\n")


def micros(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


class MoreTruth(GeneratorTest):
    ARGUMENTS = ("--size", "1200KB", "--exports", "2", "--overlap", "0.5", "--parts", "2", "--updates", "0.3")

    def run_with(self, products, *more):
        return self.make(*self.ARGUMENTS, "--products", products, *more)

    def test_mail(self):
        self.check_mail("Opened")

    def test_mail_with_german_labels(self):
        self.check_mail("Geöffnet", "--locale", "de", "--localize-content")

    def check_mail(self, label_seen, *more):
        out, truth = self.run_with("mail", *more)
        keys, labels, attachments, dates = [], set(), [], {}
        for data in self.contents(out, truth, ".mbox"):
            starts = list(SEPARATOR.finditer(data))
            for at, match in enumerate(starts):
                end = starts[at + 1].start() if at + 1 < len(starts) else len(data)
                message = email.message_from_bytes(data[match.end():end])
                keys.append((int(match[1]),))
                date = email.utils.parsedate_to_datetime(message["Date"]) if message["Date"] else \
                    datetime.strptime(match[2].decode(), "%a %b %d %H:%M:%S %z %Y")
                dates[match[1]] = micros(date)
                text = str(email.header.make_header(email.header.decode_header(message["X-Gmail-Labels"])))
                labels |= set(next(csv.reader([text])))
                for part in message.walk():
                    if part.get_filename():
                        attachments.append((int(match[1]), part.get_filename(), len(part.get_payload(decode=True))))
        self.check_rows(truth, "mail_message", keys)
        self.assertEqual(truth["tables"]["mail_message"]["columns"]["date_us"]["sum"], str(sum(dates.values())))
        self.check_rows(truth, "mail_label", [(label,) for label in labels])
        self.assertLessEqual({"Åpnet, og lukket", label_seen}, labels)
        self.check_rows(truth, "mail_attachment", [key[:2] for key in attachments])
        self.assertEqual(truth["tables"]["mail_attachment"]["columns"]["size"]["sum"], str(sum(key[2] for key in set(attachments))))
        self.assertGreater(truth["tables"]["mail_message"]["history_rows"], 0)
        self.assertEqual({e["elements"] for e in truth["entries"] if e["kind"] == "mbox"}, {len(keys) // 2})

    def test_photos_find_their_sidecars_by_the_rule(self):
        out, truth = self.run_with("photos")
        names, taken, people = {name: data for _, name, data in self.files(out, truth)}, {}, set()
        used = set()
        for name, data in names.items():
            folder, _, leaf = name.rpartition("/")
            if leaf.endswith(".json") or "Google Photos" not in name:
                continue
            found = next(each for each in sidecar_names(leaf) if f"{folder}/{each}" in names)
            used.add(f"{folder}/{found}")
            sidecar = json.loads(names[f"{folder}/{found}"])
            taken[leaf] = int(sidecar["photoTakenTime"]["timestamp"]) * 10**6
            people |= {(sidecar["url"], person["name"]) for person in sidecar.get("people", ())}
            if leaf.endswith(".jpg"):
                self.assertEqual(exif_time(data), taken[leaf], name)
        self.check_rows(truth, "photo", [(leaf,) for leaf in taken])
        self.assertEqual(truth["tables"]["photo"]["columns"]["taken_us"]["sum"], str(sum(taken.values())))
        self.check_rows(truth, "photo_person", people)
        self.assertEqual(used, {entry["name"] for entry in truth["entries"] if entry["kind"] == "photo_sidecar"})
        media = {hashlib.sha256(data).hexdigest() for name, data in names.items() if not name.endswith((".json", ".html"))}
        self.assertEqual(truth["blobs"]["entries"]["distinct"], len(media))

    def test_sidecars_of_lost_photos_are_pending(self):
        _, truth = self.make("--size", "1MB", "--parts", "3", "--products", "photos", "--damage", "missing-part")
        lost = {entry["name"] for entry in truth["lost"]}
        pending = [entry["name"] for entry in truth["entries"] if entry["state"] == "sidecar_pending"]
        self.assertGreater(len(pending), 0)
        for name in pending:
            folder, _, leaf = name.rpartition("/")
            self.assertTrue(any(leaf in sidecar_names(each.rpartition("/")[2]) for each in lost if each.startswith(folder)), name)

    def test_keep_and_tasks(self):
        out, truth = self.run_with("keep,tasks")
        notes, items, edited = [], [], {}
        for _, name, data in self.files(out, truth):
            if "/Keep/" in name and name.endswith(".json"):
                note, stem = json.loads(data), name.rpartition("/")[2][:-5]
                key = (note["createdTimestampUsec"], stem)
                notes.append(key)
                edited[key] = max(edited.get(key, 0), note["userEditedTimestampUsec"])
                items += [(*key, position) for position in range(len(note.get("listContent", ())))]
        self.check_rows(truth, "keep_note", notes)
        self.check_rows(truth, "keep_item", items)
        told = truth["tables"]["keep_note"]
        self.assertEqual(told["columns"]["edited_us"]["sum"], str(sum(edited.values())))
        self.assertGreater(told["history_rows"], 0)
        self.assertEqual(told["rows"] + told["history_rows"] + told["duplicates"], len(notes))
        tasks = [(task["id"],) for data in self.contents(out, truth, "Tasks.json")
                 for tasks in json.loads(data)["items"] for task in tasks["items"]]
        self.check_rows(truth, "task", tasks)

    def test_chat_and_voice(self):
        out, truth = self.run_with("chat,voice")
        messages, reactions, members, events = [], [], [], []
        for _, name, data in self.files(out, truth):
            if name.endswith("messages.json"):
                for message in json.loads(data)["messages"]:
                    messages.append((message["message_id"],))
                    reactions += [(message["message_id"], each["emoji"]["unicode"], person)
                                  for each in message.get("reactions", ()) for person in each["reactor_emails"]]
            elif name.endswith("group_info.json"):
                members += [(name.split("/")[-2], member["email"]) for member in json.loads(data)["members"]]
            elif "/Calls/" in name and name.endswith(".html"):
                text = data.decode()
                moment = re.search(r'class="(?:dt|published)" title="([^"]*)"', text)[1]
                said = re.search(r'<q>(.*?)</q>|full-text">(.*?)</span>', text)
                events.append((micros(datetime.fromisoformat(moment)), name.split(" - ")[-2].lower(),
                               re.search(r'tel:([^"]*)"', text)[1], (said[1] or said[2]) if said else ""))
        self.check_rows(truth, "chat_message", messages)
        self.check_rows(truth, "chat_reaction", reactions)
        self.check_rows(truth, "chat_member", members)
        self.check_rows(truth, "voice_event", events)

    def test_fit_and_fitbit(self):
        out, truth = self.run_with("fit,fitbit", "--locale", "de")
        daily, samples = [], []
        names = ("Move Minutes count", "Calories (kcal)", "Distance (m)", "Heart Points", "Average heart rate (bpm)", "Step count")
        for data in self.contents(out, truth, "Tägliche Aktivitätswerte.csv"):
            for row in list(csv.reader(io.StringIO(data.decode())))[1:]:
                daily += [(row[0], metric) for metric, cell in zip(names, row[1:]) if cell]
        self.check_rows(truth, "daily_metric", daily)
        for _, name, data in self.files(out, truth):
            if "_GoogleData" in name:
                for row in rows_of(data):
                    ts = micros(datetime.fromisoformat(row["timestamp"].replace("Z", "+00:00")))
                    samples.append(("heart_rate", row["data source"], ts, ts))
        self.check_rows(truth, "health_sample", samples, "fitbit csv")
        bins = []
        for _, name, data in self.files(out, truth):
            day = re.fullmatch(r".*/Tägliche Aktivitätswerte/(\d{4}-\d\d-\d\d)\.csv", name)
            for row in list(csv.reader(io.StringIO(data.decode())))[1:] if day else ():
                start = micros(datetime.fromisoformat(f"{day[1]}T{row[0]}"))
                bins += [(metric, "fit", start, start + 900 * 10**6) for metric, cell in zip(names[:4] + names[5:], row[2:]) if cell]
        self.check_rows(truth, "health_sample", bins, "fit quarter hours")
        count = {json.dumps(line, sort_keys=True) + name.rpartition("/")[2] for _, name, data in self.files(out, truth)
                 if "Global Export" in name and "/sleep-" not in name for line in json.loads(data)}
        self.assertEqual(truth["tables"]["health_sample"]["slices"]["fitbit json"]["rows"], len(count))

    def test_calendar_and_contacts(self):
        out, truth = self.run_with("calendar,contacts")
        events, contacts = [], []
        for _, name, data in self.files(out, truth):
            text = data.decode().replace("\r\n ", "") if name.endswith((".ics", ".vcf")) else ""
            self.assertTrue(all(len(line) <= 75 for line in data.split(b"\r\n")) or not text, name)
            for block in re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text, re.S):
                again = re.search(r"^RECURRENCE-ID:(\w+)", block, re.M)
                moment = again and micros(datetime.strptime(again[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc))
                events.append((name.rpartition("/")[2][:-4], re.search(r"^UID:(.*)\r", block, re.M)[1], moment))
            for block in re.findall(r"BEGIN:VCARD\r\n(.*?)END:VCARD", text, re.S):
                def all_of(kind):
                    return " ".join(sorted(re.findall(rf"^{kind}[^:]*:(.*)\r", block, re.M)))
                contacts.append((all_of("FN"), all_of("EMAIL"), all_of("TEL")))
        self.check_rows(truth, "calendar_event", events)
        self.check_rows(truth, "contact", contacts)

    def test_lists_and_logs(self):
        out, truth = self.run_with("play,pay,access_log,saved,maps")
        installs, pays, lines, saved, places = [], [], {}, [], []
        for archive, name, data in self.files(out, truth):
            leaf = name.rpartition("/")[2]
            if leaf == "Installs.json":
                installs += [(each["install"]["doc"]["title"], each["install"]["deviceAttribute"]["deviceDisplayName"], micros(
                    datetime.fromisoformat(each["install"]["firstInstallationTime"].replace("Z", "+00:00"))))
                    for each in json.loads(data)]
            elif leaf.startswith("transactions_"):
                pays += [(row["Transaction ID"],) for row in rows_of(data)]
            elif "Activities - " in leaf:
                for row in data.decode().splitlines()[1:]:
                    lines.setdefault(row, {}).setdefault((archive, leaf), []).append(row)
            elif "/Saved/" in name:
                text = data.decode()
                saved += [(leaf[:-4], row["Title"], row["URL"]) for row in rows_of(text[text.index("Title,Note"):].encode())]
            elif leaf == "Saved Places.json":
                places += [(p.get("google_maps_url") or p["Google Maps URL"], micros(datetime.fromisoformat(
                    (p.get("date") or p["Published"]).replace("Z", "+00:00"))))
                    for p in (feature["properties"] for feature in json.loads(data)["features"])]
        self.check_rows(truth, "play_install", installs)
        self.check_rows(truth, "pay_transaction", pays)
        self.check_rows(truth, "saved_item", saved)
        self.check_rows(truth, "saved_place", places)
        log = truth["tables"]["access_log"]
        self.assertEqual(log["rows"], len(lines))
        most = sum(max(len(there) for there in files.values()) for files in lines.values())
        self.assertEqual(log["columns"]["count"]["sum"], str(most))
        self.assertGreater(most, log["rows"])

    def test_files_and_unknown_products(self):
        out, truth = self.run_with("drive,groups,other")
        sizes, by_hash = {}, set()
        for _, name, data in self.files(out, truth):
            if "/Drive/" in name:
                sizes[name.partition("/Drive/")[2]] = len(data)
                by_hash.add(hashlib.sha256(data).hexdigest())
        self.check_rows(truth, "drive_file", [(path,) for path in sizes])
        self.assertLess(len(by_hash), len(sizes))
        things = json.loads(self.contents(out, truth, "things.json", 0)[0])["things"]
        self.assertEqual(truth["tables"]["raw_json"]["rows"], len(things))
        empty = [entry for entry in truth["entries"] if entry["size"] == 0]
        self.assertGreater(len(empty), 2)
        self.assertEqual({entry["state"] for entry in empty}, {"empty"})


def cut(name):
    """46 UTF-16 units."""
    return name.encode("utf-16-le")[:92].decode("utf-16-le", "ignore")


def sidecar_names(media):
    """The names a sidecar may have, from the name of the medium: the verified rule of the format description."""
    stem, dot, extension = media.rpartition(".")
    match = re.fullmatch(r"(.*)(\(\d+\))", stem)
    stem, number = (match[1], match[2]) if match else (stem, "")
    names = []
    for stem in (stem, re.sub(r"-edited$", "", stem)):
        base = f"{stem}{dot}{extension}"
        names += [cut(form) + number + ".json"
                  for form in (media, base, f"{base}.supplemental-metadata", f"{stem}.supplemental-metadata", stem)]
        # The film of a live photo shares the picture's.
        names += [cut(f"{stem}.HEIC{tail}") + number + ".json" for tail in ("", ".supplemental-metadata")]
    return names


def exif_time(data):
    """DateTimeOriginal of a big-endian EXIF segment."""
    tiff = data.index(b"Exif\0\0") + 6

    def entries(at):
        for number in range(struct.unpack_from(">H", data, tiff + at)[0]):
            yield struct.unpack_from(">HHII", data, tiff + at + 2 + 12 * number)
    inner = next(value for tag, _, _, value in entries(8) if tag == 0x8769)
    at, = (value for tag, _, _, value in entries(inner) if tag == 0x9003)
    text = data[tiff + at:tiff + at + 19].decode()
    return micros(datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=timezone.utc))


if __name__ == "__main__":
    unittest.main()
