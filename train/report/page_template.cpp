#include <string_view>

#include "data/files/gzip.h"
#include "nn/core/error.h"
#include "train/report/report_page.h"

// The assembler puts the pages, compressed by gzip, into the program's read-only data.
#define CT2CT_PAGE(name, file)                        \
  asm(".section .rodata\n"                            \
      "ct2ct_" name                                   \
      "_page_begin:\n"                                \
      ".incbin \"" file                               \
      "\"\n"                                          \
      "ct2ct_" name                                   \
      "_page_end:\n"                                  \
      ".globl ct2ct_" name "_page_begin, ct2ct_" name \
      "_page_end\n"                                   \
      ".previous\n")

CT2CT_PAGE("report", CT2CT_REPORT_TEMPLATE);
CT2CT_PAGE("live", CT2CT_LIVE_TEMPLATE);

extern "C" {
extern const char ct2ct_report_page_begin[], ct2ct_report_page_end[];
extern const char ct2ct_live_page_begin[], ct2ct_live_page_end[];
}

namespace train {

std::string page_template(const std::string& name) {
  const std::string_view packed =
      name == "live" ? std::string_view{ct2ct_live_page_begin, ct2ct_live_page_end}
                     : std::string_view{ct2ct_report_page_begin, ct2ct_report_page_end};
  return data::unpack_gzip(packed, name);
}

void fill_in(std::string& page, const std::string& name, const std::string& text) {
  const std::string mark = "<!--ct2ct-" + name + "-->";
  const std::size_t at = page.find(mark);
  nn::require(at != std::string::npos, "page", "no place for " + name,
              "the page that tools/web builds");
  page.replace(at, mark.size(), text);
}

std::string data_element(const std::string& id, const std::string& type, const std::string& text) {
  return "<script type=\"" + type + "\" id=\"" + id + "\">" + text + "</script>\n";
}

}  // namespace train
