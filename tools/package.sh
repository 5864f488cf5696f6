#!/usr/bin/env bash
# Makes what is given to others, in build/package. Needs Debian 12 and tools/setup.sh package.
#   tools/package.sh static         one file for any Linux on x86-64 since 2018, with licences, SBOM,
#                                   manual page, completions and SHA256SUMS: a .tar.gz
#   tools/package.sh deb            Debian packages for Debian 12 and 13
#   tools/package.sh try            installs, runs and removes both in bare Debian 12 and 13; the file
#                                   also in a root that holds nothing else and, by emulation, on a
#                                   processor without AVX. Needs root
#   tools/package.sh minimal        prints the size of a static program without DICOM
#   tools/package.sh reproducible   builds the tarball in two fresh clones and compares the bytes; with
#                                   "cached", the build here is the first one, and the second one takes
#                                   the libraries from here and objects from ccache, and says so
#   tools/package.sh sources        prints the list of pinned sources for what Debian has today
# The first build takes DCMTK's ten minutes of one core more. JOBS sets the number of compilers.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
umask 022

die() {
  echo "package: $*" >&2
  exit 1
}
. tools/package/dependencies.sh
. tools/package/roots.sh

jobs=${JOBS:-$(nproc)}
version=$(sed -nE 's/^project\(ct2ct VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
name=ct2ct-$version-linux-x86_64
out=build/package
# Every date in a package is that of the commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
mkdir -p "$out"

# An optimised program for every x86-64 processor, without kernels for GPUs and without MPI. All
# packages are built in one folder, so that objects which are the same are built once; what CMake has
# found is forgotten before the next one.
build() {  # NAME TARGET FOLDERS OPTION...: FOLDERS, with ; between them, hold our libraries
  local log=$out/$1.log
  rm -rf "$out/build/CMakeCache.txt" "$out/build/CMakeFiles"
  { PKG_CONFIG_PATH=$prefix/lib/pkgconfig cmake -S . -B "$out/build" -G Ninja \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_PREFIX_PATH="$3" \
      -DCT2CT_BASELINE=ON -DCT2CT_CUDA=OFF -DCT2CT_MPI=OFF -DCT2CT_TESTS=OFF \
      -DCMAKE_UNITY_BUILD=ON "${@:4}" &&
      ninja -C "$out/build" -j "$jobs" "$2"; } >"$log" 2>&1 ||
    { tail -n 15 "$log" >&2 && die "the program could not be built; see $log"; }
}

build_alone() {  # NAME OPTION...: the program without shared libraries
  build "$1" ct2ct "$prefix/static;$prefix" -DCT2CT_STATIC=ON -DCT2CT_LIBRARY=OFF "${@:2}"
}

make_static() {
  build_dependencies
  build_alone static -DCMAKE_EXE_LINKER_FLAGS=-Wl,-Map=ct2ct.map
  local stage=$out/stage/$name
  rm -rf "$out/stage"
  cmake --install "$out/build" --component program --strip --prefix "$stage" >/dev/null
  ! file_needs_libraries "$stage/bin/ct2ct" || die "$stage/bin/ct2ct needs shared libraries"
  cp LICENSE "$stage/"
  rm -f "$stage/share/doc/ct2ct/changelog.gz" "$stage/share/doc/ct2ct/copyright"
  tools/package/sbom.py "$out/build" "$out/build/ct2ct.map" "$prefix" "$stage"
  (cd "$stage" && find . -type f -printf '%P\n' | sort | xargs sha256sum) >"$out/sums"
  mv "$out/sums" "$stage/SHA256SUMS"
  tar -C "$out/stage" --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 \
    --numeric-owner --mode=u=rwX,go=rX -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
  (cd "$out" && sha256sum "$name.tar.gz" >SHA256SUMS && cat SHA256SUMS)
  echo "package: $out/$name.tar.gz; the program has $(stat -c %s "$stage/bin/ct2ct") bytes"
}

file_needs_libraries() { readelf -d "$1" | grep -q NEEDED; }

make_deb() {
  build_dependencies
  local copyright=$out/copyright part
  cp tools/package/copyright "$copyright"
  for part in dcmtk libzip cpp-httplib; do
    printf '\n\nThe packages contain %s:\n\n' "$part"
    grep -v '^Format:' "$prefix/share/doc/$part/copyright"
  done >>"$copyright"
  for part in libstb-dev libniftiio-dev libmd-dev libeigen3-dev nlohmann-json3-dev libcli11-dev; do
    printf '\n\nThe packages contain parts of %s:\n\n' "$part"
    grep -v '^Format:' "/usr/share/doc/$part/copyright"
  done >>"$copyright"
  printf '\n\nThe pages contain:\n\n' >>"$copyright"
  cat tools/web/dist/LICENSES-view.txt >>"$copyright"
  printf '\n\nPictures are written in letters of:\n\n' >>"$copyright"
  cat data/draw/font/LICENSE.txt >>"$copyright"
  rm -f "$out"/*.deb
  build deb all "$prefix" -DCT2CT_COPYRIGHT="$PWD/$copyright"
  (cd "$out/build" && rm -f ./*.deb && cpack -G DEB) >"$out/cpack.log" 2>&1 ||
    die "the packages could not be made; see $out/cpack.log"
  mv "$out/build"/*.deb "$out/"
  local package
  for package in "$out"/*.deb; do
    echo "package: $package"
    dpkg-deb --field "$package" Depends
    # embedded-library: DCMTK brings libjpegs of its own for 8, 12 and 16 bits and lossless JPEG.
    lintian --allow-root --fail-on error --suppress-tags no-copyright-file,embedded-library \
      "$package" ||
      die "lintian finds errors in $package"
  done
}

try_packages() {
  [ "$(id -u)" -eq 0 ] || die "'try' makes bare systems, which needs root"
  local work root suite file=$out/stage/$name/bin/ct2ct hash first=
  [ -x "$file" ] || make_static
  ls "$out"/ct2ct_*.deb >/dev/null 2>&1 || make_deb
  work=$(mktemp -d "${TMPDIR:-/tmp}/ct2ct_try.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf --one-file-system '$work'" EXIT
  try_alone "$work"
  first=$alone
  for suite in ${SUITES:-bookworm trixie}; do
    root=$work/$suite
    bare "$suite" "$root" >"$out/try.$suite.log" 2>&1 || die "no bare $suite; see $out/try.$suite.log"
    cp "$file" "$root/ct2ct"
    hash=$(doubles "$root" /ct2ct)
    [ "$hash" = "$first" ] || die "the file gives $hash in $suite, expected $first"
    cp "$out"/*.deb "$root/tmp/"
    inside "$root" "apt-get update -qq && apt-get install -y -qq --no-install-recommends /tmp/*.deb" \
      >>"$out/try.$suite.log" 2>&1 || die "apt does not install it in $suite; see $out/try.$suite.log"
    hash=$(doubles "$root" ct2ct)
    [ "$hash" = "$first" ] || die "the installed program gives $hash in $suite, expected $first"
    try_library "$root" "$suite"
    inside "$root" "apt-get purge -y -qq 'ct2ct*' 'libct2ct*' && ! command -v ct2ct &&
      ! find /usr /etc -name '*ct2ct*' | grep ." >>"$out/try.$suite.log" 2>&1 ||
      die "something stays after the removal in $suite; see $out/try.$suite.log"
    echo "try: $suite: file and packages run and give $first; nothing stays"
    rm -rf --one-file-system "$root"
  done
}

# A program in C against the installed library: it makes the bytes of the command line.
try_library() {  # ROOT SUITE
  cp tests/library/double.c "$1/tmp/t/"
  inside "$1" "apt-get install -y -qq --no-install-recommends gcc libc6-dev pkg-config && cd /tmp/t &&
    cc double.c -o double \$(pkg-config --cflags --libs ct2ct) &&
    ct2ct interpolate a.nii --out by_program.nii --quiet 2>/dev/null && ./double a.nii by_library.nii &&
    cmp by_program.nii by_library.nii" >>"$out/try.$2.log" 2>&1 ||
    die "a program in C gives other bytes in $2; see $out/try.$2.log"
  echo "try: $2: a program in C gives $(sha256sum "$1/tmp/t/by_library.nii" | cut -d' ' -f1)"
}

# The file in a root that holds nothing else, as it is and on a processor of 2008. Sets $alone.
try_alone() {  # FOLDER
  local root=$1/empty
  mkdir -p "$root"
  cp "$out/stage/$name/bin/ct2ct" "$root/ct2ct"
  chroot "$root" /ct2ct phantom /a.nii --slices 14 --size 32 --quiet
  chroot "$root" /ct2ct interpolate /a.nii --factor 2 --no-self-check --any-scan --out /b.nii \
    --quiet >/dev/null 2>&1
  alone=$(sha256sum "$root/b.nii" | cut -d' ' -f1)
  qemu-x86_64-static -cpu Nehalem "$root/ct2ct" interpolate "$root/a.nii" --factor 2 --no-self-check \
    --any-scan --out "$root/old.nii" --quiet >/dev/null 2>&1
  cmp "$root/b.nii" "$root/old.nii" || die "a processor without AVX gives other slices"
  echo "try: alone, and on a processor without AVX: $alone"
}

make_minimal() {
  build_dependencies
  build_alone minimal -DCT2CT_DICOM=OFF
  strip -o "$out/minimal" "$out/build/ct2ct"
  echo "package: a static program without DICOM has $(stat -c %s "$out/minimal") bytes"
}

copy_dependencies() {  # FOLDER: as if they had been built there
  cp -r "$prefix" "$1/"
  grep -rlF "$prefix" "$1" --include='*.cmake' --include='*.pc' |
    xargs -r sed -i "s#$prefix#$1/${prefix##*/}#g"
}

# Each build is that of a fresh clone, without a cache of objects. With "cached" the first one is made
# here. The second one gets a copy of the libraries, and objects from ccache where that is in use.
compare_builds() {  # [cached]
  local work clone clones log
  [ -z "$(git status --porcelain)" ] || die "there are changes; commit them, since clones lack them"
  work=$(mktemp -d "${TMPDIR:-/tmp}/ct2ct_same.XXXXXX")
  clones=("$work/a" "$work/another/folder")
  log=$PWD/$out/reproducible.log
  : >"$work/ccache"
  if [ "${1:-}" = cached ]; then
    make_static
    clones[0]=$PWD
    export CCACHE_STATSLOG=$work/ccache
  else
    export CCACHE_DISABLE=1
  fi
  for clone in "${clones[@]}"; do
    if [ "$clone" != "$PWD" ]; then
      git clone -q . "$clone"
      mkdir -p "$clone/build/package"
      [ "${1:-}" = cached ] && copy_dependencies "$clone/build/package"
      (cd "$clone" && CCACHE_BASEDIR=$clone tools/package.sh static) >"$log" 2>&1 ||
        die "a build failed; see $log"
    fi
    (cd "$clone/$out" && echo "package: in $clone: $(cat SHA256SUMS)")
  done
  cmp "${clones[0]}/$out/$name.tar.gz" "${clones[1]}/$out/$name.tar.gz" ||
    die "the builds differ; see $work"
  if [ "${1:-}" = cached ]; then
    echo "package: not built again in the second folder: DCMTK, libzip, libtiff, iconv and" \
      "$(grep -cE 'direct_cache_hit|preprocessed_cache_hit' "$work/ccache") objects from ccache"
  else
    echo "package: built in each folder: DCMTK, libzip, libtiff, iconv, ct2ct and the tarball"
  fi
  echo "package: two builds, in different folders and one after the other, gave the same bytes"
  rm -rf "$work"
}

case ${1:-} in
  static) make_static ;;
  deb) make_deb ;;
  try) try_packages ;;
  minimal) make_minimal ;;
  reproducible) compare_builds "${2:-}" ;;
  sources) print_sources ;;
  *) sed -n '2,15s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
