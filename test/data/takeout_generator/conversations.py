"""Google Chat and Google Voice."""
import html
import json

from . import times
from .dice import NAMES, noise
from .pretty import pretty

CHAT, VOICE = "chat", "voice"
START, END = times.at(2020, 6, 1), times.at(2024, 4, 25)
VOICE_START, VOICE_END = times.at(2014, 1, 1), times.at(2024, 4, 25)
MY_NUMBER = "+14155550100"
KINDS = ("Text", "Placed", "Received", "Missed", "Voicemail")
VOICE_MAX = 10000
ATTACHING_MESSAGES = 20000  # of each space; what would follow is files without end


def member(number):
    return {"name": NAMES[number], "email": f"person{number}@example.com", "user_type": "Human"}


def space_name(export, number):
    code = export.dice("space", number).code(11)
    return f"{'DM' if number % 2 else 'Space'} {code}", code


def message_of(item, code, members, deleted):
    """Deleted messages have no creator and no text."""
    dice = item.dice()
    topic = dice.code(11)
    message = {"topic_id": topic, "message_id": f"{code}/{topic}/{dice.code(11)}"}
    date = times.chat_date(item.ts, item.number % 2 == 0)
    if deleted:
        return {"created_date": date, "deleted_date": times.chat_date(item.ts + times.MINUTE, True), "message_state": "DELETED",
                "deletion_metadata": {"deletion_type": "CREATOR"}, **message}
    message = {"creator": member(members[dice.below(len(members))]), "created_date": date, "text": dice.words(6), **message}
    if item.version:
        message["updated_date"] = times.chat_date(item.ts + item.version * times.HOUR, True)
        message["text"] += f" (edited {item.version})"
    if dice.chance(10):
        message["annotations"] = [{"start_index": 0, "length": 5, "url_metadata": {"title": "Example", "url": {
            "private_do_not_access_or_else_safe_url_wrapped_value": "https://example.com"}}}]
    if dice.chance(12):
        message["reactions"] = [{"emoji": {"unicode": "👍"}, "reactor_emails": ["person1@example.com", "person2@example.com"]}]
    if dice.chance(4):
        message["quoted_message_metadata"] = {"creator": member(members[0]), "text": "before"}
    return message


def write_messages(export, number, folder, code, members, count):
    attached = []
    with export.file(CHAT, "chat_messages", ["Google Chat", "Groups", folder, "messages.json"]) as file:
        file.write('{\n  "messages": [')
        for place, item in enumerate(export.items(f"chat {number}", count, START, END)):
            message = message_of(item, code, members, item.number % 37 == 9)
            if item.number % 20 == 13 and item.number < ATTACHING_MESSAGES and "creator" in message:
                name = f"File-photo {item.number}.png"
                message["attached_files"] = [{"original_name": f"photo {item.number}.png", "export_name": name}]
                attached.append((name, item))
                file.row("chat_attachment", (message["message_id"], name))
            file.write((", " if place else "") + pretty(message, 2, False))
            file.element()
            file.row("chat_message", (message["message_id"],), (times.floor_second(item.ts),), text=message.get("text", ""))
            for reaction in message.get("reactions", ()):
                for email in reaction["reactor_emails"]:
                    file.row("chat_reaction", (message["message_id"], reaction["emoji"]["unicode"], email))
        file.write("]\n}\n")
    for name, item in attached:
        with export.file(CHAT, "chat_attachment", ["Google Chat", "Groups", folder, name], state="blob_only") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + b"".join(noise(f"{item.name}/{item.number}", 500)))


def write_chat(export):
    spaces = 4 + export.count(CHAT, 0.01, 20000, least=0, most=200)
    count = export.count(CHAT, 0.95 / spaces, 430, most=200000)
    for number in range(spaces):
        folder, code = space_name(export, number)
        members = (0, 1 + number % 11) if number % 2 else tuple(range(0, 9, 2))
        info = {"members": [member(each) for each in members]}
        if number % 2 == 0:
            info = {"name": f"Space {number}", **info}
        with export.file(CHAT, "chat_space", ["Google Chat", "Groups", folder, "group_info.json"]) as file:
            json.dump(info, file, indent=2, ensure_ascii=False)
            file.element()
            file.row("chat_space", (folder,))
            for each in info["members"]:
                file.row("chat_member", (folder, each["email"]))
        write_messages(export, number, folder, code, members, count)
    with export.file(CHAT, "chat_user", ["Google Chat", "Users", "User 108000000000000000000", "user_info.json"]) as file:
        json.dump({"user": member(0), "membership_info": []}, file, indent=2, ensure_ascii=False)


def voice_page(item, kind, name, number, text, seconds):
    stamp = f'{times.iso_offset(item.ts, -420)}'
    number = f'<a class="tel" href="tel:{number}"><span class="fn">{html.escape(name)}</span></a>'
    if kind == "Text":
        return (f"<html><head><title>{html.escape(name)}</title></head><body><div class=\"hChatLog hfeed\"><div class=\"message\">"
                f'<abbr class="dt" title="{stamp}">a day</abbr>:\n<cite class="sender vcard">{number}</cite>:\n'
                f"<q>{html.escape(text)}</q></div></div>"
                '<div class="tags">Labels:\n<a rel="tag" href="#">Text</a></div></body></html>')
    told = f'<span class="full-text">{html.escape(text)}</span>' if kind == "Voicemail" else ""
    length = f'<abbr class="duration" title="PT{seconds}S">(00:00:{seconds:02d})</abbr>' if kind != "Missed" else ""
    return (f'<html><head><title>{kind}</title></head><body><div class="haudio"><span class="fn">{kind} call</span>'
            f'<div class="contributor vcard">{number}</div><abbr class="published" title="{stamp}">a day</abbr>{told}{length}'
            f'<div class="tags">Labels:\n<a rel="tag" href="#">{kind}</a></div></div></body></html>')


def write_voice(export):
    """Calls and texts, one page each. Where takeout.md gives no markup (calls) it is from memory."""
    for item in export.items("voice", export.count(VOICE, 1, 640, most=VOICE_MAX), VOICE_START, VOICE_END):
        dice, kind = item.dice(), KINDS[item.number % len(KINDS)]
        # Names may be empty, or a number.
        name = "" if item.number % 19 == 4 else dice.person()[0]
        number = f"+1415555{dice.below(10000):04d}"
        text = dice.words(7) if kind in ("Text", "Voicemail") else ""
        seconds = 1 + dice.below(59) if kind in ("Placed", "Received", "Voicemail") else None
        moment = times.iso(item.ts, 0).replace(":", "_")
        with export.file(VOICE, "voice_event", ["Voice", "Calls", f"{name} - {kind} - {moment}.html"],
                         from_memory=kind != "Text") as file:
            file.write(voice_page(item, kind, name, number, text, seconds))
            file.element()
            file.row("voice_event", (item.ts, kind.lower(), number, text), (item.ts, seconds))
        if kind == "Voicemail":
            with export.file(VOICE, "voice_recording", ["Voice", "Calls", f"{name} - {kind} - {moment}.mp3"], state="blob_only") as file:
                file.write(b"ID3\3\0\0\0\0\0\0" + b"".join(noise(f"{item.name}/{item.number}", 300)))
    with export.file(VOICE, "voice_phones", ["Voice", "Phones.vcf"]) as file:
        file.write(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:\r\nN:;;;;\r\nTEL;TYPE=CELL:{MY_NUMBER}\r\nEND:VCARD\r\n")
