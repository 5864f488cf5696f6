#include "data/meta/nrrd_header.h"

#include <algorithm>
#include <utility>

#include "nn/core/error.h"

namespace data {
namespace {

std::string field_name(std::string_view text) {
  std::string name = lower_case(trimmed(text));
  std::erase(name, ' ');
  // Names that the format has two of.
  if (name == "centerings") return "centers";
  return name;
}

/// Every name of the format for a type, by what it holds.
const std::map<std::string, ElementType>& types() {
  static const std::map<std::string, ElementType> all = [] {
    std::map<std::string, ElementType> names;
    const auto add = [&](std::initializer_list<const char*> list, ElementType type) {
      for (const char* name : list) names.emplace(name, type);
    };
    add({"signed char", "int8", "int8_t"}, {StoredType::int8, 1});
    add({"uchar", "unsigned char", "uint8", "uint8_t"}, {StoredType::uint8, 1});
    add({"short", "short int", "signed short", "signed short int", "int16", "int16_t"},
        {StoredType::int16, 2});
    add({"ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"},
        {StoredType::uint16, 2});
    add({"int", "signed int", "int32", "int32_t"}, {StoredType::int32, 4});
    add({"uint", "unsigned int", "uint32", "uint32_t"}, {StoredType::uint32, 4});
    add({"longlong", "long long", "long long int", "signed long long", "signed long long int",
         "int64", "int64_t"},
        {StoredType::int32, 8, true});
    add({"ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"},
        {StoredType::int32, 8, false});
    add({"float"}, {StoredType::float32, 4});
    add({"double"}, {StoredType::float64, 8});
    return names;
  }();
  return all;
}

std::vector<double> numbers_in(const NrrdHeader& header, const std::string& name,
                               const std::string& path) {
  const auto numbers = numbers_of(header.field(name));
  nn::require(numbers.has_value(), path, name + ": " + header.field(name), "numbers",
              "the header is damaged");
  return *numbers;
}

/// Of four axes the one that is not of space; none where the header does not say.
std::optional<std::size_t> other_axis(const NrrdHeader& header) {
  const auto vectors = vectors_of(header.field("spacedirections"));
  if (vectors && vectors->size() == 4) {
    for (std::size_t a = 0; a < 4; ++a) {
      if ((*vectors)[a].empty()) return a;
    }
  }
  const std::vector<std::string> kinds = words_of(lower_case(header.field("kinds")));
  for (std::size_t a = 0; kinds.size() == 4 && a < 4; ++a) {
    if (kinds[a] != "domain" && kinds[a] != "space" && kinds[a] != "???") return a;
  }
  return std::nullopt;
}

bool is_colour(const NrrdHeader& header) {
  const std::string kinds = lower_case(header.field("kinds"));
  return kinds.find("color") != std::string::npos || kinds.find("complex") != std::string::npos;
}

}  // namespace

std::string NrrdHeader::field(const std::string& name) const {
  const auto at = fields.find(name);
  return at == fields.end() ? "" : at->second;
}

NrrdHeader read_nrrd_header(const std::string& path) {
  bool first = true;
  bool detached = false;
  const HeaderLines read = read_header_lines(path, [&](const std::string& line) {
    const std::string start = lower_case(line.substr(0, 10));
    detached = detached || start == "data file:" || start == "datafile: ";
    return line.empty();
  });
  nn::require(read.ended || detached, path, "a header without an end",
              "an empty line after the header", "the file is truncated or damaged");
  NrrdHeader header;
  header.bytes = read.bytes;
  for (const std::string& line : read.lines) {
    if (std::exchange(first, false) || line.empty() || line[0] == '#') continue;
    const std::size_t pair = line.find(":=");
    const std::size_t field = line.find(": ");
    if (pair != std::string::npos && pair < field) {
      header.pairs[line.substr(0, pair)] = line.substr(pair + 2);
      continue;
    }
    const std::size_t colon = line.find(':');
    nn::require(colon != std::string::npos, path,
                "the line '" + line.substr(0, std::min<std::size_t>(line.size(), 40)) + "'",
                "'field: value' or 'key:=value'", "the header is damaged");
    header.fields[field_name(line.substr(0, colon))] = std::string(trimmed(line.substr(colon + 1)));
  }
  return header;
}

NrrdAxes axes_of(const NrrdHeader& header, const std::string& path) {
  const std::vector<double> dimension = numbers_in(header, "dimension", path);
  nn::require(dimension.size() == 1 && (dimension[0] == 3 || dimension[0] == 4), path,
              "an image of dimension '" + header.field("dimension") + "'",
              "3, or 4 for several volumes");
  nn::require(!is_colour(header), path,
              "voxels of several values (kinds: " + header.field("kinds") + ")",
              "one value per voxel");
  NrrdAxes axes;
  axes.count = static_cast<std::size_t>(dimension[0]);
  const std::vector<nn::index> sizes = sizes_of(numbers_in(header, "sizes", path), path);
  nn::require(sizes.size() == axes.count, path, std::to_string(sizes.size()) + " sizes",
              std::to_string(axes.count), "the header is damaged");
  std::size_t other = 3;
  if (axes.count == 4) {
    other = other_axis(header).value_or(3);
    axes.volumes = sizes[other];
    constexpr nn::index kMostVolumes = 1'000'000;
    nn::require(axes.volumes <= kMostVolumes, path,
                "a 4-D image with " + std::to_string(axes.volumes) + " volumes",
                "at most " + std::to_string(kMostVolumes), "the header is damaged");
    nn::require(other == 3 || axes.volumes == 1, path,
                std::to_string(axes.volumes) + " values per voxel (axis " + std::to_string(other) +
                    " is not one of space)",
                "whole volumes one after another",
                "unu permute -p 1 2 3 0 -i IN.nrrd -o OUT.nrrd moves the first axis to the end");
  }
  for (std::size_t a = 0, to = 0; a < axes.count; ++a) {
    if (axes.count == 4 && a == other) continue;
    axes.dims[to] = sizes[a];
    axes.of[to++] = a;
  }
  return axes;
}

ElementType element_of(const NrrdHeader& header, const std::string& path) {
  const auto type = types().find(lower_case(header.field("type")));
  nn::require(type != types().end(), path, "voxels of type '" + header.field("type") + "'",
              "integers, or floating point of 32 or 64 bits", "convert it to short or float");
  return type->second;
}

std::optional<std::vector<std::vector<double>>> vectors_of(const std::string& text) {
  std::vector<std::vector<double>> vectors;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
    } else if (lower_case(text.substr(at, 4)) == "none") {
      vectors.emplace_back();
      at += 4;
    } else {
      const std::size_t end = text.find(')', at);
      if (text[at] != '(' || end == std::string::npos) return std::nullopt;
      std::string inside = text.substr(at + 1, end - at - 1);
      std::replace(inside.begin(), inside.end(), ',', ' ');
      const auto numbers = numbers_of(inside);
      if (!numbers || numbers->empty()) return std::nullopt;
      vectors.push_back(*numbers);
      at = end + 1;
    }
  }
  return vectors;
}

std::vector<std::string> quoted_texts(const std::string& text) {
  std::vector<std::string> texts;
  for (std::size_t at = text.find('"'); at != std::string::npos;) {
    const std::size_t end = text.find('"', at + 1);
    if (end == std::string::npos) break;
    texts.push_back(text.substr(at + 1, end - at - 1));
    at = text.find('"', end + 1);
  }
  return texts;
}

}  // namespace data
