#include "train/fit/run_folder.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "data/files/atomic_file.h"
#include "data/files/sha256.h"
#include "nn/core/error.h"
#include "train/program/version.h"
#include "train/recipe/sources.h"

namespace train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOwnFiles[] = {
    "config.json", "losses.csv",     "validation.csv",      "model.safetensors",
    "losses.svg",  "validation.svg", "batches.safetensors", "checkpoint.safetensors",
    "samples",     "live.html",      "losses.png"};  // of version 0.1

[[noreturn]] void cannot(const std::string& path, const std::string& what) {
  throw nn::Error(nn::Fault::input, path, what, "a folder that can be written to",
                  "choose another --out");
}

nlohmann::ordered_json json_of(const RunConfig& c) {
  nlohmann::ordered_json j;
  j["format"] = "ct2ct run 1";
  j["ct2ct_version"] = kVersion;
  j["recipe"] = nlohmann::json(c.recipe);
  j["sources"] = nlohmann::json(c.sources);
  if (!c.from.empty()) {
    j["from"] = c.from;
    j["before"] = nlohmann::json(c.before);
  }
  j["data_sha256"] = c.data_sha256;
  j["axis"] = c.read.axis;
  if (c.read.volume != -1) j["volume"] = c.read.volume;
  j["series"] = c.read.series;
  j["by_instance_number"] = c.read.by_instance_number;
  if (c.read.spacing) j["spacing_xyz"] = *c.read.spacing;
  j["seed"] = c.seed;
  j["total_steps"] = c.total;
  j["steps_per_epoch"] = c.steps_per_epoch;
  j["minutes"] = c.minutes;
  j["measured_step_ms"] = c.measured_step_ms;
  j["device"] = c.arithmetic.device;
  j["gemm"] = c.arithmetic.gemm;
  j["winograd"] = c.arithmetic.winograd != nn::WinogradUse::never;
  if (c.build) j["build"] = nlohmann::json(*c.build);
  j["command"] = c.command;
  return j;
}

void require_same(const std::string& folder, const char* what, const std::string& began,
                  const std::string& now, const std::string& hint) {
  nn::require(began == now, folder,
              "a run begun with " + std::string(what) + " " + began + ", now " + now,
              "the same, or the bits change", hint);
}

}  // namespace

bool RunFolder::has(const std::string& name) const { return fs::exists(file(name)); }

void RunFolder::check_free(bool force) const {
  data::require_folder_name(path_);
  std::error_code error;
  if (!fs::exists(path_, error)) return;
  if (!fs::is_directory(path_, error)) cannot(path_, "exists and is no folder");
  nn::require(force || fs::is_empty(path_, error), path_, "exists already", "a new folder",
              "choose another --out, go on with --resume, or replace it with --force");
}

void RunFolder::create() const {
  std::error_code error;
  for (const char* name : kOwnFiles) fs::remove_all(file(name), error);
  fs::create_directories(file("samples"), error);
  if (error) cannot(path_, "cannot be made (" + error.message() + ")");
}

void RunFolder::complete() const {
  std::error_code error;
  fs::create_directories(file("samples"), error);
  if (error) cannot(path_, "cannot be completed (" + error.message() + ")");
}

void RunFolder::remove_leftovers() const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") && name.ends_with(".tmp")) fs::remove(entry.path(), error);
  }
}

void RunFolder::save_config(const RunConfig& config) const {
  // File names may hold bytes that are no UTF-8.
  const auto replace = nlohmann::ordered_json::error_handler_t::replace;
  const std::string text = json_of(config).dump(2, ' ', false, replace) + "\n";
  data::write_file(file("config.json"), text.data(), text.size(), /*force=*/true);
}

std::string RunFolder::config_sha256() const {
  std::ifstream in(file("config.json"));
  auto j = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  nn::require(j.is_object(), file("config.json"), "no JSON object", "the configuration of a run",
              "start a new run");
  for (const char* name : {"build", "command", "minutes", "measured_step_ms"}) j.erase(name);
  using Handler = nlohmann::json::error_handler_t;
  const std::string text = j.dump(-1, ' ', false, Handler::replace);
  return data::sha256_of(text.data(), text.size());
}

RunConfig RunFolder::load_config() const {
  std::ifstream in(file("config.json"));
  nn::require(static_cast<bool>(in), path_, "no config.json", "the folder of a run",
              "start one without --resume");
  RunConfig c;
  try {
    const auto j = nlohmann::json::parse(in);
    require_whole_numbers(json_of(c), j);
    j.at("recipe").get_to(c.recipe);
    c.data_sha256 = j.at("data_sha256").get<std::string>();
    c.read.axis = j.at("axis").get<int>();
    c.read.volume = j.value("volume", -1);
    c.read.series = j.value("series", std::string());  // runs from before DICOM have neither
    c.read.by_instance_number = j.value("by_instance_number", false);
    if (j.contains("spacing_xyz")) c.read.spacing = j["spacing_xyz"].get<std::array<double, 3>>();
    c.seed = j.at("seed").get<std::uint64_t>();
    c.total = j.at("total_steps").get<std::uint64_t>();
    c.steps_per_epoch = j.at("steps_per_epoch").get<std::uint64_t>();
    c.minutes = j.at("minutes").get<double>();
    c.measured_step_ms = j.at("measured_step_ms").get<double>();
    c.from = j.value("from", std::string());
    c.before = j.value("before", std::vector<SourceInfo>());
    // Runs from before Winograd existed are without, those from before 2026-12 say no device.
    c.arithmetic.device = j.value("device", std::string());
    c.arithmetic.gemm = j.value("gemm", std::string());
    if (!j.value("winograd", false)) c.arithmetic.winograd = nn::WinogradUse::never;
    if (j.contains("build")) c.build = j["build"].get<BuildInfo>();
    c.command = j.value("command", std::vector<std::string>());
  } catch (const std::exception& error) {
    throw nn::Error(nn::Fault::input, file("config.json"),
                    std::string("cannot be read (") + error.what() + ")",
                    "the configuration of a run", "start a new run");
  }
  return c;
}

std::vector<std::string> RunFolder::check_going_on(const RunConfig& config) const {
  std::vector<std::string> warnings;
  const nn::Arithmetic& began = config.arithmetic;
  const nn::Arithmetic now = nn::arithmetic();
  if (began.device.empty()) {
    warnings.push_back(
        path_ +
        " was begun by an older version, which did not record device and CT2CT_GEMM: "
        "bits are those of an unbroken run only if both are as they were");
  } else {
    require_same(path_, "--device", began.device, now.device, "give --device " + began.device);
    require_same(path_, "CT2CT_GEMM", began.gemm, now.gemm,
                 "run with the environment variable CT2CT_GEMM=" + began.gemm);
  }
  const bool without = began.winograd == nn::WinogradUse::never;
  const bool now_without = now.winograd == nn::WinogradUse::never;
  require_same(path_, "Winograd", without ? "off" : "on", now_without ? "off" : "on",
               without ? "give --no-winograd" : "leave --no-winograd out");
  if (!config.build) return warnings;
  const std::string other = difference(*config.build, build_info());
  if (!other.empty()) {
    warnings.push_back(path_ +
                       " was begun by another build, so its bits may differ from those of an "
                       "unbroken run: " +
                       other);
  }
  return warnings;
}

CsvLog::CsvLog(const std::string& path, const std::string& header, std::uint64_t keep_below)
    : path_(path) {
  std::string kept = header + "\n";
  if (keep_below > 0) {
    std::ifstream old(path);
    std::string line;
    std::getline(old, line);  // the header
    while (std::getline(old, line)) {
      const std::uint64_t step = std::strtoull(line.c_str(), nullptr, 10);
      if (old.eof() || step >= keep_below) break;  // a line without its end was cut off by a kill
      kept += line + "\n";
    }
  }
  data::write_file(path, kept.data(), kept.size(), /*force=*/true);
  file_.reset(std::fopen(path.c_str(), "a"));
  if (file_ == nullptr) cannot(path, "cannot be written");
}

void CsvLog::add(const std::string& line) {
  const bool ok =
      std::fprintf(file_.get(), "%s\n", line.c_str()) > 0 && std::fflush(file_.get()) == 0;
  if (!ok) throw nn::Error(nn::Fault::job, path_, "cannot be written", "", "is the disk full?");
}

}  // namespace train
