"""The expected ledger: one line of JSON per entry, kept in scratch files because there may be very many."""
import json
import os


class Ledger:
    """The entries of all archives of a run, and which of them repeat an earlier one."""

    def __init__(self, scratch):
        self.count, self.seen, self.products = 0, {}, {}
        self.entries = open(os.path.join(scratch, "entries"), "w+", encoding="utf-8")
        self.lost = open(os.path.join(scratch, "lost"), "w+", encoding="utf-8")

    def add(self, told, may_repeat=True):
        """An entry of the same name and bytes as an earlier one is a duplicate of it."""
        content = hash((told["name"], told["sha256"]))
        if may_repeat and told["state"] != "empty":
            if content in self.seen:
                told["state"], told["copy_of"] = "duplicate_entry", self.seen[content]
            else:
                self.seen[content] = self.count
        self.count += 1
        self.summarise(told)
        self.entries.write(json.dumps(told) + "\n")

    def add_lost(self, told):
        self.lost.write(json.dumps(told) + "\n")

    def summarise(self, told):
        product = self.products.setdefault(told["product"], {"files": 0, "bytes": 0, "elements": 0, "rejected": 0, "states": {}})
        product["files"] += 1
        product["bytes"] += told["size"]
        product["elements"] += told["elements"]
        product["rejected"] += told["rejected"]
        product["states"][told["state"]] = product["states"].get(told["state"], 0) + 1

    def write(self, file):
        """The members `entries` and `lost` of truth.json, each with a comma before it."""
        for name, lines in (("entries", self.entries), ("lost", self.lost)):
            lines.seek(0)
            file.write(f',\n "{name}": [')
            for number, line in enumerate(lines):
                file.write(("," if number else "") + "\n  " + line[:-1])
            file.write("\n ]")
            lines.close()
