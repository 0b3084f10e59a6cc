"""What an import must give. Every row written to any file is recorded here by its natural key; the sums are made at the end,
after deduplication by key, in bounded memory: rows beyond a bound wait in a scratch file and are settled bucket by bucket.

The newest version of a key is its row, each older different version is one history row, anything else is a duplicate.
"""
import hashlib
import os
import struct

from .tables import LOCALIZED, TABLES, WHERE

NULL = -(1 << 63)
HELD_BYTES_MAX = 4 << 20
BUCKETS = 64
SURE, MAYBE = 0, 1


def key_number(text):
    """60 bits of a key: in SQL ('0x' || md5(key)[1:15])::BIGINT."""
    return int(hashlib.md5(text.encode()).hexdigest()[:15], 16)


def key_text(key):
    return "|".join("" if part is None else str(part) for part in key)


class Slice:
    """Rows, sums and checksum of the rows that share a slice name."""

    def __init__(self, width):
        self.rows = self.maybe = self.history = self.duplicates = self.checksum = 0
        self.sums, self.nulls = [0] * width, [0] * width
        self.low, self.high = [None] * width, [None] * width

    def take(self, key, values):
        self.rows += 1
        self.checksum += key
        for at, value in enumerate(values):
            if value == NULL:
                self.nulls[at] += 1
                continue
            self.sums[at] += value
            if self.low[at] is None or value < self.low[at]:
                self.low[at] = value
            if self.high[at] is None or value > self.high[at]:
                self.high[at] = value

    def merge(self, other):
        for name in ("rows", "maybe", "history", "duplicates", "checksum"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for at in range(len(self.sums)):
            self.sums[at] += other.sums[at]
            self.nulls[at] += other.nulls[at]
            self.low[at] = min((v for v in (self.low[at], other.low[at]) if v is not None), default=None)
            self.high[at] = max((v for v in (self.high[at], other.high[at]) if v is not None), default=None)

    def told(self, names):
        told = {"rows": self.rows, "duplicates": self.duplicates, "history_rows": self.history,
                "key_checksum": str(self.checksum)}
        if self.maybe:
            told["rows_max"] = self.rows + self.maybe
        told["columns"] = {name: {"sum": str(self.sums[at]), "min": self.low[at], "max": self.high[at], "nulls": self.nulls[at]}
                           for at, name in enumerate(names)}
        return told


class TableRows:
    """All rows ever written for one table."""

    def __init__(self, name, scratch):
        self.name, self.table, self.scratch = name, TABLES[name], scratch
        self.width = len(self.table.values)
        self.form = struct.Struct(f"<QQHBB{self.width}q")
        self.held, self.file, self.slices = bytearray(), None, {}

    def add(self, key, values, version, slice_name, sureness, text):
        if len(values) != self.width or len(key) != len(self.table.key):
            raise ValueError(f"{self.name} takes key {self.table.key} and values {self.table.values}")
        number = self.slices.setdefault(slice_name, len(self.slices))
        content = hash((values, text)) & 0xFFFFFFFFFFFFFFFF
        filled = [NULL if value is None else value for value in values]
        self.held += self.form.pack(key_number(key_text(key)), content, version, number, sureness, *filled)
        if len(self.held) > HELD_BYTES_MAX:
            self.spill()

    def spill(self):
        if self.file is None:
            self.file = open(os.path.join(self.scratch, f"{self.name}.rows"), "w+b")
        self.file.write(self.held)
        self.held = bytearray()

    def buckets(self):
        """The records in groups that hold all records of their keys."""
        if self.file is None:
            yield bytes(self.held)
            return
        self.spill()
        size, files = self.form.size, []
        self.file.seek(0)
        for at in range(BUCKETS):
            files.append(open(os.path.join(self.scratch, f"{self.name}.{at}"), "w+b"))
        while chunk := self.file.read(size * 8192):
            for at in range(0, len(chunk), size):
                files[chunk[at] % BUCKETS].write(chunk[at:at + size])
        self.file.close()
        os.remove(self.file.name)
        for file in files:
            file.seek(0)
            yield file.read()
            file.close()
            os.remove(file.name)

    def settle(self):
        """{slice name: Slice}. Each key belongs to the slice of its newest sure record."""
        settled = {number: Slice(self.width) for number in self.slices.values()}
        for records in self.buckets():
            by_key = {}
            for record in self.form.iter_unpack(records):
                by_key.setdefault(record[0], []).append(record)
            for key, group in by_key.items():
                self.settle_key(key, group, settled)
        return {name: settled[number] for name, number in self.slices.items()}

    def settle_key(self, key, group, settled):
        sure = [record for record in group if record[4] == SURE]
        if not sure:
            settled[group[0][3]].maybe += 1
            return
        newest = max(sure, key=lambda record: record[2])
        into = settled[newest[3]]
        versions = {record[1] for record in sure}
        if len(versions) > 1 and len({(record[1], record[2]) for record in sure}) > len({record[2] for record in sure}):
            raise ValueError(f"one export holds two contents of one key in {self.name}: a fault of the generator")
        into.take(key, newest[5:])
        into.history += len(versions) - 1
        into.duplicates += len(sure) - len(versions)


class Truth:
    """The recorder of a whole run. `keys` names a folder that receives the plain keys of every row, or is None."""

    def __init__(self, scratch, keys=None):
        self.scratch, self.keys, self.tables, self.key_files = scratch, keys, {}, {}
        self.blobs = {}

    def row(self, name, key, values, version, slice_name="", sureness=SURE, text=""):
        table = self.tables.get(name)
        if table is None:
            table = self.tables[name] = TableRows(name, self.scratch)
        table.add(key, values, version, slice_name, sureness, text)
        if self.keys is not None:
            if name not in self.key_files:
                self.key_files[name] = open(os.path.join(self.keys, f"{name}.txt"), "w", encoding="utf-8")
            self.key_files[name].write(f"{key_text(key)}\n")

    def blob(self, sha256, size, group="entries"):
        self.blobs.setdefault(group, {})[int(sha256[:30], 16)] = size

    def told(self):
        """The `tables` and `blobs` of truth.json."""
        for file in self.key_files.values():
            file.close()
        tables = {}
        for name in sorted(self.tables):
            table = TABLES[name]
            slices = self.tables[name].settle()
            whole = Slice(len(table.values))
            for part in slices.values():
                whole.merge(part)
            told = whole.told(table.values)
            told["key"] = list(table.key)
            told["key_sql"] = "concat_ws('|', " + ", ".join(f"coalesce({c}::VARCHAR, '')" for c in table.key) + ")"
            told["basis"], told["note"], told["localized"] = table.basis, table.note, name in LOCALIZED
            if name in WHERE:
                told["where"] = WHERE[name]
            if set(slices) != {""}:
                told["slices"] = {slice_name: slices[slice_name].told(table.values) for slice_name in sorted(slices)}
            tables[name] = told
        return tables, {group: {"distinct": len(sizes), "bytes": sum(sizes.values())} for group, sizes in self.blobs.items()}
