#include "data/pictures/tiff_read.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "data/pictures/jpeg_read.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

/// More than LZW, Deflate and PackBits can make of a byte (1024 to 1365 for 12-bit codes).
constexpr std::size_t kMostRatio = 1500;

/// A file in memory, as libtiff reads it.
struct Memory {
  std::span<const std::byte> bytes;
  std::uint64_t at = 0;
};

tmsize_t read_memory(thandle_t handle, void* to, tmsize_t count) {
  auto* m = static_cast<Memory*>(handle);
  const std::uint64_t left = m->bytes.size() - std::min<std::uint64_t>(m->at, m->bytes.size());
  const std::uint64_t n = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(count));
  if (n > 0) std::memcpy(to, m->bytes.data() + m->at, n);
  m->at += n;
  return static_cast<tmsize_t>(n);
}
tmsize_t write_nothing(thandle_t /*handle*/, void* /*from*/, tmsize_t /*count*/) { return 0; }
toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  auto* m = static_cast<Memory*>(handle);
  m->at = whence == SEEK_CUR   ? m->at + offset
          : whence == SEEK_END ? m->bytes.size() + offset
                               : offset;
  return m->at;
}
int close_nothing(thandle_t /*handle*/) { return 0; }
toff_t size_of_memory(thandle_t handle) { return static_cast<Memory*>(handle)->bytes.size(); }

/// Keeps the first error; nothing goes to standard error.
int keep_error(TIFF* /*tiff*/, void* text, const char* /*module*/, const char* format,
               va_list values) {
  auto* kept = static_cast<std::string*>(text);
  if (kept->empty()) {
    char line[200];
    std::vsnprintf(line, sizeof(line), format, values);
    *kept = line;
  }
  return 1;
}
/// Tags that libtiff does not know and the like.
int drop_warning(TIFF* /*tiff*/, void* /*text*/, const char* /*module*/, const char* /*format*/,
                 va_list /*values*/) {
  return 1;
}

/// What a page holds.
struct Page {
  index width = 0, height = 0;
  StoredType type = StoredType::uint8;
  bool preview = false;
  bool inverted = false;  ///< 0 is white
  int orientation = kUpright;

  bool alike(const Page& other) const {
    return width == other.width && height == other.height && type == other.type;
  }
  std::size_t row_bytes() const { return static_cast<std::size_t>(width) * bytes_of(type); }
  std::size_t bytes() const { return static_cast<std::size_t>(height) * row_bytes(); }
};

class TiffFile {
 public:
  /// Of a file on disk.
  TiffFile(const std::string& path, std::size_t size) : name_(path), size_(size) {
    const auto options = handlers();
    tiff_ = TIFFOpenExt(path.c_str(), "rm", options.get());
    require(tiff_ != nullptr, "a TIFF file that cannot be opened");
  }
  /// Of one in memory, which must outlive this.
  TiffFile(std::span<const std::byte> bytes, const std::string& name)
      : name_(name), size_(bytes.size()), memory_{bytes} {
    const auto options = handlers();
    tiff_ = TIFFClientOpenExt("memory", "rm", &memory_, read_memory, write_nothing, seek_memory,
                              close_nothing, size_of_memory, nullptr, nullptr, options.get());
    require(tiff_ != nullptr, "a TIFF file that cannot be opened");
  }
  ~TiffFile() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
  }
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  /// All pages, previews too.
  std::vector<Page> pages() {
    std::vector<Page> all;
    do {
      nn::require(static_cast<index>(all.size()) < kMaxAxis, name_, "more pages",
                  "at most " + std::to_string(kMaxAxis));
      all.push_back(page());
    } while (TIFFReadDirectory(tiff_) != 0);
    require(error_.empty(), "a damaged TIFF file");
    if (all.size() == 1) require_directories();
    return all;
  }

  /// Goes back to the first page.
  void rewind() { require(TIFFSetDirectory(tiff_, 0) != 0, "a damaged TIFF file"); }
  void next() { require(TIFFReadDirectory(tiff_) != 0, "a damaged TIFF file"); }

  /// The values of the page, row by row. `to` has room for them.
  void read(const Page& p, std::byte* to) {
    if (TIFFIsTiled(tiff_) != 0) {
      read_tiles(p, to);
    } else {
      read_strips(p, to);
    }
  }

  /// What the file can hold at most, told before memory is asked for.
  void require_room(std::size_t bytes) const {
    nn::require(bytes / kMostRatio <= size_, name_,
                std::to_string(size_) + " bytes for pages of " + std::to_string(bytes),
                "a whole file", "it is truncated or damaged: copy or download it again");
  }

 private:
  struct FreeOptions {
    void operator()(TIFFOpenOptions* o) const { TIFFOpenOptionsFree(o); }
  };
  std::unique_ptr<TIFFOpenOptions, FreeOptions> handlers() {
    std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
    if (options == nullptr) throw Error(Fault::job, name_, "no memory", "");
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), tmsize_t{1} << 30);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &error_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), drop_warning, nullptr);
    return options;
  }

  void require(bool fine, const std::string& what) const {
    nn::require(fine, name_, what + (error_.empty() ? "" : " (" + error_ + ")"),
                "a whole TIFF file", "copy or download it again");
  }

  std::uint16_t field(std::uint32_t tag) const {
    std::uint16_t value = 0;
    TIFFGetFieldDefaulted(tiff_, tag, &value);
    return value;
  }

  StoredType type_of_page() const {
    const std::uint16_t bits = field(TIFFTAG_BITSPERSAMPLE);
    const std::uint16_t format = field(TIFFTAG_SAMPLEFORMAT);
    if (format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID) {
      if (bits == 8) return StoredType::uint8;
      if (bits == 16) return StoredType::uint16;
      if (bits == 32) return StoredType::uint32;
    } else if (format == SAMPLEFORMAT_INT) {
      if (bits == 8) return StoredType::int8;
      if (bits == 16) return StoredType::int16;
      if (bits == 32) return StoredType::int32;
    } else if (format == SAMPLEFORMAT_IEEEFP) {
      if (bits == 32) return StoredType::float32;
      if (bits == 64) return StoredType::float64;
    }
    throw Error(Fault::input, name_,
                "values of " + std::to_string(bits) + " bits (sample format " +
                    std::to_string(format) + ")",
                "8, 16 or 32 bits, or floating point of 32 or 64",
                "save it with 8 or 16 bits, for instance in ImageJ");
  }

  Page page() const {
    Page p;
    std::uint32_t width = 0, height = 0, kind = 0;
    TIFFGetField(tiff_, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff_, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(tiff_, TIFFTAG_SUBFILETYPE, &kind);
    p.width = width;
    p.height = height;
    p.preview = (kind & FILETYPE_REDUCEDIMAGE) != 0;
    const std::uint16_t photometric = field(TIFFTAG_PHOTOMETRIC);
    const std::uint16_t samples = field(TIFFTAG_SAMPLESPERPIXEL);
    nn::require(samples == 1 && photometric <= PHOTOMETRIC_MINISBLACK, name_,
                "colour or several values per pixel", "one value per pixel",
                "convert it to grey, for instance in ImageJ");
    const std::uint16_t packed = field(TIFFTAG_COMPRESSION);
    nn::require(packed == COMPRESSION_NONE || packed == COMPRESSION_LZW ||
                    packed == COMPRESSION_ADOBE_DEFLATE || packed == COMPRESSION_DEFLATE ||
                    packed == COMPRESSION_PACKBITS,
                name_, "TIFF compression " + std::to_string(packed),
                "none, LZW, Deflate or PackBits", "tiffcp -c none IN.tif OUT.tif converts it");
    p.type = type_of_page();
    p.inverted = photometric == PHOTOMETRIC_MINISWHITE;
    p.orientation = field(TIFFTAG_ORIENTATION);
    if (p.orientation < 1 || p.orientation > 8) p.orientation = kUpright;
    checked_bytes({p.width, p.height, 1}, p.type, name_);
    return p;
  }

  /// ImageJ writes one directory for a stack of more than 4 GB and says in words how many images
  /// follow.
  void require_directories() {
    rewind();
    const char* text = nullptr;
    if (TIFFGetField(tiff_, TIFFTAG_IMAGEDESCRIPTION, &text) == 0 || text == nullptr) return;
    const std::string_view said(text);
    const std::size_t at = said.find("images=");
    if (!said.starts_with("ImageJ") || at == std::string_view::npos) return;
    nn::require(std::atoi(text + at + 7) <= 1, name_,
                "an ImageJ stack of several images with one TIFF directory", "a directory for each",
                "save it as an image sequence and name the folder");
  }

  void read_strips(const Page& p, std::byte* to) {
    std::uint32_t rows = 0;
    TIFFGetFieldDefaulted(tiff_, TIFFTAG_ROWSPERSTRIP, &rows);
    const index each = std::clamp<index>(rows, 1, p.height);
    std::uint32_t strip = 0;
    for (index row = 0; row < p.height; row += each, ++strip) {
      const auto count = static_cast<std::size_t>(std::min(each, p.height - row)) * p.row_bytes();
      std::byte* at = to + static_cast<std::size_t>(row) * p.row_bytes();
      const tmsize_t got = TIFFReadEncodedStrip(tiff_, strip, at, static_cast<tmsize_t>(count));
      require(got == static_cast<tmsize_t>(count), "a damaged or truncated TIFF file");
    }
  }

  void read_tiles(const Page& p, std::byte* to) {
    std::uint32_t wide = 0, high = 0;
    TIFFGetField(tiff_, TIFFTAG_TILEWIDTH, &wide);
    TIFFGetField(tiff_, TIFFTAG_TILELENGTH, &high);
    const tmsize_t size = TIFFTileSize(tiff_);
    const std::size_t row_bytes = wide * bytes_of(p.type);
    require(wide > 0 && high > 0 && size > 0 && static_cast<std::size_t>(size) == row_bytes * high,
            "a damaged TIFF file");
    require_room(static_cast<std::size_t>(size));
    std::vector<std::byte> tile(static_cast<std::size_t>(size));
    for (index row = 0; row < p.height; row += high) {
      for (index column = 0; column < p.width; column += wide) {
        const std::uint32_t number = TIFFComputeTile(tiff_, static_cast<std::uint32_t>(column),
                                                     static_cast<std::uint32_t>(row), 0, 0);
        const tmsize_t got = TIFFReadEncodedTile(tiff_, number, tile.data(), size);
        require(got == size, "a damaged or truncated TIFF file");
        const index rows = std::min<index>(high, p.height - row);
        const std::size_t part =
            static_cast<std::size_t>(std::min<index>(wide, p.width - column)) * bytes_of(p.type);
        for (index r = 0; r < rows; ++r) {
          std::memcpy(to + static_cast<std::size_t>(row + r) * p.row_bytes() +
                          static_cast<std::size_t>(column) * bytes_of(p.type),
                      tile.data() + static_cast<std::size_t>(r) * row_bytes, part);
        }
      }
    }
  }

  std::string name_;
  std::size_t size_;
  std::string error_;
  Memory memory_;
  TIFF* tiff_ = nullptr;
};

/// Collects pages into a volume.
class Stack {
 public:
  explicit Stack(Volume& v) : v_(v) {}

  void add(TiffFile& file, const std::string& where, const std::string& name, bool number) {
    const std::vector<Page> pages = file.pages();
    std::size_t bytes = 0;
    index count = v_.dims[2];
    for (const Page& p : pages) {
      if (p.preview) continue;
      if (!first_) first_ = p;
      nn::require(p.alike(*first_), where, "a page of " + text_of(p),
                  text_of(*first_) + " as the first one", "keep pages of one scan only in it");
      bytes += p.bytes();
      ++count;
    }
    if (bytes == 0) return;
    const PictureSize size = shown_size(*first_);
    v_.dims = {size.width, size.height, count};
    checked_bytes(v_.dims, first_->type, where);
    file.require_room(bytes);
    std::size_t at = v_.stored.size();
    try {
      v_.stored.resize(at + bytes);
    } catch (const std::exception&) {
      throw Error(Fault::job, where, "no memory for " + std::to_string(bytes >> 20) + " MiB", "");
    }
    file.rewind();
    for (std::size_t i = 0; i < pages.size(); ++i) {
      if (i > 0) file.next();
      if (pages[i].preview) continue;
      file.read(pages[i], v_.stored.data() + at);
      make_upright(pages[i], std::span(v_.stored).subspan(at, pages[i].bytes()));
      v_.names.push_back(number ? "page " + std::to_string(i + 1) : name);
      at += pages[i].bytes();
    }
  }

  const std::optional<Page>& first() const { return first_; }
  bool inverted() const { return inverted_; }
  bool turned() const { return turned_; }

 private:
  static PictureSize shown_size(const Page& p) {
    return swaps_axes(p.orientation) ? PictureSize{p.height, p.width}
                                     : PictureSize{p.width, p.height};
  }
  static std::string text_of(const Page& p) {
    return std::to_string(p.width) + " x " + std::to_string(p.height) + " " + to_string(p.type);
  }

  void make_upright(const Page& p, std::span<std::byte> values) {
    nn::require(swaps_axes(p.orientation) == swaps_axes(first_->orientation), v_.source,
                "pages that are turned in different ways", "one orientation");
    const bool no_sign = p.type == StoredType::uint8 || p.type == StoredType::uint16;
    if (p.inverted && no_sign) {
      inverted_ = true;
      for (std::byte& b : values) b = ~b;  // of all ones less the value, in every byte
    }
    if (p.orientation == kUpright) return;
    turned_ = true;
    const std::vector<std::byte> before(values.begin(), values.end());
    const PictureSize size = shown_size(p);
    const std::size_t width = bytes_of(p.type);
    std::size_t to = 0;
    for (index y = 0; y < size.height; ++y) {
      for (index x = 0; x < size.width; ++x, to += width) {
        const std::size_t from = stored_pixel(
            static_cast<std::size_t>(x), static_cast<std::size_t>(y),
            static_cast<std::size_t>(p.width), static_cast<std::size_t>(p.height), p.orientation);
        std::memcpy(values.data() + to, before.data() + from * width, width);
      }
    }
  }

  Volume& v_;
  std::optional<Page> first_;
  bool inverted_ = false, turned_ = false;
};

void describe_values(Volume& v, const Stack& stack) {
  v.type = stack.first()->type;
  const bool grey = v.type == StoredType::uint8 || v.type == StoredType::uint16;
  v.unit = grey ? Unit::grey8 : Unit::unknown;
  if (v.type == StoredType::uint16) v.slope = 1.0 / 257;  // 65535 / 257 = 255
  if (stack.inverted()) v.warnings.emplace_back("0 is white in the file: values were turned round");
  if (stack.turned()) v.warnings.emplace_back("turned as the pages' orientation says");
  v.warnings.emplace_back(grey
                              ? "TIFF files hold grey levels, not HU, and no spacing "
                                "(--spacing-xyz gives it)"
                              : "TIFF files do not say whether their values are HU, and no spacing "
                                "(--spacing-xyz gives it)");
}

}  // namespace

PictureSize tiff_size(std::span<const std::byte> file, const std::string& name) {
  const Page first = TiffFile(file, name).pages().front();
  return {first.width, first.height};
}

Volume stack_tiffs(const PictureList& list) {
  Volume v;
  v.source = list.files.source;
  v.format = "TIFF stack";
  v.oriented = false;
  v.dims = {0, 0, 0};
  if (!list.files.single) v.warnings = numbering_gaps(list.names);
  Stack stack(v);
  for (const std::string& name : list.names) {
    const std::string where = list.files.where(name);
    if (list.files.single) {
      TiffFile file(list.files.source, static_cast<std::size_t>(list.files.size(name)));
      stack.add(file, where, name, true);
      continue;
    }
    const std::vector<std::byte> bytes = list.load(name);
    nn::require(looks_like_tiff(bytes), where, "no TIFF file", "TIFF like the first of the stack");
    TiffFile file(bytes, where);
    stack.add(file, where, name, false);
  }
  nn::require(stack.first().has_value(), v.source, "no page but previews", "a page for each slice");
  describe_values(v, stack);
  const std::vector<std::string> lines = left_out_lines(list.left_out);
  v.warnings.insert(v.warnings.end(), lines.begin(), lines.end());
  return v;
}

}  // namespace data
