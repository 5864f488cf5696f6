#!/usr/bin/env bash
# The main job on made-up heads: sets up, builds, trains the model in the box further on two of them,
# doubles a third, and shows by how much the network is ahead of what needs none. Nothing but demo-out/
# is written.
#   tools/demo.sh [MINUTES]     minutes of training, 2 by default
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-2}
tools/setup.sh
cmake --preset release -DCT2CT_TESTS=OFF >/dev/null
cmake --build --preset release --target ct2ct
ct2ct=$PWD/build/release/ct2ct
rm -rf demo-out
mkdir demo-out
cd demo-out

# The third has thicker slices: a network should know gaps as narrow as those that it fills.
"$ct2ct" phantom head1.nii.gz --seed 1
"$ct2ct" phantom head2.nii.gz --seed 2
"$ct2ct" phantom head3.nii.gz --seed 3 --slices 72
"$ct2ct" train head1.nii.gz head2.nii.gz --from default --out run --minutes "$minutes"
"$ct2ct" evaluate head3.nii.gz --model run/model.safetensors --out report --axis 2
"$ct2ct" interpolate head3.nii.gz --model run/model.safetensors --factor 2 --axis 2 \
  --out head3_x2.nii.gz --gif head3_x2.gif

cat <<EOF

Look at (all in demo-out/):
  report/report.html   the verdict, each hidden slice, plots and tables, for a browser
  report/montage.png   known slices, truth, cubic, registration, network, and their errors on one scale
  run/live.html        how training went, for a browser, with samples epoch by epoch
  head3_x2.gif         a walk through the doubled scan
  head3_x2.nii.gz      the doubled scan, every second slice synthetic, for research only
  head3_x2.slices.csv  how each slice was made: by registration where the network does not beat it
EOF
