#!/usr/bin/env bash
# fuzz.sh SECONDS JOBS: builds the fuzz targets and runs each for SECONDS, JOBS of them side by side. Fails when one finds
# something or ran nothing. Beside each program's log in build/fuzz/ lies the input it found.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
jobs=${2:-$(nproc)}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j"$jobs" --target fuzz_targets

run_one() {  # run_one SECONDS NAME: the target NAME_fuzz
  local program=build/fuzz/fuzz/$2_fuzz corpus=build/fuzz/corpus/$2 log=build/fuzz/$2.log executions
  mkdir -p "$corpus"
  local inputs=("$corpus")
  [ ! -d "fuzz/corpus/$2" ] || inputs+=("fuzz/corpus/$2")
  if ! "$program" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="build/fuzz/$2-" \
      -print_final_stats=1 "${inputs[@]}" >"$log" 2>&1; then
    echo "$2: FAILED ($log)"
    tail -n 40 "$log"
    return 1
  fi
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "$2: ${executions:-0} executions in $1 s"
  [ "${executions:-0}" -gt 0 ]
}
export -f run_one
for source in fuzz/*_fuzz.cpp; do basename "$source" _fuzz.cpp; done |
  xargs -P "$jobs" -I{} bash -c 'run_one "$@"' run_one "$seconds" {}
