#include "train/fill/build_info.h"

#include <gnu/libc-version.h>
#include <link.h>

#include <ct2ct_commit.h>  // made by commit.cmake
#include <ct2ct_flags.h>   // made by CMakeLists.txt
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/dicom/dicom.h"
#include "nn/backend/cpu/micro_kernel.h"
#include "nn/backend/gpu/device.h"
#include "train/predict/default_model.h"
#include "train/program/version.h"

namespace train {
namespace {

std::vector<data::Library> all_libraries() {
  std::vector<data::Library> all{{"Eigen", CT2CT_EIGEN_VERSION, "header-only"},
                                 {"nlohmann_json", CT2CT_JSON_VERSION, "header-only"},
                                 {"CLI11", CT2CT_CLI11_VERSION, "header-only"},
                                 {"libstdc++", std::to_string(_GLIBCXX_RELEASE), "linked"},
                                 {"glibc", gnu_get_libc_version(), "linked"}};
  const std::string openmp = CT2CT_OPENMP_VERSION;
  if (!openmp.empty()) all.push_back({"OpenMP", openmp, "linked"});
  const std::string httplib = CT2CT_HTTPLIB_VERSION;
  if (!httplib.empty()) all.push_back({"cpp-httplib", httplib, CT2CT_HTTPLIB_HOW});
  for (auto& library : data::libraries()) all.push_back(std::move(library));
  for (auto& library : data::dicom_libraries()) all.push_back(std::move(library));
  return all;
}

int add_name(dl_phdr_info* object, std::size_t, void* names) {
  const std::string name = std::filesystem::path(object->dlpi_name).filename().string();
  if (name.find(".so") != std::string::npos) {
    static_cast<std::vector<std::string>*>(names)->push_back(name);
  }
  return 0;
}

std::vector<std::string> loaded_libraries() {
  std::vector<std::string> names;
  dl_iterate_phdr(add_name, &names);
  std::sort(names.begin(), names.end());
  return names;
}

/// The shared library (train/api/) links to some that are compiled into the program.
void correct(std::vector<data::Library>& libraries, const std::vector<std::string>& loaded) {
  for (data::Library& l : libraries) {
    const bool shared = std::any_of(loaded.begin(), loaded.end(), [&](const std::string& file) {
      return file.starts_with("lib" + l.name + ".so");
    });
    if (shared && l.how == "compiled in") l.how = "linked";
  }
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

}  // namespace

BuildInfo build_info() {
  BuildInfo b;
  b.version = kVersion;
  b.commit = CT2CT_COMMIT;
  const std::string changed = CT2CT_COMMIT_CHANGED;
  if (changed != "unknown") b.changed = changed == "yes";
  b.compiler = CT2CT_COMPILER;
  b.build_type = CT2CT_BUILD_TYPE;
  b.flags = CT2CT_FLAGS;
  b.system = CT2CT_SYSTEM;
  b.libraries = all_libraries();
  b.loaded = loaded_libraries();
  correct(b.libraries, b.loaded);
  const bool tiff = std::any_of(b.libraries.begin(), b.libraries.end(),
                                [](const data::Library& l) { return l.name == "libtiff"; });
  b.options = {{"CT2CT_DICOM", !data::dicom_libraries().empty()},
               {"CT2CT_TIFF", tiff},
               {"CT2CT_APP", std::string(CT2CT_HTTPLIB_VERSION) != ""},
               {"CT2CT_OPENMP", std::string(CT2CT_OPENMP_VERSION) != ""}};
  for (const char* isa : {"scalar", "avx2", "avx512"}) {
    if (nn::cpu::micro_kernel_named(isa) != nullptr) b.kernels.emplace_back(isa);
  }
  b.kernel = nn::cpu::micro_kernel().isa;
  b.cuda = nn::gpu::cuda_in_this_build();
  b.default_model_sha256 = sha256_of_model(kDefaultModel);
  return b;
}

void to_json(nlohmann::json& j, const BuildInfo& b) {
  auto libraries = nlohmann::json::array();
  for (const data::Library& l : b.libraries) {
    libraries.push_back({{"name", l.name}, {"version", l.version}, {"how", l.how}});
  }
  j = {{"version", b.version},
       {"commit", b.commit},
       {"changed", b.changed ? nlohmann::json(*b.changed) : nlohmann::json()},
       {"compiler", b.compiler},
       {"build_type", b.build_type},
       {"flags", b.flags},
       {"system", b.system},
       {"options", b.options},
       {"libraries", libraries},
       {"loaded", b.loaded},
       {"kernels", b.kernels},
       {"kernel", b.kernel},
       {"cuda", b.cuda},
       {"default_model_sha256", b.default_model_sha256}};
}

void from_json(const nlohmann::json& j, BuildInfo& b) {
  j.at("version").get_to(b.version);
  j.at("commit").get_to(b.commit);
  if (!j.at("changed").is_null()) b.changed = j["changed"].get<bool>();
  j.at("compiler").get_to(b.compiler);
  j.at("build_type").get_to(b.build_type);
  j.at("flags").get_to(b.flags);
  j.at("system").get_to(b.system);
  j.at("options").get_to(b.options);
  for (const auto& l : j.at("libraries")) {
    b.libraries.push_back({l.at("name").get<std::string>(), l.at("version").get<std::string>(),
                           l.at("how").get<std::string>()});
  }
  j.at("loaded").get_to(b.loaded);
  j.at("kernels").get_to(b.kernels);
  j.at("kernel").get_to(b.kernel);
  b.cuda = j.value("cuda", "");  // records of older versions have none
  j.at("default_model_sha256").get_to(b.default_model_sha256);
}

std::string difference(const BuildInfo& a, const BuildInfo& b) {
  std::vector<std::string> parts;
  const auto compare = [&](const char* what, const std::string& x, const std::string& y) {
    if (x != y) parts.push_back(std::string(what) + " " + x + " and " + y);
  };
  const auto commit_of = [](const BuildInfo& x) {
    return x.commit + (x.changed.value_or(false) ? " with changes" : "");
  };
  compare("version", a.version, b.version);
  compare("commit", commit_of(a), commit_of(b));
  compare("compiler", a.compiler, b.compiler);
  compare("build type", a.build_type, b.build_type);
  compare("flags", a.flags, b.flags);
  for (const data::Library& l : a.libraries) {
    const auto other = std::find_if(b.libraries.begin(), b.libraries.end(),
                                    [&](const data::Library& o) { return o.name == l.name; });
    compare(l.name.c_str(), l.version, other == b.libraries.end() ? "none" : other->version);
  }
  return joined(parts, "; ");
}

std::string text_of(const BuildInfo& b) {
  const auto option = [&](const char* name) { return b.options.at(name); };
  std::vector<std::string> libraries;
  for (const data::Library& l : b.libraries) libraries.push_back(l.name + " " + l.version);
  std::string text = "ct2ct " + b.version + "\ncommit: " + b.commit;
  if (b.changed.value_or(false)) text += ", with changes that are in no commit";
  text += "\nbuild: " + b.compiler + ", " + b.build_type + ", " + b.system;
  text += option("CT2CT_OPENMP") ? "\nthreads: OpenMP" : "\nthreads: none (built without OpenMP)";
  const bool v3 = b.flags.find("-march=x86-64-v3") != std::string::npos;
  text += std::string("\ncpu backend: x86-64") + (v3 ? "-v3" : "") + ", micro-kernels for " +
          joined(b.kernels, " ") + "; this run uses " + b.kernel + " (CT2CT_ISA chooses)";
  text += "\ncuda backend: ";
  text += b.cuda.empty() ? "not in this build"
                         : b.cuda + "; compiled, equal by emulation, never run on a GPU";
  if (b.options.contains("CT2CT_MPI")) {
    const bool mpi = option("CT2CT_MPI");
    text +=
        "\nseveral processes: " + (mpi ? b.libraries.back().version : "none (built without MPI)");
  }
  text += "\nformats: ";
  if (option("CT2CT_DICOM")) text += "DICOM, ";
  text += "NIfTI, NRRD, MetaImage, ";
  if (option("CT2CT_TIFF")) text += "TIFF, ";
  text += "PNG and JPEG folders, zip";
  if (!option("CT2CT_DICOM")) text += "; no DICOM (built with CT2CT_DICOM=OFF)";
  if (!option("CT2CT_TIFF")) text += "; no TIFF (built with CT2CT_TIFF=OFF)";
  if (!option("CT2CT_APP")) text += "\napp: not in this build (built with CT2CT_APP=OFF)";
  text += "\nlibraries: " + joined(libraries, ", ");
  text += "\nmodel in the box: SHA-256 " + b.default_model_sha256;
  return text + "\n--version --json prints flags and more";
}

}  // namespace train
