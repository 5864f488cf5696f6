// Makes a longer scan on disk from a scan: fills it (fill_scan.h), and writes the new scan, its
// pictures and the record. `ct2ct interpolate` adds the parsing of options. The library
// (train/api/) uses the same class for scans and models that are in memory already.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/draw/reformat_picture.h"
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
  std::string out;       ///< empty: named after the scan, in `out_dir`
  std::string out_dir;   ///< empty: the current folder
  std::string out_stem;  ///< in the place of the scan's name, data::output_stem(), if not empty
  std::string format;    ///< "dicom", "nifti", "png"; empty: by `out` and the scan
  bool only_new = false;
  bool straighten = false;
  bool any_orientation = false;
  std::string gif;  ///< animation of the slices before and after; empty: none
  nn::index fps = data::kFramesPerSecond;  ///< of `gif`
  std::string uncertainty;  ///< NIfTI map of expected errors, with an .svg beside it; empty: none
  std::string labels_out;   ///< of InterpolateOptions::labels; empty: data::labels_named_after()
  std::optional<data::AskedWindow> window;
  bool force = false;
};

/// One more output of a filled scan.
struct FurtherOutput {
  std::string out;
  std::string format;  ///< as OutputOptions::format
};

struct InterpolateOptions : OutputOptions {
  /// Each has a table and a record of its own. Only the first output has an animation, a map of
  /// expected errors and labels.
  std::vector<FurtherOutput> further;
  std::string scan;  ///< NIfTI file, folder or zip of DICOM files or pictures, phantom:SEED
  data::ReadOptions read;
  std::string model = kDefaultModel;  ///< for FillOptions::method "model"
  std::string expect_model;           ///< its SHA-256; empty: any
  FillOptions fill;
  std::string labels;  ///< label map on the scan's grid (data/volume/labels.h); empty: none
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
  /// Reads the scan and the model, plans, and reports every input error before the long work: the
  /// errors of ScanFill, data::read_volume() and data::check_output(), and existing outputs without
  /// `force`. Sends notes and warnings to `messages`.
  Interpolation(InterpolateOptions options, Messages& messages);
  /// The same for a scan and a model in memory. In the record, `options` say how they were read.
  /// Only method "model" uses `model`. Without `out` no output is chosen yet.
  Interpolation(InterpolateOptions options, ScanToFill scan, std::shared_ptr<const Model> model,
                Messages& messages);
  Interpolation(const Interpolation&) = delete;
  Interpolation& operator=(const Interpolation&) = delete;

  /// ScanFill::self_check(), with a warning if the network does not make every slice.
  void self_check(const FillWatch& watch = {});
  void fill(const FillWatch& watch = {});
  /// Chooses another output for write(). Errors are those of the constructor. A map of expected
  /// errors exists only if the options of the constructor had one.
  void set_output(OutputOptions output);
  /// Writes all outputs, or none of them. Returns the text of the record, which holds
  /// `command_line` and `more_options`.
  std::string write(const std::vector<std::string>& command_line,
                    const nlohmann::ordered_json& more_options);
  /// Chooses InterpolateOptions::further[i] for write(). The constructor has checked it.
  void use_further(std::size_t i);
  /// The record of what was done so far, without outputs.
  std::string record_text(const std::vector<std::string>& command_line,
                          const nlohmann::ordered_json& more_options) const;

  /// What decides the outputs, known before the long work: "inputs", "model" and "options" as the
  /// record has them.
  nlohmann::ordered_json decided_by(const nlohmann::ordered_json& more_options) const;
  /// The scan, its table and its record: what stands under `out` and data::beside() it.
  std::vector<std::string> outputs() const;
  /// Whether write() replaces outputs that exist: InterpolateOptions::force until this is called.
  void set_force(bool force) { options_.force = force; }

  const ScanFill& filled() const { return *fill_; }
  const std::string& out() const { return options_.out; }
  bool only_new() const { return options_.only_new; }
  /// True if the scan is tilted and `straighten` is set, so that its slices are resampled upright.
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
  void check_further();
  bool any_picture() const;
  void read_labels();
  void say_what_is_known();

  InterpolateOptions options_;
  Messages& messages_;
  std::shared_ptr<const Model> model_;
  std::optional<ScanFill> fill_;
  std::shared_ptr<const data::Volume> before_;  // for an animation, and for further outputs
  std::optional<data::Volume> labels_;          // as they were read
  data::HashedPath label_files_;
  data::HashedPath input_files_;
  std::string input_format_, input_sha256_;
  int slice_axis_ = 2;
  data::ShownWindow shown_;
  data::WriteOptions write_;
  bool straightened_ = false;
};

}  // namespace train
