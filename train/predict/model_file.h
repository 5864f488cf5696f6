// The model file: a safetensors file with a fixed schema (docs/audit/model-format.md). It says how
// the model was trained. Its own SHA-256 (seal.h) shows a damaged file, and a small input with its
// output (self_test.h) shows a machine that computes something else.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/pictures/picture.h"
#include "data/volume/volume.h"
#include "models/interpolators.h"
#include "nn/io/safetensors.h"
#include "train/predict/predict.h"
#include "train/recipe/recipe.h"
#include "train/recipe/sources.h"

namespace train {

/// The training record of a model file.
struct TrainingRecord {
  std::vector<SourceInfo> sources;
  std::uint64_t seed = 0;
  std::uint64_t split_seed = 0;
  std::uint64_t steps = 0;         ///< done
  std::uint64_t total_steps = 0;   ///< of the schedule
  models::Taps least_squares{};    ///< for HU (or grey levels)
  std::string from;                ///< SHA-256 of the model that training started from, if any
  std::vector<SourceInfo> before;  ///< training scans of `from` and of all models before it

  /// All scans that the weights were trained on: `before` and `sources`.
  std::vector<SourceInfo> all_scans() const;
  /// Whether one of them has this SHA-256.
  bool knows(const std::string& sha256) const;
};

void to_json(nlohmann::json& j, const TrainingRecord& r);
void from_json(const nlohmann::json& j, TrainingRecord& r);

/// A trained generator, ready to predict. If its recipe predicts with running statistics, batch
/// norms are folded into convolutions; this changes rounding only.
class Model {
 public:
  /// Reads, checks and self-tests a model file, or kDefaultModel (default_model.h). Input error,
  /// one line that names the file: it is damaged, has another architecture, fails its self-test, or
  /// its SHA-256 is not `expected` (an empty `expected` is not compared).
  static Model load(const std::string& path, const std::string& expected = "");
  static Model load(const nn::SafetensorsReader& file, const std::string& expected = "");

  const Recipe& recipe() const { return recipe_; }
  const TrainingRecord& training() const { return training_; }
  /// SHA-256 of the whole file, as sha256sum prints it.
  const std::string& sha256() const { return sha256_; }
  /// Whether the file has a seal (load() has checked it); files of the older format have none.
  bool sealed() const { return sealed_; }
  /// Warnings about the file, one line each.
  const std::vector<std::string>& warnings() const { return warnings_; }
  nn::index parameter_count() const { return parameter_count_; }
  /// The widest gap of the training: the distance in mm between A and C. None for pictures, because
  /// their spacing is unknown.
  std::optional<double> widest_gap() const;
  /// The narrowest gap of the training.
  std::optional<double> narrowest_gap() const;

  /// Whether the model makes slices at any position; else in the middle of a gap only.
  bool anywhere() const { return recipe_.anywhere() > 0; }
  /// The missing slices; see predict_slices(). The gap that is given to the network is clamped to
  /// the gaps of its training, because its answer to other values is unpredictable.
  std::vector<nn::Tensor> predict(std::span<const MissingSlice> missing) const;
  /// The missing slices, and where both orders disagree; see predict_both().
  std::vector<BothOrders> predict_both(std::span<const MissingSlice> missing) const;
  /// Throws an input error for a scan in another unit than the model was trained on.
  void require_unit(const data::Volume& volume) const;
  /// Throws an input error if the model does not predict slices.
  void require_slices() const;
  /// Throws an input error if the model does not translate pictures.
  void require_pictures() const;
  /// Translates a picture (1,H,W,C) of grey levels 0..255 by a model of paired pictures. It is
  /// padded to a size that the network accepts, and cut back. Values may lie a little outside of
  /// 0..255.
  nn::Tensor translate(const nn::Tensor& picture) const;

 private:
  Model(Recipe recipe, TrainingRecord training, std::unique_ptr<models::UNet> generator);
  std::vector<MissingSlice> with_known_gaps(std::span<const MissingSlice> missing) const;

  Recipe recipe_;
  TrainingRecord training_;
  std::unique_ptr<models::UNet> generator_;
  nn::index parameter_count_;  // as trained
  std::string sha256_;
  bool sealed_ = true;
  std::vector<std::string> warnings_;
};

/// Puts the weights of a model file into a generator. Throws an input error if their architectures
/// differ.
void load_generator(const nn::SafetensorsReader& file, models::UNet& generator);

/// The contents of a model file, for write_tensor_file() (seal.h). The generator's values are read
/// when the arrays are written.
struct ModelContents {
  nn::Metadata metadata;
  std::vector<nn::ArrayToWrite> arrays;
};
ModelContents model_contents(const Recipe& recipe, const TrainingRecord& training,
                             models::UNet& generator);

// Translation of pictures by a model of paired pictures.

/// A picture and its translation: tensors (1,H,W,C) of grey levels 0..255.
struct Translation {
  nn::Tensor input;
  nn::Tensor output;  ///< whole levels, as a PNG stores them
  nn::Tensor truth;   ///< empty unless the picture was a pair A|B
};

/// Throws an input error if the channels are not those of the training, or if a pair has an odd
/// width. `where` names the picture.
void require_translatable(const Model& model, const data::Image8& picture, bool paired,
                          const std::string& where);

/// Translates a picture that fits the model. Of a pair A|B side by side, it translates the left
/// half.
Translation translate(const Model& model, const data::Image8& picture, bool paired);

/// Mean of |output - truth| over all pixels and channels, in grey levels.
double mean_l1(const Translation& t);

}  // namespace train
