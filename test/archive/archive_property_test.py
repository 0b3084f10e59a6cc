"""Archives made by Python's zipfile, tarfile and gzip, and by the Takeout generator: read by us as they were written.

archive_property_test.py PROGRAM: PROGRAM is archive_listing.
"""
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
import zlib

PROGRAM = None
SEEDS = 25
GENERATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "takeout_generator")
LETTERS = "abcXYZ 09._-äöüЖ写真\u202f"


def read_by_us(path, *options):
    """[(name, kind, bytes, crc, verdict)] and the verdict of the end."""
    out = subprocess.run([PROGRAM, *options, path], capture_output=True, text=True, check=True).stdout.splitlines()
    entries = []
    for line in out[:-1]:
        name, kind, size, crc, verdict = line.split(" ")
        entries.append((bytes.fromhex(name).decode(), kind, int(size), int(crc, 16), verdict))
    return entries, out[-1].removeprefix("end ")


def contents(dice):
    """Between 0 and 30 entries: (name, content), names unlike each other."""
    made = {}
    for number in range(dice.randrange(31)):
        name = "/".join("".join(dice.choices(LETTERS, k=dice.choice((1, 5, 30, 120)))).strip() + str(number)
                        for _ in range(dice.randrange(1, 4)))
        size = dice.choice((0, 1, 511, 512, 513, 5000, 70_000, 300_000))
        kind = dice.randrange(3)
        made[name] = dice.randbytes(size) if kind == 0 else bytes(size) if kind == 1 else \
            (json.dumps({"n": dice.random()}) * (size // 20 + 1)).encode()[:size]
    return list(made.items())


def told(made):
    return [(name, "file", len(data), zlib.crc32(data), "complete") for name, data in made]


class Unseekable(io.RawIOBase):
    """Makes zipfile write data descriptors."""

    def __init__(self, file):
        self.file = file

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)


HOLE = bytes(1 << 24)


class Holey(Unseekable):
    """Leaves a hole where HOLE would be written."""

    def write(self, data):
        if data is HOLE:
            self.file.seek(len(data), os.SEEK_CUR)
            return len(data)
        return self.file.write(data)


def damaged(data, dice):
    """One byte changed, some lost, some too many, or the end cut off."""
    at = dice.randrange(len(data))
    until = min(len(data), at + dice.choice((1, 4, 600)))
    return dice.choice((data[:at] + bytes([data[at] ^ (1 << dice.randrange(8))]) + data[at + 1:],
                        data[:at] + data[until:], data[:until] + data[at:], data[:at]))


class MadeElsewhere(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "part")

    def tearDown(self):
        self.folder.cleanup()

    def write_zip(self, dice, made, descriptors):
        with open(self.path, "wb") as raw:
            with zipfile.ZipFile(Unseekable(raw) if descriptors else raw, "w") as archive:
                archive.comment = dice.randbytes(dice.choice((0, 20, 65_535)))
                for name, data in made:
                    method = dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
                    info = zipfile.ZipInfo(name)
                    info.compress_type = method
                    with archive.open(info, "w", force_zip64=dice.random() < 0.3) as entry:
                        entry.write(data)

    def test_zip(self):
        for seed in range(SEEDS):
            for descriptors in (False, True):
                with self.subTest(seed=seed, descriptors=descriptors):
                    dice = random.Random(seed)
                    made = contents(dice)
                    self.write_zip(dice, made, descriptors)
                    self.assertEqual(read_by_us(self.path), (told(made), "complete"))

    def test_zip_salvaged(self):
        for seed in range(SEEDS):
            for descriptors in (False, True):
                with self.subTest(seed=seed, descriptors=descriptors):
                    dice = random.Random(seed)
                    made = contents(dice)
                    self.write_zip(dice, made, descriptors)
                    with zipfile.ZipFile(self.path) as archive:
                        start = archive.start_dir
                    os.truncate(self.path, start)
                    entries, end = read_by_us(self.path, "--salvage")
                    if made:
                        self.assertEqual((entries, end), (told(made), "truncated"))

    def test_tar(self):
        forms = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
        for seed in range(SEEDS):
            for form in forms:
                with self.subTest(seed=seed, form=form):
                    dice = random.Random(seed)
                    made = [(name if form != tarfile.USTAR_FORMAT else str(number), data)
                            for number, (name, data) in enumerate(contents(dice))]
                    plain = io.BytesIO()
                    with tarfile.open(fileobj=plain, mode="w", format=form) as archive:
                        for name, data in made:
                            info = tarfile.TarInfo(name)
                            info.size = len(data)
                            archive.addfile(info, io.BytesIO(data))
                    expected = (told(made), "complete")
                    with open(self.path, "wb") as file:
                        file.write(plain.getvalue())
                    if made:  # an empty tar is only zeros: nothing tells it from another file
                        self.assertEqual(read_by_us(self.path), expected)
                    # in several gzip members; the name is needed where there is no entry
                    with open(self.path + ".tgz", "wb") as file:
                        cut = dice.randrange(len(plain.getvalue()))
                        file.write(gzip.compress(plain.getvalue()[:cut]) + gzip.compress(plain.getvalue()[cut:]))
                    self.assertEqual(read_by_us(self.path + ".tgz"), expected)

    def test_zip_damaged(self):
        for seed in range(SEEDS):
            dice = random.Random(seed)
            made = contents(dice)
            self.write_zip(dice, made, seed % 2 == 0)
            with open(self.path, "rb") as file:
                whole = file.read()
            known = {entry[2:] for entry in told(made)} | {(0, 0, "complete")}  # a name may be what was damaged
            for trial in range(6):
                with self.subTest(seed=seed, trial=trial):
                    with open(self.path, "wb") as file:
                        file.write(damaged(whole, dice))
                    for options in ((), ("--salvage",)):
                        entries, _ = read_by_us(self.path, *options)
                        complete = {entry[2:] for entry in entries if entry[4] == "complete"}
                        self.assertEqual(complete - known, set(), options)

    def test_tar_gzip_damaged(self):
        for seed in range(SEEDS):
            dice = random.Random(seed)
            made = contents(dice)
            plain = io.BytesIO()
            with tarfile.open(fileobj=plain, mode="w") as archive:
                for name, data in made:
                    info = tarfile.TarInfo(name)
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
            whole = gzip.compress(plain.getvalue())
            for trial in range(6):
                with self.subTest(seed=seed, trial=trial):
                    # behind the first bytes, without which it is not taken for a tar
                    with open(self.path + ".tgz", "wb") as file:
                        file.write(whole[:10] + damaged(whole[10:], dice))
                    entries, end = read_by_us(self.path + ".tgz")
                    if end == "complete":  # padding bits of the stream, or nothing lost
                        self.assertEqual(entries, told(made))

    def test_zip_beyond_4_gib(self):
        """With descriptors and ZIP64 fields, as Takeout writes its parts; the file has a hole."""
        with open(self.path, "wb") as raw:
            with zipfile.ZipFile(Holey(raw), "w") as archive:
                with archive.open(zipfile.ZipInfo("large"), "w", force_zip64=True) as entry:
                    for _ in range(257):
                        entry.write(HOLE)
                archive.writestr("behind", b"content", zipfile.ZIP_DEFLATED)
        with zipfile.ZipFile(self.path) as archive:
            large, behind = archive.infolist()
        self.assertGreater(behind.header_offset, 1 << 32)
        entries, end = read_by_us(self.path)
        self.assertEqual(entries, [("large", "file", 257 * len(HOLE), large.CRC, "complete")] + told([("behind", b"content")]))
        self.assertEqual(end, "complete")
        os.truncate(self.path, os.path.getsize(self.path) - 1)
        self.assertEqual(read_by_us(self.path), ([], "corruption"))

    def test_zip_of_more_than_65535_entries(self):
        made = [(f"{number}.json", b"%d" % number) for number in range(70_000)]
        with zipfile.ZipFile(self.path, "w") as archive:
            for name, data in made:
                archive.writestr(name, data)
        self.assertEqual(read_by_us(self.path), (told(made), "complete"))

    def test_exports_of_the_generator(self):
        for container in ("zip", "zip64", "tgz", "folder"):
            with self.subTest(container=container):
                out = os.path.join(self.folder.name, container)
                subprocess.run([sys.executable, "-B", GENERATOR, "--out", out, "--size", "300KB", "--parts", "2",
                                "--container", container], check=True, stdout=subprocess.DEVNULL)
                with open(os.path.join(out, "truth.json"), encoding="utf-8") as file:
                    truth = json.load(file)
                for archive in truth["archives"]:
                    entries, end = read_by_us(os.path.join(out, archive["name"]))
                    there = sorted((e[0], e[2], e[3], e[4]) for e in entries if e[1] == "file")
                    wanted = sorted((e["name"], e["size"], int(e["crc32"], 16) if isinstance(e["crc32"], str) else e["crc32"],
                                     "complete") for e in truth["entries"] if e["archive"] == archive["name"])
                    self.assertEqual((there, end), (wanted, "complete"))
                    self.assertTrue(there)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
