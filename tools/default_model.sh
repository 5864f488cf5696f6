#!/usr/bin/env bash
# Trains the model in the box on made-up heads alone, packs it to 16 bits and puts it into
# models/default/. Every machine gets the same weights, bit for bit, so anyone can repeat it.
#   tools/default_model.sh [check]     check: compares with the file that is there, changes nothing
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh
cmake --preset release -DCT2CT_TESTS=OFF >/dev/null
cmake --build --preset release --target ct2ct
ct2ct=build/release/ct2ct
run=build/default_model
shipped=models/default/model.safetensors

# SEED:SLICES:SIZE:NOISE and a kernel that is not the plain one. Slices of 1 to 2.6 mm, pixels of 0.4
# to 1 mm, noise of 3 to 12 HU. Each head has small lesions.
heads=()
for head in 101:64:224:5 102:96:384:8:soft 103:128:256:12 104:64:512:5 105:84:256:3:sharp \
            106:112:384:12 107:168:256:8 108:64:384:3:soft 109:84:512:8 110:96:224:5 111:128:384:5 \
            112:72:256:12:soft; do
  heads+=("phantom:$head:lesions")
done
"$ct2ct" train "${heads[@]}" --width 32 --levels 4 --adversarial 0 --steps 6000 --out "$run" --force
"$ct2ct" pack "$run/model.safetensors" --out "$run/packed.safetensors" --force

if [ "${1:-}" = check ]; then
  cmp "$run/packed.safetensors" "$shipped"
  echo "default model: the same file, bit for bit"
else
  cp "$run/packed.safetensors" "$shipped"
fi
