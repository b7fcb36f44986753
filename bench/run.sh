#!/usr/bin/env bash
# Runs the benchmarks one after the other, each beside its yardstick; `bench/run.sh NAME...` only
# those, `fan_out/SCENARIO` one of bench/fan_out.mjs, `switch/SCENARIO` of bench/switch.mjs. What tries
# a node for many minutes and prints few figures (recording_chaos, studio_runs/WHAT) runs by its name
# alone. Figures go into docs/PERFORMANCE.md by hand, with the command.
set -euo pipefail
cd "$(dirname "$0")/.."
export LONGMEN=${LONGMEN:-$PWD/build/bench/longmen}
names=("$@")
[ ${#names[@]} -gt 0 ] ||
  names=(seal feedback library sound viewer_memory bare_loop fan_out junk_flood streamer glass_to_glass switch hls_requests)
for name in "${names[@]}"; do
  echo "== $name"
  case $name in
    seal | feedback | library | sound | viewer_memory | bare_loop) "build/bench/${name}_bench" ;;
    streamer) /usr/bin/python3 bench/streamer_bench.py ;;
    fan_out | fan_out/* | junk_flood | glass_to_glass | switch | switch/* | recording_chaos | recording_chaos/* | studio_runs/* | hls_requests)
      [ -d tests/e2e/node_modules ] || npm --prefix tests/e2e ci --no-audit --no-fund --loglevel=error
      case $name in
        fan_out) node bench/fan_out.mjs all ;;
        fan_out/* | switch/* | recording_chaos/*) node "bench/${name%%/*}.mjs" "${name#*/}" ;;
        # studio_runs/kill, studio_runs/kill/postgresql
        studio_runs/*/*) node bench/studio_runs.mjs "$(cut -d/ -f2 <<<"$name")" --database "${name##*/}" ;;
        studio_runs/*) node bench/studio_runs.mjs "${name#*/}" ;;
        *) node "bench/$name.mjs" ;;
      esac
      ;;
    *)
      echo "no benchmark $name" >&2
      exit 2
      ;;
  esac
done
