"""Elements that are JSON but strange: what real exports hold now and then, and what an attacker would try.

Rows whose fate the format description leaves open are told as uncertain; `rejected_max` counts the elements that may be
rejected instead.
"""
from . import times
from .truth import MAYBE, SURE

POINT = '{{"latitudeE7": {lat}, "longitudeE7": {lon}, {more}"timestamp": "{stamp}"}}'
START = times.at(2016, 3, 1)
BOM = "\ufeff"


def points():
    """(JSON text, natural key, accuracy, sureness) of points; their times lie before those of the other records with a device."""
    deep = "[" * 100 + "]" * 100
    cases = (
        (910000000, "", None, MAYBE),  # beyond the pole, as seen in a real file
        (4294967296 - 377000000, "", None, MAYBE),  # wrapped by 2**32: from memory
        (525000000, '"accuracy": 7, "futureKey": {"a": [1, null]}, ', 7, SURE),
        (525000001, "", None, SURE),  # no accuracy
        (525000002, f'"extra": {deep}, ', None, MAYBE),
        (525000003, '"deviceDesignation": "PRIMARY", "accuracy": 99999999999999999999, ', None, MAYBE),
        (525000004, '"accuracy": 12, "accuracy": 12, ', 12, MAYBE),  # a key twice
    )
    for number, (lat, more, accuracy, sureness) in enumerate(cases):
        ts = START + number * times.MINUTE + 123456 * (number % 2)
        stamp = times.iso(ts, 6)[:-1] + ("000Z" if number % 2 else "Z")  # six or nine digits
        yield POINT.format(lat=lat, lon=134000000 + number, more=more, stamp=stamp), \
            (ts, lat, 134000000 + number, None, "record"), accuracy, sureness


def write_points(file):
    """Yields functions that write one point each."""
    for text, key, accuracy, sureness in points():
        def write(text=text, key=key, accuracy=accuracy, sureness=sureness):
            file.write(text)
            tell(file, "location_point", key, (*key[:3], accuracy, None), "origin = 'record'", sureness)
        yield write


def activities():
    """(JSON bytes, title, sureness) of activities of the product Search at START and the following minutes."""
    cases = (
        (b'"subtitles": ["no object", {}, {"url": "https://example.com/"}], ', b"Searched for odd subtitles", SURE),
        (b'"futureKey": {"deep": [true]}, ', b"Searched for an unknown key", SURE),
        (b"", b"Searched for a lone \\ud83d surrogate", MAYBE),
        (b"", b"Searched for a \\u0000 in the text", MAYBE),
        (b"", b"Searched for bytes \xff\xfe that are no UTF-8", MAYBE),
        (b"", b"Searched for " + b"long " * 300000, MAYBE),
    )
    for number, (more, title, sureness) in enumerate(cases):
        stamp = times.iso(START + number * times.MINUTE).encode()
        yield (b'{"header": "Search", "title": "' + title + b'", "titleUrl": "https://www.google.com/odd", ' + more +
               b'"time": "' + stamp + b'", "products": ["Search"]}'), title.decode("latin-1"), sureness


def write_activities(file):
    """Writes them with a comma behind each: other elements follow."""
    for number, (text, title, sureness) in enumerate(activities()):
        file.write(text + b",")
        ts = START + number * times.MINUTE
        tell(file, "activity", (ts, "Search", title, "https://www.google.com/odd"), (ts,), "format = 'json'", sureness)


def tell(file, table, key, values, slice_name, sureness):
    file.element()
    file.row(table, key, values, slice_name, sureness=sureness)
    if sureness == MAYBE:
        file.told["rejected_max"] = file.told.get("rejected_max", 0) + 1
