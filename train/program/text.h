// Text for a terminal: how wide it is, cut, and broken into lines.
#pragma once

#include <cstddef>
#include <string>

namespace train {

/// How many columns of a terminal a text takes: one for each character of UTF-8.
int columns_of(const std::string& text);

/// The text, or both its ends with "..." between them, in at most `columns`.
std::string cut_to(const std::string& text, int columns);

/// The words of `text` in lines of at most `columns`, with a line break after the last. All lines
/// begin at column `indent`; the first one is already there.
std::string wrapped(const std::string& text, int indent, int columns);

}  // namespace train
