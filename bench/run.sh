#!/usr/bin/env bash
# Runs the benchmarks one after the other, each beside its yardstick; `bench/run.sh NAME...` only
# those, `fan_out/SCENARIO` one of bench/fan_out.mjs, `switch/SCENARIO` of bench/switch.mjs. What
# tries a node for many minutes (glass_to_glass/hls, recording_chaos/WHAT, studio_runs/WHAT,
# corruption_soak) or needs more than [bench] has (obs) runs by its name alone. One that fails, or
# misses a goal and says so by its exit code, does not keep the others from running; those are told
# at the end. Figures go into docs/PERFORMANCE.md by hand, with the command.
set -euo pipefail
cd "$(dirname "$0")/.."
export LONGMEN=${LONGMEN:-$PWD/build/bench/longmen}
names=("$@")
[ ${#names[@]} -gt 0 ] ||
  names=(seal send feedback library sound viewer_memory bare_loop fan_out junk_flood streamer glass_to_glass switch hls_requests replay_egress recording_cost)

run_bench() {
  case $1 in
    seal | send | feedback | library | sound | viewer_memory | bare_loop) "build/bench/${1}_bench" ;;
    streamer) /usr/bin/python3 bench/streamer_bench.py ;;
    fan_out | fan_out/* | junk_flood | glass_to_glass | glass_to_glass/* | switch | switch/* | hls_requests | replay_egress | \
      recording_cost | corruption_soak | obs | recording_chaos | recording_chaos/* | studio_runs/*)
      [ -d tests/e2e/node_modules ] || npm --prefix tests/e2e ci --no-audit --no-fund --loglevel=error
      # hls.js is the pages' own.
      [ "$1" != glass_to_glass/hls ] || [ -d web/node_modules ] ||
        npm --prefix web ci --no-audit --no-fund --loglevel=error
      case $1 in
        fan_out) node bench/fan_out.mjs all ;;
        fan_out/* | switch/* | recording_chaos/*) node "bench/${1%%/*}.mjs" "${1#*/}" ;;
        glass_to_glass/*) node bench/glass_to_glass.mjs --way "${1#*/}" ;;
        # studio_runs/kill, studio_runs/kill/postgresql
        studio_runs/*/*) node bench/studio_runs.mjs "$(cut -d/ -f2 <<<"$1")" --database "${1##*/}" ;;
        studio_runs/*) node bench/studio_runs.mjs "${1#*/}" ;;
        *) node "bench/$1.mjs" ;;
      esac
      ;;
    *)
      echo "no benchmark $1" >&2
      exit 2
      ;;
  esac
}

failed=()
for name in "${names[@]}"; do
  echo "== $name"
  run_bench "$name" || failed+=("$name")
done
[ ${#failed[@]} -eq 0 ] || { echo "== failed, or missed a goal: ${failed[*]}" >&2; exit 1; }
