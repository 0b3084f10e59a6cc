#!/usr/bin/env python3
"""check_races.py on reports as ThreadSanitizer writes them."""
import contextlib
import io
import os
import tempfile
import unittest

import check_races

OURS = "lake::upkeep::Upkeep::wake() /x/src/lake/upkeep/upkeep.cpp:40 (lake_upkeep_test+0x1f)"
ENGINE = "duckdb::Pipeline::ResetSink() <null> (libduckdb.so+0x1d5bb88)"
INLINE = "duckdb::ValidityMask::Get() /d/duckdb-1.5.6/include/duckdb/common/types/validity_mask.hpp:186 (lake_query_test+0x1)"
ALLOCATOR = "operator new(unsigned long) ../../../../src/libsanitizer/tsan/tsan_new_delete.cpp:64 (libtsan.so.2+0x87323)"
STANDARD = "__gnu_cxx::__exchange_and_add(int volatile*, int) /usr/include/c++/12/ext/atomicity.h:66 (lake_query_test+0x2)"
LIBRARY = "std::string::_M_append(char const*, unsigned long) <null> (libstdc++.so.6+0x14d3a)"


def stack(title, *frames):
    return "\n".join([f"  {title}:"] + [f"    #{number} {frame}" for number, frame in enumerate(frames)]) + "\n\n"


def race(first, second):
    return ("==================\nWARNING: ThreadSanitizer: data race (pid=7)\n" +
            stack("Write of size 8 at 0x7b10 by main thread (mutexes: write M1)", *first) +
            stack("Previous atomic read of size 8 at 0x7b10 by thread T4", *second) +
            stack("Location is heap block of size 64 at 0x7b00 allocated by main thread", ALLOCATOR, OURS) +
            "SUMMARY: ThreadSanitizer: data race\n==================\n")


def circle(*lockers):
    return ("WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=7)\n"
            "  Cycle in lock order graph: M1 (0x1) => M2 (0x2) => M1\n\n" +
            "".join(stack("Mutex M1 acquired here while holding mutex M2 in main thread", one) for one in lockers) +
            "SUMMARY: ThreadSanitizer: lock-order-inversion\n==================\n")


class Judgement(unittest.TestCase):
    def told(self, *reports):
        with tempfile.TemporaryDirectory() as directory:
            for number, report in enumerate(reports):
                with open(os.path.join(directory, f"report.{number}"), "w", encoding="utf-8") as file:
                    file.write(report)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                failed = check_races.main(directory)
            return failed, out.getvalue()

    def test_both_accesses_ours(self):
        failed, text = self.told(race([OURS], [OURS]))
        self.assertEqual(failed, 1)
        self.assertIn("data race at src/lake/upkeep/upkeep.cpp:40", text)

    def test_what_we_call_of_the_standard_library_is_ours(self):
        for frame in (ALLOCATOR, STANDARD, LIBRARY):
            self.assertEqual(self.told(race([frame, OURS], [OURS]))[0], 1, frame)

    def test_the_engine_racing_with_itself_below_and_above_us(self):
        for frame in (ENGINE, INLINE):
            self.assertEqual(self.told(race([ALLOCATOR, frame, OURS], [STANDARD, frame]))[0], 0, frame)

    def test_one_access_of_the_engine(self):
        self.assertEqual(self.told(race([OURS, ENGINE], [ENGINE, OURS]))[0], 0)

    def test_our_code_called_by_the_engine_is_ours(self):
        self.assertEqual(self.told(race([OURS, ENGINE], [LIBRARY, OURS, ENGINE]))[0], 1)

    def test_a_stack_that_was_lost(self):
        lost = "    [failed to restore the stack]\n\n"
        self.assertEqual(self.told(race([OURS], []).replace("T4:\n", "T4:\n" + lost))[0], 1)
        self.assertEqual(self.told(race([ENGINE], []).replace("T4:\n", "T4:\n" + lost))[0], 0)

    def test_one_lock_of_a_circle_ours(self):
        self.assertEqual(self.told(circle(ENGINE, OURS))[0], 1)
        self.assertEqual(self.told(circle(ENGINE, INLINE))[0], 0)

    def test_another_kind_by_its_first_stack(self):
        kind = "WARNING: ThreadSanitizer: unlock of an unlocked mutex (or by a wrong thread) (pid=7)\n"
        self.assertEqual(self.told(kind + stack("somewhere", STANDARD, OURS))[0], 1)
        self.assertEqual(self.told(kind + stack("somewhere", STANDARD, ENGINE))[0], 0)

    def test_several_reports_in_several_files(self):
        failed, text = self.told(race([OURS], [OURS]) + race([ENGINE], [ENGINE]), race([OURS], [OURS]))
        self.assertEqual(failed, 1)
        self.assertIn("2 of ours, 1 within the engine", text)

    def test_nothing_reported(self):
        self.assertEqual(self.told("")[0], 0)
        self.assertEqual(self.told()[0], 0)


if __name__ == "__main__":
    unittest.main()
