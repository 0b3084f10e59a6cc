"""The smallest JPEG and MP4 files that readers accept, blown up with noise to any size."""
import struct

from . import times
from .dice import noise

MAC_EPOCH_SECONDS = 2_082_844_800  # from 1904 to 1970
SEGMENT_MAX = 65000


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def ascii_entry(tag, text, at):
    """(directory entry, bytes behind the directory) of a text in TIFF."""
    raw = text.encode() + b"\0"
    return struct.pack(">HHII", tag, 2, len(raw), at), raw


def rational_degrees(e7):
    """Degrees, minutes and seconds as three fractions, exact to 1e-7 degrees."""
    whole, rest = divmod(abs(e7), 10**7)
    minutes, rest = divmod(rest * 60, 10**7)
    return struct.pack(">6I", whole, 1, minutes, 1, rest * 60, 10**7)


def exif(micros, position):
    """An APP1 body with DateTimeOriginal in UTC, OffsetTimeOriginal, and GPS when `position` is (lat_e7, lon_e7)."""
    date = f"{times.when(micros):%Y:%m:%d %H:%M:%S}"
    main_size, exif_size = 2 + 2 * 12 + 4, 2 + 2 * 12 + 4
    exif_at = 8 + main_size
    text_at = exif_at + exif_size
    entry, raw = ascii_entry(0x9003, date, text_at)
    zone, raw_zone = ascii_entry(0x9011, "+00:00", text_at + len(raw))
    gps_at = text_at + len(raw) + len(raw_zone)
    main = struct.pack(">H", 2) + struct.pack(">HHII", 0x8769, 4, 1, exif_at) + \
        struct.pack(">HHII", 0x8825, 4, 1, gps_at) + struct.pack(">I", 0)
    body = struct.pack(">H", 2) + entry + zone + struct.pack(">I", 0) + raw + raw_zone
    if position is None:
        gps = struct.pack(">HI", 0, 0)
    else:
        data_at = gps_at + 2 + 4 * 12 + 4
        (lat, lon) = position
        gps = struct.pack(">H", 4) + struct.pack(">HHI4s", 1, 2, 2, b"S\0\0\0" if lat < 0 else b"N\0\0\0") + \
            struct.pack(">HHII", 2, 5, 3, data_at) + struct.pack(">HHI4s", 3, 2, 2, b"W\0\0\0" if lon < 0 else b"E\0\0\0") + \
            struct.pack(">HHII", 4, 5, 3, data_at + 24) + struct.pack(">I", 0) + rational_degrees(lat) + rational_degrees(lon)
    return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + main + body + gps


def jpeg(name, size, micros, position=None):
    """Yields a grey picture of 8 by 8 pixels whose comments fill it up to about `size` bytes."""
    head = b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xE1, exif(micros, position))
    huffman = b"\1" + bytes(15) + b"\0"
    tail = segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC0, struct.pack(">BHHBBBB", 8, 8, 8, 1, 1, 0x11, 0)) + \
        segment(0xC4, b"\0" + huffman) + segment(0xC4, b"\x10" + huffman) + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x3f\xff\xd9"
    yield head
    for piece in noise(name, max(16, size - len(head) - len(tail)), SEGMENT_MAX):
        yield segment(0xFE, piece)
    yield tail


def box(kind, body):
    return struct.pack(">I4s", len(body) + 8, kind) + body


def mp4(name, size, micros):
    """Yields a film without tracks: its header has the time, its data is noise."""
    seconds = micros // times.SECOND + MAC_EPOCH_SECONDS
    header = struct.pack(">IIIII", 0, seconds, seconds, 1000, 2000) + bytes(76) + struct.pack(">I", 2)
    yield box(b"ftyp", b"isom\0\0\2\0isommp42") + box(b"moov", box(b"mvhd", header))
    yield struct.pack(">I4s", size + 8, b"mdat")
    yield from noise(name, size)
