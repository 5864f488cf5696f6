#include "train/program/text.h"

#include <algorithm>

namespace train {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

/// The first `count` characters.
std::string first_of(const std::string& text, int count) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (begins_character(text[end]) && count-- == 0) break;
  }
  return text.substr(0, end);
}

}  // namespace

int columns_of(const std::string& text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut_to(const std::string& text, int columns) {
  const int all = columns_of(text);
  if (all <= columns) return text;
  if (columns <= 3) return first_of(text, std::max(0, columns));
  const int front = (columns - 2) / 2;
  const std::string before = first_of(text, front);
  const std::string without_end = first_of(text, all - (columns - 3 - front));
  return before + "..." + text.substr(without_end.size());
}

std::string wrapped(const std::string& text, int indent, int columns) {
  std::string all;
  int at = indent;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", from), text.size());
    const std::string word = text.substr(from, end - from);
    from = end + 1;
    if (word.empty()) continue;
    if (at > indent && at + 1 + columns_of(word) > columns) {
      all += "\n" + std::string(static_cast<std::size_t>(indent), ' ');
      at = indent;
    }
    if (at > indent) {
      all += " ";
      ++at;
    }
    all += word;
    at += columns_of(word);
  }
  return all + "\n";
}

}  // namespace train
