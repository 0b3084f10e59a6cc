#!/usr/bin/env python3
"""docs/component-map.md answers for every name in test/data/component_names.txt, and what it calls built exists.

Prints one line for each breach and exits 1. `--write` sets the state of each row that names a module and a test by whether
they exist.
"""
import os
import re
import sys

MAP, NAMES = "docs/component-map.md", "test/data/component_names.txt"
STATES = ("planned", "part", "built")


def read_names(text):
    return [line for line in text.splitlines() if line and not line.startswith(("#", "["))]


def read_rows(text):
    """(line number, name, ours, route, test, state) of each table row that begins with a name in backticks."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 5:
            rows.append((number, cells[0].strip("`"), *cells[1:]))
    return rows


def paths_of(cell):
    return [path for path in re.findall(r"`([^`\s]+)`", cell) if re.match(r"(src|test|apps|tools|bench|docs)/", path)]


def is_there(root, path):
    """A file, or a folder that holds one."""
    full = os.path.join(root, path)
    return os.path.isfile(full) or any(names for _, _, names in os.walk(full))


def is_built(root, ours, test):
    return bool(paths_of(ours) and paths_of(test)) and all(is_there(root, path) for path in paths_of(ours) + paths_of(test))


def with_states(root, map_text):
    lines = map_text.splitlines(keepends=True)
    for number, _, ours, _, test, state in read_rows(map_text):
        if state != "part" and paths_of(ours) and paths_of(test):
            wanted = "built" if is_built(root, ours, test) else "planned"
            lines[number - 1] = re.sub(rf"\| {state} \|$", f"| {wanted} |", lines[number - 1])
    return "".join(lines)


def check(root, map_text, names):
    problems, seen = [], set()
    for line, name, ours, route, test, state in read_rows(map_text):
        where = f"{MAP}:{line}: {name}"
        if name in seen:
            problems.append(f"{where} stands twice")
        seen.add(name)
        if name not in names:
            problems.append(f"{where} is not in {NAMES}")
        if state not in STATES:
            problems.append(f"{where}: state `{state}` is none of {', '.join(STATES)}")
        if not ours or not route:
            problems.append(f"{where}: says neither where nor how it is reached")
        if state == "planned" and is_built(root, ours, test):
            problems.append(f"{where} is called planned but exists; run tools/check_component_map.py --write")
        if state in ("part", "built"):
            if not paths_of(test):
                problems.append(f"{where} is called {state} but names no test")
            problems += [f"{where}: {path} does not exist" for path in paths_of(ours) + paths_of(test)
                         if not is_there(root, path)]
    problems += [f"{MAP}: no row for {name}" for name in names if name not in seen]
    return problems


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    page = read(root, MAP)
    if "--write" in sys.argv[1:]:
        page = with_states(root, page)
        with open(os.path.join(root, MAP), "w", encoding="utf-8") as file:
            file.write(page)
    problems = check(root, page, read_names(read(root, NAMES)))
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
