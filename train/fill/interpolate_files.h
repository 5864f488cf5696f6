// From a scan on disk to a longer one on disk: reads, fills (fill_scan.h), writes the scan, what is
// drawn of it, and the record. `ct2ct interpolate` is this and the parsing of its options.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/io/read.h"
#include "data/io/write.h"
#include "data/volume/window.h"
#include "train/fill/fill_scan.h"
#include "train/predict/default_model.h"
#include "train/program/messages.h"

namespace train {

struct InterpolateOptions {
  std::string scan;  ///< NIfTI file, folder or zip of DICOM files or pictures, phantom:SEED
  data::ReadOptions read;
  std::string model = kDefaultModel;  ///< for FillOptions::method "model"
  std::string expect_model;           ///< its SHA-256; empty: any
  FillOptions fill;
  std::string out;     ///< empty: named after the scan, in the current folder
  std::string format;  ///< "dicom", "nifti", "png"; empty: by `out` and the scan
  bool only_new = false;
  bool straighten = false;
  bool any_orientation = false;
  std::string gif;          ///< animation of the slices before and after; empty: none
  std::string labels;       ///< label map on the scan's grid (data/volume/labels.h); empty: none
  std::string labels_out;   ///< empty: data::labels_named_after()
  std::string uncertainty;  ///< NIfTI map of expected errors, with an .svg beside it; empty: none
  std::optional<data::AskedWindow> window;
  bool force = false;
};

class Interpolation {
 public:
  /// Reads the scan and the model, plans, and finds out everything that can be wrong before the
  /// long work: errors of ScanFill, data::read_volume() and data::check_output(), and outputs that
  /// exist without `force`. Says notes and warnings.
  Interpolation(InterpolateOptions options, Messages& messages);
  Interpolation(const Interpolation&) = delete;
  Interpolation& operator=(const Interpolation&) = delete;

  /// ScanFill::self_check(), and warns where not every slice is the network's.
  void self_check(const FillWatch& watch = {});
  void fill(const FillWatch& watch = {});
  /// Writes all outputs, or none of them. `command_line` and `more_options` go into the record,
  /// whose text is returned.
  std::string write(const std::vector<std::string>& command_line,
                    const nlohmann::ordered_json& more_options);

  const ScanFill& filled() const { return *fill_; }
  const std::string& out() const { return options_.out; }
  bool only_new() const { return options_.only_new; }
  /// Whether slices are resampled to stand upright: asked for, and tilted.
  bool straightened() const { return straightened_; }

 private:
  nlohmann::ordered_json options_json(const nlohmann::ordered_json& more) const;
  void check_outputs();
  void read_labels(const data::Volume& scan);
  void say_what_is_known();

  InterpolateOptions options_;
  Messages& messages_;
  std::optional<Model> model_;
  std::optional<ScanFill> fill_;
  std::optional<data::Volume> before_;  // for the animation
  std::optional<data::Volume> labels_;  // as they were read
  data::HashedPath label_files_;
  data::HashedPath input_files_;
  std::string input_format_, input_sha256_;
  int slice_axis_ = 2;
  data::ShownWindow shown_;
  data::WriteOptions write_;
  bool straightened_ = false;
};

}  // namespace train
