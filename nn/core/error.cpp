#include "nn/core/error.h"

namespace nn {
namespace {

std::string one_line(const std::string& where, const std::string& got, const std::string& expected,
                     const std::string& hint) {
  std::string text = where + ": " + got;
  if (!expected.empty()) text += ", expected " + expected;
  if (!hint.empty()) text += "; " + hint;
  // A file name or a library's message may hold a line break, and an error must be one line.
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

}  // namespace

Error::Error(Fault fault, const std::string& where, const std::string& got,
             const std::string& expected, const std::string& hint)
    : std::runtime_error(one_line(where, got, expected, hint)),
      fault_(fault),
      where_(where),
      got_(got),
      expected_(expected),
      hint_(hint) {}

void require(bool ok, const std::string& where, const std::string& got, const std::string& expected,
             const std::string& hint) {
  if (!ok) throw Error(Fault::input, where, got, expected, hint);
}

}  // namespace nn
