#!/usr/bin/env python3
"""check_run_packages.py BINARY: the Debian packages that BINARY loads libraries from are those of tools/packages/run.txt.

Only libraries the binary itself names (DT_NEEDED) count: what they need in turn, their packages bring along."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Every Debian system has these and the loader, and libduckdb.so comes along.
EVERYWHERE = {"libc6", "libgcc-s1"}
COMES_ALONG = {"libduckdb.so", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def needed(binary):
    out = subprocess.run(["readelf", "--dynamic", "--wide", binary], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", out)) - COMES_ALONG


def paths(binary):
    """Where the loader of this machine finds each library."""
    out = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout
    return dict(re.findall(r"^\s*(\S+) => (/\S+)", out, re.MULTILINE))


def package_of(path):
    """The package that owns a file, which it may know by its place before /lib became /usr/lib; None when none does."""
    for name in (path, "/usr" + path, path.removeprefix("/usr")):
        out = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True).stdout
        if out:
            return out.split(":")[0]
    return None


def listed():
    with open(os.path.join(ROOT, "tools/packages/run.txt"), encoding="utf-8") as file:
        return {line.strip() for line in file if line.strip() and not line.startswith("#")}


def main(binary):
    faults, packages, found = [], set(), paths(binary)
    for library in sorted(needed(binary)):
        package = package_of(found.get(library, "/" + library))
        if package is None:
            faults.append(f"{library}: no Debian package owns it")
        elif package not in EVERYWHERE:
            packages.add(package)
    faults += [f"tools/packages/run.txt lacks {name}" for name in sorted(packages - listed())]
    faults += [f"tools/packages/run.txt lists {name}, which nothing loads" for name in sorted(listed() - packages)]
    print("\n".join(faults) or f"{len(packages)} packages")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
