// What the fuzz targets share: files for readers that take a path.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "data/volume/volume.h"

namespace fuzz {

namespace fs = std::filesystem;

/// A folder in memory, if the machine has one, that ends with the program.
class Scratch {
 public:
  Scratch() {
    std::error_code error;
    const fs::path memory = "/dev/shm";
    const fs::path parent = fs::is_directory(memory, error) ? memory : fs::temp_directory_path();
    path_ = parent / ("ct2ct_fuzz_" + std::to_string(::getpid()));
    fs::create_directories(path_);
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string folder() const { return path_.string(); }

 private:
  fs::path path_;
};

inline const Scratch& scratch() {
  static const Scratch folder;
  return folder;
}

/// The path of a file with those bytes.
inline std::string file_of(const std::string& bytes, const std::string& name = "input") {
  const std::string path = scratch() / name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

inline std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// All that is done with a scan before a network sees it.
inline void use(const data::Volume& v) {
  for (nn::index k = 0; k < std::min<nn::index>(v.slices(), 4); ++k) {
    static_cast<void>(v.slice(k));
  }
  if (v.voxels() < 4096) static_cast<void>(v.expanded(2));
}

}  // namespace fuzz
