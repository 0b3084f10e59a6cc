"""Google Photos: media, sidecars under all the names they take, albums, edited copies, live photos."""
import json

from . import media, times
from .location_records import place
from .pretty import pretty

PRODUCT = "photos"
START, END = times.at(2015, 1, 1), times.at(2024, 4, 20)
PHOTOS_MAX, PHOTO_BYTES_MIN = 20000, 9000
SIDECAR_NAME_UNITS = 46
ALBUMS = ("Summer 2019", "Žižkov & Praha_ day 1", "Untitled")  # the third one in the account's language
ORIGINS = ({"mobileUpload": {"deviceFolder": {"localFolderName": "Camera"}, "deviceType": "ANDROID_PHONE"}}, {"driveSync": {}},
           {"webUpload": {"computerUpload": {}}}, {"fromPartnerSharing": {}})


def cut46(name):
    """The first 46 UTF-16 code units."""
    return name.encode("utf-16-le")[:2 * SIDECAR_NAME_UNITS].decode("utf-16-le", "ignore")


def media_name(item):
    """(stem, number in brackets or '', extension). Long names are cut in the sidecar's name; numbers move behind it."""
    kind, moment = item.number % 12, times.when(item.ts)
    stamp = f"{moment:%Y%m%d_%H%M%S}_{item.number}"
    if kind == 5:
        return f"{stamp}_a name that is far too long to be kept by anyone", "", ".jpg"
    if kind == 6:
        return f"PXL_{stamp}", "(1)", ".jpg"
    if kind == 7:
        return f"{stamp}_写真_とても長い名前なので途中で切られてしまいます_ほんとうに", "", ".jpg"
    if kind == 8:
        return f"IMG_{stamp}", "", ".HEIC"
    if kind == 9:
        return f"VID_{stamp}", "", ".mp4"
    return f"IMG_{stamp}", "", ".jpg"


def sidecar_name(stem, number, extension, style):
    """The forms of the rule: media + .json, with .supplemental-metadata, and with that behind the stem alone."""
    base = stem + extension
    forms = (base, base + ".supplemental-metadata", base + ".supplemental-metadata", stem + ".supplemental-metadata")
    return cut46(forms[style % len(forms)]) + number + ".json"


def sidecar(item, name, ts):
    """The sidecar's object, its people, and its description, which may change between exports."""
    dice, (lat, lon) = item.dice("sidecar"), place(item.number)
    seconds = ts // times.SECOND
    spot = {"latitude": lat / 1e7, "longitude": lon / 1e7, "altitude": 34.0, "latitudeSpan": 0.0, "longitudeSpan": 0.0}
    nowhere = dict.fromkeys(spot, 0.0)
    people = sorted({dice.person()[0] for _ in range(dice.below(3))})
    description = dice.words(3) + (f" (edited {item.version})" if item.version else "")
    moment = times.when(ts)
    formatted = f"{times.MONTHS[moment.month - 1]} {moment.day}, {moment.year}, {moment:%H:%M:%S} UTC"
    told = {"title": name, "description": description, "imageViews": str(dice.below(100)),
            "creationTime": {"timestamp": str(seconds + 60), "formatted": formatted},
            "photoTakenTime": {"timestamp": str(seconds), "formatted": formatted},
            "geoData": spot if has_place(item) else nowhere, "geoDataExif": spot if has_place(item) else nowhere,
            "url": f"https://photos.google.com/photo/AF1Qip{item.dice('url').code(38)}",
            "googlePhotosOrigin": dice.pick(ORIGINS)}
    if people:
        told["people"] = [{"name": person} for person in people]
    if dice.chance(10):
        told["favorited"] = True
    if dice.chance(5):
        told["archived"] = True
    return told, people, description


def has_place(item):
    return item.number % 3 != 0


def pieces_of(item, extension, ts, size, suffix=""):
    name = f"{item.name}/{item.number}{suffix}"
    if extension in (".mp4", ".MP4"):
        return media.mp4(name, size, ts)
    return media.jpeg(name, size, ts, place(item.number) if has_place(item) else None)


def write_media(export, folder, name, pieces, ts, description, album):
    """Half of the media are stored, half deflated: which of the two Takeout does is not known."""
    file = export.file(PRODUCT, "photo", ["Google Photos", folder, name], stored=export.files % 2 == 0, state="blob_only",
                       alternatives=("typed",))
    for piece in pieces:
        file.write(piece)
    file.row("photo", (name,), (ts,), text=description)
    if album:
        file.row("album_item", (album, name))
    file.close()
    return file


def write_sidecar(export, folder, name, told, people, joined):
    state = "sidecar_joined" if joined else "sidecar_pending"
    more = {"alternatives": ("sidecar_joined",)} if not joined and export.options.exports > 1 else {}
    file = export.file(PRODUCT, "photo_sidecar", ["Google Photos", folder, name], state=state, **more)
    file.write(pretty(told, 2, False))
    file.element()
    for person in people:
        file.row("photo_person", (told["url"], person))
    file.close()


def write_photo(export, item, folder, size, album):
    """The files of one photo in one folder: the medium, maybe an edited copy or a film, and the sidecar they share."""
    ts = times.floor_second(item.ts)
    stem, number, extension = media_name(item)
    told, people, description = sidecar(item, stem + extension, ts)
    forms = [(stem + number + extension, extension, size, "")]
    if item.number % 12 == 3:
        forms.append((f"{stem}-edited{extension}", extension, size // 2, "/edited"))
    if item.number % 12 == 8:
        forms.append((f"{stem}.MP4", ".MP4", size // 2, "/live"))
    files = [write_media(export, folder, name, pieces_of(item, kind, ts, length, which), ts, description, album)
             for name, kind, length, which in forms]
    joined = any(not file.lost for file in files)
    style = 0 if export.is_old else item.number // 12
    write_sidecar(export, folder, sidecar_name(stem, number, extension, style), told, people, joined)


def write_albums(export, items, size):
    for number, title in enumerate(ALBUMS):
        folder, _ = export.path([title])
        date = START + number * times.DAY
        told = {"title": title, "description": "", "access": "protected",
                "date": {"timestamp": str(date // times.SECOND), "formatted": "Jan 1, 2015, 12:00:00 AM UTC"}}
        with export.file(PRODUCT, "album", ["Google Photos", title, "metadata.json"]) as file:
            # An album without a name of its own may have an empty object.
            json.dump(album_of(export, told) if title != "Untitled" else {}, file, indent=2, ensure_ascii=False)
            file.element()
            if title != "Untitled":
                file.row("album", (folder, title), (date,))
        for item in items:
            if item.number % 15 == number * 5 + 1:
                write_photo(export, item, title, size_of(item, size), folder)


def album_of(export, told):
    """In 2019 the album's members stood in one of their own."""
    return {"albumData": told} if export.is_old else told


def size_of(item, size):
    """Between half and one and a half of the usual size."""
    return size // 2 + item.dice("size").below(size)


def write(export):
    budget = export.budget(PRODUCT)
    # One photo in five stands in an album too, and one in twelve has an edited copy, one a film.
    size = max(PHOTO_BYTES_MIN, int(budget / 1.35 / PHOTOS_MAX) - 1000)
    items = list(export.items("photo", export.count(PRODUCT, 0.75, size + 1000, most=PHOTOS_MAX), START, END))
    for item in items:
        write_photo(export, item, ("Photos from {}", times.when(item.ts).year), size_of(item, size), None)
    write_albums(export, items, size)
    for name in ("print-subscriptions.json", "shared_album_comments.json", "user-generated-memory-titles.json"):
        with export.file(PRODUCT, "photos_other", ["Google Photos", name], state="generic", from_memory=True,
                         alternatives=("typed", "blob_only", "empty")) as file:
            file.write("{}\n")
