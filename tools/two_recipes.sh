#!/usr/bin/env bash
# The original's recipe and ours side by side: trained on the same made-up heads, looked at on the same
# slices, tested on the same third head. docs/learn/two-recipes.md explains what comes out.
#   tools/two_recipes.sh [STEPS]      default 1000; about 5 minutes on 2 cores
set -euo pipefail
cd "$(dirname "$0")/.."
steps=${1:-1000}
tools/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target ct2ct
ct2ct=$PWD/build/release/ct2ct
rm -rf two-recipes-out
mkdir two-recipes-out
cd two-recipes-out

for seed in 1 2 3; do "$ct2ct" phantom "head$seed.nii.gz" --seed "$seed"; done

train() {
  local out=$1
  shift
  "$ct2ct" train head1.nii.gz head2.nii.gz --out "$out" --width 16 --size 128 --steps "$steps" "$@"
}
original=(--recipe ct2ct --levels 7 --protocol unseen)
train original "${original[@]}"
train original_l1 "${original[@]}" --adversarial 0
train original_copying "${original[@]}" --identity
train ours --levels 4
train ours_unmoved --levels 4 --set registration=false
train ours_from_slices --levels 4 --set registration=false --set difference_gain=0

for run in original original_l1 ours ours_unmoved ours_from_slices; do
  "$ct2ct" evaluate head3.nii.gz --model $run/model.safetensors --size 128 --out "report_$run"
done

cat <<EOF

Look at (all in two-recipes-out/; docs/learn/two-recipes.md says what to see):
  RUN/validation.svg     PSNR on the same slices while training: network, cubic, linear
  RUN/samples/           what the network makes of them, epoch by epoch
  report_RUN/report.html the test on the third head
EOF
