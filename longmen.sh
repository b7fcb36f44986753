#!/usr/bin/env bash
# One script for everything that is done with a clone of Longmen on Debian 12.
# Run it without a word to see what it can do.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
./longmen.sh demo [...]    install what is missing, build, run a whole broadcast with a test feed
./longmen.sh test          install what is missing, build, run all tests
./longmen.sh build         install what is missing, build build/release/longmen
./longmen.sh fmt           format the C++ sources
./longmen.sh lint          formatting, clang-tidy, the pages' type check and lint
./longmen.sh asan | tsan   build with a sanitizer and run the C++ tests
./longmen.sh fuzz [SECONDS] [TARGET...]   run the fuzz targets (default 300 s each), print coverage
./longmen.sh bench [...]   build and run the benchmarks
TEXT
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Prints the packages of the given groups of scripts/packages.txt that are not installed.
missing_packages() {
  local wanted
  wanted=$(awk -v groups=" $* " -v architecture="$(dpkg --print-architecture)" '
    /^\[/ { gsub(/[][]/, ""); on = index(groups, " " $0 " ") > 0; next }
    /^#/ || NF == 0 { next }
    on && (NF == 1 || index($0 " ", " " architecture " ")) { print $1 }' scripts/packages.txt)
  # Node and npm may be newer ones than Debian's.
  if node_is_usable; then wanted=$(grep -vxE 'nodejs|npm' <<<"$wanted"); fi
  local installed
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' 2>/dev/null |
    awk '$2 == "installed" { print $1 }')
  grep -vxFf <(echo "$installed") <<<"$wanted" || true
}

node_is_usable() {
  command -v npm >/dev/null && command -v node >/dev/null &&
    [ "$(node -p 'process.versions.node.split(".")[0] >= 18' 2>/dev/null)" = true ]
}

install_packages() {
  local missing
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return
  echo "Installing: $(tr '\n' ' ' <<<"$missing")"
  as_root apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $missing >build-packages.log 2>&1 || { cat build-packages.log >&2; exit 1; }
  rm -f build-packages.log
}

build() { # preset [target...]
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null
  cmake --build "build/$preset" ${1:+--target "$@"}
}

cpp_files() { git ls-files '*.h' '*.cc'; }

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
  demo)
    install_packages build run
    build release longmen
    exec build/release/longmen demo "$@"
    ;;
  test)
    install_packages build run test
    build release
    # The longest ones are for people's machines: docs/HACKING.md.
    ctest --test-dir build/release --parallel "$(nproc)" --output-on-failure \
      ${CI:+--label-exclude '^long$'} "$@"
    ;;
  build)
    install_packages build run
    build release longmen
    ;;
  fmt)
    install_packages build
    cpp_files | xargs clang-format -i
    ;;
  lint)
    install_packages build run test
    cpp_files | xargs clang-format --dry-run --Werror
    npm --prefix web ci --no-audit --no-fund --loglevel=error
    cmake --preset lint >/dev/null
    cpp_files | grep '\.cc$' | grep -vE '^(tests|bench)/' |
      xargs -P "$(nproc)" -n 4 clang-tidy -p build/lint --quiet
    npm --prefix web run check
    ;;
  asan | tsan)
    install_packages build run test
    build "$command"
    export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
    export LSAN_OPTIONS="suppressions=$PWD/tests/sanitizers/lsan.supp"
    export TSAN_OPTIONS="suppressions=$PWD/tests/sanitizers/tsan.supp halt_on_error=1"
    # GLib's locks are its own, and the thread sanitizer does not see them: it takes all that
    # GStreamer hands from thread to thread for races.
    without='e2e|interop'
    [ "$command" = asan ] || without="$without|streamer"
    ctest --test-dir "build/$command" --output-on-failure -E "^($without)/" "$@"
    ;;
  fuzz)
    install_packages build
    build fuzz
    exec scripts/fuzz.sh "$@"
    ;;
  bench)
    install_packages build run test bench
    build bench
    exec bench/run.sh "$@"
    ;;
  *)
    usage
    [ -z "$command" ] || exit 2
    ;;
esac
