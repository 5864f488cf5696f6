// The training set: scans or paired pictures in memory, and the batch of any step as a pure
// function of seed and step. Nothing has to be saved to resume but the step.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/files/output_set.h"
#include "data/io/read.h"
#include "data/slices/triplets.h"
#include "data/volume/window.h"
#include "models/interpolators.h"
#include "nn/ranks/shared_batch.h"
#include "train/predict/example.h"
#include "train/predict/loaded_scan.h"

namespace train {

/// One example in network units, before cropping.
struct Example {
  nn::Tensor input, base, target;
  nn::Tensor bone{};  ///< Batch::bone
};

/// A slice kept for looking at: what was known, in HU, and what was true.
struct ValidationSlice {
  MissingSlice missing;
  nn::Tensor truth;
  std::string title;
  data::SlicePlace place = {};
};

class SampleSheet;

class Dataset {
 public:
  virtual ~Dataset() = default;

  /// Number of training examples.
  virtual nn::index count() const = 0;
  /// Height and width of an example.
  virtual nn::Shape shape(nn::index example) const = 0;
  struct Cut {
    nn::index top = 0, left = 0, height = 0, width = 0;
    bool mirrored = false;
    bool reversed = false;                          ///< slices in reverse order
    nn::index shrunk_height = 0, shrunk_width = 0;  ///< averaged down to; 0: not
    /// Which other known slices the example is made from; none: those that it is listed with.
    std::optional<std::uint32_t> elsewhere = {};
  };
  virtual Example example(nn::index i, const Cut& cut) const = 0;
  /// "scan:slice:before+after" or the picture's name.
  virtual std::string label(nn::index i, const Cut& cut) const = 0;
  virtual std::vector<SourceInfo> sources() const = 0;
  /// Weights of least squares over four slices, fitted on the training examples, in HU; 0 for
  /// examples that are no slices.
  virtual models::Taps least_squares() const = 0;
  /// What training shows of this data set while it runs (samples.h).
  virtual std::unique_ptr<SampleSheet> sample_sheet(const Recipe& recipe) const = 0;

  /// The batch of a step, or of a batch over several ranks the images of this one. `multiple`:
  /// sizes must be multiples of it. `labels`: of all images of the batch.
  Batch batch(const Recipe& recipe, std::uint64_t seed, std::uint64_t step, nn::index multiple,
              std::string* labels = nullptr, const nn::SharedBatch* shared = nullptr) const;
  std::uint64_t steps_per_epoch(const Recipe& recipe) const;
};

/// Triplets of scans.
class ScanDataset final : public Dataset {
 public:
  /// Reads the scans. Throws an input error for scans that cannot be trained on together.
  /// Of several `ranks`, rank 0 reads.
  ScanDataset(const std::vector<std::string>& paths, const Recipe& recipe, std::uint64_t split_seed,
              const data::ReadOptions& read, nn::Ranks* ranks = nullptr);

  nn::index count() const override { return static_cast<nn::index>(split_.train.size()); }
  nn::Shape shape(nn::index example) const override;
  Example example(nn::index i, const Cut& cut) const override;
  std::string label(nn::index i, const Cut& cut) const override;
  std::vector<SourceInfo> sources() const override { return sources_; }

  models::Taps least_squares() const override;
  std::unique_ptr<SampleSheet> sample_sheet(const Recipe& recipe) const override;

  /// Up to `most` of the validation triplets, evenly spread; fixed for a data set.
  std::vector<ValidationSlice> validation(nn::index most) const;
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Pictures have another window than HU, and that they are pictures shows when they are read.
  void set_window(double low, double high);

 private:
  /// What example i is made from.
  data::Triplet triplet(nn::index i, std::optional<std::uint32_t> elsewhere) const;
  const data::ScanView& scan_of(const data::Triplet& t) const { return scans_[nn::at(t.scan)]; }
  nn::Tensor truth_of(const data::Triplet& t) const { return scan_of(t).slice(t.target); }

  Recipe recipe_;
  std::vector<data::ScanView> scans_;
  std::vector<SourceInfo> sources_;
  std::vector<data::SlicePlace> places_;  ///< of each scan's slices
  std::vector<std::string> warnings_;
  data::Split split_;
};

/// Pictures A|B side by side in one file, as the public pix2pix data sets have them.
class PairDataset final : public Dataset {
 public:
  /// Of several `ranks`, rank 0 reads.
  PairDataset(const std::vector<std::string>& folders, const Recipe& recipe,
              nn::Ranks* ranks = nullptr);

  nn::index count() const override { return static_cast<nn::index>(pairs_.size()); }
  nn::Shape shape(nn::index example) const override;
  Example example(nn::index i, const Cut& cut) const override;
  std::string label(nn::index i, const Cut&) const override { return pairs_[nn::at(i)].name; }
  std::vector<SourceInfo> sources() const override { return sources_; }
  models::Taps least_squares() const override { return {}; }
  std::unique_ptr<SampleSheet> sample_sheet(const Recipe& recipe) const override;
  nn::index channels() const { return channels_; }

 private:
  struct Pair {
    nn::Tensor input, target;  // network units
    std::string name;
  };
  void read(const std::vector<std::string>& folders, const Recipe& recipe);
  void spread(nn::Ranks& ranks, nn::index side);

  std::vector<Pair> pairs_;
  std::vector<SourceInfo> sources_;
  nn::index channels_ = 1;
};

}  // namespace train
