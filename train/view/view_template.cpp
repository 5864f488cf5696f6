#include <string_view>

#include "data/files/gzip.h"
#include "train/view/view_files.h"

// The assembler puts the page, compressed by gzip, into the program's read-only data.
asm(".section .rodata\n"
    "ct2ct_view_template_begin:\n"
    ".incbin \"" CT2CT_VIEW_TEMPLATE
    "\"\n"
    "ct2ct_view_template_end:\n"
    ".globl ct2ct_view_template_begin, ct2ct_view_template_end\n"
    ".previous\n");

extern "C" {
extern const char ct2ct_view_template_begin[], ct2ct_view_template_end[];
}

namespace train {

std::string view_template() {
  return data::unpack_gzip({ct2ct_view_template_begin, ct2ct_view_template_end}, "view");
}

}  // namespace train
