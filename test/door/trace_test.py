#!/usr/bin/env python3
"""Tests traces through the HTTP door of a real `dplake serve`: what an import did when, as lake_spans() tells.

usage: trace_test.py PROGRAM [TEST...]
"""

import io
import os
import sys
import tarfile
import unittest

import door_test
from jobs_test import JobsCase, activity

ROUNDS, RECORDS, BATCH = 30, 400, 100
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def export_tgz(rounds=ROUNDS):
    """A part that can only be read as a stream: rows and files by turns. What is no table has to be copied."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as archive:
        def add(name, content):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for number in range(rounds):
            add(f"Takeout/My Activity/Search {number}/MyActivity.json",
                activity(f"Search {number}", number * RECORDS, RECORDS).encode())
            for copy in range(3):
                add(f"Takeout/Drive/drawing {number} {copy}.bin", bytes((number, copy, 0xFF, 0xFE)) * 40_000)
    return made.getvalue()


class Traces(JobsCase):
    FLAGS = ()

    def spans(self, condition="true"):
        rows = self.serving.rows("SELECT name, trace_id, span_id, parent_id, epoch_us(started_at), epoch_us(ended_at), duration_us, "
                                 f"is_failed, attributes FROM lake_spans() WHERE {condition} ORDER BY started_at")
        names = ("name", "trace", "span", "parent", "start", "end", "micros", "failed", "attributes")
        return [dict(zip(names, row)) for row in rows]

    def imported(self, **headers):
        path = self.put("takeout-20240425T101500Z-001.tgz", export_tgz())
        status, answer = self.ask("POST", "/api/v1/lake/takeout", {"paths": [path], "batch_rows": BATCH}, headers)
        self.assertEqual(status, 202, answer)
        return self.ended(answer["job_id"])

    def test_writes_to_several_stores_overlap(self):
        job = self.imported()
        self.assertEqual(self.count(), ROUNDS * RECORDS)
        trace = job["result"]["trace_id"]
        spans = self.spans(f"trace_id = '{trace}'")
        by_id = {span["span"]: span for span in spans}
        named = lambda name: [span for span in spans if span["name"] == name]
        # One import in one job; each store lies within what began it.
        self.assertEqual((len(named("takeout.job")), len(named("takeout.import"))), (1, 1))
        self.assertIsNone(named("takeout.job")[0]["parent"])
        for span in spans:
            self.assertFalse(span["failed"], span)
            self.assertGreaterEqual(span["micros"], 0)
            if span["parent"] is not None:
                outer = by_id[span["parent"]]
                self.assertLessEqual(outer["start"], span["start"])
                self.assertGreaterEqual(outer["end"], span["end"])
        parents = {span["name"]: by_id[span["parent"]]["name"] for span in spans if span["parent"] is not None}
        self.assertEqual(parents, {"takeout.import": "takeout.job", "takeout.store": "takeout.import", "takeout.store_content": "takeout.import",
                                   "takeout.store_pack": "takeout.import",
                                   "takeout.store_rows": "takeout.store", "takeout.store_blobs": "takeout.store",
                                   "takeout.store_ledger": "takeout.store", "takeout.store_commit": "takeout.store"})
        # Their sums are those of the import.
        self.assertEqual(sum(int(span["attributes"]["rows"]) for span in named("takeout.store")), ROUNDS * RECORDS)
        self.assertEqual(sum(int(span["attributes"]["bytes"]) for span in named("takeout.store_content")), ROUNDS * 3 * 160_000)
        self.assertEqual(sum(int(span["attributes"]["bytes"]) for span in named("takeout.store_pack")), ROUNDS * 3 * 160_000)
        # While the rows of one batch are stored, the bytes of files that come later go into the blob store.
        pairs = [(rows, bytes_) for rows in named("takeout.store") for bytes_ in named("takeout.store_content") + named("takeout.store_pack")
                 if rows["start"] < bytes_["end"] and bytes_["start"] < rows["end"]]
        self.assertTrue(pairs, "no two writes to different stores overlap")

    def test_a_trace_that_somebody_began_goes_on(self):
        self.imported(traceparent=f"00-{TRACE}-{PARENT}-01")
        jobs = self.spans("name = 'takeout.job'")
        self.assertEqual([(span["trace"], span["parent"]) for span in jobs], [(TRACE, PARENT)])
        self.assertTrue(self.spans(f"trace_id = '{TRACE}' AND name = 'takeout.store'"))
        self.assertGreater(self.serving.metric("dplake_spans_total"), 0)

    def test_a_header_that_is_none_begins_a_trace(self):
        job = self.imported(traceparent="00-nonsense-01")
        self.assertRegex(job["result"]["trace_id"], "^[0-9a-f]{32}$")
        self.assertEqual(len(self.spans("name = 'takeout.job' AND parent_id IS NULL")), 1)


class Untraced(Traces):
    FLAGS = ("--trace-spans-max", "0")

    def test_writes_to_several_stores_overlap(self):
        job = self.imported()
        self.assertNotIn("trace_id", job["result"])
        self.assertEqual((self.spans(), self.count()), ([], ROUNDS * RECORDS))

    test_a_trace_that_somebody_began_goes_on = test_a_header_that_is_none_begins_a_trace = None


if __name__ == "__main__":
    door_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
