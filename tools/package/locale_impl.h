/* Stands in for musl's header of this name, so that musl's iconv.c can be compiled for glibc.
 * Static glibc has no character sets of its own: its iconv loads them as shared libraries of the
 * same version, which other machines do not have. */
#include <errno.h>
#include <locale.h>
#include <wchar.h>

static _Thread_local locale_t no_locale; /* UTF-8 does not depend on a locale here */
#define CURRENT_LOCALE no_locale
#define UTF8_LOCALE ((locale_t)0)

#define mbrtowc(wc, s, n, state) utf8_read(wc, s, n)
#define wctomb utf8_write

/* The character at s, which may take up to n bytes. Returns how many it takes, (size_t)-2 where it
 * goes on after them and (size_t)-1 where it is no UTF-8 (RFC 3629). */
static size_t utf8_read(wchar_t* wc, const char* text, size_t n) {
  const unsigned char* s = (const unsigned char*)text;
  const size_t length = s[0] < 0x80   ? 1
                        : s[0] < 0xC2 ? 0
                        : s[0] < 0xE0 ? 2
                        : s[0] < 0xF0 ? 3
                        : s[0] < 0xF5 ? 4
                                      : 0;
  const unsigned least[5] = {0, 0, 0x80, 0x800, 0x10000};
  unsigned c = length < 2 ? s[0] : s[0] & (0x7FU >> length);
  if (length == 0) return (size_t)-1;
  for (size_t i = 1; i < length; ++i) {
    if (i == n) return (size_t)-2;
    if ((s[i] & 0xC0) != 0x80) return (size_t)-1;
    c = c << 6 | (s[i] & 0x3FU);
  }
  if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return (size_t)-1;
  *wc = (wchar_t)c;
  return length;
}

static size_t utf8_write(char* out, unsigned c) {
  const size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  const unsigned char lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = length; i-- > 1; c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)(lead[length] | c);
  return length;
}
