#!/usr/bin/env bash
# Everything that needs a GPU, on a machine that has one: are the bits those of the CPU, do NVIDIA's
# checkers find a fault, and how fast is it? Ends after 9 minutes at most and leaves one report. No
# machine with a GPU has run this script yet.
#   tools/gpu_check.sh [REPORT]     build/gpu_check.md at first
#   tools/gpu_check.sh --help
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
  -h | --help) sed -n 's/^# \{0,1\}//;2,6p' "$0" && exit 0 ;;
esac
report=$(realpath -m "${1:-build/gpu_check.md}")
mkdir -p "$(dirname "$report")"
export PATH=$PATH:/usr/local/cuda/bin
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

say() { printf '%s\n' "$@" >>"$report"; }
# A part of the report: its title, how many seconds it may take, a command and the last lines of what
# it prints.
part() {  # TITLE SECONDS COMMAND...
  local title=$1 seconds=$2 began=$SECONDS result=0
  shift 2
  local left=$((530 - SECONDS))
  if [ "$left" -lt 5 ]; then
    say "" "## $title: NOT RUN, no time was left" && failed=1 && return
  fi
  [ "$seconds" -lt "$left" ] || seconds=$left
  timeout "$seconds" "$@" >"$folder/out" 2>&1 || result=$?
  case $result in
    0) say "" "## $title: passed, $((SECONDS - began)) s" ;;
    124) say "" "## $title: NOT FINISHED after $seconds s" && failed=1 ;;
    *) say "" "## $title: FAILED with $result, $((SECONDS - began)) s" && failed=1 ;;
  esac
  say '```' "$(tail -n 40 "$folder/out")" '```'
}
need() {  # PROGRAM: whether it is there; the report says where not
  command -v "$1" >/dev/null && return
  say "" "## $1: not on this machine, so what it finds is not known"
  return 1
}

: >"$report"
say "# What a GPU says of $(git rev-parse --short HEAD), $(date -u +%F)"
part "The machine" 20 nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
build=build/gpu
part "Build" 240 sh -c "cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCT2CT_CUDA=ON &&
  ninja -C $build ct2ct gpu && $build/ct2ct --version"
ct2ct=$PWD/$build/ct2ct
tests=$PWD/$build/tests/gpu

# --- the CPU's bits
part "Bits of every kernel, denormals, ten steps of each recipe" 120 "$tests" "[cuda]"
# shellcheck disable=SC2317  # called by the bash below
same_training() {
  for device in cpu cuda; do
    "$ct2ct" --device "$device" train phantom:1:24:64 --out "$folder/$device" --steps 200 --quiet \
      --width 8 --set crop=64
    sha256sum <"$folder/$device/model.safetensors"
  done | tee "$folder/sums"
  [ "$(sort -u "$folder/sums" | wc -l)" = 1 ]
}
export -f same_training
export ct2ct folder
part "200 steps of residual on both" 120 bash -c same_training

# --- NVIDIA's checkers, on steps of a small network
if need compute-sanitizer; then
  for tool in memcheck racecheck initcheck synccheck; do
    part "compute-sanitizer $tool" 60 compute-sanitizer --tool "$tool" --error-exitcode 9 \
      "$ct2ct" --device cuda train phantom:1:16:64 --out "$folder/$tool" --steps 1 --width 4 \
      --levels 3 --quiet
  done
fi

# --- speed: the times of our kernels, which include the copies of their tensors; then what limits
# the convolutions
part "Times of our kernels, copies included" 60 "$ct2ct" --device cuda bench ops
if need ncu; then
  part "Counters of the convolutions" 60 ncu --kernel-name regex:"correlate|adjoint|weights|winograd" \
    --launch-count 24 --section SpeedOfLight --section Occupancy "$ct2ct" --device cuda train \
    phantom:1:16:128 --out "$folder/ncu" --steps 1 --quiet
fi
say "" "Speed beside PyTorch is not measured by this script: training on a GPU copies each tensor to and fro."
say "" "All in all $SECONDS s."
echo "gpu_check: the report is in $report"
exit $failed
