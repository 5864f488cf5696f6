#include <string_view>

#include "train/view/view_files.h"

// The assembler puts the page into the program's read-only data.
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

std::string_view view_template() { return {ct2ct_view_template_begin, ct2ct_view_template_end}; }

}  // namespace train
