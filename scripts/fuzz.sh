#!/usr/bin/env bash
# Runs fuzz targets, each for the given seconds (default 300), from its committed corpus; new inputs
# stay below build/. Prints the line coverage of core/, config/ and what else of ours is fuzzed. A
# crash ends it with the input's path: mend it, and keep the input in tests/fuzz/corpus/NAME/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-300}
[ $# -gt 0 ] && shift
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cc; do targets+=("$(basename "$source" _fuzz.cc)"); done
fi

work=build/fuzz/run
mkdir -p "$work"
run_one() {
  local name=$1
  mkdir -p "$work/$name" "tests/fuzz/corpus/$name"
  local dictionary=()
  [ -f "tests/fuzz/$name.dict" ] && dictionary=("-dict=tests/fuzz/$name.dict")
  LLVM_PROFILE_FILE="$work/$name.profraw" "build/fuzz/${name}_fuzz" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/$name-" "${dictionary[@]}" \
    "$work/$name" "tests/fuzz/corpus/$name" >"$work/$name.log" 2>&1 ||
    { tail -40 "$work/$name.log"; echo "$name: FAILED"; return 1; }
  echo "$name: clean for $seconds s," \
    "$(awk '/stat::number_of_executed_units/ { print $2 }' "$work/$name.log") runs"
}
export -f run_one
export work seconds
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {}'

# The first program is llvm-cov's own argument; what follows the options are the sources to report on.
binaries=() profiles=() objects=()
for name in "${targets[@]}"; do
  binaries+=("build/fuzz/${name}_fuzz")
  profiles+=("$work/$name.profraw")
done
for binary in "${binaries[@]:1}"; do objects+=(-object "$binary"); done
llvm-profdata-14 merge -o "$work/all.profdata" "${profiles[@]}"
llvm-cov-14 report "${binaries[0]}" "${objects[@]}" -instr-profile="$work/all.profdata" \
  -show-region-summary=0 -show-branch-summary=0 core config net control gateway
