"""Makes the archives that takeout_bench imports, once: python3 takeout_inputs.py FOLDER GENERATOR [MEGABYTES]

records.zip, activity.zip  one product, JSON alone     mail.zip  one mbox with attachments
photos.zip                 photos, stored              mixed.zip every product
"""
import os
import shutil
import sys
import zipfile

PRODUCTS = {"records": "location", "activity": "activity", "mail": "mail", "photos": "photos", "mixed": "all"}


def wanted(kind, name):
    """Whether an entry of the generated export belongs into the archive."""
    base = name.rsplit("/", 1)[-1]
    return {"records": base == "Records.json", "activity": base == "MyActivity.json"}.get(kind, True)


def repack(source, target, kind):
    method = zipfile.ZIP_STORED if kind == "photos" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target + ".part", "w", method, compresslevel=6) as new:
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
    size = megabytes * (2 if kind == "records" else 1)
    generate(options_of(["--out", scratch, "--products", PRODUCTS[kind], "--size", f"{size}MB", "--seed", "7"]))
    sources = sorted(name for name in os.listdir(scratch) if name.endswith(".zip"))
    if kind in ("mail", "mixed"):
        os.replace(os.path.join(scratch, sources[0]), target)
    else:
        repack(os.path.join(scratch, sources[0]), target, kind)
    shutil.rmtree(scratch)


def main(folder, generator, megabytes="200"):
    sys.path.insert(0, os.path.dirname(generator))
    os.makedirs(folder, exist_ok=True)
    for kind in PRODUCTS:
        make(folder, kind, int(megabytes))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
