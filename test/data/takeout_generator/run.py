"""A whole run: exports, archives and truth.json."""
import os
import shutil

from . import times
from .export import Export
from .ledger import Ledger
from .pretty import pretty
from .products import PRODUCTS, shares
from .truth import Truth

TRUTH_VERSION = 1


def manifest(export):
    """archive_browser.html: the index page. Only that it is there and localized is sure; its content is from memory."""
    with export.file("manifest", "archive_browser", ["archive_browser.html"], state="generic", from_memory=True,
                     alternatives=("typed", "blob_only")) as file:
        names = "".join(f"<li>{name}</li>" for name in export.options.products)
        file.write(f"<html><head><title>Takeout</title></head><body><h1>{times.iso(export.stamp, 0)}</h1><ul>{names}</ul>"
                   "<p>Some files could not be exported.</p></body></html>")


def write_truth(options, truth, ledger, archives, damaged):
    tables, blobs = truth.told()
    told = {
        "version": TRUTH_VERSION,
        "arguments": {"seed": options.seed, "products": options.products, "size": options.size, "locale": options.locale,
                      "zone": options.zone, "parts": options.parts, "container": options.container, "exports": options.exports,
                      "overlap": options.overlap, "updates": options.updates, "copies": options.copies,
                      "era": options.era, "part_names": options.part_names,
                      "newer_is_poorer": options.newer_is_poorer, "localize_content": options.localize_content, "html": options.html, "damage": sorted(options.damage)},
        "archives": archives, "damaged": damaged, "products": ledger.products, "tables": tables, "blobs": blobs}
    with open(os.path.join(options.out, "truth.json"), "w", encoding="utf-8") as file:
        file.write(pretty(told, 1)[:-2])
        ledger.write(file)
        file.write("\n}\n")
    return told


def archive_of(export, part):
    there = os.path.exists(part.path)
    size = os.path.getsize(part.path) if there and os.path.isfile(part.path) else None
    return {"name": part.name, "export": export.index, "there": there, "bytes": size, "cut": part.cut_at is not None}


def generate(options):
    """Makes what the options ask for in options.out, and returns lines that sum it up."""
    os.makedirs(options.out, exist_ok=True)
    scratch = os.path.join(options.out, ".scratch")
    os.makedirs(scratch)
    keys = os.path.join(options.out, "keys") if options.keys else None
    if keys:
        os.makedirs(keys)
    truth, ledger, archives, damaged = Truth(scratch, keys), Ledger(scratch), [], []
    try:
        for index in range(options.exports):
            export = Export(options, index, truth, shares(options.products), ledger)
            manifest(export)
            for name in options.products:
                PRODUCTS[name].write(export)
            damaged += export.close()
            archives += [archive_of(export, part) for part in export.parts]
        told = write_truth(options, truth, ledger, archives, damaged)
    finally:
        shutil.rmtree(scratch)
    rows = sum(table["rows"] for table in told["tables"].values())
    return [f"{archive['name']}: {archive['bytes'] if archive['there'] else 'removed'}" for archive in archives] + \
        [f"{ledger.count} entries, {rows} rows in {len(told['tables'])} tables: {os.path.join(options.out, 'truth.json')}"]
