"""Saved lists (csv) and Maps places (GeoJSON)."""
import json

from . import times
from .locales import header
from .location_records import place
from .pretty import pretty
from .youtube import csv_line

SAVED, MAPS = "saved", "maps"
START, END = times.at(2016, 1, 1), times.at(2024, 4, 25)
PLACES_MAX = 50000


def write_saved(export):
    """One file begins with a free text before its header; there are no coordinates, only the feature's id."""
    count = export.count(SAVED, 0.5, 190, most=PLACES_MAX)
    for name, preamble in (("Default list.csv", ""), ("Want to go.csv", "Places for the next years, someday\n\n")):
        with export.file(SAVED, "saved_list", ["Saved", name]) as file:
            file.write(preamble + header("saved", export.locale) + "\n")
            for item in export.items(f"saved {name}", count, START, END):
                dice = item.dice()
                title = f"{dice.words(2)} {item.number}"
                url = (f"https://www.google.com/maps/place/x/data=!4m2!3m1!1s0x{dice.spelled(16, '0123456789abcdef')}"
                       f":0x{dice.spelled(16, '0123456789abcdef')}")
                note = item.dice("note", item.version).words(3) + (f"\nversion {item.version}" if item.version else "")
                file.write(csv_line([title, note, url, ""]))
                file.element()
                file.row("saved_item", (export.path([name])[0].rpartition(".")[0], title, url), text=note)


def feature(lat, lon, properties):
    return {"geometry": {"coordinates": [lon / 1e7, lat / 1e7], "type": "Point"}, "properties": properties, "type": "Feature"}


def location_of(dice):
    return {"address": f"{dice.words(2)} {dice.below(99)}, Berlin", "country_code": "DE", "name": dice.words(2)}


def write_collection(export, segments, kind, items, make):
    told = {"note": "Property names are from memory.", "from_memory": True}
    with export.file(MAPS, kind, segments, **told) as file:
        file.write('{\n  "type": "FeatureCollection",\n  "features": [')
        for at, item in enumerate(items):
            file.write((", " if at else "") + pretty(make(file, item), 2, False))
            file.element()
        file.write("]\n}\n")


def write_maps(export):
    def saved(file, item):
        dice, ts = item.dice(), times.floor_second(item.ts)
        lat, lon = place(item.number) if item.number % 10 else (0, 0)  # 0, 0: only a customer id is known
        url = f"http://maps.google.com/?cid={dice.below(1 << 63)}"
        known = item.number % 10 != 0
        file.row("saved_place", (url, ts), (ts, lat if known else None, lon if known else None))
        if item.number % 7 == 3:  # the older spelling
            return feature(lat, lon, {"Google Maps URL": url, "Location": {"Geo Coordinates": {
                "Latitude": f"{lat / 1e7:.7f}", "Longitude": f"{lon / 1e7:.7f}"}}, "Published": times.iso(ts, 0), "Title": dice.words(2)})
        return feature(lat, lon, {"date": times.iso(ts, 0), "google_maps_url": url, "location": location_of(dice)})

    def review(file, item):
        dice, ts = item.dice(), times.floor_second(item.ts)
        rating, url = 1 + item.dice("stars", item.version).below(5), f"https://www.google.com/maps/place//data=!4m2!{dice.code(20)}"
        lat, lon = place(item.number)
        file.row("place_review", (url, ts), (ts, rating))
        return feature(lat, lon, {"date": times.iso(ts, 0), "five_star_rating_published": rating, "google_maps_url": url,
                                  "location": location_of(dice), "questions": [{"question": "Noise", "selected_option": "Quiet"}],
                                  "review_text_published": dice.words(12)})

    def labeled(file, item):
        lat, lon = place(item.number)
        name = f"Label {item.number}"
        file.row("labeled_place", (name,), (lat, lon))
        return feature(lat, lon, {"name": name, "address": "Main Street 1, Berlin"})
    root = "Maps (your places)"
    write_collection(export, [root, "Saved Places.json"], "saved_places",
                     export.items("saved place", export.count(MAPS, 0.6, 480, most=PLACES_MAX), START, END), saved)
    write_collection(export, [root, "Reviews.json"], "place_reviews",
                     export.items("review", export.count(MAPS, 0.3, 640, most=PLACES_MAX), START, END), review)
    write_collection(export, ["Maps", "My labeled places", "Labeled places.json"], "labeled_places",
                     export.items("labeled", 8, START, END), labeled)
    with export.file(MAPS, "maps_answer", ["Maps", "Answers", "1555851995092.json"], state="generic", from_memory=True,
                     alternatives=("typed", "blob_only")) as file:
        json.dump({"placeUrl": "https://maps.google.com/?cid=1", "selectedChoice": "Yes"}, file)
