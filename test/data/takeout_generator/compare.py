"""Asks a lake that imported a generated export, and tells where it differs from truth.json.

  python3 test/data/takeout_generator/compare.py DIR/truth.json --program build/dev/dplake --data LAKE
  ... --tables location_point,activity        only these
  ... --rename wifi_scan.rssi=signal          the lake's name of a column
  ... --ledger --history                      also the states of all entries, and the rows of <table>_history

Prints one line a difference and ends with 1 when there is any. A slice is asked for when its name is a condition.
"""
import argparse
import json
import re
import subprocess
import sys


class Lake:
    """The answers of `dplake sql` as lists of dicts; None when the statement fails."""

    def __init__(self, program, data):
        self.arguments = [program, "sql", "--data", data, "--format", "ndjson", "-c"]

    def ask(self, statement):
        done = subprocess.run([*self.arguments, statement], capture_output=True, text=True, check=False)
        if done.returncode:
            return None, done.stderr.strip()
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()], ""


def column(names, table, name):
    return names.get(f"{table}.{name}", name)


def statement_of(schema, table, told, names, where):
    """One row with everything the truth tells of a table or slice; all values as text."""
    keys = ", ".join(f"coalesce(\"{column(names, table, each)}\"::VARCHAR, '')" for each in told["key"])
    asked = ["count(*) AS rows", f"sum(('0x' || md5(concat_ws('|', {keys}))[1:15])::BIGINT)::VARCHAR AS key_checksum"]
    for name in told["columns"]:
        lake_name = column(names, table, name)
        asked += [f"sum({lake_name})::HUGEINT::VARCHAR AS \"{name}.sum\"", f"min({lake_name})::BIGINT AS \"{name}.min\"",
                  f"max({lake_name})::BIGINT AS \"{name}.max\"", f"count(*) - count({lake_name}) AS \"{name}.nulls\""]
    return f"SELECT {', '.join(asked)} FROM {schema}.{table}" + (f" WHERE {where}" if where else "")


def differences(label, told, found):
    """Lines for what differs. Where rows are uncertain only their number is compared."""
    most = told.get("rows_max", told["rows"])
    if not told["rows"] <= found["rows"] <= most:
        yield f"{label}: {found['rows']} rows, expected {told['rows']}" + (f" to {most}" if most != told["rows"] else "")
    if most != told["rows"]:
        return
    if told["rows"] and found["key_checksum"] != told["key_checksum"]:
        yield f"{label}: keys differ (checksum {found['key_checksum']}, expected {told['key_checksum']})"
    for name, expected in told["columns"].items():
        for what, value in expected.items():
            got = found[f"{name}.{what}"]
            if what == "sum":
                got, value = int(got or 0), int(value)
            if got is not None and value is not None and int(got) != int(value) or (got is None) != (value is None):
                yield f"{label}: {what} of {name} is {got}, expected {value}"


def compare_table(lake, schema, table, told, names):
    slices = [("", told.get("where", ""), told)]
    for condition, part in told.get("slices", {}).items():
        if re.match(r"\w+ = ", condition):
            slices.append((f" where {condition}", condition, {**part, "key": told["key"]}))
    for label, where, part in slices:
        found, wrong = lake.ask(statement_of(schema, table, {**part, "key": told["key"]}, names, where))
        if found is None:
            yield f"{table}{label}: cannot be asked: {wrong}"
            return
        yield from differences(table + label, part, found[0])


def compare_history(lake, schema, table, told):
    found, _ = lake.ask(f"SELECT count(*) AS rows FROM {schema}.{table}_history")
    rows = found[0]["rows"] if found else 0
    if rows != told["history_rows"]:
        yield f"{table}_history: {rows} rows, expected {told['history_rows']}"


def compare_ledger(lake, schema, entries):
    """Each entry's state, by name: entries of one name may have their states in any order."""
    found, wrong = lake.ask(f"SELECT name, state FROM {schema}.import_entry")
    if found is None:
        yield f"import_entry: cannot be asked: {wrong}"
        return
    states = {}
    for row in found:
        states.setdefault(row["name"], []).append(row["state"])
    for entry in sorted(entries, key=lambda entry: len(entry.get("alternatives", ()))):
        allowed = [entry["state"], *entry.get("alternatives", ())]
        there = states.get(entry["name"], [])
        hit = next((state for state in allowed if state in there), None)
        if hit is None:
            yield f"{entry['archive']}: {entry['name']!r} is {' or '.join(there) or 'not there'}, expected {' or '.join(allowed)}"
        else:
            there.remove(hit)
    for name, rest in states.items():
        for state in rest:
            yield f"import_entry: {name!r} ({state}) is one too many"


def compare(truth, lake, schema="takeout", tables=None, names=None, history=False, ledger=False):
    for table, told in truth["tables"].items():
        if tables is None or table in tables:
            yield from compare_table(lake, schema, table, told, names or {})
            if history:
                yield from compare_history(lake, schema, table, told)
    if ledger:
        yield from compare_ledger(lake, schema, truth["entries"])


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth")
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--schema", default="takeout")
    parser.add_argument("--tables", type=lambda text: text.split(","))
    parser.add_argument("--rename", action="append", default=[], metavar="TABLE.COLUMN=NAME")
    parser.add_argument("--history", action="store_true")
    parser.add_argument("--ledger", action="store_true")
    parsed = parser.parse_args(arguments)
    with open(parsed.truth, encoding="utf-8") as file:
        truth = json.load(file)
    names = dict(each.split("=", 1) for each in parsed.rename)
    count = 0
    for line in compare(truth, Lake(parsed.program, parsed.data), parsed.schema, parsed.tables, names, parsed.history,
                        parsed.ledger):
        print(line)
        count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
