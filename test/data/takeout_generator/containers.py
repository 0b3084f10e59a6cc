"""Writers of the archives: zip in the manner of Takeout (data descriptors, UTF-8 names), tgz, and a plain folder.

A writer takes one entry at a time: begin(), write()..., end(). Nothing but the central directory is kept in memory. The zip
writer can also be told to lie; damage.py uses that.
"""
import gzip
import os
import struct
import tarfile
import tempfile
import zlib

from .times import when

STORED, DEFLATED = 0, 8
ENCRYPTED_FLAG, DESCRIPTOR_FLAG, UTF8_FLAG = 0x1, 0x8, 0x800
ZIP64_FROM = 0xFFFFFFFF


def dos_time(micros):
    moment = when(micros)
    return (moment.hour << 11 | moment.minute << 5 | moment.second // 2,
            (moment.year - 1980) << 9 | moment.month << 5 | moment.day)


class ZipRecord:
    """What the central directory tells of an entry."""

    def __init__(self, name, offset, method, flags, micros, attributes):
        self.name, self.offset, self.method, self.flags = name, offset, method, flags
        self.time, self.date = dos_time(micros)
        self.attributes, self.crc, self.csize, self.usize = attributes, 0, 0, 0


class ZipWriter:
    """A zip of entries with data descriptors. `zip64` forces the ZIP64 structures at any size."""
    suffix = "zip"

    def __init__(self, path, zip64=False, level=6):
        self.path, self.zip64, self.level = path, zip64, level
        self.file, self.offset, self.records = open(path, "wb"), 0, []

    def position(self):
        """A place in the archive file; all entries so far end before it, or some thousand bytes behind it in a tgz."""
        return self.offset

    def put(self, data):
        self.file.write(data)
        self.offset += len(data)

    def begin(self, name, micros, stored=False, size_max=0, method=None, flags=0, attributes=0o100644 << 16):
        """`name` is text or raw bytes. `size_max` is an upper bound of the content, when it may pass 4 GiB."""
        raw = name if isinstance(name, bytes) else name.encode()
        flags |= DESCRIPTOR_FLAG | (0 if isinstance(name, bytes) else UTF8_FLAG)
        self.large = self.zip64 or size_max >= ZIP64_FROM
        method = method if method is not None else STORED if stored else DEFLATED
        self.record = ZipRecord(raw, self.offset, method, flags, micros, attributes)
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if self.large else b""
        self.put(struct.pack("<IHHHHHIIIHH", 0x04034B50, 45 if self.large else 20, flags, method, self.record.time,
                             self.record.date, 0, ZIP64_FROM if self.large else 0, ZIP64_FROM if self.large else 0, len(raw),
                             len(extra)) + raw + extra)
        self.pack = zlib.compressobj(self.level, zlib.DEFLATED, -15) if method == DEFLATED else None

    def write(self, data):
        record = self.record
        record.crc = zlib.crc32(data, record.crc)
        record.usize += len(data)
        self.put_packed(self.pack.compress(data) if self.pack else data)

    def put_packed(self, packed):
        self.record.csize += len(packed)
        self.put(packed)

    def end(self):
        record = self.record
        if self.pack:
            self.put_packed(self.pack.flush())
        if not self.large and max(record.csize, record.usize) >= ZIP64_FROM:
            raise ValueError(f"{record.name!r} passed 4 GiB without being announced")
        form = "<IIQQ" if self.large else "<IIII"
        self.put(struct.pack(form, 0x08074B50, record.crc, record.csize, record.usize))
        self.records.append(record)
        return record

    def close(self):
        start = self.offset
        for record in self.records:
            self.put(self.central(record))
        size, count = self.offset - start, len(self.records)
        if self.zip64 or start >= ZIP64_FROM or count >= 0xFFFF:
            end64 = self.offset
            self.put(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, size, start))
            self.put(struct.pack("<IIQI", 0x07064B50, 0, end64, 1))
        self.put(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), min(size, ZIP64_FROM),
                             ZIP64_FROM if self.zip64 else min(start, ZIP64_FROM), 0))
        self.file.close()

    def central(self, record):
        wide = self.zip64 or max(record.usize, record.csize, record.offset) >= ZIP64_FROM
        extra = struct.pack("<HHQQQ", 1, 24, record.usize, record.csize, record.offset) if wide else b""
        csize, usize, offset = (ZIP64_FROM,) * 3 if wide else (record.csize, record.usize, record.offset)
        return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 3 << 8 | 45, 45 if wide else 20, record.flags, record.method,
                           record.time, record.date, record.crc, csize, usize, len(record.name), len(extra), 0, 0, 0,
                           record.attributes, offset) + record.name + extra


class TarWriter:
    """A gzip-compressed tar. An entry waits in a spooled file until its size is known."""
    suffix = "tgz"

    def __init__(self, path, level=6):
        self.path, self.raw = path, open(path, "wb")
        self.gzip = gzip.GzipFile("", "wb", level, self.raw, 0)
        self.tar = tarfile.open(fileobj=self.gzip, mode="w|", format=tarfile.PAX_FORMAT)

    def position(self):
        return self.raw.tell()

    def begin(self, name, micros, stored=False, size_max=0):
        self.info = tarfile.TarInfo(name)
        self.info.mtime, self.info.mode = micros // 1_000_000, 0o644
        self.spool = tempfile.SpooledTemporaryFile(8 << 20, dir=os.path.dirname(self.path))

    def write(self, data):
        self.spool.write(data)

    def end(self):
        self.info.size = self.spool.tell()
        self.spool.seek(0)
        self.tar.addfile(self.info, self.spool)
        self.spool.close()

    def special(self, name, micros, kind, target=""):
        """A link, device or fifo: `kind` is a tarfile type such as tarfile.SYMTYPE."""
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mtime = kind, target, micros // 1_000_000
        self.tar.addfile(info)

    def close(self):
        self.tar.close()
        self.gzip.close()
        self.raw.close()


class FolderWriter:
    """An export that was already unpacked."""
    suffix = ""

    def __init__(self, path):
        self.path = path
        os.makedirs(path)

    def begin(self, name, micros, stored=False, size_max=0):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file, self.micros = open(path, "xb"), micros

    def write(self, data):
        self.file.write(data)

    def end(self):
        self.file.close()
        seconds = self.micros // 1_000_000
        os.utime(self.file.name, (seconds, seconds))

    def close(self):
        pass


def open_writer(container, path, level):
    if container == "folder":
        return FolderWriter(path)
    if container == "tgz":
        return TarWriter(path, level)
    return ZipWriter(path, container == "zip64", level)
