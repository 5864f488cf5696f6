#!/usr/bin/env bash
# Formatting and static analysis of all our sources: clang-format, clang-tidy, cmake's own warnings.
# Needs the packages of `tools/setup.sh checks` and a configured build folder without OpenMP, whose
# compile commands clang understands.
#   tools/lint.sh [BUILD_FOLDER]      default build/asan-serial, configured if it is not there
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/asan-serial}
[ -f "$build/compile_commands.json" ] || cmake --preset asan-serial -DCT2CT_TESTS=ON >/dev/null

git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run --Werror
echo "lint: formatting is clean"

# Tests follow the style, but are not analysed: Catch's macros would drown the findings.
git ls-files '*.cpp' | grep -v '^tests/' | grep -v 'cuda/.*\.cu$' |
  xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-everything
echo "lint: clang-tidy is clean"
