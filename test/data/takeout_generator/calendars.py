"""Calendar (ics) and Contacts (vcf). Of both takeout.md knows the format, but details of Google's writing are from memory."""
from . import media, times

CALENDAR, CONTACTS = "calendar", "contacts"
START, END = times.at(2015, 1, 1), times.at(2024, 4, 25)
CALENDARS = ("person0@example.com", "Family")
GROUPS = ("All Contacts", "My Contacts")
BERLIN = ("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n"
          "DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\n"
          "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\n"
          "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")


def fold(line):
    """Lines longer than 75 bytes continue after CRLF and a space; characters stay whole."""
    if len(line) <= 75 and line.isascii():
        return line + "\r\n"
    out, room, text = [], 75, ""
    for char in line:
        if len((text + char).encode()) > room:
            out.append(text)
            text, room = "", 74
        text += char
    return "\r\n ".join([*out, text]) + "\r\n"


def utc(ts):
    return f"{times.when(ts):%Y%m%dT%H%M%SZ}"


def escape(text):
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def start_of(item):
    """(property, microseconds UTC). All-day events begin at midnight without a zone; a local hour is never a repeated one."""
    kind, day = item.number % 4, item.ts // times.DAY * times.DAY
    if kind == 0:
        return f"DTSTART;VALUE=DATE:{times.when(day):%Y%m%d}", day
    noon = day + 12 * times.HOUR
    if kind == 1:
        local = times.when(noon + times.offset_minutes("Europe/Berlin", noon) * times.MINUTE)
        return f"DTSTART;TZID=Europe/Berlin:{local:%Y%m%dT%H%M%S}", noon
    ts = times.floor_second(item.ts)
    return f"DTSTART:{utc(ts)}", ts


def event(item, calendar, file):
    """One VEVENT; every tenth repeats weekly and has one moved instance with a RECURRENCE-ID."""
    dice, (begin, ts) = item.dice(), start_of(item)
    uid = f"{dice.spelled(26, 'abcdefghijklmnopqrstuv0123456789')}@google.com"
    summary = dice.words(4) + (f" moved {item.version}" if item.version else "")
    lines = ["BEGIN:VEVENT", begin, f"DTSTAMP:{utc(END)}", f"UID:{uid}"]
    if item.number % 10 == 2:
        lines.append("RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=" + times.DAYS[times.when(ts).weekday()][:2].upper())
        lines.append(f"EXDATE:{utc(ts + 14 * times.DAY)}")
    if dice.chance(30):
        lines.append(f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Ines Silva:mailto:{dice.person()[1]}")
    lines += [f"CREATED:{utc(ts - times.DAY)}", f"DESCRIPTION:{escape(dice.words(14))}\\n{escape('a, b; c')}",
              f"LAST-MODIFIED:{utc(ts + item.version * times.HOUR)}", f"SEQUENCE:{item.version}", "STATUS:CONFIRMED",
              f"SUMMARY:{escape(summary)}", "TRANSP:OPAQUE", "END:VEVENT"]
    for line in lines:
        file.write(fold(line))
    file.element()
    file.row("calendar_event", (calendar, uid, None), (ts,), text=summary)
    if item.number % 10 == 2:
        original, moved = ts + 7 * times.DAY, ts + 7 * times.DAY + times.HOUR
        for line in ("BEGIN:VEVENT", f"DTSTART:{utc(moved)}", f"UID:{uid}", f"RECURRENCE-ID:{utc(original)}",
                     "SUMMARY:moved", "SEQUENCE:1", "STATUS:CONFIRMED", "END:VEVENT"):
            file.write(fold(line))
        file.element()
        file.row("calendar_event", (calendar, uid, original), (moved,))


def write_calendar(export):
    count = export.count(CALENDAR, 0.5, 560, most=100000)
    for calendar in CALENDARS:
        with export.file(CALENDAR, "ics", ["Calendar", f"{calendar}.ics"], size_max=export.options.size) as file:
            file.write(f"BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n"
                       f"METHOD:PUBLISH\r\nX-WR-CALNAME:{calendar}\r\nX-WR-TIMEZONE:{export.zone}\r\n{BERLIN}")
            for item in export.items(f"event {calendar}", count, START, END):
                event(item, calendar, file)
            file.write("END:VCALENDAR\r\n")


def card(item):
    """(vcard text, name, mails, phones)"""
    dice = item.dice()
    family, given = dice.words(1).title(), f"{dice.words(1).title()} {item.number}"
    name = f"{given} {family}"
    mails = sorted(f"{dice.code(6).lower()}{n}@example.com" for n in range(dice.below(3)))
    phones = sorted(f"+49301{dice.below(10**6):06d}" for _ in range(dice.below(2) + (0 if mails else 1)))
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"N:{family};{given};;;"]
    lines += [f"EMAIL;TYPE=INTERNET;TYPE=HOME:{mail}" for mail in mails] + [f"TEL;TYPE=CELL:{phone}" for phone in phones]
    if dice.chance(30):
        lines.append(f"ADR;TYPE=HOME:;;Main Street {dice.below(99)};Berlin;;10115;Germany")
    if dice.chance(20) or item.version:
        lines.append(f"NOTE:{escape(dice.words(8))}\\nversion {item.version}")
    lines += ["CATEGORIES:myContacts", "END:VCARD"]
    return "".join(fold(line) for line in lines), name, " ".join(mails), " ".join(phones)


def write_contacts(export):
    """The same contact stands in both files when it is one of My Contacts."""
    count = export.count(CONTACTS, 0.7, 250, most=30000)
    for group in GROUPS:
        with export.file(CONTACTS, "vcf", ["Contacts", group, f"{group}.vcf"]) as file:
            for item in export.items("contact", count, START, END):
                if group == "My Contacts" and item.number % 2:
                    continue
                text, name, mails, phones = card(item)
                file.write(text)
                file.element()
                file.row("contact", (name, mails, phones), text=f"v{item.version}")
                file.row("contact_group", (export.path([group])[0], name, mails))
    with export.file(CONTACTS, "contact_photo", ["Contacts", "All Contacts", "Ada Berg.jpg"], state="blob_only") as file:
        for piece in media.jpeg(f"{export.options.seed}/contact", 800, START):
            file.write(piece)
