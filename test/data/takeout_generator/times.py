"""Times as microseconds since 1970 in UTC, and their many spellings in an export."""
from datetime import datetime, timedelta, timezone

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Account zone of each locale. Berlin's summer time is computed here: tzdata may be absent.
ZONES = {"en": "UTC", "de": "Europe/Berlin", "ja": "Asia/Tokyo"}
# Abbreviations of (zone, is summer) in HTML exports; the German ones are from memory.
ABBREVIATIONS = {("UTC", False): "UTC", ("Europe/Berlin", False): "MEZ", ("Europe/Berlin", True): "MESZ",
                 ("Asia/Tokyo", False): "JST"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
               "December")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def at(year, month=1, day=1, hour=0, minute=0, second=0):
    return int((datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc) - EPOCH).total_seconds()) * SECOND


def when(micros):
    """The datetime in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def last_sunday(year, month):
    day = datetime(year, month, 31)
    return at(year, month, 31 - (day.weekday() + 1) % 7)


def is_summer(zone, micros):
    if zone != "Europe/Berlin":
        return False
    year = when(micros).year
    return last_sunday(year, 3) + HOUR <= micros < last_sunday(year, 10) + HOUR


def offset_minutes(zone, micros):
    return {"UTC": 0, "Asia/Tokyo": 540, "Europe/Berlin": 60}[zone] + (60 if is_summer(zone, micros) else 0)


def iso(micros, digits=3):
    """2021-12-13T03:04:05.007Z with 0, 3 or 6 digits; digits beyond those asked for must be zero."""
    text = when(micros).strftime("%Y-%m-%dT%H:%M:%S")
    if digits:
        text += "." + f"{micros % SECOND:06d}"[:digits]
    return text + "Z"


def iso_offset(micros, minutes, digits=3):
    """2024-01-15T08:00:00.000+01:00"""
    local, sign = when(micros + minutes * MINUTE), "-" if minutes < 0 else "+"
    fraction = "." + f"{micros % SECOND:06d}"[:digits] if digits else ""
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def twelve(moment):
    return f"{(moment.hour + 11) % 12 + 1}:{moment.minute:02d}:{moment.second:02d}", "AM" if moment.hour < 12 else "PM"


def html_date(micros, locale, zone, export_micros):
    """The date line of an activity in HTML. All rows carry the account's offset at the time of the export.
    The English form is as seen in files; the German and Japanese forms are from memory."""
    if zone is None:  # until 2018: UTC, and nothing that says so
        clock, half = twelve(when(micros))
        return f"{MONTHS[when(micros).month - 1]} {when(micros).day}, {when(micros).year}, {clock} {half}"
    minutes, abbreviation = offset_minutes(zone, export_micros), ABBREVIATIONS[zone, is_summer(zone, export_micros)]
    local = when(micros + minutes * MINUTE)
    if locale == "de":
        return f"{local:%d.%m.%Y, %H:%M:%S} {abbreviation}"
    if locale == "ja":
        return f"{local:%Y/%m/%d %H:%M:%S} {abbreviation}"
    clock, half = twelve(local)
    return f"{MONTHS[local.month - 1]} {local.day}, {local.year}, {clock}\u202f{half} {abbreviation}"


def asctime(micros):
    """The date of an mbox separator: Mon May 26 20:18:05 +0000 2025"""
    moment = when(micros)
    return f"{DAYS[moment.weekday()]} {MONTHS[moment.month - 1]} {moment.day:02d} {moment:%H:%M:%S} +0000 {moment.year}"


def mail_date(micros, minutes):
    local, sign = when(micros + minutes * MINUTE), "-" if minutes < 0 else "+"
    return (f"{DAYS[local.weekday()]}, {local.day:02d} {MONTHS[local.month - 1]} {local.year} {local:%H:%M:%S} "
            f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}")


def chat_date(micros, hours24):
    """The two English long forms of Google Chat."""
    moment = when(micros)
    day, month = DAY_NAMES[moment.weekday()], MONTH_NAMES[moment.month - 1]
    if hours24:
        return f"{day}, {moment.day} {month} {moment.year} at {moment:%H:%M:%S} UTC"
    clock, half = twelve(moment)
    return f"{day}, {month} {moment.day}, {moment.year} at {clock}\u202f{half} UTC"


def fitbit_date(micros, zone):
    """MM/dd/yy HH:mm:ss in local time without a zone."""
    return f"{when(micros + offset_minutes(zone, micros) * MINUTE):%m/%d/%y %H:%M:%S}"


def floor_second(micros):
    return micros // SECOND * SECOND
