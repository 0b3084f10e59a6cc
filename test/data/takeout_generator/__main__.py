"""Command line of the generator: python3 test/data/takeout_generator --help"""
import os
import sys

if __package__ in (None, ""):  # run as a folder: make it the package it is, and keep its files from shadowing others
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    __package__ = "takeout_generator"

import argparse
import re

from takeout_generator import damage, times
from takeout_generator.export import Options
from takeout_generator.locales import CODES
from takeout_generator.products import PRODUCTS
from takeout_generator.run import generate

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
EPILOGUE = """\
examples
  A small export of everything in one zip, and its truth:
    python3 test/data/takeout_generator --out /tmp/t
  A German account, two parts, half of each product again in a newer export with changes:
    python3 test/data/takeout_generator --out /tmp/t --locale de --parts 2 --exports 2 --overlap 0.5
  A tgz of mail and photos, 2 GB:
    python3 test/data/takeout_generator --out /tmp/t --products mail,photos --container tgz --size 2GB
  Everything that can be wrong with a zip:
    python3 test/data/takeout_generator --out /tmp/t --parts 3 --damage all

what it writes
  DIR/takeout-<time>-<NNN>.zip   the archives (.tgz, or folders)
  DIR/truth.json                 expected tables, ledger entries, products; test/data/takeout_generator/README.md explains it
  DIR/keys/<table>.txt           with --keys: the natural keys of all rows written, one a line, for finding a difference

The same arguments give the same bytes and the same truth. No parser of this project is used.
"""


def size_of(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", text)
    if not match or match[2].lower() not in UNITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 10MB, 20GB or 512KiB")
    return int(float(match[1]) * UNITS[match[2].lower()])


def share_of(text):
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def choose(text, known, what):
    """The names of a comma list; `all` is every name, and a leading '-' leaves one out of it."""
    chosen = []
    for name in filter(None, text.split(",")):
        if name == "all":
            chosen += [each for each in known if each not in chosen]
        elif name.lstrip("-") not in known:
            raise argparse.ArgumentTypeError(f"{name!r} is no {what}; there are {', '.join(known)}")
        elif name.startswith("-"):
            chosen = [each for each in chosen if each != name[1:]]
        elif name not in chosen:
            chosen.append(name)
    return chosen


def build_parser():
    products = "\n".join(f"  {name:<10} {product.about}" for name, product in PRODUCTS.items())
    kinds = "\n".join(f"  {name:<18} {about}" for name, about in damage.KINDS.items())
    parser = argparse.ArgumentParser(
        prog="takeout_generator", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Makes up Google Takeout exports and writes beside them what an import of them must give.",
        epilog=f"products\n{products}\n\ndamage (to the first export)\n{kinds}\n\n{EPILOGUE}")
    add = parser.add_argument
    add("--out", required=True, metavar="DIR", help="an empty or absent folder")
    add("--products", default="all", metavar="LIST", help="names with commas, or all; all,-mail is all but mail [all]")
    add("--size", type=size_of, default=size_of("10MB"), help="about how much one export holds, unpacked [10MB]")
    add("--seed", type=int, default=1, help="another seed, other content [1]")
    add("--locale", default="en", choices=sorted(CODES), help="language of folder, file and column names [en]")
    add("--zone", choices=sorted(times.ZONES.values()), help="time zone of the account [that of the locale]")
    add("--parts", type=int, default=1, help="archives per export [1]")
    add("--container", default="zip", choices=["zip", "zip64", "tgz", "folder"], help="[zip]")
    add("--era", choices=["now", "old"], default="now", help="old: names and shapes of before 2019 to 2023, where known [now]")
    add("--part-names", choices=["plain", "2025"], default="plain", help="takeout-<time>-NNN or, since 2025, takeout-<time>-1-NNN")
    add("--exports", type=int, default=1, help="exports made one after another, three months apart [1]")
    add("--overlap", type=share_of, default=0.5, help="share of an export that the one before holds too [0.5]")
    add("--updates", type=share_of, default=0.1, help="share of that which has changed, where things can change [0.1]")
    add("--localize-content", action="store_true", help="titles of activities and mail labels in the locale's language too")
    add("--html", action="store_true", help="My Activity and the histories of YouTube as HTML alone, with whole seconds")
    add("--newer-is-poorer", action="store_true", help="later exports lack altitude and speed of points; the truth keeps the altitude")
    add("--copies", action="store_true", help="some entries stand in two parts")
    add("--damage", default="", metavar="LIST", help="see below; all is everything that goes with the other options")
    add("--level", type=int, default=6, choices=range(0, 10), metavar="0-9", help="of deflate [6]")
    add("--keys", action="store_true", help="also write the natural keys")
    return parser


def options_of(arguments):
    parser = build_parser()
    parsed = parser.parse_args(arguments)
    try:
        products = choose(parsed.products, list(PRODUCTS), "product")
        kinds = set(choose(parsed.damage, list(damage.KINDS), "damage"))
    except argparse.ArgumentTypeError as wrong:
        parser.error(str(wrong))
    locale = CODES[parsed.locale]
    options = Options(out=parsed.out, products=products, seed=parsed.seed, size=parsed.size, locale=locale,
                      zone=parsed.zone or times.ZONES[locale], parts=parsed.parts, container=parsed.container,
                      exports=parsed.exports, overlap=parsed.overlap, updates=parsed.updates, copies=parsed.copies,
                      damage=kinds, level=parsed.level, keys=parsed.keys, era=parsed.era, part_names=parsed.part_names,
                      newer_is_poorer=parsed.newer_is_poorer, localize_content=parsed.localize_content,
                      html=parsed.html)
    if "all" in parsed.damage.split(","):
        options.damage = {kind for kind in kinds if damage.goes_with(kind, options)}
    if not products or parsed.parts < 1 or parsed.exports < 1:
        parser.error("at least one product, part and export is needed")
    wrong = damage.refuse(options)
    if wrong:
        parser.error(wrong)
    if os.path.isdir(options.out) and os.listdir(options.out):
        parser.error(f"{options.out} is not empty")
    return options


def main(arguments):
    summary = generate(options_of(arguments))
    for line in summary:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
