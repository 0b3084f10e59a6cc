"""Location history as records: Location History.json (to about 2021), Records.json, Settings.json, Timeline Edits.json."""
import json

from . import odd_values, times
from .pretty import pretty

PRODUCT = "location"
DEVICES = (1978796627, -8024144696862913506, 987654321)
ACTIVITIES = ("STILL", "WALKING", "ON_BICYCLE", "IN_VEHICLE", "UNKNOWN", "TILTING", "ON_FOOT")
# Of the old points these have nothing but place, time and accuracy, and may stand in Records.json again, the same.
PLAIN_EVERY = 5
HOME = (525163000, 133777000)
G1_START, G2_START, G2_END = times.at(2013, 2, 1), times.at(2016, 6, 1), times.at(2023, 6, 1)
EDITS_START, EDITS_END = times.at(2023, 6, 2), times.at(2023, 9, 1)


def place(number):
    """A walk that never needs its earlier steps: (latitude, longitude) times 1e7 of step `number`."""
    turn = number * 2654435761
    return (HOME[0] + (number * 7919) % 900000 - 450000 + (turn >> 7) % 997,
            HOME[1] + (number * 6151) % 1300000 - 650000 + (turn >> 9) % 991)


def sample_lines(item, dice, new):
    """The `activity` member of a record and its rows (time, type, confidence)."""
    ts = item.ts - dice.below(30000) * 1000
    kinds = [dice.pick(ACTIVITIES[:4]), "UNKNOWN"]
    shares = [50 + dice.below(40), 1 + dice.below(10)]
    stamp = f'"timestamp": "{times.iso(ts)}"' if new else f'"timestampMs": "{ts // 1000}"'
    inner = ",\n".join(f'        {{\n          "type": "{kind}",\n          "confidence": {share}\n        }}'
                       for kind, share in zip(kinds, shares))
    text = f',\n    "activity": [{{\n      {stamp},\n      "activity": [\n{inner}\n      ]\n    }}]'
    return text, [(ts, kind, share) for kind, share in zip(kinds, shares)]


def wifi_lines(item, dice):
    points = [(dice.below(1 << 48), -30 - dice.below(60)) for _ in range(2)]
    inner = ", ".join(f'{{"mac": "{mac}", "strength": {rssi}, "frequencyMhz": {dice.pick((2412, 5180))}}}'
                      for mac, rssi in points)
    return f',\n    "activeWifiScan": {{"accessPoints": [{inner}]}}', [(item.ts, mac, rssi) for mac, rssi in points]


def write_record(file, item, new, tag):
    """One element of `locations`, and its rows. `new` is the spelling of Records.json."""
    dice = item.dice()
    (lat, lon), accuracy = place(item.number), 5 + dice.below(60)
    text = [f'{{\n    "latitudeE7": {lat},\n    "longitudeE7": {lon},\n    "accuracy": {accuracy}']
    plain = not new and item.number % PLAIN_EVERY == 0
    if not new:
        text[0] = f'{{\n    "timestampMs": "{item.ts // 1000}",\n' + text[0][2:]
    poor, altitude = file.export.is_poorer(), None
    if not plain and dice.chance(30):
        metres = dice.below(400)
        altitude = metres if item.in_first or not poor else None
        text.append("" if poor else f',\n    "altitude": {metres},\n    "verticalAccuracy": {2 + dice.below(9)}')
    if not plain and dice.chance(20):
        text.append("" if poor else f',\n    "velocity": {dice.below(40)},\n    "heading": {dice.below(360)}')
    if not plain and item.dice("sample").chance(15):
        lines, samples = sample_lines(item, dice, new)
        text.append(lines)
        for ts, kind, share in samples:
            file.row("location_activity_sample", (ts, kind, share), (ts, share))
    if new and item.number % 25 == 6:
        lines, scans = wifi_lines(item, dice)
        text.append(lines)
        for ts, mac, rssi in scans:
            file.row("wifi_scan", (ts, mac), (ts, mac, rssi))
    if new:
        text.append(f',\n    "source": "{dice.pick(("WIFI", "GPS", "CELL"))}"')
        text.append(f',\n    "deviceTag": {tag}' if tag is not None else "")
        if item.number % 10 == 3:
            text.append(',\n    "deviceDesignation": "PRIMARY",\n    "platformType": "ANDROID",\n    "osLevel": 30,\n    "formFactor": "PHONE",'
                        f'\n    "batteryCharging": true,\n    "serverTimestamp": "{times.iso(item.ts + times.SECOND)}",\n    '
                        f'"deviceTimestamp": "{times.iso(item.ts)}"')
        text.append(f',\n    "timestamp": "{times.iso(item.ts)}"')
    file.write("".join(text) + "\n  }")
    file.element()
    file.row("location_point", (item.ts, lat, lon, tag, "record"), (item.ts, lat, lon, accuracy, altitude), "origin = 'record'")


def write_array(export, file, elements, broken):
    """`locations` with whatever damage was asked for. `elements` yields functions that write one element each."""
    file.write('{\n  "locations": [')
    for number, element in enumerate(elements):
        file.write(", " if number else "")
        if export.is_malformed(number):
            for text, reason in broken:
                file.write(text + ", ")
                file.reject(reason)
        element()
    if "cut-json" in export.damage:
        file.write(', {\n    "latitudeE7": 52')
        file.told.update(state="partial", broke_at=file.position, note="The array stops inside an element.")
        return
    file.write("]\n}\n")


BROKEN = (('{"latitudeE7": 52x16, "longitudeE7": 1, "timestamp": "2020-01-01T00:00:00Z"}', "syntax"),
          ('"no object"', "shape"), ('{"latitudeE7": 1, "longitudeE7": 2}', "no time"))


def write_old(export):
    """Location History.json. Its last points stand again, with the same times, in Records.json."""
    count = export.count(PRODUCT, 0.1, 160)
    with export.file(PRODUCT, "location_records", ["Location History", "Location History.json"]) as file:
        def elements():
            for item in export.items("location_old", count, G1_START, G2_START):
                yield lambda: write_record(file, item, False, None)
        write_array(export, file, elements(), ())


def write_records(export):
    count = export.count(PRODUCT, 0.55, 330)
    old = export.count(PRODUCT, 0.1, 160)
    shared = min(old, 50 * PLAIN_EVERY)
    name = ["Location History (Timeline)", "Records.json"]
    with export.file(PRODUCT, "location_records", name, size_max=export.options.size) as file:
        def elements():
            yield from odd_values.write_points(file) if "odd-values" in export.damage else ()
            for place_in, item in enumerate(export.items("location_old", old, G1_START, G2_START)):
                if place_in >= old - shared and item.number % PLAIN_EVERY == 0:
                    yield lambda: write_shared(file, item)
            for item in export.items("location_record", count, G2_START, G2_END):
                tag = DEVICES[item.dice("device").below(len(DEVICES))]
                yield lambda: write_record(file, item, True, tag)
                if item.number % 50 == 49:  # points repeat inside one file
                    yield lambda: write_record(file, item, True, tag)
        file.write(odd_values.BOM if "odd-values" in export.damage else "")
        write_array(export, file, elements(), BROKEN)


def write_shared(file, item):
    """A point of the old file in the spelling of Records.json, without a device as some are."""
    dice = item.dice()
    (lat, lon), accuracy = place(item.number), 5 + dice.below(60)
    file.write(f'{{\n    "latitudeE7": {lat},\n    "longitudeE7": {lon},\n    "accuracy": {accuracy},\n'
               f'    "timestamp": "{times.iso(item.ts)}"\n  }}')
    file.element()
    file.row("location_point", (item.ts, lat, lon, None, "record"), (item.ts, lat, lon, accuracy, None), "origin = 'record'")


def write_settings(export):
    devices = []
    with export.file(PRODUCT, "location_settings", ["Location History (Timeline)", "Settings.json"]) as file:
        for number, tag in enumerate(DEVICES[:2]):  # the list is known to be incomplete
            devices.append({"deviceTag": tag, "devicePrettyName": f"Phone {number}", "platformType": ("ANDROID", "IOS")[number],
                            "deviceCreationTime": times.iso(G2_START + number * times.DAY), "reportingEnabled": number == 0})
            file.element()
            file.row("location_device", (tag,), (tag,))
        json.dump({"createdTime": times.iso(G1_START), "modifiedTime": times.iso(export.stamp), "historyEnabled": True,
                   "retentionWindowDays": 2147483647, "hasReportedLocations": True, "deviceSettings": devices}, file, indent=2)


def edit_signal(file, item):
    """The signal of one edit: a position, an activity record or a wifi scan."""
    dice, kind = item.dice(), item.number % 4
    lat, lon = place(item.number)
    if kind < 2:
        millimetres = 1000 * (5 + dice.below(60))
        file.row("location_point", (item.ts, lat, lon, None, "edit"), (item.ts, lat, lon, millimetres // 1000, 34),
                 "origin = 'edit'")
        return {"position": {"point": {"latE7": lat, "lngE7": lon}, "accuracyMm": millimetres, "altitudeMeters": 34.0,
                             "source": "WIFI", "timestamp": times.iso(item.ts), "speedMetersPerSecond": 0.5}}
    if kind == 2:
        scans = [(dice.below(1 << 48), -40 - dice.below(50)) for _ in range(3)]
        for mac, rssi in scans:
            file.row("wifi_scan", (item.ts, mac), (item.ts, mac, rssi))
        return {"wifiScan": {"deliveryTime": times.iso(item.ts), "source": "ACTIVE_SCAN",
                             "devices": [{"mac": str(mac), "rawRssi": rssi} for mac, rssi in scans]}}
    share = 60 + dice.below(40)
    file.row("location_activity_sample", (item.ts, "STILL", share), (item.ts, share))
    return {"activityRecord": {"detectedActivities": [{"activityType": "STILL", "probability": share / 100}],
                               "timestamp": times.iso(item.ts)}}


def write_edits(export):
    """Where takeout.md names no members (activityRecord, deliveryTime) the spelling is from memory."""
    count = export.count(PRODUCT, 0.02, 420)
    told = {"note": "activityRecord and the wifi scan's deliveryTime are from memory."}
    with export.file(PRODUCT, "location_edits", ["Location History (Timeline)", "Timeline Edits.json"], **told) as file:
        file.write('{\n  "timelineEdits": [')
        for place_in, item in enumerate(export.items("location_edit", count, EDITS_START, EDITS_END)):
            edit = {"deviceId": "1978796627", "rawSignal": {"signal": edit_signal(file, item), "additionalTimestamp":
                                                            times.iso(item.ts)}}
            file.write((", " if place_in else "") + pretty(edit, 2))
            file.element()
        file.write("]\n}\n")


def write(export):
    write_old(export)
    write_records(export)
    write_settings(export)
    write_edits(export)
    with export.file(PRODUCT, "encrypted_backup", ["Location History (Timeline)", "Encrypted Backups.txt"], state="blob_only",
                     alternatives=("generic",)) as file:
        file.write("Your Timeline backups are encrypted. They can be read on your phone only.\n")
