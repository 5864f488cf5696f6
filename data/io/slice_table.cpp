#include "data/io/write.h"

#include <array>
#include <charconv>
#include <cmath>

#include "data/volume/source.h"

namespace data {
namespace {

std::string number(double v) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v);
  return {text.data(), end.ptr};
}

/// Quoted where the text would otherwise end the field.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string uid_of(const Volume& v, nn::index slice) {
  const auto k = static_cast<std::size_t>(slice);
  return v.dicom && k < v.dicom->slices.size() ? v.dicom->slices[k].sop_instance_uid : "";
}

bool knows_millimetres(const Volume& v) {
  return v.unit != Unit::grey8 || v.oriented || v.spacing[0] != 1 || v.spacing[1] != 1;
}

}  // namespace

std::string source_name(const Volume& volume, nn::index slice) {
  const auto k = static_cast<std::size_t>(slice);
  if (volume.dicom && k < volume.dicom->slices.size()) {
    const DicomSlice& s = volume.dicom->slices[k];
    return s.frame > 0 ? s.file + " frame " + std::to_string(s.frame) : s.file;
  }
  if (k < volume.names.size()) return volume.names[k];
  return std::to_string(slice);
}

std::string slice_table(const Volume& volume, const Provenance& provenance) {
  std::string text =
      "index,x_mm,y_mm,z_mm,kind,source,source_uid,before,before_uid,after,after_uid,t,method,"
      "expected_error_hu,program,model_sha256\r\n";
  const auto named = [&](nn::index slice) {
    return field(source_name(volume, slice)) + "," + field(uid_of(volume, slice));
  };
  for (nn::index k = 0; k < volume.slices(); ++k) {
    const SliceOrigin origin = volume.origin(k);
    text += std::to_string(k);
    const std::string resampled = volume.resampled ? " resampled" : "";
    const Position p = volume.position(k);
    for (const double x : p) text += "," + (knows_millimetres(volume) ? number(x) : "");
    if (origin.synthetic()) {
      text += ",synthetic" + resampled + ",,," + named(origin.before) + "," + named(origin.after) +
              "," + number(origin.t) + "," + field(origin.method) + ",";
      if (origin.expected_error) text += number(std::round(100 * *origin.expected_error) / 100);
      text += "," + (provenance.version.empty() ? "" : field("ct2ct " + provenance.version)) + ",";
      if (origin.weights) text += provenance.weights_sha256;
    } else {
      text += ",real" + resampled + "," + named(origin.before) + ",,,,,,,,,";
    }
    text += "\r\n";
  }
  return text;
}

std::string stem_of(const std::string& output) {
  std::string name = output;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  for (const std::string end : {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"}) {
    if (!name.ends_with(end)) continue;
    name.resize(name.size() - end.size());
    break;
  }
  return name;
}

}  // namespace data
