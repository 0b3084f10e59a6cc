#!/usr/bin/env bash
# Puts the engine that third_party/duckdb.lock pins at ${DPLAKE_DEPS:-$HOME/.cache/dplake}/duckdb-<version>/{lib,include}.
# The library comes from npm, the headers from the Python source distribution; both are checked against the pinned
# SHA-256 before anything is unpacked. A stamp equal to the lock means done: then nothing is fetched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lock="$here/../third_party/duckdb.lock"
machine=$(uname -m)

fail() { echo "setup_duckdb.sh: $*" >&2; exit 1; }
pin() { awk -v key="$1" '$1 == key { print $2; exit }' "$lock"; }

version=$(pin version)
source_id=$(pin source_id)
read -r library_package library_hash < <(awk -v m="$machine" '$1 == "npm" && $2 == m { print $3, $4 }' "$lock") ||
  fail "third_party/duckdb.lock pins no DuckDB $version library for $machine: npm has none for it, so this machine cannot build dplake"
read -r source_package source_hash < <(awk '$1 == "pypi" { print $2, $3 }' "$lock") ||
  fail "third_party/duckdb.lock names no pypi package"
library_hash=${library_hash#sha256:}
source_hash=${source_hash#sha256:}

deps=${DPLAKE_DEPS:-$HOME/.cache/dplake}
target="$deps/duckdb-$version"
stamp_text="version $version
source_id $source_id
library $library_hash
source $source_hash"
if [ -f "$target/stamp" ] && [ "$(cat "$target/stamp")" = "$stamp_text" ] &&
  [ -f "$target/lib/libduckdb.so" ] && [ -f "$target/include/duckdb.hpp" ]; then
  exit 0
fi

"$here/install_packages.sh" fetch
mkdir -p "$deps"
work=$(mktemp -d "$deps/.duckdb-$version.XXXXXX")
trap 'rm -rf "$work"' EXIT

check_hash() {
  local found
  found=$(sha256sum "$1" | cut -d' ' -f1)
  [ "$found" = "$2" ] || fail "$3 has SHA-256 $found, third_party/duckdb.lock pins $2"
}

echo "fetching DuckDB $version: library $library_package"
mkdir "$work/npm" "$work/pypi" "$work/new" "$work/new/lib"
(cd "$work/npm" && npm pack --silent "$library_package" >/dev/null) || fail "npm pack $library_package failed"
library_archive=$(find "$work/npm" -name '*.tgz')
check_hash "$library_archive" "$library_hash" "$library_package"

echo "fetching DuckDB $version: headers $source_package"
# Debian's own interpreter first: another python3 on PATH may come without venv.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
"$python" -m venv "$work/venv"
echo "$source_package --hash=sha256:$source_hash" >"$work/requirements.txt"
"$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary duckdb --require-hashes \
  -r "$work/requirements.txt" -d "$work/pypi" || fail "pip download $source_package failed"
source_archive=$(find "$work/pypi" -name '*.tar.gz')
check_hash "$source_archive" "$source_hash" "$source_package"

tar -xzf "$library_archive" -C "$work/new/lib" --strip-components=1 --no-same-owner package/libduckdb.so
tar -xzf "$library_archive" -C "$work/new" --strip-components=1 --no-same-owner package/LICENSE
tar -xzf "$source_archive" -C "$work/new" --strip-components=4 --no-same-owner \
  "duckdb-$version/external/duckdb/src/include"
tar -xzf "$source_archive" -C "$work/new" --strip-components=2 --no-same-owner \
  "duckdb-$version/duckdb_packaging/duckdb_version.txt"
grep -qaF "v$version" "$work/new/lib/libduckdb.so" || fail "the library of $library_package is not DuckDB $version"
grep -qaF "$source_id" "$work/new/lib/libduckdb.so" || fail "the library of $library_package was not built from $source_id"
[ "$(tr -d '[:space:]' <"$work/new/duckdb_version.txt")" = "v$version" ] || fail "the headers of $source_package are not DuckDB $version"
echo "$stamp_text" >"$work/new/stamp"

# The old copy goes only after the new one is complete; a second setup beside this one ends with the same bytes.
if [ -e "$target" ]; then mv -T "$target" "$work/old"; fi
mv -T "$work/new" "$target" 2>/dev/null || [ -f "$target/stamp" ] || fail "cannot move the engine to $target"
echo "DuckDB $version is at $target"
