// What is fuzzed: every reader of a file that a stranger may have made. A reader of another format
// adds a line to targets() and its seeds; tools/fuzz.sh, the replay test and CI then know it.
#pragma once

#include <string>
#include <vector>

namespace fuzz {

struct Target {
  const char* name;
  /// Reads the bytes. nn::Error is the reader's right; anything else that leaves it is a bug.
  void (*read)(const std::string& bytes);
  /// Small files that the reader accepts, to start from.
  std::vector<std::string> (*seeds)();
};

const std::vector<Target>& targets();

/// Runs the reader on the bytes, and lets nn::Error pass. True if the file was accepted.
bool accepted(const Target& target, const std::string& bytes);

/// In files of their own.
void read_dicom(const std::string& bytes);
std::vector<std::string> dicom_seeds();
void read_nrrd(const std::string& bytes);
std::vector<std::string> nrrd_seeds();
void read_metaimage(const std::string& bytes);
std::vector<std::string> metaimage_seeds();
void read_tiff(const std::string& bytes);
std::vector<std::string> tiff_seeds();
void read_model(const std::string& bytes);
std::vector<std::string> model_seeds();
void read_request(const std::string& bytes);
std::vector<std::string> request_seeds();

}  // namespace fuzz
