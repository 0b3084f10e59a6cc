"""What the generator's own tests share: a run in a scratch folder, its truth, and its files as an unzipper sees them."""
import hashlib
import json
import os
import sys
import tarfile
import tempfile
import unittest
import zipfile

if os.path.dirname(os.path.abspath(__file__)) in sys.path:
    sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from takeout_generator.__main__ import options_of  # noqa: E402
from takeout_generator.run import generate  # noqa: E402


class GeneratorTest(unittest.TestCase):
    maxDiff = None

    def make(self, *arguments):
        """Runs the generator and returns (folder, truth)."""
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        out = os.path.join(scratch.name, "out")
        generate(options_of(["--out", out, *arguments]))
        with open(os.path.join(out, "truth.json"), encoding="utf-8") as file:
            return out, json.load(file)

    def files(self, out, truth, export=None):
        """[(archive, entry name, bytes)] of all archives that are whole."""
        found = []
        for archive in truth["archives"]:
            if not archive["there"] or archive["cut"] or export not in (None, archive["export"]):
                continue
            found += [(archive["name"], name, data) for name, data in read_archive(os.path.join(out, archive["name"]))]
        return found

    def contents(self, out, truth, ending, export=None):
        """The bytes of all entries whose name ends so."""
        return [data for _, name, data in self.files(out, truth, export) if name.endswith(ending)]

    def check_rows(self, truth, table, keys, slice_name=None):
        """The told count and checksum against a recount's keys, given as tuples, with repeats."""
        told = truth["tables"][table]
        if slice_name:
            told = told["slices"][slice_name]
        texts = {"|".join("" if part is None else str(part) for part in key) for key in keys}
        self.assertEqual(told["rows"], len(texts), table)
        self.assertEqual(told["key_checksum"], str(sum(int(hashlib.md5(text.encode()).hexdigest()[:15], 16) for text in texts)))


def read_archive(path):
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                yield info.filename, archive.read(info)
    elif path.endswith(".tgz"):
        with tarfile.open(path) as archive:
            for info in archive:
                if info.isfile():
                    yield info.name, archive.extractfile(info).read()
    else:
        for folder, _, names in os.walk(path):
            for name in names:
                full = os.path.join(folder, name)
                with open(full, "rb") as file:
                    yield os.path.relpath(full, path), file.read()
