#include "train/predict/seal.h"

#include <algorithm>

#include "data/files/atomic_file.h"
#include "data/files/sha256.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace train {
namespace {

constexpr const char* kEntry = "sha256";
constexpr std::size_t kDigits = 64;
const std::string kBlank(kDigits, '0');

/// `metadata` with the seal that a file of them and of `arrays` has.
nn::Metadata sealed(nn::Metadata metadata, const std::vector<nn::ArrayToWrite>& arrays) {
  metadata[kEntry] = kBlank;
  data::Sha256 hash;
  nn::write_safetensors([&](const void* bytes, std::size_t n) { hash.update(bytes, n); }, metadata,
                        arrays);
  metadata[kEntry] = hash.hex();
  return metadata;
}

/// Where in the file the seal's digits begin. Quotes inside of other entries are escaped, so the
/// entry's name and value stand in this form once.
std::size_t position_of(const std::string& digits, const nn::SafetensorsReader& file) {
  const std::string_view header = file.header();
  const std::string text = std::string("\"") + kEntry + "\":\"" + digits + "\"";
  const std::size_t at = header.find(text);
  nn::require(at != std::string_view::npos && header.find(text, at + 1) == std::string_view::npos,
              file.path(), "a header that does not have the entry 'sha256' once",
              "a header as ct2ct writes it", "give the file as it was written");
  return file.header_begin() + at + text.size() - 1 - digits.size();
}

bool is_digest(const std::string& text) {
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

void write_tensor_file(const std::string& path, nn::Metadata metadata,
                       const std::vector<nn::ArrayToWrite>& arrays, bool force) {
  metadata = sealed(std::move(metadata), arrays);
  data::AtomicFile file(path, force);
  nn::write_safetensors([&](const void* bytes, std::size_t count) { file.write(bytes, count); },
                        metadata, arrays);
  file.commit();
}

std::string sealed_bytes(nn::Metadata metadata, const std::vector<nn::ArrayToWrite>& arrays) {
  std::string bytes;
  nn::write_safetensors(
      [&](const void* part, std::size_t n) { bytes.append(static_cast<const char*>(part), n); },
      sealed(std::move(metadata), arrays), arrays);
  return bytes;
}

Seal checked_seal(const nn::SafetensorsReader& file, const std::string& kind,
                  const std::string& hint) {
  const nn::Metadata& metadata = file.metadata();
  const auto format = metadata.find("format");
  const std::string version = format == metadata.end() ? "" : format->second;
  nn::require(version == kind + " 1" || version == kind + " 2", file.path(),
              format == metadata.end() ? "no format in its metadata" : "format '" + version + "'",
              "'" + kind + " 2', or 1", hint);
  const auto entry = metadata.find(kEntry);
  Seal seal;
  seal.sealed = entry != metadata.end();
  nn::require(seal.sealed || version == kind + " 1", file.path(), "no 'sha256' in its metadata",
              "that of the file", "give the file as it was written");
  std::size_t begin = 0;
  std::size_t end = 0;
  if (seal.sealed) {
    nn::require(is_digest(entry->second), file.path(), "'sha256' of '" + entry->second + "'",
                "64 digits, a to f in lower case", "give the file as it was written");
    begin = position_of(entry->second, file);
    end = begin + kDigits;
  }
  data::Sha256 whole;
  data::Sha256 blanked;
  std::size_t at = 0;
  file.each_part([&](std::span<const std::byte> part) {
    const std::size_t from = std::clamp(begin, at, at + part.size()) - at;
    const std::size_t to = std::clamp(end, at, at + part.size()) - at;
    nn::parallel_for(seal.sealed ? 2 : 1, [&](nn::index task) {
      if (task == 0) {
        whole.update(part.data(), part.size());
      } else {
        blanked.update(part.data(), from);
        blanked.update(kBlank.data(), to - from);
        blanked.update(part.data() + to, part.size() - to);
      }
    });
    at += part.size();
  });
  seal.sha256 = whole.hex();
  if (seal.sealed) {
    const std::string found = blanked.hex();
    nn::require(found == entry->second, file.path(), "bytes with the SHA-256 " + found,
                entry->second + ", as its metadata say",
                "the file was damaged or changed after it was written: give a whole copy");
  }
  return seal;
}

std::string unsealed_warning(const nn::SafetensorsReader& file, const std::string& advice) {
  return file.path() +
         " is of an older format without a SHA-256 of its own: nobody can tell whether it is as it "
         "was written" +
         advice;
}

}  // namespace train
