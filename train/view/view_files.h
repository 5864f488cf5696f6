// From scans on disk to one page that shows them: reads, finds out which slices are synthetic and
// what made them, and writes the page and its record. `ct2ct view` is this and the parsing of its
// options.
//
// The page holds voxels, places, methods and numbers. It holds no name of a patient, file or
// folder, and nothing else of a header.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/io/read.h"
#include "data/volume/window.h"
#include "train/program/messages.h"

namespace train {

struct ViewOptions {
  std::string scan;         ///< the scan, or the one before interpolation
  std::string after;        ///< after interpolation; empty: the page shows one scan
  std::string uncertainty;  ///< map of expected errors on the grid of the last scan; empty: none
  std::string record;       ///< of the last scan; empty: the one beside it, if there is one
  std::string out;          ///< the page
  std::optional<data::AskedWindow> window;
  data::ReadOptions read;  ///< of `scan`; `after` is read with the same axis
  bool force = false;
};

/// What a page holds, for one sentence about it.
struct ViewDone {
  std::size_t bytes = 0;
  nn::index slices_before = 0;  ///< 0 for one scan
  nn::index slices = 0;         ///< of the last scan
  nn::index synthetic = 0;      ///< among them
  nn::index unknown = 0;        ///< of them nobody knows
  nn::index reduction = 1;      ///< page_reduction()
};

/// Writes the page and its record, or neither. Input error for what read_volume() and find_record()
/// refuse, for two scans of different units, for a map that does not lie on the voxels of the last
/// scan, and for a page that exists without `force`. `command_line` and `more_options` go into the
/// record.
ViewDone write_view(const ViewOptions& options, const std::vector<std::string>& command_line,
                    const nlohmann::ordered_json& more_options, Messages& messages);

/// The page as tools/web builds it, before volumes and texts are put into it.
std::string view_template();

/// JSON as text that an element of HTML can hold: no '<', '>' or '&' in it, whatever its strings
/// are.
std::string to_page_text(const nlohmann::ordered_json& json);

}  // namespace train
