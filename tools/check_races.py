#!/usr/bin/env python3
"""check_races.py DIRECTORY: what ThreadSanitizer reported there (log_path=DIRECTORY/...), judged; exits 1 when one is ours.

The engine is a prebuilt library that is not instrumented: its mutexes are seen, its atomics are not, so memory that is
handed from one of its threads to another looks raced for. Suppressions cannot tell: they match any frame of a stack (all
of `tables` runs below the engine) or the top one alone (which is the allocator's or a copy's). Here the owner of an access
is the innermost frame that is neither of a run-time library nor of a standard header.

  a data race                      is ours when each of its accesses is (a stack that was lost counts as ours)
  a lock taken in another order    is ours when a lock of the circle was taken by us
  anything else                    is ours when its first stack is
"""
import collections
import os
import re
import sys

START = "WARNING: ThreadSanitizer: "
FRAME = re.compile(r"\s*#\d+ (.*)$")
RUNTIME = re.compile(r"\((lib(tsan|stdc\+\+|c|m|gcc_s|pthread)|ld-linux[^)+]*)[.\w-]*\.so[.\d]*\+0x|"
                     r" (/usr/include|/usr/lib/gcc|/build/gcc|\.\./)\S*")
ENGINE = re.compile(r"\(libduckdb\.so|/include/duckdb")
OWN = re.compile(r"/(src/lake|apps|test|bench|fuzz)/\S+:\d+")
ACCESS = re.compile(r"\s*(Previous )?(atomic )?(read|write) of size ", re.IGNORECASE)
LOCK = re.compile(r"\s*Mutex M\d+ acquired here while")
Stack = collections.namedtuple("Stack", "title frames")


def read_reports(text):
    """The reports of a log: kind and stacks."""
    for part in text.split(START)[1:]:
        lines = part.split("\n==================")[0].splitlines()
        stacks = []
        for line in lines[1:]:
            frame = FRAME.match(line)
            if frame and stacks:
                stacks[-1].frames.append(frame.group(1))
            elif line.strip():
                stacks.append(Stack(line.strip(), []))
        yield lines[0].split(" (pid")[0], stacks


def owner(frames):
    """Whose code it was: ours, the engine's, another's; "lost" when the sanitizer has forgotten."""
    for frame in frames:
        if ENGINE.search(frame):
            return "engine"
        if OWN.search(frame):
            return "ours"
        if not RUNTIME.search(frame):
            return "other"
    return "lost"


def is_ours(kind, stacks):
    if kind == "data race" or kind.startswith(("data race on", "heap-use-after-free")):
        return all(owner(one.frames) in ("ours", "lost") for one in stacks if ACCESS.match(one.title))
    if kind.startswith("lock-order-inversion"):
        return any(owner(one.frames) == "ours" for one in stacks if LOCK.match(one.title))
    return owner(stacks[0].frames if stacks else []) in ("ours", "lost")


def our_place(stacks):
    for stack in stacks:
        for frame in stack.frames:
            place = OWN.search(frame)
            if place:
                return place.group(0).lstrip("/")
    return "an unknown place"


def main(directory):
    ours, others = collections.Counter(), 0
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
            for kind, stacks in read_reports(file.read()):
                if is_ours(kind, stacks):
                    ours[f"{kind} at {our_place(stacks)}, told in {os.path.join(directory, name)}"] += 1
                else:
                    others += 1
    for line, count in ours.most_common():
        print(f"{line} ({count} times)")
    print(f"check_races: {sum(ours.values())} of ours, {others} within the engine or beside it")
    return 1 if ours else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
