#include "tests/fuzz/targets.h"

#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <span>

#include "data/files/gzip.h"
#include "data/nifti/nifti.h"
#include "data/pictures/picture.h"
#include "data/pictures/pictures.h"
#include "nn/core/error.h"
#include "nn/io/safetensors.h"
#include "tests/data/nifti/nifti_bytes.h"
#include "tests/data/pictures/picture_files.h"
#include "tests/fuzz/scratch.h"
#include "train/fit/run_folder.h"
#include "train/recipe/recipe.h"

namespace fuzz {
namespace {

/// The third of several volumes, or the last.
void read_nifti(const std::string& bytes) {
  const std::string path = file_of(bytes);
  const nn::index volumes = std::min<nn::index>(data::nifti_volumes(path).count, 3);
  use(data::read_nifti(path, {.volume = static_cast<int>(volumes) - 1}));
}

std::vector<std::string> nifti_seeds() {
  const std::string plain = data_test::small_nifti();
  const std::string path = scratch() / "seed";
  gzFile out = gzopen(path.c_str(), "wb");
  gzwrite(out, plain.data(), static_cast<unsigned>(plain.size()));
  gzclose(out);
  data_test::HeaderBytes turned = data_test::small_header();
  turned.sform(1, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}).swap_bytes();
  const std::string voxels = data_test::bytes_of_values(data_test::counting(24));
  data_test::HeaderBytes series({2, 3, 2, 2}, data_test::kInt16, 16, {1, 1, 2, 3});
  series.set<char>(39, 1 << 4);
  return {plain, contents(path), turned.str() + voxels, data_test::small_nifti2() + voxels,
          series.str() + voxels};
}

void read_gzip(const std::string& bytes) {
  data::GzipReader reader(file_of(bytes));
  std::vector<char> some(4096);
  while (reader.read(some.data(), some.size()) == some.size()) {
  }
}

std::vector<std::string> gzip_seeds() { return {nifti_seeds()[1]}; }

void read_picture(const std::string& bytes) {
  const auto file = std::as_bytes(std::span(bytes));
  if (!data::looks_like_picture(file)) return;
  static_cast<void>(data::decode_grey(file, "input"));
  static_cast<void>(data::decode_picture(file, "input"));
}

std::vector<std::string> picture_seeds() {
  using data_test::exif_bytes;
  using data_test::jpeg_with_exif;
  using data_test::png_bytes;
  using data_test::png_with_exif;
  return {png_bytes(2, 1, 8, 0, {1, 2}),
          png_bytes(1, 1, 16, 2, {1, 2, 3, 4, 5, 6}),
          png_bytes(1, 1, 8, 6, {1, 2, 3, 4}),
          data_test::kJpeg,
          png_with_exif(png_bytes(2, 1, 8, 0, {1, 2}), exif_bytes(6, false)),
          jpeg_with_exif(data_test::kJpeg, exif_bytes(8, true))};
}

void read_zip(const std::string& bytes) {
  data::PictureList list = data::list_pictures(file_of(bytes));
  data::choose_stack(list, "");
  use(data::stack_pictures(list));
}

std::vector<std::string> zip_seeds() {
  const std::string path = scratch() / "seed.zip";
  const std::vector<std::string> pictures = picture_seeds();
  int code = 0;
  zip_t* z = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  for (const char* name : {"a/1.png", "a/2.png"}) {
    const std::string& bytes = pictures.front();
    zip_file_add(z, name, zip_source_buffer(z, bytes.data(), bytes.size(), 0), 0);
  }
  zip_close(z);
  return {contents(path)};
}

void read_safetensors(const std::string& bytes) {
  const nn::SafetensorsReader file(file_of(bytes));
  for (const auto& [name, entry] : file.entries()) static_cast<void>(file.read<float>(name));
}

std::vector<std::string> safetensors_seeds() {
  const std::string start = R"({"__metadata__":{"a":"b"},"x":{"dtype":)";
  const std::string header = start + R"("F32","shape":[2,1],"data_offsets":[0,8]}})";
  const std::string half = start + R"("F16","shape":[2,1],"data_offsets":[0,4]}})";
  const auto with_length = [](const std::string& text) {
    std::string length(8, '\0');
    length[0] = static_cast<char>(text.size());
    return length + text;
  };
  return {with_length(header) + std::string(8, '\0'), with_length(half) + std::string(4, '\0')};
}

void read_config(const std::string& bytes) {
  file_of(bytes, "config.json");
  static_cast<void>(train::RunFolder(scratch().folder()).load_config());
}

std::vector<std::string> config_seeds() {
  train::RunConfig config;
  config.recipe = train::recipe_named("residual");
  config.sources = {{"scan", "0123", 3, 16, 16, 2.5, "HU"}};
  train::RunFolder(scratch().folder()).save_config(config);
  return {contents(scratch() / "config.json")};
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> all{
      {"nifti", read_nifti, nifti_seeds},
      {"nrrd", read_nrrd, nrrd_seeds},
      {"metaimage", read_metaimage, metaimage_seeds},
#ifdef CT2CT_HAS_TIFF
      {"tiff", read_tiff, tiff_seeds},
#endif
      {"gzip", read_gzip, gzip_seeds},
      {"picture", read_picture, picture_seeds},
      {"zip", read_zip, zip_seeds},
      {"safetensors", read_safetensors, safetensors_seeds},
      {"config", read_config, config_seeds},
      {"model", read_model, model_seeds},
#ifdef CT2CT_HAS_APP
      {"request", read_request, request_seeds},
#endif
#ifdef CT2CT_HAS_DICOM
      {"dicom", read_dicom, dicom_seeds},
#endif
  };
  return all;
}

bool accepted(const Target& target, const std::string& bytes) {
  try {
    target.read(bytes);
    return true;
  } catch (const nn::Error&) {
    return false;
  }
}

}  // namespace fuzz
