"""Location history as visits and trips: Semantic Location History, Timeline.json (Android), location-history.json (iOS)."""
import json

from . import times
from .location_records import DEVICES, PRODUCT, place
from .pretty import pretty

SEMANTIC_START, SEMANTIC_END = times.at(2017, 1, 1), times.at(2023, 12, 31)
ANDROID_START, ANDROID_END = times.at(2023, 8, 1), times.at(2024, 4, 20)
IOS_START, IOS_END = times.at(2023, 8, 2), times.at(2024, 4, 21)
TRAVELS = ("WALKING", "IN_PASSENGER_VEHICLE", "CYCLING", "IN_BUS", "IN_TRAIN")
KINDS = ("TYPE_HOME", "TYPE_WORK", "TYPE_UNKNOWN")


def place_id(dice):
    return "ChIJ" + dice.code(23)


def visit_of(file, item, lat, lon, place, hierarchy, end):
    file.row("place_visit", (item.ts, end, place), (item.ts, end, lat, lon), f"hierarchy = {hierarchy}")


def semantic_visit(file, item, end):
    dice, (lat, lon) = item.dice(), place(item.number)
    name = place_id(dice)
    visit_of(file, item, lat, lon, name, 0, end)
    visit = {
        "location": {"latitudeE7": lat, "longitudeE7": lon, "placeId": name, "address": f"{dice.words(2)} {dice.below(200)}",
                     "name": dice.words(2), "semanticType": dice.pick(KINDS), "sourceInfo": {"deviceTag": DEVICES[0]},
                     "locationConfidence": dice.below(10000) / 100},
        "duration": {"startTimestamp": times.iso(item.ts), "endTimestamp": times.iso(end)},
        "placeConfidence": "MEDIUM_CONFIDENCE", "centerLatE7": lat + 11, "centerLngE7": lon - 7,
        "visitConfidence": dice.below(100),
        "otherCandidateLocations": [{"latitudeE7": lat + 900, "longitudeE7": lon + 900, "placeId": place_id(dice),
                                     "locationConfidence": 24.475897},
                                    {"latitudeE7": 910000000, "longitudeE7": -1000, "semanticType": "TYPE_WORK"}],
        "editConfirmationStatus": "NOT_CONFIRMED", "locationConfidence": 55, "placeVisitType": "SINGLE_PLACE",
        "placeVisitImportance": "MAIN"}
    if dice.chance(5):
        child, start, until = place_id(dice), item.ts + times.MINUTE, end - times.MINUTE
        file.row("place_visit", (start, until, child), (start, until, lat + 5, lon + 5), "hierarchy = 1")
        visit["childVisits"] = [{"location": {"latitudeE7": lat + 5, "longitudeE7": lon + 5, "placeId": child},
                                 "duration": {"startTimestamp": times.iso(start), "endTimestamp": times.iso(until)},
                                 "placeConfidence": "LOW_CONFIDENCE", "placeVisitLevel": 1}]
    return {"placeVisit": visit}


def semantic_segment(file, item, end):
    dice, (lat, lon) = item.dice(), place(item.number)
    distance, travel, points = 200 + dice.below(20000), dice.pick(TRAVELS), []
    file.row("travel_segment", (item.ts, end), (item.ts, end, distance))
    for step in range(1, 3):
        ts = times.floor_second(item.ts) + step * 2 * times.MINUTE
        at = (lat + step * 1000, lon + step * 1500)
        accuracy = 4 + dice.below(20)
        points.append({"latE7": at[0], "lngE7": at[1], "accuracyMeters": accuracy, "timestamp": times.iso(ts, 0)})
        file.row("location_point", (ts, *at, None, "simplified_path"), (ts, *at, accuracy, None), "origin = 'simplified_path'")
    return {"activitySegment": {
        "startLocation": {"latitudeE7": lat, "longitudeE7": lon},
        "endLocation": {"latitudeE7": lat + 9000, "longitudeE7": lon + 9000},
        "duration": {"startTimestamp": times.iso(item.ts), "endTimestamp": times.iso(end)},
        "distance": distance, "activityType": travel, "confidence": "HIGH",
        "activities": [{"activityType": travel, "probability": 85.514968640442},
                       {"activityType": "MOTORCYCLING", "probability": 8.858836042221917}],
        "waypointPath": {"waypoints": [{"latE7": lat + k * 300, "lngE7": lon + k * 200} for k in range(3)],
                         "source": "INFERRED"},
        "simplifiedRawPath": {"points": points}, "editConfirmationStatus": "NOT_CONFIRMED",
        "parkingEvent": {"location": {"latitudeE7": lat, "longitudeE7": lon, "accuracyMetres": 163},
                         "method": "END_OF_ACTIVITY_SEGMENT", "locationSource": "UNKNOWN", "timestamp": times.iso(end)}}}


def write_semantic(export):
    """One file per month; a month without items has no file."""
    count = export.count(PRODUCT, 0.13, 1500, most=80000)
    file = month = None
    for item in export.items("semantic", count, SEMANTIC_START, SEMANTIC_END):
        moment = times.when(item.ts)
        if (moment.year, moment.month) != month:
            end_array(file)
            month = (moment.year, moment.month)
            file = export.file(PRODUCT, "semantic_location", ["Location History (Timeline)", "Semantic Location History",
                                                              str(month[0]), f"{month[0]}_{month_name(month[1])}.json"])
            file.write('{\n "timelineObjects": [')
        file.write(",\n" if file.told["elements"] else "\n")
        end = item.ts + 10 * times.MINUTE
        element = semantic_segment(file, item, end) if item.number % 2 else semantic_visit(file, item, end)
        file.write(pretty(element, 1))
        file.element()
    end_array(file)


def end_array(file):
    if file is not None:
        file.write("\n ]\n}\n")
        file.close()


def month_name(month):
    return times.MONTH_NAMES[month - 1].upper()


def degrees(e7):
    """Seven decimals, exactly."""
    whole, fraction = divmod(abs(e7), 10**7)
    return f"{'-' if e7 < 0 else ''}{whole}.{fraction:07d}"


def android_point(lat, lon, sign="°"):
    return f"{degrees(lat)}{sign}, {degrees(lon)}{sign}"


def android_segment(file, item, minutes):
    dice, (lat, lon), kind = item.dice(), place(item.number), item.number % 4
    end = item.ts + 12 * times.MINUTE
    element = {"startTime": times.iso_offset(item.ts, minutes), "endTime": times.iso_offset(end, minutes)}
    if kind == 0:
        element["timelinePath"] = []
        for step in range(4):
            ts, at = item.ts + step * 2 * times.MINUTE, (lat + step * 700, lon + step * 900)
            element["timelinePath"].append({"point": android_point(*at, "°" if item.number % 8 else ""),
                                            "time": times.iso_offset(ts, minutes)})
            file.row("location_point", (ts, *at, None, "path"), (ts, *at, None, None), "origin = 'path'")
        return element
    element.update(startTimeTimezoneUtcOffsetMinutes=minutes, endTimeTimezoneUtcOffsetMinutes=minutes)
    if kind == 1:
        name, hierarchy = place_id(dice), item.number // 4 % 2
        visit_of(file, item, lat, lon, name, hierarchy, end)
        element["visit"] = {"hierarchyLevel": hierarchy, "probability": dice.below(1000) / 1000, "topCandidate": {
            "placeId": name, "semanticType": dice.pick(("HOME", "WORK", "UNKNOWN")), "probability": dice.below(1000) / 1000,
            "placeLocation": {"latLng": android_point(lat, lon)}}}
    elif kind == 2:
        distance = dice.below(30000)
        file.row("travel_segment", (item.ts, end), (item.ts, end, distance))
        element["activity"] = {"start": {"latLng": android_point(lat, lon)}, "end": {"latLng": android_point(lat + 9, lon)},
                               "distanceMeters": float(distance), "probability": 0.95,
                               "topCandidate": {"type": dice.pick(TRAVELS), "probability": 0.75}}
    else:
        far = dice.below(2000)
        file.row("trip", (item.ts, end), (item.ts, end, far))
        element["timelineMemory"] = {"trip": {"distanceFromOriginKms": far,
                                              "destinations": [{"identifier": {"placeId": place_id(dice)}}]}}
    return element


def android_signal(file, item, minutes):
    """activityRecord's members are from memory."""
    dice, (lat, lon), kind = item.dice(), place(item.number), item.number % 3
    stamp = times.iso_offset(item.ts, minutes)
    if kind == 0:
        accuracy = 3 + dice.below(50)
        file.row("location_point", (item.ts, lat, lon, None, "raw_signal"), (item.ts, lat, lon, accuracy, 70),
                 "origin = 'raw_signal'")
        return {"position": {"LatLng": android_point(lat, lon), "accuracyMeters": accuracy, "altitudeMeters": 70.0,
                             "source": "WIFI", "timestamp": stamp, "speedMetersPerSecond": 0.25}}
    if kind == 1:
        share = 50 + dice.below(50)
        file.row("location_activity_sample", (item.ts, "STILL", share), (item.ts, share))
        return {"activityRecord": {"probableActivities": [{"type": "STILL", "confidence": share / 100}], "timestamp": stamp}}
    scans = [(dice.below(1 << 48), -40 - dice.below(50)) for _ in range(2)]
    for mac, rssi in scans:
        file.row("wifi_scan", (item.ts, mac), (item.ts, mac, rssi))
    return {"wifiScan": {"deliveryTime": stamp, "devicesRecords": [{"mac": mac, "rawRssi": rssi} for mac, rssi in scans]}}


def write_android(export):
    """Timeline.json as the phone exports it; it lies beside the Takeout folder or comes alone."""
    count = export.count(PRODUCT, 0.1, 390, most=2_000_000)
    told = {"note": "activityRecord of rawSignals is from memory."}
    minutes = times.offset_minutes(export.zone, ANDROID_START)
    with export.file(PRODUCT, "timeline_android", ["Timeline.json"], root="", size_max=export.options.size, **told) as file:
        # rawSignals stand first: the order of the keys is not promised.
        for key, share, make, start in (("rawSignals", 3, android_signal, ANDROID_START + times.DAY),
                                        ("semanticSegments", 1, android_segment, ANDROID_START)):
            file.write('{\n  "rawSignals": [' if key == "rawSignals" else '\n  ],\n  "semanticSegments": [')
            separator = ""
            for item in export.items(f"android_{key}", max(8, count // share), start, ANDROID_END):
                file.write(separator + "\n    " + json.dumps(make(file, item, minutes), ensure_ascii=False))
                file.element()
                separator = ","
        places = []
        for number in range(3):
            dice, (lat, lon) = export.dice("frequent", number), place(number * 1000)
            name = place_id(dice)
            places.append({"placeId": name, "placeLocation": android_point(lat, lon), "label": ("HOME", "WORK", "SCHOOL")[number]})
            file.row("frequent_place", (name,), (lat, lon))
            file.element()
        profile = pretty({"frequentPlaces": places}, 2, False)
        file.write(f'\n  ],\n  "userLocationProfile": {profile}\n}}\n')


def ios_element(file, item, minutes, path):
    """All numbers are strings; path points give minutes after the start."""
    dice, (lat, lon), kind = item.dice(), place(item.number), item.number % 3
    start = times.floor_second(item.ts)
    end = start + 20 * times.MINUTE
    element = {"startTime": times.iso_offset(start, minutes), "endTime": times.iso_offset(end, minutes)}
    if path:
        element["timelinePath"] = []
        for step in range(3):
            ts, at = start + step * 5 * times.MINUTE, (lat + step * 800, lon - step * 900)
            element["timelinePath"].append({"point": f"geo:{degrees(at[0])},{degrees(at[1])}",
                                            "durationMinutesOffsetFromStartTime": str(step * 5)})
            file.row("location_point", (ts, *at, None, "path"), (ts, *at, None, None), "origin = 'path'")
    elif kind == 0:
        name = place_id(dice)
        file.row("place_visit", (start, end, name), (start, end, lat, lon), "hierarchy = 0")
        element["visit"] = {"hierarchyLevel": "0", "topCandidate": {
            "probability": "0.500000", "semanticType": dice.pick(("Home", "Work", "Unknown")), "placeID": name,
            "placeLocation": f"geo:{degrees(lat)},{degrees(lon)}"}, "probability": "0.930000"}
    elif kind == 1:
        distance = dice.below(9000)
        file.row("travel_segment", (start, end), (start, end, distance))
        element["activity"] = {"probability": "0.980000", "end": f"geo:{degrees(lat + 77)},{degrees(lon)}", "topCandidate": {
            "type": dice.pick(("walking", "in passenger vehicle")), "probability": "0.700000"},
            "distanceMeters": f"{distance}.000000", "start": f"geo:{degrees(lat)},{degrees(lon)}"}
    else:
        far = dice.below(900)
        file.row("trip", (start, end), (start, end, far))
        element["timelineMemory"] = {"destinations": [{"identifier": place_id(dice)}], "distanceFromOriginKms": str(far)}
    return element


def write_ios(export):
    count = export.count(PRODUCT, 0.1, 300, most=1_000_000)
    minutes = times.offset_minutes(export.zone, IOS_START)
    with export.file(PRODUCT, "timeline_ios", ["location-history.json"], root="", size_max=export.options.size) as file:
        separator = "["
        # Path segments are grouped at the end, so that time goes back once.
        for path in (False, True):
            for item in export.items("ios_path" if path else "ios", max(8, count // 2), IOS_START, IOS_END):
                file.write(separator + "\n  " + json.dumps(ios_element(file, item, minutes, path)))
                file.element()
                separator = ","
        file.write("\n]\n")


def write(export):
    write_semantic(export)
    write_android(export)
    write_ios(export)
