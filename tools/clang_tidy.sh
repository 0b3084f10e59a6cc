#!/usr/bin/env bash
# clang_tidy.sh all|changed [JOBS]: the checks of .clang-tidy over each of our C++ files, headers too; every finding is
# an error. `changed`: those that differ from the branch main, staged or not, and those not yet added.
# clangd runs the checks: it looks at the named file alone, where clang-tidy walks through all that is included first,
# which is four minutes for a file that includes DuckDB against ten seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${2:-$(nproc)}
case "${1:-}" in
  all) files=$(git ls-files '*.cpp' '*.hpp') ;;
  changed) files=$({ git diff --name-only --diff-filter=d "$(git merge-base HEAD main)" -- '*.cpp' '*.hpp'
                     git ls-files --others --exclude-standard '*.cpp' '*.hpp'; } | sort -u) ;;
  *) echo "usage: clang_tidy.sh all|changed [JOBS]" >&2; exit 2 ;;
esac
[ -n "$files" ] || exit 0
cmake --preset tidy >/dev/null
cmake --build --preset tidy --target lake_version_header >/dev/null
# Of sources only what the tidy preset compiles; fuzz targets have a preset of their own.
known=$(python3 -c 'import json; print("\n".join(e["file"] for e in json.load(open("build/tidy/compile_commands.json"))))')

check() {  # check FILE: prints its findings
  local log
  if log=$(clangd-19 --check="$1" --check-completion=0 --check-locations=0 --enable-config --clang-tidy \
           --compile-commands-dir=build/tidy 2>&1); then return; fi
  echo "$1"
  grep '^E' <<<"$log" | sed -E 's/^E\[[^]]*\] */  /'
  return 1
}
export -f check

printf '%s\n' "$files" | while read -r file; do
  if [[ $file == *.hpp ]] || grep -qxF "$PWD/$file" <<<"$known"; then printf '%s\n' "$file"; fi
done | xargs -r -P "$jobs" -n 1 bash -c 'check "$1"' check
