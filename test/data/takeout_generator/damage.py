"""What can be wrong with an export, done on purpose, and said in the truth.

Entries made here lie in the folder Takeout/Hostile of the last whole part of the first export. Content damage (malformed,
cut-json, flip-json) is done by the files that write the content.
"""
import hashlib
import io
import os
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib

from .containers import DEFLATED, ENCRYPTED_FLAG, STORED
from .dice import noise

KINDS = {
    "truncate": "the first part ends in the middle of an entry",
    "missing-part": "the last part is not there (needs 2 parts or more)",
    "flip": "bytes of a stored blob are flipped (zip only)",
    "flip-json": "bytes of a deflated My Activity file are flipped (zip only)",
    "malformed": "elements that are no JSON or not of the expected shape, between good ones",
    "cut-json": "Records.json and Location History.json stop inside an element",
    "odd-values": "values out of range, unknown keys, lone surrogates, deep nesting, a byte order mark, ...",
    "hostile-names": "traversal, absolute, reserved, endless, mixed-case, twin and unprintable names",
    "special": "links, devices and pipes",
    "encrypted": "an entry encrypted with the password 'secret' (zip only)",
    "unsupported-method": "an entry packed by a method nobody knows (zip only)",
    "lying-size": "entries whose declared size is too small or too large (zip only)",
    "overlap-entries": "two directory lines that share one entry's bytes (zip only)",
    "bomb": "an entry of 1.2 GB of zeros in 1.2 MB (zip only)",
    "nested": "an archive inside an archive inside the archive",
}
ZIP_ONLY = {"flip", "flip-json", "encrypted", "unsupported-method", "lying-size", "overlap-entries", "bomb"}
FOLDER = "Takeout/Hostile"
NAMES = ("../../../../tmp/evil.bin", "/absolute/evil.bin", f"{FOLDER}/../../../evil.bin", "C:\\Windows\\evil.bin",
         "..\\..\\evil.bin", f"{FOLDER}/CON", f"{FOLDER}/aux.bin", f"{FOLDER}/trailing dot.", f"{FOLDER}/" + "long " * 60 + ".bin",
         f"{FOLDER}/" + "deep/" * 100 + "end.bin", f"{FOLDER}/line\nbreak \x1b[31m.bin", f"{FOLDER}/gpj.\u202enib.bin",
         unicodedata.normalize("NFC", f"{FOLDER}/Zürich.bin"), unicodedata.normalize("NFD", f"{FOLDER}/Zürich.bin"),
         f"{FOLDER}/case.bin", f"{FOLDER}/CASE.bin", f"{FOLDER}/twin.bin", f"{FOLDER}/twin.bin")
ZIP_NAMES = (f"{FOLDER}/nul\0.bin", f"{FOLDER}/not utf-8 \x84\x81\xff.bin".encode("latin-1"))
BOMB_MEGABYTES = 1200
PASSWORD = b"secret"


def goes_with(kind, options):
    """Whether that container and number of parts can show it."""
    if options.container == "folder":
        return kind in ("malformed", "cut-json", "odd-values", "nested")
    if kind == "missing-part":
        return options.parts > 1
    if kind == "truncate" and options.parts == 1:
        return not options.damage & set(MAKERS)
    if kind == "truncate" and options.parts == 2:
        return "missing-part" not in options.damage
    return options.container != "tgz" or kind not in ZIP_ONLY


def refuse(options):
    """The reason why these kinds of damage do not go with these options, or None."""
    wrong = sorted(kind for kind in options.damage if not goes_with(kind, options))
    return f"{', '.join(wrong)}: not possible with {options.parts} parts of kind {options.container}" if wrong else None


class Hostile:
    """Adds entries to one part of an export and tells them to the ledger."""

    def __init__(self, export):
        self.export = export
        self.part = next(part for part in reversed(export.parts) if not part.missing and part.cut_after is None)
        self.writer = self.part.writer

    def tell(self, name, state, content, alternatives=(), note="", blob=True, **other):
        shown = name if isinstance(name, str) else name.decode("latin-1")
        told = {"name": shown, "product": "hostile", "kind": "hostile", "state": state, "elements": 0, "rejected": 0, "rows": {},
                "size": len(content), "crc32": f"{zlib.crc32(content):08x}", "sha256": hashlib.sha256(content).hexdigest(),
                "archive": self.part.name, "export": self.export.index}
        if isinstance(name, bytes):
            told["name_hex"] = name.hex()
        if alternatives:
            told["alternatives"] = list(alternatives)
        if note:
            told["note"] = note
        told.update(other)
        self.export.ledger.add(told, may_repeat=False)
        if blob:
            self.export.truth.blob(told["sha256"], len(content))

    def content(self, name, size=300):
        return b"".join(noise(f"{self.export.options.seed}/{name}/{self.export.ledger.count}", size))

    def add(self, name, content, **how):
        self.writer.begin(name, self.export.stamp, **how)
        self.writer.write(content)
        return self.writer.end()


def add_names(hostile):
    for name in NAMES + (ZIP_NAMES if hostile.export.options.container != "tgz" else ()):
        content = hostile.content(name)
        hostile.add(name, content)
        hostile.tell(name, "blob_only", content, ("generic",), "The name is data, never a path.")


def add_special(hostile):
    name = f"{FOLDER}/link to passwords"
    told = {"alternatives": ("special", "blob_only", "unsupported_method"), "blob": False,
            "note": "Never followed. The description calls such an entry special, but its list of states has no such name."}
    if hostile.export.options.container != "tgz":
        target = b"/etc/passwd"
        hostile.add(name, target, attributes=(stat.S_IFLNK | 0o777) << 16)
        hostile.tell(name, "special", target, **told)
        return
    for kind, target in ((tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "../../etc/passwd"), (tarfile.CHRTYPE, ""),
                         (tarfile.FIFOTYPE, "")):
        hostile.writer.special(f"{name} {kind.decode()}", hostile.export.stamp, kind, target)
        hostile.tell(f"{name} {kind.decode()}", "special", b"", **told)


class ZipCrypto:
    """The traditional zip encryption, as old tools write it."""

    def __init__(self, password):
        self.keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self.update(byte)

    def update(self, byte):
        first, second, third = self.keys
        first = self.crc(first, byte)
        second = ((second + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        self.keys = [first, second, self.crc(third, second >> 24)]

    @staticmethod
    def crc(value, byte):
        return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def encrypt(self, data):
        out = bytearray()
        for byte in data:
            mask = (self.keys[2] & 0xFFFF) | 2
            out.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
            self.update(byte)
        return bytes(out)


def add_encrypted(hostile):
    name, plain = f"{FOLDER}/encrypted.txt", b"The password is 'secret'.\n" * 20
    writer = hostile.writer
    writer.begin(name, hostile.export.stamp, method=STORED, flags=ENCRYPTED_FLAG)
    # With a data descriptor the check byte is the high byte of the time field.
    salt = b"saltsaltsal" + bytes([writer.record.time >> 8])
    packed = ZipCrypto(PASSWORD).encrypt(salt + plain)
    writer.record.crc, writer.record.usize = zlib.crc32(plain), len(plain)
    writer.put_packed(packed)
    writer.end()
    hostile.tell(name, "encrypted", plain, note="Password: secret", blob=False)


def add_unsupported(hostile):
    name, plain = f"{FOLDER}/unknown method.bin", hostile.content("method", 5000)
    hostile.add(name, plain, method=91)
    hostile.tell(name, "unsupported_method", plain, note="Method 91. The packed bytes are kept.", blob=False)


def add_lies(hostile):
    """The directory's sizes are changed after the entry was written; the data descriptor too, for it lies behind the data."""
    for label, declared in (("small", 10), ("large", 90000)):
        name, plain = f"{FOLDER}/declared {label}.txt", b"five hundred bytes of text, or so\n" * 15
        writer = hostile.writer
        writer.begin(name, hostile.export.stamp, method=DEFLATED)
        writer.write(plain)
        writer.record.usize = declared
        writer.end()
        hostile.tell(name, "crc_mismatch", plain, ("partial", "blob_only"), f"Declared as {declared} bytes.", blob=False)


def add_overlap(hostile):
    name, plain = f"{FOLDER}/shared bytes.bin", hostile.content("overlap", 2000)
    record = hostile.add(name, plain, stored=True)
    hostile.tell(name, "blob_only", plain, ("partial",), "A second directory line points to this entry.", blob=False)
    second = f"{FOLDER}/shared again.bin"
    other = type(record)(second.encode(), record.offset, record.method, record.flags, hostile.export.stamp, record.attributes)
    other.crc, other.csize, other.usize = record.crc, record.csize, record.usize
    hostile.writer.records.append(other)
    hostile.tell(second, "partial", plain, ("rejected_by_user", "unsupported_method", "crc_mismatch"),
                 "Overlaps the entry before. The description refuses it without naming a state.", blob=False)


def add_bomb(hostile):
    """One megabyte of zeros is packed once and its packed form repeated."""
    name, megabyte, writer = f"{FOLDER}/bomb.bin", bytes(1 << 20), hostile.writer
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = pack.compress(megabyte) + pack.flush(zlib.Z_FULL_FLUSH)
    writer.begin(name, hostile.export.stamp, method=DEFLATED)
    sha = hashlib.sha256()
    for _ in range(BOMB_MEGABYTES):
        writer.record.crc = zlib.crc32(megabyte, writer.record.crc)
        sha.update(megabyte)
        writer.put_packed(block)
    writer.record.usize = BOMB_MEGABYTES << 20
    record = writer.end()
    hostile.tell(name, "blob_only", b"", ("rejected_by_user", "partial"), "Expands about a thousand times.", blob=False,
                 size=record.usize, crc32=f"{record.crc:08x}", sha256=sha.hexdigest())


def add_nested(hostile):
    inner = b"".join(noise("nested", 100))
    for depth in range(3):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(zipfile.ZipInfo(f"Takeout/level {depth}.zip" if depth else "Takeout/inner.bin"), inner)
        inner = out.getvalue()
    hostile.add(f"{FOLDER}/nested.zip", inner)
    hostile.tell(f"{FOLDER}/nested.zip", "blob_only", inner, note="Inner archives stay blobs unless asked for.")


def add_flipped(hostile):
    """A stored entry; its bytes are flipped when the archive is closed, its CRC is that of the right bytes."""
    name, right = f"{FOLDER}/flipped.bin", hostile.content("flip", 4096)
    start = hostile.writer.position() + 30 + len(name.encode()) + (20 if hostile.export.options.container == "zip64" else 0)
    hostile.add(name, right, stored=True)
    hostile.part.flips = [(start + 1000, 16)]
    hostile.tell(name, "crc_mismatch", right, note="16 bytes from byte 1000 on are flipped; crc32 and sha256 are the right ones'.",
                 blob=False)


MAKERS = {"hostile-names": add_names, "special": add_special, "encrypted": add_encrypted, "unsupported-method": add_unsupported,
          "lying-size": add_lies, "overlap-entries": add_overlap, "bomb": add_bomb, "nested": add_nested, "flip": add_flipped}


def add_entries(export):
    """Before the archives are closed."""
    wanted = [maker for kind, maker in MAKERS.items() if kind in export.damage]
    if wanted:
        hostile = Hostile(export)
        for maker in wanted:
            maker(hostile)


def flip_bytes(path, start, count):
    with open(path, "r+b") as file:
        file.seek(start)
        data = file.read(count)
        file.seek(start)
        file.write(bytes(byte ^ 0xFF for byte in data))


def middle_of(part, name):
    """The place of the middle of an entry's packed bytes."""
    record = next(record for record in part.writer.records if record.name == name.encode())
    with open(part.path, "rb") as file:
        file.seek(record.offset)
        name_length, extra_length = struct.unpack("<HH", file.read(30)[26:30])
    return record.offset + 30 + name_length + extra_length + record.csize // 2


def apply(export):
    """After the archives are closed. Returns what was done, in words."""
    done = []
    if export.flipped is not None:
        part = export.parts[export.flipped.parts[0]]
        flip_bytes(part.path, middle_of(part, export.flipped.name), 8)
        done.append(f"{part.name}: 8 bytes flipped in {export.flipped.name}")
    for part in export.parts:
        for start, count in part.flips:
            flip_bytes(part.path, start, count)
            done.append(f"{part.name}: {count} bytes flipped at {start}")
        if part.missing:
            os.remove(part.path)
            done.append(f"{part.name}: removed")
        elif part.cut_at is not None:
            os.truncate(part.path, part.cut_at)
            done.append(f"{part.name}: cut at byte {part.cut_at}")
    return done
