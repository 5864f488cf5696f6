#!/usr/bin/env bash
# Formatting and static analysis of all our sources: clang-format, clang-tidy, cmake's own warnings.
# Needs the packages of `tools/setup.sh checks`. Configures build/lint, without OpenMP and precompiled
# headers, so that clang understands the compile commands.
#   tools/lint.sh
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run --Werror
echo "lint: formatting is clean"

# Tests follow the style, but are not analysed: Catch's macros would drown the findings. From the
# beginning each time: groups of sources that are gone would stay behind.
rm -rf build/lint
cmake --preset serial -B build/lint -DCT2CT_TESTS=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8 >/dev/null
cmake --build build/lint --target ct2ct_commit >/dev/null  # a header that is made by the build
analyse() {
  clang-tidy -p build/lint --quiet --extra-arg=-Wno-unknown-warning-option \
    --extra-arg=-Wno-everything "$@" 2>&1 | grep -v ' warnings generated\.$'
  return "${PIPESTATUS[0]}"
}
# Most of the time goes into headers, so eight sources are read as one; names in their unnamed
# namespaces must differ, as the preset asan wants it too.
judge() {
  local checks=()
  [[ $1 != */unity_*.cxx ]] || checks=(--checks=-bugprone-suspicious-include)
  analyse "${checks[@]}" "$1"
}
included_by() { sed -n 's/^#include "\(.*\)"$/\1/p' "$@"; }
export -f analyse judge included_by
mapfile -t groups < <(find "$PWD/build/lint" -name 'unity_*.cxx')
{
  printf '%s\n' "${groups[@]}"
  git ls-files '*.cpp' | grep -v '^tests/' | sed "s#^#$PWD/#" |
    grep -vxFf <(included_by "${groups[@]}")  # not of this build, or by itself
} | xargs -P "$(nproc)" -I{} bash -c 'judge {}'
echo "lint: clang-tidy is clean"
