#!/usr/bin/env bash
# Makes the two fonts of our pictures, data/draw/font/*.ttf, and their licence, from Debian's DejaVu Sans: only the
# letters that pictures use, without hinting, with the kerning table. Needs fonts-dejavu-core and
# python3-fonttools. The fonts are committed, so only a change of the letters needs this script.
#   tools/picture_font.sh
set -euo pipefail
cd "$(dirname "$0")/../data/draw/font"

# ASCII, Latin-1, Latin Extended-A; dashes, quotes, dots; Delta, mu; arrows; minus, about, at most,
# at least.
letters="U+0020-007E,U+00A0-017F,U+2013-2014,U+2018-2019,U+201C-201D,U+2026,U+0394,U+03BC"
letters+=",U+2190-2193,U+2212,U+2248,U+2264-2265"
for name in DejaVuSans DejaVuSans-Bold; do
  /usr/bin/python3 -m fontTools.subset "/usr/share/fonts/truetype/dejavu/$name.ttf" \
    --output-file="$name.ttf" --unicodes="$letters" --no-hinting --no-recalc-timestamp \
    --layout-features= --legacy-kern --name-IDs=0,1,2,5 \
    --drop-tables+=FFTM,GDEF,GPOS,GSUB,MATH,gasp,post
done
# Debian's copyright file lacks the second of the two licences, and the font itself has both.
/usr/bin/python3 - >LICENSE.txt <<'END'
from fontTools.ttLib import TTFont
names = TTFont("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")["name"]
version = names.getDebugName(5).split()[1]
print(f"dejavu-fonts {version} (Bitstream-Vera AND LicenseRef-Arev)\n")
print("\n".join(line.rstrip() for line in names.getDebugName(13).splitlines()))
END
sha256sum -- *.ttf
