#include <string_view>

#include "data/files/gzip.h"
#include "train/app/server.h"

// The assembler puts the page, compressed by gzip, into the program's read-only data.
asm(".section .rodata\n"
    "ct2ct_app_page_begin:\n"
    ".incbin \"" CT2CT_APP_PAGE
    "\"\n"
    "ct2ct_app_page_end:\n"
    ".globl ct2ct_app_page_begin, ct2ct_app_page_end\n"
    ".previous\n");

extern "C" {
extern const char ct2ct_app_page_begin[], ct2ct_app_page_end[];
}

namespace train::app {

std::string app_page() {
  return data::unpack_gzip({ct2ct_app_page_begin, ct2ct_app_page_end}, "app");
}

}  // namespace train::app
