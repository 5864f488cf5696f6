#include "train/app/requests.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "train/app/places.h"
#include "train/app/refused.h"

namespace train::app {
namespace {

constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kMostFiles = 65536;  // as many as a reader takes
constexpr std::size_t kMostScans = 64;

std::string in_quotes(const std::string& text) {
  return "'" + (text.size() > 80 ? text.substr(0, 77) + "..." : text) + "'";
}

/// The fields of one object, each of which must be asked for.
class Fields {
 public:
  Fields(const Json& j, std::string where) : json_(j), where_(std::move(where)) {
    allow(j.is_object(), 400, where_, j.type_name(), "an object");
  }

  const Json* find(const char* name) {
    known_.insert(name);
    const auto at = json_.find(name);
    return at == json_.end() || at->is_null() ? nullptr : &*at;
  }
  const Json& get(const char* name) {
    const Json* at = find(name);
    allow(at != nullptr, 400, path(name), "nothing", "a value");
    return *at;
  }
  std::string text(const char* name) { return to_text(get(name), path(name)); }
  std::optional<std::string> text_or_none(const char* name) {
    const Json* at = find(name);
    if (at == nullptr) return {};
    return to_text(*at, path(name));
  }
  std::string one_of(const char* name, const std::vector<std::string>& words) {
    return chosen(text(name), words, path(name));
  }
  std::vector<std::string> many_of(const char* name, const std::vector<std::string>& words) {
    const Json* list = find(name);
    std::vector<std::string> all;
    if (list == nullptr) return all;
    allow(list->is_array() && list->size() <= words.size(), 400, path(name), list->type_name(),
          "a list of at most " + std::to_string(words.size()));
    for (const Json& item : *list)
      all.push_back(chosen(to_text(item, path(name)), words, path(name)));
    return all;
  }
  bool flag(const char* name) {
    const Json* at = find(name);
    allow(at == nullptr || at->is_boolean(), 400, path(name), at != nullptr ? at->type_name() : "",
          "true or false");
    return at != nullptr && at->get<bool>();
  }
  /// 0 where it is missing.
  double number(const char* name, double low, double high) {
    const Json* at = find(name);
    if (at == nullptr) return 0;
    const double value = at->is_number() ? at->get<double>() : NAN;
    allow(std::isfinite(value) && value >= low && value <= high, 400, path(name),
          at->is_number() ? at->dump() : at->type_name(),
          "a number from " + Json(low).dump() + " to " + Json(high).dump(), "", "number");
    return value;
  }
  /// Refuses what nobody asked for.
  void end() const {
    for (const auto& item : json_.items()) {
      allow(known_.contains(item.key()), 400, where_, "unknown field " + in_quotes(item.key()),
            "the fields of this request");
    }
  }

 private:
  std::string path(const char* name) const { return where_ + "." + name; }
  static std::string to_text(const Json& j, const std::string& where) {
    allow(j.is_string(), 400, where, j.type_name(), "a text");
    const auto& text = j.get_ref<const std::string&>();
    allow(text.size() <= kLongestText && text.find('\0') == std::string::npos, 400, where,
          "a text of " + std::to_string(text.size()) + " bytes",
          "at most " + std::to_string(kLongestText) + " without a zero");
    return text;
  }
  static std::string chosen(const std::string& word, const std::vector<std::string>& words,
                            const std::string& where) {
    std::string all;
    for (const std::string& w : words) all += (all.empty() ? "" : ", ") + w;
    allow(std::count(words.begin(), words.end(), word) == 1, 400, where, in_quotes(word),
          "one of " + all);
    return word;
  }

  const Json& json_;
  std::string where_;
  std::set<std::string> known_;
};

std::string id_in(Fields& fields, const char* name) {
  std::string id = fields.text(name);
  allow(is_id(id), 400, name, in_quotes(id), "an id that open has given");
  return id;
}

/// Levels of brackets outside of texts.
int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inside) {
      if (c == '\\') ++i;
      if (c == '"') inside = false;
    } else if (c == '"') {
      inside = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Json object_from(std::string_view body) {
  allow(depth_of(body) <= kDeepest, 400, "request",
        "more than " + std::to_string(kDeepest) + " levels", "JSON of few levels");
  Json j = Json::parse(body, nullptr, false);
  allow(j.is_object(), 400, "request", j.is_discarded() ? "no JSON" : j.type_name(),
        "an object of JSON");
  return j;
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string kind_from(const Json& body) {
  Fields fields(body, "request");
  return fields.one_of("kind", {"interpolate", "train"});
}

InterpolateRequest interpolate_from(const Json& body) {
  Fields fields(body, "request");
  InterpolateRequest r;
  fields.one_of("kind", {"interpolate"});
  r.scan = id_in(fields, "scan");
  r.series = fields.text_or_none("series");
  const double factor = fields.number("factor", 2, 10);
  r.spacing = fields.number("spacing", 0.01, 1000);
  allow(factor == std::floor(factor), 400, "request.factor", Json(factor).dump(),
        "a whole number from 2 to 10");
  allow((factor > 0) != (r.spacing > 0), 400, "request", "factor and spacing, or none of them",
        "one of them");
  r.factor = static_cast<int>(factor);
  r.model = fields.text_or_none("model").value_or("default");
  r.method = fields.one_of("method", {"model", "registered", "cubic"});
  r.formats = fields.many_of("formats", {"dicom", "nifti", "png", "gif"});
  r.folder = fields.text_or_none("folder");
  fields.end();
  return r;
}

TrainRequest train_from(const Json& body) {
  Fields fields(body, "request");
  TrainRequest r;
  fields.one_of("kind", {"train"});
  const Json& scans = fields.get("scans");
  allow(scans.is_array() && !scans.empty() && scans.size() <= kMostScans, 400, "request.scans",
        scans.is_array() ? std::to_string(scans.size()) + " scans" : scans.type_name(),
        "1 to " + std::to_string(kMostScans) + " scans");
  for (const Json& item : scans) {
    Fields one(item, "request.scans");
    std::string scan = id_in(one, "scan");
    r.scans.push_back({std::move(scan), one.text_or_none("series")});
    one.end();
  }
  r.minutes = fields.number("minutes", 0.05, 10080);
  allow(r.minutes > 0, 400, "request.minutes", "nothing", "a number of minutes", "", "number");
  r.from = fields.text_or_none("from");
  r.name = fields.text_or_none("name").value_or("model");
  allow(is_file_name(r.name), 400, "request.name", in_quotes(r.name),
        "a name without slashes that does not begin with a dot", "", "name");
  fields.end();
  return r;
}

SaveRequest save_from(const Json& body) {
  Fields fields(body, "request");
  SaveRequest r;
  r.format = fields.one_of("format", {"dicom", "nifti", "png", "gif", "mesh", "page"});
  r.folder = fields.text("folder");
  r.name = fields.text_or_none("name");
  allow(!r.name || is_file_name(*r.name), 400, "request.name", in_quotes(r.name.value_or("")),
        "a name without slashes that does not begin with a dot", "", "name");
  r.force = fields.flag("force");
  fields.end();
  return r;
}

DropRequest drop_from(const Json& body, std::uint64_t most_file, std::uint64_t most) {
  Fields fields(body, "request");
  DropRequest r;
  r.name = fields.text("name");
  allow(is_file_name(r.name), 400, "request.name", in_quotes(r.name),
        "a name without slashes that does not begin with a dot", "", "name");
  const Json& files = fields.get("files");
  allow(files.is_array() && !files.empty() && files.size() <= kMostFiles, 400, "request.files",
        files.is_array() ? std::to_string(files.size()) + " files" : files.type_name(),
        "1 to " + std::to_string(kMostFiles) + " files", "drop the folder as a zip",
        "drop_too_many");
  std::set<std::string> paths;
  std::uint64_t sum = 0;
  for (const Json& item : files) {
    Fields one(item, "request.files");
    DropFile file{one.text("path"), 0};
    const Json& bytes = one.get("bytes");
    one.end();
    allow(is_relative_path(file.path), 400, "request.files.path", in_quotes(file.path),
          "a path below the folder that was dropped", "", "drop_names");
    allow(paths.insert(file.path).second, 400, "request.files.path",
          in_quotes(file.path) + " twice", "each path once");
    allow(bytes.is_number_unsigned(), 400, "request.files.bytes", bytes.dump(),
          "a number of bytes");
    file.bytes = bytes.get<std::uint64_t>();
    allow(file.bytes <= most_file, 413, file.path, std::to_string(file.bytes) + " bytes",
          "at most " + std::to_string(most_file), "open it by its path; nothing is copied then",
          "drop_too_large");
    sum += file.bytes;
    allow(sum <= most, 413, r.name, "more than " + std::to_string(most) + " bytes",
          "at most this many", "open it by its path; nothing is copied then", "drop_too_large");
    r.files.push_back(std::move(file));
  }
  fields.end();
  return r;
}

std::string path_from(const Json& body) {
  Fields fields(body, "request");
  std::string path = fields.text("path");
  fields.end();
  return path;
}

bool force_from(const Json& body) {
  Fields fields(body, "request");
  const bool force = fields.flag("force");
  fields.end();
  return force;
}

void require_empty(const Json& body) { Fields(body, "request").end(); }

}  // namespace train::app
