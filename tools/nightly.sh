#!/usr/bin/env bash
# nightly.sh JOBS: all checks, each even when one before it failed; a table of what failed at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=${1:-$(nproc)}
failed=()

step() {  # step NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  if "$@"; then echo "== $name: passed in $((SECONDS - start)) s"; else
    echo "== $name: FAILED after $((SECONDS - start)) s"
    failed+=("$name")
  fi
}

sanitized() {  # sanitized PRESET LABELS
  cmake --preset "$1" >/dev/null && cmake --build --preset "$1" -j"$jobs" &&
    ctest --test-dir "build/$1" -L "$2" -LE '^(kill|sweep)$' -j"$jobs" --timeout 1800 --no-tests=error --output-on-failure
}

races() {
  local reports=$PWD/build/tsan/reports status=0
  rm -rf "$reports" && mkdir -p "$reports"
  TSAN_OPTIONS="exitcode=0:history_size=5:log_path=$reports/tsan:suppressions=$PWD/tools/tsan_suppressions.txt" \
    sanitized tsan '^unit$' || status=$?
  python3 -B tools/check_races.py "$reports" && return "$status"
}

headers_alone() {
  cmake --build --preset dev -j"$jobs" --target all_verify_interface_header_sets
}

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
step "test, 200 kill rounds, whole sweep" make test KILL_ROUNDS=200 SWEEP_SECONDS=0 JOBS="$jobs"
step "all exports in all ways" env DPLAKE_TAKEOUT_MATRIX=full DPLAKE_TEST="$PWD/build/dev/dplake" python3 -B test/ingest/takeout_matrix_test.py
step "each header alone" headers_alone
step "asan and ubsan" sanitized asan '^(unit|sql)$'
step "tsan" races
step "clang-tidy on all files" tools/clang_tidy.sh all "$jobs"
step "fuzzing, 60 s each" tools/fuzz.sh 60 "$jobs"

[ ${#failed[@]} -eq 0 ] || { printf 'nightly failed: %s\n' "${failed[@]}"; exit 1; }
echo "nightly passed"
