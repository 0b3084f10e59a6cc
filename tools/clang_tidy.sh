#!/usr/bin/env bash
# clang_tidy.sh all|changed [JOBS]: clang-tidy-19 with .clang-tidy over our .cpp files, headers through them; every
# finding is an error. `changed`: those that differ from the branch main, staged or not, and those not yet added.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${2:-$(nproc)}
case "${1:-}" in
  all) files=$(git ls-files '*.cpp') ;;
  changed) files=$({ git diff --name-only --diff-filter=d "$(git merge-base HEAD main)" -- '*.cpp'
                     git ls-files --others --exclude-standard '*.cpp'; } | sort -u) ;;
  *) echo "usage: clang_tidy.sh all|changed [JOBS]" >&2; exit 2 ;;
esac
[ -n "$files" ] || exit 0
cmake --preset tidy >/dev/null
cmake --build --preset tidy --target lake_version_header >/dev/null
# Only what the tidy preset compiles; fuzz targets have a preset of their own.
known=$(python3 -c 'import json; print("\n".join(e["file"] for e in json.load(open("build/tidy/compile_commands.json"))))')
printf '%s\n' "$files" | while read -r file; do
  if grep -qxF "$PWD/$file" <<<"$known"; then printf '%s\n' "$file"; fi
done | xargs -r -P "$jobs" -n 1 clang-tidy-19 -p build/tidy --quiet --warnings-as-errors='*'
