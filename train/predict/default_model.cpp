#include "train/predict/default_model.h"

#include "data/files/sha256.h"

// The assembler puts the file into the program's read-only data.
asm(".section .rodata\n"
    ".balign 64\n"
    "ct2ct_default_model_begin:\n"
    ".incbin \"" CT2CT_DEFAULT_MODEL
    "\"\n"
    "ct2ct_default_model_end:\n"
    ".globl ct2ct_default_model_begin, ct2ct_default_model_end\n"
    ".previous\n");

extern "C" {
extern const std::byte ct2ct_default_model_begin[], ct2ct_default_model_end[];
}

namespace train {

std::span<const std::byte> default_model() {
  return {ct2ct_default_model_begin, ct2ct_default_model_end};
}

nn::SafetensorsReader open_model(const std::string& path) {
  if (path == kDefaultModel) return {path, default_model()};
  return nn::SafetensorsReader(path);
}

std::string sha256_of_model(const std::string& path) {
  if (path != kDefaultModel) return data::sha256_of_file(path);
  return data::sha256_of(default_model().data(), default_model().size());
}

}  // namespace train
