"""One export being written: its parts, its entries, and the items that successive exports share.

Items are numbered over all exports of a run. Export k holds the items [k*shift, k*shift + count), so that neighbours overlap,
and an item met again may have changed (its version rises). An item's content depends on seed, name, number and version only.
"""
import hashlib
import os
import zlib
from dataclasses import dataclass, field

from . import damage, times
from .containers import open_writer
from .dice import Dice, noise
from .locales import translate
from .truth import MAYBE, SURE

FIRST_EXPORT = times.at(2024, 5, 1, 12)
EXPORT_STEP = 92 * times.DAY
BUFFER_BYTES = 1 << 16
COPY_PERCENT = 15
MALFORMED_EVERY = 41
BALLAST_NAME, BALLAST_BYTES = "Takeout/Drive/ballast.bin", 1 << 20


@dataclass
class Options:
    """What a run makes; __main__.py explains each."""
    out: str
    products: list
    seed: int = 1
    size: int = 10_000_000
    locale: str = "en"
    zone: str = "UTC"
    parts: int = 1
    container: str = "zip"
    exports: int = 1
    overlap: float = 0.5
    updates: float = 0.1
    copies: bool = False
    damage: set = field(default_factory=set)
    level: int = 6
    keys: bool = False
    era: str = "now"
    part_names: str = "plain"
    newer_is_poorer: bool = False
    localize_content: bool = False
    html: bool = False


class Item:
    """Number, time in microseconds and version of one thing that exports tell of."""
    __slots__ = ("name", "number", "ts", "version", "in_first")

    def __init__(self, name, number, ts, version, in_first):
        """`in_first`: the first export of the run holds it."""
        self.name, self.number, self.ts, self.version, self.in_first = name, number, ts, version, in_first

    def dice(self, *of):
        """Draws that stay when the version changes; add self.version to `of` for those that do not."""
        return Dice(self.name, self.number, *of)


class File:
    """One entry being written; the writer of it also tells its truth."""

    def __init__(self, export, name, product, kind, parts, size_max=0, stored=False, state="typed", alternatives=(), note="",
                 from_memory=False):
        self.export, self.name, self.parts = export, name, parts
        self.pieces, self.held = [], 0
        self.sha, self.crc, self.size = hashlib.sha256(), 0, 0
        self.lost = all(export.parts[part].is_lost() for part in parts)
        self.sureness, self.blob = SURE, state == "blob_only"
        self.told = {"name": name, "product": product, "kind": kind, "state": state, "elements": 0, "rejected": 0, "rows": {}}
        if alternatives:
            self.told["alternatives"] = list(alternatives)
        if note:
            self.told["note"] = note
        if from_memory:
            self.told["from_memory"] = True
        for part in parts:
            export.parts[part].writer.begin(name, export.stamp, stored=stored, size_max=size_max)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.close()

    @property
    def position(self):
        """Bytes written so far."""
        return self.size + self.held

    def write(self, data):
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogatepass")
        self.pieces.append(data)
        self.held += len(data)
        if self.held >= BUFFER_BYTES:
            self.flush()

    def flush(self):
        data = b"".join(self.pieces)
        self.pieces, self.held = [], 0
        self.sha.update(data)
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)
        for part in self.parts:
            self.export.parts[part].writer.write(data)

    def element(self, count=1):
        """An element of the file's array, a line, a message: what the ledger counts."""
        self.told["elements"] += count

    def reject(self, reason):
        """An element that no parser can take, already written by the caller."""
        self.told["elements"] += 1
        self.told["rejected"] += 1
        self.told.setdefault("reject_reasons", []).append(reason)

    def row(self, table, key, values=(), slice_name="", text="", sureness=None):
        """A row that this entry gives. Equal keys meet in the truth."""
        self.told["rows"][table] = self.told["rows"].get(table, 0) + 1
        if not self.lost:
            self.export.truth.row(table, key, values, self.export.index, slice_name,
                                  self.sureness if sureness is None else sureness, text)

    def close(self):
        self.flush()
        for part in self.parts:
            self.export.parts[part].finish(self.size)
        self.told.update(size=self.size, crc32=f"{self.crc:08x}", sha256=self.sha.hexdigest())
        if self.size == 0:
            self.told["state"] = "empty"
        elif self.blob and not self.lost:
            self.export.truth.blob(self.told["sha256"], self.size)
        self.export.tell(self)


class Part:
    """One archive of an export. A cut part loses what is written after its ballast."""

    def __init__(self, path, writer, missing, cut_after):
        self.name, self.path, self.writer, self.missing = os.path.basename(path), path, writer, missing
        self.cut_after, self.flips = cut_after, []
        self.bytes, self.cut, self.cut_at = 0, False, None

    def is_lost(self):
        return self.missing or self.cut

    def finish(self, size):
        self.writer.end()
        self.bytes += size


class Export:
    """`shares` gives each product's part of the size; `ledger` collects the entries of all exports."""

    def __init__(self, options, index, truth, shares, ledger):
        self.options, self.index, self.truth, self.shares, self.ledger = options, index, truth, shares, ledger
        self.stamp = FIRST_EXPORT + index * EXPORT_STEP
        self.last_stamp = FIRST_EXPORT + (options.exports - 1) * EXPORT_STEP
        self.locale, self.zone, self.damage = options.locale, options.zone, options.damage if index == 0 else set()
        self.name = f"takeout-{times.when(self.stamp):%Y%m%dT%H%M%SZ}"
        self.files, self.parts, self.flipped = 0, [], None
        for part in range(options.parts):
            self.parts.append(self.open_part(part))

    def open_part(self, part):
        cut = "truncate" in self.damage and part == 0
        missing = "missing-part" in self.damage and part == self.options.parts - 1
        suffix = {"folder": "", "tgz": ".tgz"}.get(self.options.container, ".zip")
        middle = "" if self.options.part_names == "plain" else "-1"  # what this number counts is not known
        name = f"{self.name}{middle}-{part + 1:03d}{suffix}"
        path = os.path.join(self.options.out, name)
        writer = open_writer(self.options.container, path, self.options.level)
        return Part(path, writer, missing, self.options.size // self.options.parts // 2 if cut else None)

    def budget(self, product):
        return int(self.options.size * self.shares.get(product, 0))

    @property
    def is_old(self):
        """Whether files take the names and shapes they had years ago."""
        return self.options.era == "old"

    @property
    def content_locale(self):
        """The language of titles and labels, or None for English."""
        return self.locale if self.options.localize_content else None

    def is_poorer(self):
        """Whether this export leaves out what the one before still told."""
        return self.options.newer_is_poorer and self.index > 0

    def count(self, product, share, bytes_each, least=8, most=1 << 40):
        """How many items of about `bytes_each` take `share` of the product's size."""
        return max(least, min(most, int(self.budget(product) * share / bytes_each)))

    def shift(self, count):
        return max(1, round(count * (1 - self.options.overlap)))

    def items(self, name, count, start, end):
        """The items of this export in order of time; times lie in [start, end), whole milliseconds, never equal."""
        shift = self.shift(count)
        universe = count + (self.options.exports - 1) * shift
        step = (end - start) // universe // 1000
        if step < 1:
            raise ValueError(f"{count} items of {name} do not fit between their first and last time")
        full = f"{self.options.seed}/{name}"
        first = self.index * shift
        for number in range(first, first + count):
            dice = Dice(full, number, "time")
            version = sum(1 for export in range(1, self.index + 1)
                          if export * shift <= number < (export - 1) * shift + count
                          and dice.below(10000) < self.options.updates * 10000) if self.index else 0
            jitter = Dice(full, number, "jitter").below(max(1, step * 3 // 5))
            yield Item(full, number, start + (number * step + jitter) * 1000, version, number < count)

    def dice(self, *of):
        return Dice(self.options.seed, *of)

    def is_malformed(self, number):
        """Whether an element that cannot be read stands before element `number` of a file."""
        return "malformed" in self.damage and number % MALFORMED_EVERY == 3

    def path(self, segments):
        """(the path under Takeout/ in the account's language, whether a name in it is from memory)"""
        names, doubtful = [], False
        for segment in segments:
            values = segment[1:] if isinstance(segment, tuple) else ()
            name, guessed = translate(segment[0] if isinstance(segment, tuple) else segment, self.locale, self.options.era, *values)
            names.append(name)
            doubtful = doubtful or guessed
        return "/".join(names), doubtful

    def file(self, product, kind, segments, root="Takeout", **told):
        """Opens an entry in the emptiest part, now and then also in the next emptiest one."""
        path, doubtful = self.path(segments)
        if doubtful:
            told["from_memory"] = True
        return self.open(f"{root}/{path}" if root else path, product, kind, **told)

    def open(self, name, product, kind, **told):
        self.cut_due()
        order = sorted(range(len(self.parts)), key=lambda part: (self.parts[part].bytes, part))
        parts = order[:1]
        if self.options.copies and len(order) > 1 and self.dice("copy", self.index, self.files).chance(COPY_PERCENT):
            parts = order[:2]
        self.files += 1
        file = File(self, name, product, kind, parts, **told)
        if "flip-json" in self.damage and self.flipped is None and kind == "activity_json" and len(parts) == 1 and not file.lost:
            file.told.update(state="crc_mismatch", note="Bytes in its middle are flipped: its rows may or may not be read.")
            file.sureness, self.flipped = MAYBE, file
        return file

    def cut_due(self):
        for number, part in enumerate(self.parts):
            if part.cut_after is not None and not part.cut and part.bytes >= part.cut_after:
                self.cut(number, part)

    def cut(self, number, part):
        """Writes the entry in whose middle the part will be cut; whatever follows it in the part is lost."""
        part.cut = True
        part.cut_at = part.writer.position() + BALLAST_BYTES // 2
        with File(self, BALLAST_NAME, "drive", "drive_file", [number], stored=True, state="partial") as file:
            for piece in noise(f"{self.options.seed}/ballast", BALLAST_BYTES):
                file.write(piece)
        part.bytes -= BALLAST_BYTES  # the part stays as attractive as it was, so that something is lost

    def tell(self, file):
        """Adds one ledger line per copy. A copy in a part that gets lost is told apart."""
        for number in file.parts:
            part, told = self.parts[number], dict(file.told)
            told.update(archive=part.name, export=self.index)
            if part.is_lost():
                told["lost"] = "missing part" if part.missing else "cut" if told["name"] == BALLAST_NAME else "behind the cut"
                self.ledger.add_lost(told)
                continue
            if part.cut_at is None and part.cut_after is not None and self.options.container != "tgz" and told["size"]:
                told["alternatives"] = sorted({told["state"], *told.get("alternatives", [])})
                told["state"] = "salvaged"
            self.ledger.add(told)

    def close(self):
        """Ends the archives and damages them. Returns what was damaged, in words."""
        for part in self.parts:
            if part.cut_after is not None and not part.cut:
                self.cut(self.parts.index(part), part)
        damage.add_entries(self)
        for part in self.parts:
            part.writer.close()
        return damage.apply(self)
