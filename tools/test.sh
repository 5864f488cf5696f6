#!/usr/bin/env bash
# Sets up, builds and runs the tests. Tests on real scans run when CT2CT_REAL_DATA names their folder,
# and are counted as skipped otherwise.
#   tools/test.sh [PRESET]      release (default), dev, asan, serial
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
tools/setup.sh
cmake --preset "$preset" -DCT2CT_TESTS=ON >/dev/null  # the demo configures without
cmake --build --preset "$preset"
ctest --preset "$preset" -j "$(nproc)"
