"""kill -9 of a serving lake at random moments: what was acknowledged is there, nothing is half there, `check` is clean.

DPLAKE_KILL_ROUNDS bounds the rounds (default 20). Each round prints its seed; DPLAKE_KILL_SEED replays one.
"""
import json
import os
import random
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import ProgramTest  # noqa: E402

ROUNDS = int(os.environ.get("DPLAKE_KILL_ROUNDS", "20"))
CLIENTS = 3
RETRYABLE = {"conflict", "unavailable"}


class Client(threading.Thread):
    """Writes transactions until the server is gone; remembers what was acknowledged and what was under way."""

    def __init__(self, number, address, token, first, seed):
        super().__init__()
        self.number, self.address, self.token, self.next = number, address, token, first
        self.random = random.Random(seed)
        self.acknowledged = []  # ids whose pair of rows is committed
        self.unsure = []
        self.deleted = set()
        self.unsure_deleted = set()
        self.failure = None

    def run(self):
        try:
            while self.step():
                pass
        except Exception as problem:  # a thread's exception is nobody's otherwise
            self.failure = problem

    def post(self, sql):
        request = urllib.request.Request(
            self.address + "/api/v1/query", json.dumps({"sql": sql}).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer " + self.token})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return None if "error" not in json.load(answer) else "unsure"
        except urllib.error.HTTPError as refused:
            return json.load(refused)["error"]["code"]
        except (OSError, ValueError):  # the server died in the middle
            return "unsure"

    def step(self):
        key = self.next
        self.next += 1
        if self.acknowledged and self.random.random() < 0.2:
            victim = self.random.choice(self.acknowledged)
            outcome = self.post(f"BEGIN; DELETE FROM a WHERE id = {victim}; DELETE FROM b WHERE id = {victim}; COMMIT")
            if outcome is None:
                self.acknowledged.remove(victim)
                self.deleted.add(victim)
            elif outcome == "unsure":
                self.unsure_deleted.add(victim)
        elif self.random.random() < 0.05:
            outcome = self.post("CALL lake_flush()" if self.random.random() < 0.5 else "CALL lake_compact()")
        else:
            rows = 1 if self.random.random() < 0.9 else 20000
            outcome = self.post(f"BEGIN; INSERT INTO a SELECT {key}, range FROM range({rows}); "
                                f"INSERT INTO b VALUES ({key}, {rows}); COMMIT")
            if outcome is None:
                self.acknowledged.append(key)
            elif outcome == "unsure":
                self.unsure.append(key)
        if outcome not in (None, "unsure") and outcome not in RETRYABLE:
            raise AssertionError(f"client {self.number} was refused: {outcome}")
        return outcome != "unsure"


class KillRounds(ProgramTest):
    def test_rounds(self):
        self.sql("CREATE TABLE a (id BIGINT, n BIGINT)")
        self.sql("CREATE TABLE b (id BIGINT, row_count BIGINT)")
        start = int(os.environ.get("DPLAKE_KILL_SEED", str(random.SystemRandom().randrange(1 << 30))))
        present, gone = set(), set()
        for number in range(ROUNDS):
            with self.subTest(seed=start + number):
                self.one_round(number, start + number, present, gone)
        print(f"{ROUNDS} kill rounds, first seed {start}, {len(present)} transactions present")

    def one_round(self, number, seed, present, gone):
        chance = random.Random(seed)
        server, link = self.serve()
        address, token = link.split("/?token=")
        clients = [Client(i, address, token, (number * CLIENTS + i + 1) * 1000000, seed * 10 + i)
                   for i in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0.05, 1.2))  # the moment of death is the experiment
        server.kill()
        for client in clients:
            client.join()
        server.wait()
        for client in clients:
            self.assertIsNone(client.failure)
        self.compare(clients, present, gone)

    def compare(self, clients, present, gone):
        found = {}
        for line in self.sql("SELECT id, row_count FROM b"):
            key, rows = line.split(",")
            self.assertNotIn(int(key), found, "a row is there twice")
            found[int(key)] = int(rows)
        counted = {int(k): int(n) for k, n in
                   (line.split(",") for line in self.sql("SELECT id, count(*) FROM a GROUP BY id"))}
        self.assertEqual(found, counted, "a transaction over two tables is half there")
        for client in clients:
            present.update(client.acknowledged)
            for key in client.unsure:
                if key in found:
                    present.add(key)
            for key in client.unsure_deleted | client.deleted:
                if key in client.deleted or key not in found:
                    present.discard(key)
                    gone.add(key)
        self.assertEqual(set(found), present, "acknowledged work is missing, or undone work is there")
        self.assertFalse(gone & set(found))
        self.run_program("check", "--data", self.data)


if __name__ == "__main__":
    unittest.main()
