#!/usr/bin/env bash
# Installs what ct2ct builds with, where it is missing, on Debian 12 and 13 (tools/bare_roots.sh tries
# both). Nobody has tried Ubuntu 24.04, which has the same packages. Where there is no apt it names
# them.
#   tools/setup.sh           what the program and its tests need
#   tools/setup.sh web       also what the tests of the page of `ct2ct view` need (then: npm ci in
#                            tools/web)
#   tools/setup.sh checks    also what tools/lint.sh and the witnesses in Python need
#   tools/setup.sh package   also what tools/package.sh needs, on Debian 12
set -euo pipefail

packages=(g++ cmake ninja-build pkg-config libeigen3-dev libcli11-dev nlohmann-json3-dev catch2
  libstb-dev libnifti-dev zlib1g-dev libpng-dev libjpeg-dev libzip-dev libgif-dev libmd-dev
  libtiff-dev libdcmtk-dev libopenjp2-7-dev libcpp-httplib-dev)

[ "${1:-}" = checks ] && packages+=(ccache clang clang-format clang-tidy libclang-rt-dev libomp-dev
  python3-numpy python3-nibabel python3-pydicom python3-torch dcmtk dicom3tools dcm2niix
  libgdcm-tools openjph-tools
  python3-scipy python3-pil tidy
  libopenmpi-dev openmpi-bin  # several processes: CT2CT_MPI
  libopenblas0-pthread)  # without it the PyTorch peer multiplies by the reference BLAS, 4 times slower

[ "${1:-}" = package ] && packages+=(dpkg-dev libbz2-dev python3 debootstrap lintian qemu-user-static)
# Witnesses that not every release has: installed where apt knows them.
optional=()
[ "${1:-}" = checks ] && optional=(teem-apps plastimatch)
# Debian's npm depends on its nodejs; another one may bring its own.
if [ "${1:-}" = web ]; then
  packages+=(chromium)
  command -v node >/dev/null 2>&1 || packages+=(nodejs)
  command -v npm >/dev/null 2>&1 || packages+=(npm)
fi

if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: this is neither Debian nor Ubuntu; install the equivalents of: ${packages[*]}" >&2
  exit 0
fi

missing=()
for p in "${packages[@]}" "${optional[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || {
    echo "setup: cannot install without root; as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
for p in "${optional[@]}"; do
  apt-cache show "$p" >/dev/null 2>&1 || mapfile -t missing < <(printf '%s\n' "${missing[@]}" | grep -vx "$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
  "${missing[@]}" >/dev/null
