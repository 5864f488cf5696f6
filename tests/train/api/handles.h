// Objects of the library that free themselves.
#pragma once

#include <memory>
#include <string>

#include "tests/catch.h"
#include "train/api/ct2ct.h"

namespace api_test {

struct Free {
  void operator()(ct2ct_scan* s) const { ct2ct_scan_free(s); }
  void operator()(ct2ct_model* m) const { ct2ct_model_free(m); }
  void operator()(ct2ct_options* o) const { ct2ct_options_free(o); }
};
using Scan = std::unique_ptr<ct2ct_scan, Free>;
using Model = std::unique_ptr<ct2ct_model, Free>;
using Options = std::unique_ptr<ct2ct_options, Free>;

inline void fine(ct2ct_status status) {
  INFO(ct2ct_last_error());
  REQUIRE(status == CT2CT_OK);
}

/// Wrong input, with this in its line.
inline void refused(ct2ct_status status, const std::string& says) {
  const std::string error = ct2ct_last_error();
  INFO(error);
  CHECK(status == CT2CT_WRONG_INPUT);
  CHECK(error.find(says) != std::string::npos);
  CHECK(error.find('\n') == std::string::npos);
}

inline Options options(std::initializer_list<std::pair<const char*, const char*>> values) {
  ct2ct_options* o = nullptr;
  fine(ct2ct_options_new(&o));
  Options owner(o);
  for (const auto& [name, value] : values) fine(ct2ct_set(o, name, value));
  return owner;
}

inline Scan read(const std::string& path, const ct2ct_options* o = nullptr) {
  ct2ct_scan* scan = nullptr;
  fine(ct2ct_read(path.c_str(), o, &scan));
  return Scan(scan);
}

inline Scan fill(const Scan& scan, const Options& o, const ct2ct_model* model = nullptr) {
  ct2ct_scan* filled = nullptr;
  fine(ct2ct_fill(scan.get(), model, o.get(), nullptr, nullptr, &filled));
  return Scan(filled);
}

inline ct2ct_volume volume(const Scan& scan) {
  ct2ct_volume v = CT2CT_VOLUME_INIT;
  fine(ct2ct_scan_volume(scan.get(), &v));
  return v;
}

/// Stored bytes of a scan whose values have 16 bits, as all of these tests' have.
inline std::string voxels(const Scan& scan) {
  const ct2ct_volume v = volume(scan);
  REQUIRE(v.datatype == CT2CT_INT16);
  const auto count = static_cast<std::size_t>(v.size[0] * v.size[1] * v.size[2]) * 2;
  return {static_cast<const char*>(v.voxels), count};
}

inline Model box() {
  ct2ct_model* m = nullptr;
  fine(ct2ct_model_load(nullptr, nullptr, &m));
  return Model(m);
}

}  // namespace api_test
