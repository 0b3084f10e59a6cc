"""Makes the archives that takeout_bench imports, once: python3 takeout_inputs.py FOLDER GENERATOR [MEGABYTES]

records.zip, activity.zip  one product, JSON alone      mail.zip  one mbox, nearly all of it texts
photos.zip                 photos of 3 MB, stored        mixed.zip every product, two thirds of its bytes such photos
attachments.zip            one mbox, three quarters of its bytes base64 of pictures
household.zip              ten times as large as the others, every product, 19 of 20 bytes photos

The photos are chance behind the first bytes of a JPEG: what counts is their size, which the generator keeps small.
"""
import base64
import os
import random
import shutil
import sys
import zipfile

PRODUCTS = {"records": "location", "activity": "activity", "mail": "mail", "photos": "keep", "mixed": "all,-photos",
            "attachments": "mail", "household": "all,-photos"}
PHOTO_BYTES = 3_000_000
ATTACHED_BYTES = 400_000


def wanted(kind, name):
    """Whether an entry of the generated export belongs into the archive."""
    base = name.rsplit("/", 1)[-1]
    return {"records": base == "Records.json", "activity": base == "MyActivity.json", "photos": False}.get(kind, True)


def add_photos(archive, count):
    chance = random.Random(7)
    for number in range(count):
        with archive.open(zipfile.ZipInfo(f"Takeout/Google Photos/Photos from 2020/IMG_{number:05}.jpg", (2020, 1, 1, 0, 0, 0)), "w") as out:
            out.write(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + chance.randbytes(PHOTO_BYTES))


def add_attachments(mbox, count):
    chance = random.Random(11)
    for number in range(count):
        picture = base64.encodebytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + chance.randbytes(ATTACHED_BYTES))
        mbox.write(
            f"From {1700000000000000000 + number}@xxx Wed Nov 15 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000 2023\r\n"
            f"X-GM-THRID: {1700000000000000000 + number}\r\nX-Gmail-Labels: Inbox\r\n"
            f"Message-ID: <picture-{number}@example.com>\r\nDate: Wed, 15 Nov 2023 12:00:00 +0000\r\n"
            f"From: Ann <ann@example.com>\r\nTo: Ben <ben@example.com>\r\nSubject: Picture {number}\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="part"\r\n\r\n--part\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n'
            f"Here is picture {number}.\r\n--part\r\nContent-Type: image/jpeg; name=\"{number}.jpg\"\r\n"
            f'Content-Disposition: attachment; filename="{number}.jpg"\r\nContent-Transfer-Encoding: base64\r\n\r\n'.encode())
        mbox.write(picture.replace(b"\n", b"\r\n"))
        mbox.write(b"--part--\r\n\r\n")


def repack(source, target, kind, photos, attachments):
    method = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target + ".part", "w", method, compresslevel=6) as new:
        add_photos(new, photos)
        for info in old.infolist():
            if info.is_dir() or not wanted(kind, info.filename):
                continue
            entry = zipfile.ZipInfo(info.filename, info.date_time)
            entry.compress_type = method
            with old.open(info) as content, new.open(entry, "w", force_zip64=True) as out:
                shutil.copyfileobj(content, out, 1 << 20)
                if info.filename.endswith(".mbox"):
                    add_attachments(out, attachments)
    os.replace(target + ".part", target)


def make(folder, kind, megabytes):
    from takeout_generator.__main__ import options_of
    from takeout_generator.run import generate

    target = os.path.join(folder, kind + ".zip")
    if os.path.exists(target):
        return
    scratch = os.path.join(folder, "scratch")
    shutil.rmtree(scratch, ignore_errors=True)
    # Records.json is half of the location history.
    size = megabytes * {"records": 2, "mixed": 1 / 3, "photos": 0.01, "attachments": 1 / 4, "household": 1 / 2}.get(kind, 1)
    photos = int(megabytes * {"photos": 1, "mixed": 2 / 3, "household": 9.5}.get(kind, 0) * 1e6 / PHOTO_BYTES)
    attachments = int(megabytes * {"attachments": 3 / 4}.get(kind, 0) * 1e6 / (ATTACHED_BYTES * 1.39))
    generate(options_of(["--out", scratch, "--products", PRODUCTS[kind], "--size", f"{size:.2f}MB", "--seed", "7"]))
    sources = sorted(name for name in os.listdir(scratch) if name.endswith(".zip"))
    repack(os.path.join(scratch, sources[0]), target, kind, photos, attachments)
    shutil.rmtree(scratch)


def main(folder, generator, megabytes="200"):
    sys.path.insert(0, os.path.dirname(generator))
    os.makedirs(folder, exist_ok=True)
    for kind in PRODUCTS:
        make(folder, kind, int(megabytes))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
