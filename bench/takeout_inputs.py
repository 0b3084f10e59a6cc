"""Makes the archives that takeout_bench imports, once: python3 takeout_inputs.py FOLDER GENERATOR [MEGABYTES]

records.zip, activity.zip  one product, JSON alone     mail.zip  one mbox with attachments
photos.zip                 photos of 3 MB, stored       mixed.zip every product, two thirds of its bytes such photos

The photos are chance behind the first bytes of a JPEG: what counts is their size, which the generator keeps small.
"""
import os
import random
import shutil
import sys
import zipfile

PRODUCTS = {"records": "location", "activity": "activity", "mail": "mail", "photos": "keep", "mixed": "all,-photos"}
PHOTO_BYTES = 3_000_000


def wanted(kind, name):
    """Whether an entry of the generated export belongs into the archive."""
    base = name.rsplit("/", 1)[-1]
    return {"records": base == "Records.json", "activity": base == "MyActivity.json", "photos": False}.get(kind, True)


def add_photos(archive, count):
    chance = random.Random(7)
    for number in range(count):
        with archive.open(zipfile.ZipInfo(f"Takeout/Google Photos/Photos from 2020/IMG_{number:05}.jpg", (2020, 1, 1, 0, 0, 0)), "w") as out:
            out.write(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + chance.randbytes(PHOTO_BYTES))


def repack(source, target, kind, photos):
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
    size = megabytes * {"records": 2, "mixed": 1 / 3, "photos": 0.01}.get(kind, 1)
    photos = int(megabytes * {"photos": 1, "mixed": 2 / 3}.get(kind, 0) * 1e6 / PHOTO_BYTES)
    generate(options_of(["--out", scratch, "--products", PRODUCTS[kind], "--size", f"{size:.2f}MB", "--seed", "7"]))
    sources = sorted(name for name in os.listdir(scratch) if name.endswith(".zip"))
    repack(os.path.join(scratch, sources[0]), target, kind, photos)
    shutil.rmtree(scratch)


def main(folder, generator, megabytes="200"):
    sys.path.insert(0, os.path.dirname(generator))
    os.makedirs(folder, exist_ok=True)
    for kind in PRODUCTS:
        make(folder, kind, int(megabytes))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
