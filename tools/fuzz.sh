#!/usr/bin/env bash
# Fuzzes every reader for some seconds and fails when one crashes, hangs or wants absurd memory.
# Needs clang and its libFuzzer (`tools/setup.sh checks`). A file that a reader failed on is left in
# build/asan/found/TARGET; once the bug is fixed it belongs into tests/fuzz/regressions/TARGET.
#   tools/fuzz.sh SECONDS [TARGET...]      default: all targets
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: tools/fuzz.sh SECONDS [TARGET...]}
shift
cmake --preset asan >/dev/null
cmake --build --preset asan --target ct2ct_fuzz
program=build/asan/tests/fuzz/ct2ct_fuzz
[ $# -gt 0 ] || mapfile -t all < <(CT2CT_FUZZ_TARGET=list "$program")

fuzz_one() {
  local target=$1 corpus=build/asan/corpus/$1 found=build/asan/found/$1 status=0
  mkdir -p "$corpus" "$found"
  CT2CT_FUZZ_TARGET=$target CT2CT_FUZZ_SEEDS=$corpus "$program" -max_total_time="$seconds" \
    -timeout=20 -rss_limit_mb=3072 -max_len=8192 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$found/" "$corpus" >"$found.log" 2>&1 || status=1
  echo "fuzz: $target: $(grep -E "number_of_executed_units|ERROR|SUMMARY" "$found.log" | tr -s ' \n' ' ')"
  return $status
}
export -f fuzz_one
export seconds program

echo "fuzz: $seconds s for each of ${*:-${all[*]}}"
printf '%s\n' "${@:-${all[@]}}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz_one {}' && exit 0
echo "fuzz: a reader failed; see build/asan/found/*.log" >&2
exit 1
