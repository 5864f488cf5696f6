#!/usr/bin/env bash
# Formatting and static analysis of all our sources: clang-format, clang-tidy, cmake's own warnings.
# Needs the packages of `tools/setup.sh checks`. Configures build/lint, without OpenMP and precompiled
# headers, so that clang understands the compile commands.
#   tools/lint.sh
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset serial -B build/lint -DCT2CT_TESTS=ON \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null

git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run --Werror
echo "lint: formatting is clean"

# Tests follow the style, but are not analysed: Catch's macros would drown the findings.
git ls-files '*.cpp' | grep -v '^tests/' | grep -v 'cuda/.*\.cu$' |
  xargs -P "$(nproc)" -n 4 clang-tidy -p build/lint --quiet \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-everything
echo "lint: clang-tidy is clean"
