# Builds static libraries from Debian's source packages, with Debian's patches; read by
# tools/package.sh. What is built lies in build/package/dependencies-KEY. KEY follows from the pinned
# list and from this file, so a second run builds nothing.
pinned=tools/package/sources.txt
sources=build/package/sources

# Runs apt-get with source packages of this machine's Debian mirrors, whatever /etc/apt says of them.
apt_sources() {
  local own=build/package/apt
  if [ ! -d "$own/lists/partial" ]; then
    mkdir -p "$own/parts" "$own/lists/partial"
    local file
    for file in /etc/apt/sources.list.d/*.sources; do
      [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$own/parts/$(basename "$file")"
    done
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      sed -n 's/^deb /deb-src /p' >"$own/parts/machine.list"
    apt_sources update -qq
  fi
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$PWD/$own/parts" \
    -o Dir::State::lists="$PWD/$own/lists" -o APT::Sandbox::User=root "$@"
}

# "dcmtk=3.6.7-9~deb12u4" for each package of the pinned list
pinned_packages() { sed -nE 's/^[0-9a-f]{64}  ([^_]+)_(.*)\.dsc$/\1=\2/p' "$pinned"; }

fetch_sources() {
  mkdir -p "$sources"
  local package
  for package in $(pinned_packages); do
    [ -e "$sources/${package/=/_}.dsc" ] && continue
    (apt_sources source --download-only "$package" && mv "${package%%=*}"_* "$sources/") \
      >build/package/apt.log 2>&1 && continue
    die "Debian's mirror has no source of $package, expected what $pinned lists; if Debian has" \
      "updated it, put what 'tools/package.sh sources' prints into $pinned and try the packages"
  done
  local hash file
  while read -r hash file; do
    [[ $hash == \#* || -z $hash ]] && continue
    [ "$(sha256sum "$sources/$file" 2>/dev/null | cut -d' ' -f1)" = "$hash" ] ||
      die "$sources/$file is not the file that $pinned lists by its SHA-256; delete it to fetch it" \
        "again, and if Debian has updated it, take what 'tools/package.sh sources' prints"
  done <"$pinned"
}

# The pinned list, for the versions that Debian has today.
print_sources() {
  local folder
  folder=$(mktemp -d)
  rm -rf build/package/apt
  local package
  for package in $(pinned_packages); do
    apt_sources source --download-only "${package%%=*}" >/dev/null && mv "${package%%=*}"_* "$folder/"
  done
  sed '/^#/!d' "$pinned"
  (cd "$folder" && sha256sum -- *)
  rm -rf "$folder"
}

unpack() {  # PACKAGE: its source with Debian's patches, in $work/PACKAGE
  dpkg-source --no-check -x "$sources/$1"_*.dsc "$work/$1" >"$work/$1.log" 2>&1 ||
    die "$1 could not be unpacked; see $work/$1.log"
}

configure_and_install() {  # PACKAGE OPTION...
  { cmake -S "$work/$1" -B "$work/$1-build" -G Ninja -DCMAKE_BUILD_TYPE=None \
      -DCMAKE_INSTALL_PREFIX=$nowhere -DCMAKE_INSTALL_LIBDIR=lib \
      -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF "${@:2}" &&
      DESTDIR=$PWD/$work/root ninja -C "$work/$1-build" -j "$jobs" install; } >>"$work/$1.log" 2>&1 ||
    die "$1 could not be built; see $work/$1.log"
  mkdir -p "$built/share/doc/$1"
  cp "$work/$1/debian/copyright" "$built/share/doc/$1/"
}

# Without XML, sockets, encryption and other formats of pictures; the dictionary is part of the
# library. The other options are those of Debian's package.
build_dcmtk() {
  unpack dcmtk
  configure_and_install dcmtk -DBUILD_APPS=OFF \
    -DDCMTK_MODULES="ofstd;oflog;dcmdata;dcmimgle;dcmimage;dcmjpeg;dcmjpls" \
    -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags -DENABLE_DCMJPLS_INTERLEAVE_NONE" \
    -DCMAKE_CXX_STANDARD=17 -DDCMTK_ENABLE_STL=ON -DDCMTK_ENABLE_PRIVATE_TAGS=ON \
    -DUSE_COMPILER_HIDDEN_VISIBILITY=ON \
    -DDCMTK_DEFAULT_DICT=builtin -DCMAKE_INSTALL_DATADIC=share/dcmtk \
    -DDCMTK_WITH_XML=OFF -DDCMTK_WITH_OPENSSL=OFF -DDCMTK_WITH_ICONV=OFF -DDCMTK_WITH_ICU=OFF \
    -DDCMTK_WITH_TIFF=OFF -DDCMTK_WITH_PNG=OFF -DDCMTK_WITH_WRAP=OFF -DDCMTK_WITH_SNDFILE=OFF \
    -DDCMTK_WITH_DOXYGEN=OFF
}

# The same ways of compression as Debian's package; no encryption.
build_libzip() {
  unpack libzip
  configure_and_install libzip -DCMAKE_C_FLAGS="$flags" -DENABLE_OPENSSL=OFF -DENABLE_GNUTLS=OFF \
    -DENABLE_MBEDTLS=OFF -DENABLE_COMMONCRYPTO=OFF -DENABLE_BZIP2=ON -DENABLE_LZMA=OFF \
    -DBUILD_TOOLS=OFF -DBUILD_REGRESS=OFF -DBUILD_EXAMPLES=OFF -DBUILD_DOC=OFF
}

# What data/pictures reads (LZW, Deflate, PackBits, none) and no other way of compression. Debian's
# libtiff.a needs LERC, which has no .a. Ours has a folder of its own, because the Debian packages take
# the shared library from Debian.
build_tiff() {
  unpack tiff
  local part off=()
  for part in jpeg old-jpeg jbig lerc lzma zstd webp libdeflate ccitt thunder next logluv mdi pixarlog \
    cxx tiff-tools tiff-tests tiff-contrib tiff-docs; do
    off+=("-D$part=OFF")
  done
  configure_and_install tiff -DCMAKE_C_FLAGS="$flags" -DCMAKE_INSTALL_PREFIX=$nowhere/static "${off[@]}"
}

# Conversion of character sets. Static glibc would load shared libraries of its own version for it.
# The two names are those that DCMTK and data/dicom use.
build_iconv() {
  unpack musl
  local source=$work/musl/src/locale
  sed -i 's/^"iso2022jp\\0\\0/"iso2022jp\\0iso2022jp2\\0\\0/' "$source/iconv.c"
  sed -i 's/^"tis620\\0/&isoir166\\0/' "$source/codepages.h"
  grep -q iso2022jp2 "$source/iconv.c" && grep -q isoir166 "$source/codepages.h" ||
    die "musl's table of character sets has changed; mend build_iconv in tools/package/dependencies.sh"
  mkdir "$work/iconv"
  mv "$source/locale_impl.h" "$work/iconv/" 2>/dev/null || true  # ours stands in for it
  local name
  for name in iconv iconv_close; do
    # shellcheck disable=SC2086
    "${CC:-cc}" -std=c99 -w -D_GNU_SOURCE -fPIC $flags -Itools/package -c "$source/$name.c" \
      -o "$work/iconv/$name.o"
  done
  mkdir -p "$built/lib" "$built/share/doc/musl"
  ar rcsD "$built/lib/libiconv.a" "$work/iconv/iconv.o" "$work/iconv/iconv_close.o"
  cp "$work/musl/debian/copyright" "$built/share/doc/musl/"
}

# The single header, with Debian's patches. Debian's shared library would bring OpenSSL and Brotli,
# neither of which is used.
build_httplib() {
  unpack cpp-httplib
  mkdir -p "$built/include" "$built/share/doc/cpp-httplib"
  cp "$work/cpp-httplib/httplib.h" "$built/include/"
  cp "$work/cpp-httplib/debian/copyright" "$built/share/doc/cpp-httplib/"
}

# Sets $prefix to the folder that holds the libraries.
build_dependencies() {
  local key
  key=$(cat "$pinned" tools/package/dependencies.sh tools/package/locale_impl.h | sha256sum | cut -c1-12)
  prefix=$PWD/build/package/dependencies-$key
  [ -d "$prefix" ] && return
  fetch_sources
  work=build/package/work
  nowhere=/opt/ct2ct  # the libraries may name the folder that they are installed in
  built=$work/root$nowhere
  rm -rf "$work"
  mkdir -p "$work"
  flags="-O2 -g0 -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2"
  flags+=" -ffile-prefix-map=$PWD/$work=."
  echo "package: building libzip, libtiff, iconv and DCMTK from source (DCMTK takes ten minutes of one core)"
  build_libzip
  build_tiff
  build_iconv
  build_httplib
  build_dcmtk
  grep -rlF "$nowhere" "$built" --include='*.cmake' --include='*.pc' |
    xargs -r sed -i "s#$nowhere#$prefix#g"
  mv "$built" "$prefix"
  rm -rf "$work"
}
