// What the page asks for, from JSON. Everything is checked here, before anything is done: a field
// that is missing, of another kind or out of range is refused with 400, and so is one that nobody
// knows.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace train::app {

using Json = nlohmann::ordered_json;

/// Arrays and objects may stand in each other this deep.
inline constexpr int kDeepest = 16;

/// A body as an object. Refused with 400 for anything else, and for more than kDeepest levels,
/// which are counted before anything is allocated.
Json object_from(std::string_view body);

/// JSON as text. Bytes that are no UTF-8, as file names may have them, are replaced.
std::string to_text(const Json& json);

/// A name of ours in an address: letters, digits and dashes, 1 to 40 of them.
bool is_id(std::string_view text);

struct InterpolateRequest {
  std::string scan;                   ///< id
  std::optional<std::string> series;  ///< SeriesItem::key
  int factor = 0;                     ///< 2 to 10, or 0 with `spacing`
  double spacing = 0;                 ///< mm, or 0 with `factor`
  std::string model = "default";      ///< or a path
  std::string method = "model";       ///< model, registered or cubic
  std::vector<std::string> formats;   ///< dicom, nifti, png, gif
  std::optional<std::string> folder;  ///< where these are saved when they are made
};

struct TrainRequest {
  struct Scan {
    std::string scan;
    std::optional<std::string> series;
  };
  std::vector<Scan> scans;
  double minutes = 0;
  std::optional<std::string> from;  ///< "default" or a path
  std::string name;
};

struct SaveRequest {
  std::string format;  ///< dicom, nifti, png, gif, mesh or page
  std::string folder;
  std::optional<std::string> name;
  bool force = false;
};

struct DropFile {
  std::string path;
  std::uint64_t bytes = 0;
};

struct DropRequest {
  std::string name;
  std::vector<DropFile> files;
};

/// "interpolate" or "train".
std::string kind_from(const Json& body);
InterpolateRequest interpolate_from(const Json& body);
TrainRequest train_from(const Json& body);
SaveRequest save_from(const Json& body);
/// Also refused: files of more than `most_file` bytes, or `most` together (413), paths that lead
/// out, and two of one path.
DropRequest drop_from(const Json& body, std::uint64_t most_file, std::uint64_t most);
/// {"path": TEXT}
std::string path_from(const Json& body);
/// {"force": true} or {}
bool force_from(const Json& body);
/// Refused unless it has no field.
void require_empty(const Json& body);

}  // namespace train::app
