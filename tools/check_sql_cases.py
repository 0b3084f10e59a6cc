#!/usr/bin/env python3
"""Each feature in test/sql/features.txt has its four cases in test/sql, and so has each .test file.

The cases are read off the SQL itself, so they cannot be named without being there:
  success   a statement of the feature that must pass
  failure   a statement of the feature that must fail
  rollback  a statement of the feature inside BEGIN ... ROLLBACK (or a COMMIT that must fail), and a look at the lake after it
  restart   a statement of the feature, then `restart`, then a look at the lake
A feature under [refused] is not built: its statement must fail, alone, in a transaction and after a restart. One under
[success in FILE] cannot succeed in a script, which has nothing to do it on: FILE names it.

Prints one line for each missing case and exits 1; `--table` prints where the first of each stands.
"""
import collections
import os
import re
import sys

FEATURES, SCRIPTS = "test/sql/features.txt", "test/sql"
KINDS = ("success", "failure", "rollback", "restart")
Feature = collections.namedtuple("Feature", "name pattern kinds")
Command = collections.namedtuple("Command", "line word fails connection text")
ANYTHING = Feature("any statement", re.compile(""), KINDS)


def read(root, path):
    full = os.path.join(root, path)
    if not os.path.isfile(full):
        return ""
    with open(full, encoding="utf-8") as file:
        return file.read()


def read_features(root, text):
    features, problems, kinds, shown_by = [], [], KINDS, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            kinds = KINDS if line == "[built]" else KINDS[1:]
            shown_by = line[len("[success in "):-1] if line.startswith("[success in ") else ""
            continue
        name, _, pattern = line.partition(" ")
        if shown_by and name not in read(root, shown_by):
            problems.append(f"{FEATURES}:{number}: {shown_by} says nothing of {name}")
        if not pattern.strip() or any(feature.name == name for feature in features):
            problems.append(f"{FEATURES}:{number}: {name} stands twice or has no pattern")
            continue
        features.append(Feature(name, re.compile(pattern.strip(), re.IGNORECASE | re.DOTALL), kinds))
    return features, problems


def read_commands(text):
    """The statements, queries and restarts of a script in order; a loop's body once."""
    commands, lines, at = [], text.splitlines(), 0
    while at < len(lines):
        words, line = lines[at].split(), at + 1
        at += 1
        if not words or words[0] not in ("statement", "query", "restart"):
            continue
        begin = at
        while at < len(lines) and lines[at]:
            at += 1
        fails = words[:2] == ["statement", "error"]
        rest = [word for word in words[3 if fails else 2:]
                if word not in ("nosort", "rowsort", "valuesort") and not word.startswith("label:")]
        commands.append(Command(line, words[0], fails, rest[-1] if rest else "", "\n".join(lines[begin:at])))
    return commands


def says(command, *verbs):
    return command.word == "statement" and command.text.split("\n----")[0].strip(" ;").upper().startswith(verbs)


def cases_of(commands, feature):
    """The line of the first case of each kind."""
    found, open_in, undone, stored = {}, {}, None, None
    for command in commands:
        if command.word == "restart":
            undone = next(filter(None, open_in.values()), undone)
            stored = found.get("success" if "success" in feature.kinds else "failure")
            open_in = {}
            continue
        matches = bool(feature.pattern.search(command.text))
        ends = says(command, "COMMIT", "ROLLBACK")
        is_open = command.connection in open_in
        if says(command, "BEGIN") and not command.fails:
            open_in[command.connection] = None
        elif says(command, "ROLLBACK") or (ends and command.fails):
            undone = open_in.pop(command.connection, None) or (command.line if matches else undone)
        elif ends:
            open_in.pop(command.connection, None)
        elif matches and is_open and not open_in[command.connection]:
            open_in[command.connection] = command.line
        looks = (command.word == "query" or command.fails) and not ends
        if looks and undone and not is_open:
            found.setdefault("rollback", undone)
        if looks and stored and (matches or "success" in feature.kinds):
            found.setdefault("restart", stored)
        if matches:
            found.setdefault("failure" if command.fails else "success", command.line)
    return found


def read_scripts(root):
    scripts = {}
    for folder, _, names in sorted(os.walk(os.path.join(root, SCRIPTS))):
        for name in sorted(names):
            if name.endswith((".test", ".test_slow")):
                path = os.path.relpath(os.path.join(folder, name), root)
                scripts[path] = read_commands(read(root, path))
    return scripts


def places(scripts, feature):
    found = {}
    for path, commands in scripts.items():
        for kind, line in cases_of(commands, feature).items():
            found.setdefault(kind, f"{path}:{line}")
    return found


def check(scripts, features):
    problems = []
    for feature in features:
        found = places(scripts, feature)
        problems += [f"{FEATURES}: {feature.name} has no {kind} case" for kind in feature.kinds if kind not in found]
        if "success" not in feature.kinds and "success" in found:
            problems.append(f"{found['success']}: {feature.name} passes here, {FEATURES} says that it cannot")
    for path, commands in scripts.items():
        found = cases_of(commands, ANYTHING)
        problems += [f"{path} has no {kind} case" for kind in KINDS if kind not in found]
    return problems


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    features, problems = read_features(root, read(root, FEATURES))
    scripts = read_scripts(root)
    if "--table" in sys.argv[1:]:
        for feature in features:
            found = places(scripts, feature)
            print(feature.name, *(found.get(kind, "-") for kind in KINDS), sep="\t")
    problems += check(scripts, features)
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
