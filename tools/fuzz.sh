#!/usr/bin/env bash
# Fuzzes every reader for some seconds and fails when one crashes, hangs or wants absurd memory.
# Needs clang and its libFuzzer (`tools/setup.sh checks`). A file that a reader failed on is left in
# build/fuzz/found/TARGET; once the bug is fixed it belongs into tests/fuzz/regressions/TARGET.
#   tools/fuzz.sh SECONDS [TARGET...]      default: all targets
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: tools/fuzz.sh SECONDS [TARGET...]}
shift
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target ct2ct_fuzz
program=build/fuzz/tests/fuzz/ct2ct_fuzz
[ $# -gt 0 ] || mapfile -t all < <(CT2CT_FUZZ_TARGET=list "$program")
failed=()
for target in "${@:-${all[@]}}"; do
  corpus=build/fuzz/corpus/$target
  found=build/fuzz/found/$target
  mkdir -p "$corpus" "$found"
  echo "fuzz: $target for $seconds s"
  CT2CT_FUZZ_TARGET=$target CT2CT_FUZZ_SEEDS=$corpus "$program" -max_total_time="$seconds" \
    -timeout=20 -rss_limit_mb=3072 -max_len=8192 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$found/" "$corpus" >"$found.log" 2>&1 || failed+=("$target")
  grep -E "number_of_executed_units|ERROR|SUMMARY" "$found.log" || true
done
[ ${#failed[@]} -eq 0 ] && exit 0
echo "fuzz: failed: ${failed[*]}; see build/fuzz/found/*.log" >&2
exit 1
