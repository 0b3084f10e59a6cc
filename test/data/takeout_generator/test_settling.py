"""The truth's bookkeeping, the JSON writer and the sizes beyond 4 GiB, each alone."""
import json
import os
import tempfile
import unittest
import zipfile
import zlib
from unittest import mock

import case  # noqa: F401  (finds the package)
from takeout_generator import truth
from takeout_generator.containers import ZipWriter
from takeout_generator.dice import Dice
from takeout_generator.pretty import pretty

VALUES = ({}, [], {"a": []}, {"a": {"b": [1, 2.5, -3, True, False, None, "ü\n\"\\\u2028👍"]}, "ключ": [[], {}]}, [[1], [2, [3]]],
          {"e": 1e-7, "f": 34.0, "big": 1 << 62})


class Settling(unittest.TestCase):
    def rows(self, held):
        """Ten thousand rows of three exports, with duplicates, changes and uncertain ones."""
        with tempfile.TemporaryDirectory() as scratch, mock.patch.object(truth, "HELD_BYTES_MAX", held):
            recorder = truth.Truth(scratch)
            for number in range(10000):
                dice = Dice("settling", number)
                for version in range(1 + dice.below(3)):
                    value = dice.below(2) if version else 0
                    recorder.row("chat_message", (f"m{number}",), (number * 10 + value,), version, f"s{number % 3}",
                                 truth.MAYBE if number % 100 == 7 else truth.SURE, text=str(value))
            return recorder.told()[0]["chat_message"], os.listdir(scratch)

    def test_spilled_rows_settle_as_held_ones(self):
        spilled, left = self.rows(4096)
        held, _ = self.rows(1 << 30)
        self.assertEqual(spilled, held)
        self.assertEqual(left, [])
        self.assertEqual((spilled["rows"], spilled["rows_max"]), (9900, 10000))
        self.assertGreater(spilled["history_rows"], 1000)
        self.assertGreater(spilled["duplicates"], 1000)

    def test_newest_version_is_the_row(self):
        with tempfile.TemporaryDirectory() as scratch:
            recorder = truth.Truth(scratch)
            for version, ts in ((1, 20), (0, 10), (2, 20)):  # in any order
                recorder.row("chat_message", ("m",), (ts,), version, text=str(ts))
            told = recorder.told()[0]["chat_message"]
        self.assertEqual((told["rows"], told["history_rows"], told["duplicates"]), (1, 1, 1))
        self.assertEqual(told["columns"]["ts_us"], {"sum": "20", "min": 20, "max": 20, "nulls": 0})

    def test_two_contents_of_one_key_in_one_export_are_a_fault(self):
        with tempfile.TemporaryDirectory() as scratch:
            recorder = truth.Truth(scratch)
            recorder.row("chat_message", ("m",), (1,), 0)
            recorder.row("chat_message", ("m",), (2,), 0)
            self.assertRaises(ValueError, recorder.told)

    def test_pretty_writes_as_the_standard_library_does(self):
        for value in VALUES:
            for indent in (1, 2, 4):
                self.assertEqual(pretty(value, indent), json.dumps(value, indent=indent))
                self.assertEqual(pretty(value, indent, False), json.dumps(value, indent=indent, ensure_ascii=False))

    def test_entries_beyond_4_gib_get_zip64_by_themselves(self):
        megabyte, count = bytes(1 << 20), 4100
        pack = zlib.compressobj(9, zlib.DEFLATED, -15)
        block = pack.compress(megabyte) + pack.flush(zlib.Z_FULL_FLUSH)
        with tempfile.TemporaryDirectory() as scratch:
            path = os.path.join(scratch, "large.zip")
            writer = ZipWriter(path)
            writer.begin("small.txt", 1_700_000_000_000_000)
            writer.write(b"small")
            writer.end()
            writer.begin("large.bin", 1_700_000_000_000_000, size_max=5 << 30)
            for _ in range(count):
                writer.put_packed(block)
            writer.record.usize = count << 20
            writer.end()
            writer.close()
            with zipfile.ZipFile(path) as archive:
                self.assertEqual(archive.getinfo("large.bin").file_size, count << 20)
                self.assertEqual(archive.read("small.txt"), b"small")
                with archive.open("large.bin") as file:
                    self.assertEqual(file.read(1000), bytes(1000))


if __name__ == "__main__":
    unittest.main()
