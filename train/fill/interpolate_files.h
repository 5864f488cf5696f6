// From a scan to a longer one on disk: fills (fill_scan.h), writes the scan, what is drawn of it,
// and the record. `ct2ct interpolate` is this and the parsing of its options; the library
// (train/api/) is this for scans and models that are in memory already.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/io/read.h"
#include "data/io/write.h"
#include "data/volume/window.h"
#include "train/fill/fill_scan.h"
#include "train/fill/record.h"
#include "train/predict/default_model.h"
#include "train/program/messages.h"

namespace train {

/// What is written of a filled scan, and how.
struct OutputOptions {
  std::string out;     ///< empty: named after the scan, in the current folder
  std::string format;  ///< "dicom", "nifti", "png"; empty: by `out` and the scan
  bool only_new = false;
  bool straighten = false;
  bool any_orientation = false;
  std::string gif;          ///< animation of the slices before and after; empty: none
  std::string uncertainty;  ///< NIfTI map of expected errors, with an .svg beside it; empty: none
  std::optional<data::AskedWindow> window;
  bool force = false;
};

struct InterpolateOptions : OutputOptions {
  std::string scan;  ///< NIfTI file, folder or zip of DICOM files or pictures, phantom:SEED
  data::ReadOptions read;
  std::string model = kDefaultModel;  ///< for FillOptions::method "model"
  std::string expect_model;           ///< its SHA-256; empty: any
  FillOptions fill;
};

/// A scan in memory, and what a record says of it.
struct ScanToFill {
  std::shared_ptr<const data::Volume> volume;
  data::HashedPath files;  ///< that it was read from
  std::string sha256;      ///< Volume::sha256()
};

/// data::read_volume(), and the hashes of what was read.
ScanToFill read_scan(const std::string& path, const data::ReadOptions& read);

class Interpolation {
 public:
  /// Reads the scan and the model, plans, and finds out everything that can be wrong before the
  /// long work: errors of ScanFill, data::read_volume() and data::check_output(), and outputs that
  /// exist without `force`. Says notes and warnings.
  Interpolation(InterpolateOptions options, Messages& messages);
  /// The same for a scan and a model at hand; `options` still say in the record how they were read.
  /// `model` is used for method "model" alone. Without `out` no output is chosen yet.
  Interpolation(InterpolateOptions options, ScanToFill scan, std::shared_ptr<const Model> model,
                Messages& messages);
  Interpolation(const Interpolation&) = delete;
  Interpolation& operator=(const Interpolation&) = delete;

  /// ScanFill::self_check(), and warns where not every slice is the network's.
  void self_check(const FillWatch& watch = {});
  void fill(const FillWatch& watch = {});
  /// Chooses another output for write(); its errors are those of the constructor. A map of expected
  /// errors is only there if the options of the constructor had one.
  void set_output(OutputOptions output);
  /// Writes all outputs, or none of them. `command_line` and `more_options` go into the record,
  /// whose text is returned.
  std::string write(const std::vector<std::string>& command_line,
                    const nlohmann::ordered_json& more_options);
  /// The record of what was done so far, without outputs.
  std::string record_text(const std::vector<std::string>& command_line,
                          const nlohmann::ordered_json& more_options) const;

  const ScanFill& filled() const { return *fill_; }
  const std::string& out() const { return options_.out; }
  bool only_new() const { return options_.only_new; }
  /// Whether slices are resampled to stand upright: asked for, and tilted.
  bool straightened() const { return straightened_; }

 private:
  void start(ScanToFill scan);
  nlohmann::ordered_json options_json(const nlohmann::ordered_json& more) const;
  Record begun(const std::vector<std::string>& command_line,
               const nlohmann::ordered_json& more_options) const;
  nlohmann::ordered_json result() const;
  std::string beside(const char* ending) const;
  bool drawn() const;
  void choose_output();
  void check_outputs();
  void say_what_is_known();

  InterpolateOptions options_;
  Messages& messages_;
  std::shared_ptr<const Model> model_;
  std::optional<ScanFill> fill_;
  std::shared_ptr<const data::Volume> before_;  // for an animation, and for further outputs
  data::HashedPath input_files_;
  std::string input_format_, input_sha256_;
  int slice_axis_ = 2;
  data::ShownWindow shown_;
  data::WriteOptions write_;
  bool straightened_ = false;
};

}  // namespace train
