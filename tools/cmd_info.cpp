#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/files/sha256.h"
#include "data/io/read.h"
#include "data/pictures/pictures.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/fill/record.h"
#include "train/predict/default_model.h"
#include "train/predict/model_file.h"
#include "train/recipe/scan_profile.h"

namespace tools {
namespace {

using Json = nlohmann::ordered_json;

Json describe_model(const std::string& path) {
  const train::Model model = train::Model::load(path);
  Json j;
  j["kind"] = "model";
  j["sha256"] = model.sha256();
  j["generator_params"] = model.parameter_count();
  j["integrity"] = model.sealed() ? "checked" : "unknown (older format)";
  j["self_test"] = "passed";
  j["recipe"] = nlohmann::json(model.recipe());
  j["training"] = nlohmann::json(model.training());
  return j;
}

/// Series that a DICOM folder holds. What names a patient is never read.
Json describe_series(const std::vector<data::DicomGroup>& groups) {
  Json list = Json::array();
  for (const data::DicomGroup& g : groups) {
    Json j;
    j["number"] = list.size() + 1;
    j["chosen"] = g.chosen;
    j["pictures"] = g.pictures;
    j["files"] = g.files;
    j["slices"] = g.slices;
    j["size"] = {g.rows, g.columns};
    j["series_instance_uid"] = g.series_instance_uid;
    j["series_number"] = g.series_number;
    j["description"] = g.description;
    j["image_type"] = g.image_type;
    j["kernel"] = g.kernel;
    j["acquisition"] = g.acquisition;
    j["transfer_syntax"] = g.transfer_syntax;
    j["first_file"] = g.first_file;
    j["pixel_spacing_mm"] = g.pixel_spacing;
    j["thickness_mm"] = g.thickness;
    j["window"] = g.window;
    j["tilt_degrees"] = g.tilt;
    j["tilt_tag_degrees"] = g.tilt_tag;
    j["steps"] = Json::array();
    for (const data::StepRun& s : g.steps) j["steps"].push_back({{"count", s.count}, {"mm", s.mm}});
    j["interpolated"] = g.interpolated;
    j["duplicates"] = g.duplicates;
    j["problem"] = g.problem;
    j["remedy"] = g.remedy;
    list.push_back(j);
  }
  return list;
}

void add_listing(Json& j, const data::DicomListing& listing) {
  if (listing.groups.empty() && listing.skipped.empty()) return;
  j["series"] = describe_series(listing.groups);
  j["skipped"] = Json::array();
  for (const data::DicomSkipped& s : listing.skipped) {
    j["skipped"].push_back({{"file", s.file}, {"reason", s.reason}});
  }
}

void add_stacks(Json& j, const std::vector<data::PictureStack>& stacks) {
  for (const data::PictureStack& s : stacks) {
    j["stacks"].push_back({{"number", j["stacks"].size() + 1},
                           {"chosen", s.chosen},
                           {"name", s.name},
                           {"pictures", s.pictures.size()},
                           {"first_file", s.pictures.front()},
                           {"size", {s.height, s.width}}});
  }
}

/// The volumes of a NIfTI file of four dimensions; nothing for other scans.
void add_volumes(Json& j, const data::NiftiVolumes& all, int chosen) {
  if (all.count == 1) return;
  j["volumes"] = Json::array();
  for (nn::index k = 0; k < all.count; ++k) {
    Json volume{{"number", k}, {"chosen", k == chosen}};
    if (all.seconds > 0) volume["seconds"] = static_cast<double>(k) * all.seconds;
    j["volumes"].push_back(volume);
  }
}

Json describe_volume(const data::Volume& v) {
  Json j;
  j["kind"] = "scan";
  j["format"] = v.format;
  j["dims"] = v.dims;
  j["spacing_mm"] = v.spacing;
  j["affine"] = v.affine;
  if (!v.positions.empty()) j["positions_mm"] = v.positions;
  j["stored_as"] = data::to_string(v.type);
  j["unit"] = data::to_string(v.unit);
  j["slope"] = v.slope;
  j["intercept"] = v.intercept;
  if (v.padding) j["padding"] = {v.padding->low, v.padding->high};
  j["slice_axis"] = v.slice_axis;
  j["slice_axis_because"] =
      v.slice_axis_reason.empty() ? "each image of the source is a slice" : v.slice_axis_reason;
  j["slices"] = v.slices();
  j["slice_size"] = {v.height(), v.width()};
  j["slice_spacing_mm"] = v.slice_spacing();
  double low = 0;
  double high = 0;
  for (nn::index k = 0; k < v.slices(); ++k) {
    const nn::Tensor s = v.slice(k);
    const auto [lo, hi] = std::minmax_element(s.data(), s.data() + s.numel());
    low = k == 0 ? static_cast<double>(*lo) : std::min(low, static_cast<double>(*lo));
    high = k == 0 ? static_cast<double>(*hi) : std::max(high, static_cast<double>(*hi));
  }
  j["window"] = train::to_window_json(data::window_of(v, {}));
  j["range"] = {low, high};
  if (v.unit == data::Unit::hu) j["profile"] = nlohmann::json(train::profile_of(v));
  j["sha256"] = v.sha256();
  j["stored_sha256"] = data::sha256_of(v.stored.data(), v.stored.size());
  if (const std::string before = data::interpolated_before(v); !before.empty()) {
    j["holds"] = before;
  }
  j["warnings"] = v.warnings;
  return j;
}

std::string short_number(const Json& value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value.get<double>());
  return text;
}

std::string steps_text(const Json& steps) {
  std::string text;
  for (const Json& s : steps) {
    text += (text.empty() ? "" : ", ") + s["count"].dump() + " x " + short_number(s["mm"]) + " mm";
  }
  return text.empty() ? "none" : text;
}

/// One series in three lines at most, the chosen one marked.
std::string series_text(const Json& s) {
  const auto part = [&](const char* name, const char* key) {
    const std::string value = s[key].get<std::string>();
    return value.empty() ? "" : std::string(", ") + name + value;
  };
  std::string text = s["chosen"].get<bool>() ? "* " : "  ";
  text += s["number"].dump() + ": " + s["slices"].dump() +
          (s["slices"] == 1 ? " slice of " : " slices of ") + s["size"][1].dump() + " x " +
          s["size"][0].dump() + " from " + s["files"].dump() +
          (s["files"] == 1 ? " image" : " images") +
          (s["pictures"].get<bool>() ? ", pictures, not HU" : "") +
          (s["interpolated"] == 0 ? "" : ", " + s["interpolated"].dump() + " interpolated") +
          part("", "image_type") + part("kernel ", "kernel") + part("window ", "window") +
          part("", "acquisition") + part("", "transfer_syntax") + part("\"", "description") +
          (s["description"].get<std::string>().empty() ? "" : "\"") + "\n";
  const std::string uid = s["series_instance_uid"].get<std::string>();
  text += "     " + (uid.empty() ? "no SeriesInstanceUID" : uid) + ", first " +
          s["first_file"].get<std::string>() + "\n";
  text += "     steps " + steps_text(s["steps"]) + "; thickness " +
          short_number(s["thickness_mm"]) + " mm; tilt " + short_number(s["tilt_degrees"]) +
          " degrees (tag: " + short_number(s["tilt_tag_degrees"]) + ")\n";
  if (!s["duplicates"].empty()) {
    text += "     copies left out: " +
            data::shortened(s["duplicates"].get<std::vector<std::string>>()) + "\n";
  }
  if (const std::string problem = s["problem"].get<std::string>(); !problem.empty()) {
    const std::string remedy = s["remedy"].get<std::string>();
    text += "     cannot be read: " + problem + (remedy.empty() ? "" : "; " + remedy) + "\n";
  }
  return text;
}

/// "key: value" lines; nested objects are indented, lists of texts have a line each. Slice by slice
/// positions are for JSON only.
std::string as_text(const Json& j, const std::string& indent = "") {
  std::string text;
  for (const auto& [key, value] : j.items()) {
    if (key == "positions_mm" || key == "affine") continue;
    if (value.is_object()) {
      text += indent + key + ":\n" + as_text(value, indent + "  ");
    } else if (key == "series") {
      text += "series, * is what is read:\n";
      for (const Json& s : value) text += series_text(s);
    } else if (key == "stacks") {
      text += "stacks of pictures, * is what is read:\n";
      for (const Json& s : value) {
        text += (s["chosen"].get<bool>() ? "* " : "  ") + s["number"].dump() + ": " +
                s["name"].get<std::string>() + ", " + s["pictures"].dump() + " pictures of " +
                s["size"][1].dump() + " x " + s["size"][0].dump() + "\n";
      }
    } else if (key == "volumes") {
      text += "volumes, * is what is read; --volume chooses:\n";
      for (const Json& v : value) {
        text += (v["chosen"].get<bool>() ? "* " : "  ") + v["number"].dump();
        text += v.contains("seconds") ? ", at " + short_number(v["seconds"]) + " s\n" : "\n";
      }
    } else if (key == "skipped") {
      text += value.empty() ? "skipped: none\n" : "skipped:\n";
      for (const Json& s : value) {
        text += "  " + s["file"].get<std::string>() + ": " + s["reason"].get<std::string>() + "\n";
      }
    } else if (key == "warnings") {
      text += value.empty() ? "warnings: none\n" : "warnings:\n";
      for (const Json& w : value) text += "  " + w.get<std::string>() + "\n";
    } else {
      text += indent + key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) +
              "\n";
    }
  }
  return text;
}

void print_json(const Json& j, bool as_json) {
  using Handler = Json::error_handler_t;
  // File names may hold bytes that are no UTF-8.
  print(as_json ? j.dump(2, ' ', false, Handler::replace) + "\n" : as_text(j));
}

void run_scan(const std::string& path, const data::ReadOptions& read, bool as_json,
              const Common& common) {
  data::DicomListing listing;
  const data::NiftiVolumes volumes = data::list_volumes(path);
  Json j;
  try {
    j = describe_volume(data::read_volume(path, read, &listing));
  } catch (const nn::Error& e) {
    // What was found says more than the error alone.
    if (listing.groups.empty() && listing.skipped.empty() && listing.stacks.size() < 2 &&
        volumes.count == 1) {
      throw;
    }
    j["kind"] = "scan that cannot be read";
    j["error"] = e.what();
    add_listing(j, listing);
    add_stacks(j, listing.stacks);
    add_volumes(j, volumes, -1);
    print_json(j, as_json);
    throw;
  }
  add_listing(j, listing);
  add_stacks(j, listing.stacks);
  add_volumes(j, volumes, read.volume);
  print_json(j, as_json);
  train::Messages messages(train::Say::nothing, common.strict);  // the listing has shown them
  messages.warn(j["warnings"].get<std::vector<std::string>>());
  messages.require_none();
}

}  // namespace

void add_info(CLI::App& app, const Common& common) {
  struct Options {
    std::string path;
    data::ReadOptions read;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("info", "Say what a scan or a model file is");
  cmd->add_option("path", o->path, "Scan or model file; default means the model in the box")
      ->required();
  add_read_options(*cmd, o->read);
  cmd->add_flag("--json", o->json, "Print JSON");
  set_help(*cmd, {{"Options", {"--json"}}},
           {{"What a scan is", "ct2ct info scan.nii.gz"},
            {"Which series a folder holds", "ct2ct info dicom/"},
            {"The model in the box", "ct2ct info default"}});
  cmd->final_callback([o, &common] {
    if (o->path == train::kDefaultModel || o->path.ends_with(".safetensors")) {
      print_json(describe_model(o->path), o->json);
    } else {
      run_scan(o->path, o->read, o->json, common);
    }
  });
}

}  // namespace tools
