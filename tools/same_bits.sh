#!/usr/bin/env bash
# Do two builds of ct2ct give the same bits? Trains both recipes for a few steps on a made-up head,
# fills its gaps with what came out, and compares models, losses and slices byte for byte.
#   tools/same_bits.sh PROGRAM PROGRAM      for instance build/release/ct2ct build/asan/ct2ct
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: tools/same_bits.sh PROGRAM PROGRAM" >&2; exit 2; }
one=$(realpath "$1") other=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# With dropout, batch and instance norm, both adversarial losses, Winograd and direct convolutions.
run() {
  local program=$1 out=$2
  mkdir "$out"
  "$program" phantom "$out/head.nii.gz" --slices 24 --quiet
  "$program" train "$out/head.nii.gz" --out "$out/residual" --steps 3 --set adversarial_start=0 --quiet
  "$program" train "$out/head.nii.gz" --out "$out/ct2ct" --recipe ct2ct --size 256 --width 32 --steps 2 --quiet
  "$program" interpolate "$out/head.nii.gz" --model "$out/residual/model.safetensors" --factor 3 \
    --no-self-check --any-scan --out "$out/made.nii.gz" --quiet
}
run "$one" one
run "$other" other

for file in head.nii.gz residual/model.safetensors residual/losses.csv ct2ct/model.safetensors \
  ct2ct/losses.csv made.nii.gz; do
  cmp "one/$file" "other/$file" || { echo "same_bits: $file differs" >&2; exit 1; }
done
echo "same_bits: models, losses and slices are the same, byte for byte"
