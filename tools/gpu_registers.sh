#!/usr/bin/env bash
# What the compiler says each kernel of the GPU needs: registers of a thread, shared memory of a
# block, spills. Prints the table of docs/lab/gpu-kernels.md. Needs nvcc, and no GPU.
#   tools/gpu_registers.sh
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
  -h | --help) sed -n 's/^# \{0,1\}//;2,4p' "$0" && exit 0 ;;
esac
export PATH=$PATH:/usr/local/cuda/bin
known=$(nvcc --list-gpu-arch)
wanted=()
for arch in 75 80 86 90 100 120; do
  if grep -qx "compute_$arch" <<<"$known"; then wanted+=("$arch"); fi
done
gencode=()
for arch in "${wanted[@]}"; do gencode+=(-gencode "arch=compute_$arch,code=sm_$arch"); done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for file in nn/backend/gpu/kernels/*.cpp; do
  nvcc -std=c++17 -x cu -I. -O3 -ftz=true -fmad=false -prec-div=true -prec-sqrt=true \
    "${gencode[@]}" -Xptxas -v -c "$file" -o "$folder/object" 2>&1 | c++filt
done | awk -v archs="${wanted[*]}" '
  /Compiling entry function/ {
    match($0, /nn::gpu::[a-z0-9_]+/); name = substr($0, RSTART + 9, RLENGTH - 9)
    match($0, /sm_[0-9]+/); arch = substr($0, RSTART + 3, RLENGTH - 3)
    if (!(name in seen)) { seen[name] = 1; names[++count] = name }
  }
  /bytes stack frame/ { stack[name] = $1 > stack[name] ? $1 : stack[name]
                        spill[name] += $5 + $9 }
  /Used [0-9]+ registers/ {
    match($0, /Used [0-9]+/); registers[name, arch] = substr($0, RSTART + 5, RLENGTH - 5)
    if (match($0, /[0-9]+ bytes smem/)) shared[name] = substr($0, RSTART, RLENGTH - 11)
  }
  END {
    n = split(archs, arch_of, " ")
    line = "| kernel |"; rule = "|---|"
    for (i = 1; i <= n; ++i) { line = line " sm_" arch_of[i] " |"; rule = rule "---|" }
    print line " shared memory | stack | spills |"; print rule "---|---|---|"
    for (k = 1; k <= count; ++k) {
      line = "| `" names[k] "` |"
      for (i = 1; i <= n; ++i) line = line " " registers[names[k], arch_of[i]] " |"
      print line " " shared[names[k]] + 0 " | " stack[names[k]] + 0 " | " spill[names[k]] + 0 " |"
    }
  }' | { IFS= read -r head; IFS= read -r rule; printf '%s\n%s\n' "$head" "$rule"; sort; }
