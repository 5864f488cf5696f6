#include "data/pictures/picture_stacks.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include "data/files/files.h"

namespace data {
namespace {

/// Stands for a number in a text. No name of a file holds it.
constexpr char kNumber = '\0';

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

struct Name {
  std::string whole;
  std::string folder;                ///< with the slash after it; empty at the top
  std::string stem;                  ///< without folder and ending
  std::string ending;                ///< ".png", ".jpg", ".jpeg" as written, else empty
  std::string text;                  ///< what tells stacks apart, kNumber for each number
  std::vector<std::string> numbers;  ///< of the stem, as written
  bool with_ending = false;          ///< the text includes the ending
};
using Names = std::vector<Name>;

/// Fills in the text and the numbers.
void read_stem(Name& name, bool with_ending) {
  name.text.clear();
  name.numbers.clear();
  name.with_ending = with_ending;
  for (std::size_t i = 0; i < name.stem.size();) {
    const std::string_view token = token_at(name.stem, i);
    i += token.size();
    if (is_digit(token[0])) {
      name.text += kNumber;
      name.numbers.emplace_back(token);
    } else {
      name.text += token;
    }
  }
  if (with_ending) name.text += lower(name.ending);
}

Name parsed_name(const std::string& whole) {
  Name name;
  name.whole = whole;
  const std::size_t slash = whole.rfind('/');
  if (slash != std::string::npos) name.folder = whole.substr(0, slash + 1);
  name.stem = whole.substr(name.folder.size());
  if (named_like_picture(whole)) {
    const std::size_t dot = name.stem.rfind('.');
    name.ending = name.stem.substr(dot);
    name.stem.resize(dot);
  }
  return name;
}

struct Group {
  Names names;
  std::string shown;  ///< as PictureStack::name
  bool hexadecimal = false;
};
using Groups = std::vector<Group>;

std::string common_ending(const Names& names) {
  const std::string& first = names.front().ending;
  return std::all_of(names.begin(), names.end(), [&](const Name& n) { return n.ending == first; })
             ? first
             : "";
}

bool varies(const Names& names, std::size_t column) {
  return std::any_of(names.begin(), names.end(), [&](const Name& n) {
    return n.numbers[column] != names.front().numbers[column];
  });
}

/// Of names that are equal but for their numbers.
Group group_of(Names names) {
  const Name& first = names.front();
  std::string shown = first.folder;
  std::size_t column = 0;
  for (const char c : first.text) {
    if (c != kNumber) {
      shown += c;
    } else {
      shown += varies(names, column) ? "*" : first.numbers[column];
      ++column;
    }
  }
  if (!first.with_ending) shown += common_ending(names);
  if (names.size() == 1) shown = first.whole;
  return {std::move(names), shown};
}

/// True where groups hold fewer than two names on average: then what differs is no name of a stack.
bool nearly_alone(std::size_t groups, std::size_t names) { return 2 * groups > names; }

/// Splits names of one text by all varying numbers but the last.
void split_by_numbers(Names names, Groups& to) {
  std::vector<std::size_t> varying;
  for (std::size_t column = 0; column < names.front().numbers.size(); ++column) {
    if (varies(names, column)) varying.push_back(column);
  }
  if (!varying.empty()) varying.pop_back();
  std::map<std::vector<std::string>, Names> parts;
  for (const Name& name : names) {
    std::vector<std::string> key;
    key.reserve(varying.size());
    for (const std::size_t column : varying) {
      key.emplace_back(without_zeros(name.numbers[column]));
    }
    parts[key].push_back(name);
  }
  if (nearly_alone(parts.size(), names.size())) {
    to.push_back(group_of(std::move(names)));
    return;
  }
  for (auto& [key, part] : parts) to.push_back(group_of(std::move(part)));
}

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

/// Takes the stacks that are numbered in hexadecimal out of the names of a folder.
void take_hexadecimal(Names& names, Groups& to) {
  std::map<std::pair<std::string, std::size_t>, Names> families;
  for (const Name& name : names) {
    std::size_t begin = name.stem.size();
    while (begin > 0 && is_hex(name.stem[begin - 1])) --begin;
    if (begin == name.stem.size()) continue;
    families[{name.stem.substr(0, begin), name.stem.size() - begin}].push_back(name);
  }
  std::set<std::string> taken;
  for (auto& [key, family] : families) {
    const auto digits = std::count_if(family.begin(), family.end(),
                                      [](const Name& n) { return is_digit(n.stem.back()); });
    if (digits == 0 || digits == std::ssize(family)) continue;
    for (const Name& name : family) taken.insert(name.whole);
    const std::string shown = family.front().folder + key.first + "*" + common_ending(family);
    to.push_back({std::move(family), shown, true});
  }
  std::erase_if(names, [&](const Name& n) { return taken.count(n.whole) > 0; });
}

/// Whether names may be one stack by their numbers, those of folders counted in: either all have
/// one and no last one comes twice, or none has one.
bool may_be_one(const Groups& groups) {
  std::set<std::string> seen;
  std::size_t unnumbered = 0;
  for (const Group& group : groups) {
    for (const Name& name : group.names) {
      Name path = name;
      path.stem = name.folder + name.stem;
      read_stem(path, false);
      if (path.numbers.empty()) {
        ++unnumbered;
      } else if (!seen.emplace(without_zeros(path.numbers.back())).second) {
        return false;
      }
    }
  }
  return seen.empty() || unnumbered == 0;
}

/// Makes one group of groups of which nearly each has one name.
void merge_lone(Groups& groups, const std::string& shown) {
  std::size_t names = 0;
  for (const Group& g : groups) names += g.names.size();
  if (groups.size() < 2 || !nearly_alone(groups.size(), names) || !may_be_one(groups)) {
    return;
  }
  Group all;
  all.shown = shown;
  for (Group& g : groups) std::move(g.names.begin(), g.names.end(), std::back_inserter(all.names));
  groups = {std::move(all)};
}

Groups groups_of_folder(Names names) {
  const std::string folder = names.front().folder;
  std::set<std::string> stems;
  for (const Name& name : names) stems.insert(name.stem);
  const bool with_ending = stems.size() < names.size();
  Groups groups;
  if (!with_ending) take_hexadecimal(names, groups);
  std::map<std::string, Names> by_text;
  for (Name& name : names) {
    read_stem(name, with_ending);
    by_text[name.text].push_back(name);
  }
  for (auto& [text, part] : by_text) split_by_numbers(std::move(part), groups);
  merge_lone(groups, folder.empty() ? "." : folder);
  return groups;
}

PictureStack stack_of(Group& group) {
  // Digits of hexadecimal numbers of equal length sort as characters.
  std::sort(group.names.begin(), group.names.end(), [&](const Name& a, const Name& b) {
    return group.hexadecimal ? lower(a.stem) < lower(b.stem) : natural_less(a.whole, b.whole);
  });
  PictureStack stack;
  stack.name = group.shown;
  for (const Name& name : group.names) stack.pictures.push_back(name.whole);
  return stack;
}

}  // namespace

std::string PictureStack::text() const {
  const bool one = pictures.size() == 1;
  std::string text =
      name + ", " + std::to_string(pictures.size()) + (one ? " picture" : " pictures");
  if (width > 0) text += " of " + std::to_string(width) + " x " + std::to_string(height);
  return text;
}

std::vector<PictureStack> stacks_of(const std::vector<std::string>& names) {
  std::map<std::string, Names> folders;
  for (const std::string& whole : names) {
    Name name = parsed_name(whole);
    folders[name.folder].push_back(std::move(name));
  }
  Groups groups;
  for (auto& [folder, part] : folders) {
    Groups found = groups_of_folder(std::move(part));
    std::move(found.begin(), found.end(), std::back_inserter(groups));
  }
  merge_lone(groups, ".");
  std::vector<PictureStack> stacks;
  for (Group& group : groups) stacks.push_back(stack_of(group));
  std::sort(stacks.begin(), stacks.end(), [](const PictureStack& a, const PictureStack& b) {
    return natural_less(a.pictures.front(), b.pictures.front());
  });
  return stacks;
}

bool named_like_picture(const std::string& name) {
  const std::filesystem::path path(name);
  if (path.filename().string().starts_with(".")) return false;
  const std::string end = lower(path.extension().string());
  return end == ".png" || end == ".jpg" || end == ".jpeg" || end == ".tif" || end == ".tiff";
}

}  // namespace data
