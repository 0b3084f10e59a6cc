#!/usr/bin/env python3
"""Tests where the bytes of blobs are read when archives of imports were moved, replaced or copied.

usage: moved_archive_test.py PROGRAM
"""

import os
import sys
import unittest

import door_test
from blob_test import ExportCase


class Moved(ExportCase):
    def test_archives_that_lay_at_one_path_move_by_themselves(self):
        path = self.archive("zip")
        self.run_import(path)
        first = path + ".first"
        os.rename(path, first)
        others = {name.replace("Takeout/", "Takeout/Other "): content[::-1] for name, content in self.FILES.items()}
        self.archive("zip", others)
        self.run_import(path)
        self.run_import(first)
        serving = self.served()
        self.check_files(serving, {**self.FILES, **others})
        serving.stop()
        self.check_clean()

    def test_a_moved_archive_that_is_read_again_takes_along_what_was_read_before(self):
        path = self.archive("zip")
        self.run_import(path, "--without", "drive")
        moved = path + ".moved"
        os.rename(path, moved)
        self.check_import_again(moved, self.FILES)

    def test_a_moved_archive_whose_import_was_killed_takes_along_what_was_read_before(self):
        path = self.archive("zip")
        serving = self.imported(path)
        # As after a kill in the middle.
        serving.rows("UPDATE takeout.import_part SET state = 'reading'")
        serving.rows("DELETE FROM blob_store.object WHERE key LIKE '%b.jpg'")
        serving.rows("DELETE FROM blob_store.place WHERE hash IN (SELECT blob FROM takeout.import_entry WHERE name LIKE '%b.jpg')")
        serving.rows("DELETE FROM takeout.import_entry WHERE name LIKE '%b.jpg'")
        serving.stop()
        moved = path + ".moved"
        os.rename(path, moved)
        self.check_import_again(moved, self.FILES)

    def test_the_lake_s_own_copy_stays_what_is_read(self):
        path = self.archive("zip")
        self.run_import(path, "--archives", "copy")
        self.run_import(path)
        os.remove(path)
        serving = self.served()
        self.check_files(serving)
        serving.stop()
        self.check_clean()


if __name__ == "__main__":
    door_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
