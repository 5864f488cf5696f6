#!/bin/sh
# The library as it is installed, in the hands of programs: symbols, header, find_package,
# pkg-config, shared and static. What they write is what the command line writes.
#   install_check.sh CMAKE BUILD_FOLDER PROGRAM
set -eu
cmake=$1 build=$2 program=$3
here=$(cd "$(dirname "$0")" && pwd)
desk=$(mktemp -d)
trap 'rm -rf "$desk"' EXIT
cd "$desk"
export SOURCE_DATE_EPOCH=1700000000
for component in library development; do
  "$cmake" --install "$build" --prefix "$desk/usr" --component $component >install.log
done
header=$(find usr -name ct2ct.h)
library=$(find "$desk/usr" -name libct2ct.so.0)
folder=$(dirname "$library")

echo "symbols: what the library shows is the checked-in list"
nm -D --defined-only "$library" | sed -n 's/.* [A-Zu] \(.*\)/\1/p' | sed 's/@.*//' |
  grep -v '^CT2CT_[0-9]*$' | LC_ALL=C sort >shown
LC_ALL=C sort "$here/symbols.txt" | diff shown - || { echo "the ABI differs"; exit 1; }
nm --defined-only --extern-only "$folder/libct2ct.a" | sed -n 's/.* [A-Zu] \(.*\)/\1/p' |
  LC_ALL=C sort >static_shown
diff shown static_shown || { echo "the static library shows other names"; exit 1; }
# Every declared function is one of them.
grep -oE '\bct2ct_[a-z0-9_]+\(' "$header" | tr -d '(' | LC_ALL=C sort -u | diff - shown

echo "layout: sizes and values are those of the first version"
cat >abi.c <<'END'
#include <ct2ct.h>
#define AT(member, bytes) (offsetof(ct2ct_volume, member) == (bytes))
extern int all[CT2CT_OK == 0 && CT2CT_JOB_FAILED == 1 && CT2CT_WRONG_INPUT == 2 &&
               CT2CT_WARNED == 3 && CT2CT_CANCELLED == 4 ? 1 : -1];
extern int types[CT2CT_UINT8 == 0 && CT2CT_INT8 == 1 && CT2CT_UINT16 == 2 && CT2CT_INT16 == 3 &&
                 CT2CT_UINT32 == 4 && CT2CT_INT32 == 5 && CT2CT_FLOAT32 == 6 &&
                 CT2CT_FLOAT64 == 7 ? 1 : -1];
extern int units[CT2CT_HU == 0 && CT2CT_GREY == 1 && CT2CT_UNKNOWN == 2 ? 1 : -1];
extern int volume[sizeof(void*) != 8 ||
                  (sizeof(ct2ct_status) == 4 && sizeof(ct2ct_volume) >= 240 &&
                   AT(struct_size, 0) && AT(voxels, 8) && AT(datatype, 16) && AT(unit, 20) &&
                   AT(slice_axis, 24) && AT(oriented, 28) && AT(size, 32) && AT(spacing, 56) &&
                   AT(affine, 80) && AT(slope, 208) && AT(intercept, 216) && AT(synthetic, 224) &&
                   AT(positions, 232)) ? 1 : -1];
END
include=$(dirname "$header")
strict="-pedantic -Wall -Wextra -Werror -fsyntax-only -I$include"
cc -std=c99 $strict abi.c
c++ -std=c++98 -Wno-long-long $strict -x c++ abi.c

"$program" phantom scan.nii.gz --slices 14 --size 32 --quiet
"$program" interpolate scan.nii.gz --out expected.nii.gz --quiet 2>warnings
doubled() {  # doubled NAME PROGRAM...: it makes the file of the command line
  name=$1
  shift
  "$@" scan.nii.gz "$name.nii.gz" >"$name.out" 2>"$name.err"
  cmp expected.nii.gz "$name.nii.gz"
  test ! -s "$name.out" && test ! -s "$name.err" || { echo "it prints"; cat "$name".*; exit 1; }
  echo "$name: same bytes as the command line"
}

echo "pkg-config"
export PKG_CONFIG_PATH="$folder/pkgconfig"
cc -std=c99 -pedantic -Wall -Wextra -Werror "$here/double.c" -o by_pkg_config \
  $(pkg-config --cflags --libs ct2ct)
doubled pkg_config_shared env LD_LIBRARY_PATH="$folder" ./by_pkg_config
cc "$here/double.c" -o by_pkg_config_static $(pkg-config --cflags ct2ct) \
  $(pkg-config --static --libs ct2ct | sed 's/-lct2ct/-l:libct2ct.a/')
doubled pkg_config_static ./by_pkg_config_static

echo "find_package"
"$cmake" -S "$here/consumer" -B consumer -DCMAKE_PREFIX_PATH="$desk/usr" >configure.log
"$cmake" --build consumer >build.log
doubled find_package_shared consumer/double_ct2ct
doubled find_package_static consumer/double_ct2ct_static
consumer/memory >memory.out 2>memory.err
test "$(sed -n 4p memory.out)" = "15 synthetic"
test "$(wc -l <memory.out)" = 9
echo "memory: wrapped voxels are filled"
