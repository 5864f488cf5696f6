#!/usr/bin/env bash
# Runs both commands of the README in bare systems, each in a fresh clone of HEAD, and prints whether
# they passed and how long they took. Then it doubles a phantom by the model in the box and prints the
# SHA-256 of the voxels, which must be the same in all systems. Needs root, debootstrap, and 4 GB in
# $TMPDIR for each system, which is removed at the end; logs stay. With KEEP=1 the systems stay, too.
# JOBS sets the number of compilers.
#   tools/bare_roots.sh [SUITE...]      bookworm and trixie by default (Debian 12 and 13); noble is
#                                       Ubuntu 24.04 and needs Ubuntu's archive keyring
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/package/roots.sh
repository=$PWD
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
work=$(mktemp -d "${TMPDIR:-/tmp}/ct2ct_roots.XXXXXX")
[ -n "${KEEP:-}" ] || trap 'rm -rf --one-file-system "$work"/*/' EXIT
export CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)}

with_clone() {  # SUITE: a bare root that holds the clone
  bare "$1" "$work/$1" && git clone -q --depth 1 "file://$repository" "$work/$1/ct2ct"
}

failed=0
step() {  # SUITE NAME COMMAND...
  local log=$work/$1.$2.log start=$SECONDS result=passed
  "${@:3}" >"$log" 2>&1 </dev/null || result=FAILED
  printf '%-10s %-6s %s after %d s: %s\n' "$1" "$2" "$result" $((SECONDS - start)) "$log"
  [ $result = passed ] && return
  tail -n 15 "$log"
  failed=1
  return 1
}

for suite in "${suites[@]}"; do
  step "$suite" setup with_clone "$suite" || continue
  step "$suite" demo inside "$work/$suite" "cd /ct2ct && tools/demo.sh" || true
  step "$suite" test inside "$work/$suite" "cd /ct2ct && tools/test.sh" || true
  grep -hE 'tests passed|\(Skipped\)' "$work/$suite.test.log" || true
  printf '%-10s warnings of the compiler: %s\n' "$suite" \
    "$(cat "$work/$suite".{demo,test}.log | grep -c ' warning: ')"
  printf '%-10s doubled phantom: %s\n' "$suite" "$(doubles "$work/$suite" /ct2ct/build/release/ct2ct)"
  [ -n "${KEEP:-}" ] || rm -rf --one-file-system "${work:?}/$suite"
done
exit $failed
