"""Gmail as one mbox: separators with the message id, threads, labels in encoded words, MIME of many shapes, attachments."""
import base64
import hashlib
import json
from email.header import Header

from . import times
from .dice import noise, prose
from .locales import label

PRODUCT = "mail"
START, END = times.at(2010, 1, 1), times.at(2024, 4, 28)
MESSAGES_MAX = 300_000
TEXT_BYTES, ATTACHED_EVERY, THREAD = 2600, 6, 3
USER_LABELS = ("Reisen", "Work/Projects", "Åpnet, og lukket", "請求書", "receipts 2020")
PIECE = 57 * 1024  # a whole number of base64 lines


def message_id_of(item):
    """19 digits, as Gmail makes them from the time."""
    return (item.ts // 1000 << 20) + item.number % (1 << 20)


def labels_of(item, locale):
    dice = item.dice("labels")
    labels = [dice.pick(("Inbox", "Sent", "Archived", "Spam", "Trash"))] + (["Important"] if dice.chance(30) else [])
    if dice.chance(40):
        labels.append(dice.pick(USER_LABELS))
    labels.append("Unread" if (dice.chance(20) + item.version) % 2 else "Opened")
    return [label(each, locale) for each in labels]


def label_header(labels):
    """Labels with a comma are quoted; the whole line is encoded when a label needs it, maybe over several words."""
    text = ",".join(f'"{each}"' if "," in each else each for each in labels)
    encoded = text if text.isascii() else Header(text, "utf-8", 60, "X-Gmail-Labels").encode(linesep="\r\n")
    return f"X-Gmail-Labels: {encoded}\r\n"


def headers_of(item, gm_msgid, dice, locale):
    """The headers up to the content's; the Date header's time, or None when it is absent."""
    name, address = dice.person()
    labels, minutes = labels_of(item, locale), dice.pick((0, 60, 120, -480, 330, 540))
    lines = [f"From {gm_msgid}@xxx {times.asctime(item.ts)}\r\n", f"X-GM-THRID: {thread_of(item)}\r\n", label_header(labels)]
    if dice.chance(30):
        lines.append("Received: by 2002:a05:6022:73a2:b0:70d with SMTP id bl34csp5498892lab;\r\n        "
                     f"{times.mail_date(item.ts, -420)} (PDT)\r\n")
    if item.number % 97 == 5:  # longer than many a line buffer
        lines.append("X-Trace: " + dice.code(64) * 80 + "\r\n")
    if item.number % 53 != 7:
        lines.append(f"Date: {times.mail_date(item.ts, minutes)}\r\n")
    if item.number % 41 != 3:
        lines.append(f"Message-ID: <{gm_msgid}.{item.number}@mail.example.com>\r\n")
    if item.number % THREAD:
        lines.append(f"In-Reply-To: <{item.number - 1}@mail.example.com>\r\nReferences: <{item.number - 1}@mail.example.com>\r\n")
    subject = dice.words(4)
    if item.number % 29 == 4:  # eight bits, not encoded
        lines.append(f"Subject: Grüße {item.number}\r\n")
    else:
        lines.append(f"Subject: {subject if subject.isascii() else Header(subject, 'utf-8').encode(linesep=chr(13) + chr(10))}\r\n")
    sender = name if name.isascii() else Header(name, "utf-8").encode()
    lines.append(f"From: {sender} <{address}>\r\nTo: {dice.person()[1]}, \"Doe, Jane\" <jane@example.com>\r\nMIME-Version: 1.0\r\n")
    return "".join(lines), labels


def thread_of(item):
    return (1 << 60) + item.number // THREAD * 977


def quoted(text):
    """mboxrd: a line that begins like a separator gets a '>' before it."""
    return "\r\n".join((">" if line.lstrip(">").startswith("From ") else "") + line for line in text.split("\n"))


def write_plain(file, dice):
    text = prose(dice, TEXT_BYTES - 700) + f"\nFrom here on it is {dice.words(1)}.\n>From a quotation\n"
    file.write('Content-Type: text/plain; charset="UTF-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' + quoted(text) + "\r\n")


def write_html(file, dice, charset="UTF-8"):
    text = "".join(f"<p>{line}</p>\n" for line in prose(dice, TEXT_BYTES - 1000).split("\n"))
    packed = base64.encodebytes(f"<html><body>{text}<script>alert(1)</script></body></html>".encode())
    file.write(f'Content-Type: text/html; charset="{charset}"\r\nContent-Transfer-Encoding: base64\r\n\r\n')
    file.write(packed.replace(b"\n", b"\r\n"))


def write_alternative(file, dice):
    edge = dice.spelled(28, "0123456789abcdef")
    file.write(f'Content-Type: multipart/alternative; boundary="{edge}"\r\n\r\n--{edge}\r\n')
    write_plain(file, dice)
    file.write(f"\r\n--{edge}\r\n")
    write_html(file, dice)
    file.write(f"\r\n--{edge}--\r\n")


def write_attachment(file, name, size, noise_name):
    """A base64 part of `size` bytes; returns their hash. Every second one is told by RFC 2231 or an encoded word."""
    disposition = f'attachment; filename="{name}"' if name.isascii() else \
        "attachment;\r\n filename*=UTF-8''" + "".join(f"%{byte:02X}" for byte in name.encode())
    file.write(f"Content-Type: application/octet-stream\r\nContent-Disposition: {disposition}\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n")
    digest = hashlib.sha256()
    for piece in noise(noise_name, size, PIECE):
        digest.update(piece)
        file.write(base64.encodebytes(piece).replace(b"\n", b"\r\n"))
    return digest.hexdigest()


def write_mixed(export, file, item, gm_msgid, dice, size):
    edge = dice.spelled(28, "0123456789abcdef")
    file.write(f'Content-Type: multipart/mixed; boundary="{edge}"\r\n\r\n--{edge}\r\n')
    write_plain(file, dice)
    for number in range(1 + dice.below(2)):
        name = f"{('report', 'Übersicht')[number]} {item.number}.bin"
        length = max(1, size // (1 + number * 3))
        file.write(f"\r\n--{edge}\r\n")
        # Every tenth attachment is one that came with other messages too.
        source = f"shared/{length % 3}" if item.number % 10 == 0 else f"{item.name}/{item.number}/{number}"
        digest = write_attachment(file, name, length, source)
        file.row("mail_attachment", (gm_msgid, name), (length,))
        if not file.lost:
            export.truth.blob(digest, length, "attachments")
    if item.number % 5 == 0:
        file.write(f"\r\n--{edge}\r\nContent-Type: message/rfc822\r\n\r\nFrom: inner@example.com\r\nSubject: inside\r\n\r\nInner text.\r\n")
    file.write(f"\r\n--{edge}--\r\n")


def write_message(export, file, item, size, product=PRODUCT):
    """One message, its separator included, and its rows."""
    dice, gm_msgid = item.dice(), message_id_of(item)
    head, labels = headers_of(item, gm_msgid, dice, export.content_locale)
    file.write(head)
    kind = item.number % ATTACHED_EVERY
    if kind == 0:
        write_mixed(export, file, item, gm_msgid, dice, size)
    elif kind in (1, 2):
        write_html(file, dice, "ISO-8859-1" if item.number % 7 == 0 else "UTF-8")  # some charsets lie
    elif kind == 3:
        write_plain(file, dice)
    else:
        write_alternative(file, dice)
    file.write("\r\n")
    file.element()
    file.row("mail_message", (gm_msgid,), (thread_of(item), times.floor_second(item.ts)), f"product = '{product}'",
             text=",".join(labels))
    for each in labels:
        file.row("mail_label", (each,))


def write(export):
    budget = export.budget(PRODUCT)
    average = max(6000, budget // MESSAGES_MAX)
    count = export.count(PRODUCT, 1, average)
    size = max(1500, (average - TEXT_BYTES) * ATTACHED_EVERY * 3 // 4 * 7 // 8)
    with export.file(PRODUCT, "mbox", ["Mail", "All mail Including Spam and Trash.mbox"], size_max=2 * budget + (1 << 20)) as file:
        for item in export.items("mail", count, START, END):
            write_message(export, file, item, size)
    with export.file(PRODUCT, "mail_settings", ["Mail", "User Settings", "Blocked Addresses.json"], state="generic",
                     alternatives=("typed", "blob_only"), from_memory=True) as file:
        json.dump({"blockedAddresses": ["spam@example.com"]}, file)
