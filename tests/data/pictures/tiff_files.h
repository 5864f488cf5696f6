// TIFF files written byte by byte, by the tables of TIFF 6.0, section 2 and 8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace data_test {

struct TiffPage {
  int bits = 8;
  int format = 1;       ///< 1 unsigned, 2 signed, 3 floating point
  int photometric = 1;  ///< 1: 0 is black
  int orientation = 1;
  int compression = 1;  ///< as it is said; the bytes are as `packbits` says
  int subfile = 0;
  int rows_per_strip = 0;  ///< 0: one strip
  int tile = 0;            ///< side of tiles; 0: strips
  bool packbits = false;
  std::string description = {};
  int width = 3;
  std::vector<int> values;  ///< row by row
};

/// A file of these pages.
inline std::string tiff_file(const std::vector<TiffPage>& pages, bool big_endian = false) {
  const auto number = [&](std::uint64_t v, std::size_t bytes) {
    std::string s(reinterpret_cast<const char*>(&v), bytes);
    if (big_endian) std::reverse(s.begin(), s.end());
    return s;
  };
  std::string file = big_endian ? std::string("MM\0*", 4) : std::string("II*\0", 4);
  std::size_t link = file.size();  // where the place of the next directory is written
  file += number(0, 4);
  for (const TiffPage& p : pages) {
    const auto value_bytes = [&](int v) {
      if (p.format != 3)
        return number(static_cast<std::uint64_t>(v), static_cast<std::size_t>(p.bits / 8));
      const auto real = static_cast<float>(v);
      std::uint32_t bits = 0;
      std::memcpy(&bits, &real, sizeof(bits));
      return number(bits, 4);
    };
    const int height = std::max(1, static_cast<int>(p.values.size()) / p.width);
    const int rows = p.tile > 0 ? p.tile : p.rows_per_strip > 0 ? p.rows_per_strip : height;
    std::vector<std::string> parts;
    if (p.tile > 0) {  // one tile, filled up with zeros
      std::string part;
      for (int i = 0; i < p.tile; ++i) {
        for (int j = 0; j < p.tile; ++j) {
          const bool inside = i < height && j < p.width;
          part += value_bytes(inside ? p.values[static_cast<std::size_t>(i * p.width + j)] : 0);
        }
      }
      parts.push_back(part);
    } else {
      std::string all;
      for (const int v : p.values) all += value_bytes(v);
      const std::size_t each = static_cast<std::size_t>(rows * p.width * p.bits / 8);
      for (std::size_t at = 0; at < all.size(); at += each) parts.push_back(all.substr(at, each));
    }
    if (p.packbits) {  // a run of literal bytes for each row
      for (std::string& part : parts) {
        std::string packed;
        const auto row = static_cast<std::size_t>(p.width * p.bits / 8);
        for (std::size_t at = 0; at < part.size(); at += row) {
          packed += static_cast<char>(row - 1) + part.substr(at, row);
        }
        part = packed;
      }
    }
    std::string offsets, counts;
    for (const std::string& part : parts) {
      offsets += number(file.size(), 4);
      counts += number(part.size(), 4);
      file += part;
    }
    struct Entry {
      int tag, type;  // 3 short, 4 long, 2 text
      std::size_t count;
      std::string value;
    };
    const auto one = [&](int tag, int v) {
      return Entry{tag, 4, 1, number(static_cast<std::uint64_t>(v), 4)};
    };
    std::vector<Entry> entries{one(254, p.subfile),
                               one(256, p.width),
                               one(257, height),
                               one(258, p.bits),
                               one(259, p.packbits ? 32773 : p.compression),
                               one(262, p.photometric)};
    if (!p.description.empty()) {
      entries.push_back({270, 2, p.description.size() + 1, p.description + std::string(1, '\0')});
    }
    const bool tiled = p.tile > 0;
    if (!tiled) entries.push_back({273, 4, parts.size(), offsets});
    entries.push_back(one(274, p.orientation));
    entries.push_back(one(277, 1));
    if (!tiled) {
      entries.push_back(one(278, rows));
      entries.push_back({279, 4, parts.size(), counts});
    } else {
      entries.push_back(one(322, p.tile));
      entries.push_back(one(323, p.tile));
      entries.push_back({324, 4, parts.size(), offsets});
      entries.push_back({325, 4, parts.size(), counts});
    }
    entries.push_back(one(339, p.format));
    for (Entry& e : entries) {  // what does not fit into four bytes stands elsewhere
      if (e.value.size() <= 4) continue;
      if (file.size() % 2 != 0) file += '\0';
      const std::string place = number(file.size(), 4);
      file += e.value;
      e.value = place;
    }
    if (file.size() % 2 != 0) file += '\0';
    file.replace(link, 4, number(file.size(), 4));
    file += number(entries.size(), 2);
    for (const Entry& e : entries) {
      file += number(static_cast<std::uint64_t>(e.tag), 2) +
              number(static_cast<std::uint64_t>(e.type), 2) + number(e.count, 4) + e.value;
    }
    link = file.size();
    file += number(0, 4);
  }
  return file;
}

}  // namespace data_test
