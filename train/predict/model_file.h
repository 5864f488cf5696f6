// The model file: a safetensors file with a fixed schema (docs/audit/model-format.md). It says how
// it came to be, it carries its own SHA-256 (seal.h), and a small input with its output
// (self_test.h), so that a damaged file and a machine that computes something else are noticed at
// once.
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

/// What a model file says about its training.
struct TrainingRecord {
  std::vector<SourceInfo> sources;
  std::uint64_t seed = 0;
  std::uint64_t split_seed = 0;
  std::uint64_t steps = 0;         ///< done
  std::uint64_t total_steps = 0;   ///< of the schedule
  models::Taps least_squares{};    ///< for HU (or grey levels)
  std::string from;                ///< SHA-256 of the model that training started from, if any
  std::vector<SourceInfo> before;  ///< scans that that model, and those before it, were trained on

  /// All scans that the weights come from: `before` and `sources`.
  std::vector<SourceInfo> all_scans() const;
  /// Whether one of them has this SHA-256.
  bool knows(const std::string& sha256) const;
};

void to_json(nlohmann::json& j, const TrainingRecord& r);
void from_json(const nlohmann::json& j, TrainingRecord& r);

/// A trained generator, ready to predict: where its recipe predicts with running statistics, batch
/// norms are folded into convolutions, so it differs in rounding from the one that was trained.
class Model {
 public:
  /// Reads, checks and self-tests a model file, or kDefaultModel (default_model.h). Throws an input
  /// error, one line that names the file, for one that is damaged, of another architecture, fails
  /// its self-test, or has another SHA-256 than `expected`, which is not compared when empty.
  static Model load(const std::string& path, const std::string& expected = "");
  static Model load(const nn::SafetensorsReader& file, const std::string& expected = "");

  const Recipe& recipe() const { return recipe_; }
  const TrainingRecord& training() const { return training_; }
  /// Of the whole file, as sha256sum prints it.
  const std::string& sha256() const { return sha256_; }
  /// Whether the file has a seal, which then is right; files of the older format have none.
  bool sealed() const { return sealed_; }
  /// What a user should know of the file, a line each.
  const std::vector<std::string>& warnings() const { return warnings_; }
  nn::index parameter_count() const { return parameter_count_; }
  /// The widest distance in mm between A and C in training, that is between slices known on both
  /// sides of a missing one; none for pictures, whose spacing nobody knows.
  std::optional<double> widest_gap() const;
  /// The narrowest in the same way.
  std::optional<double> narrowest_gap() const;

  /// Whether it makes slices at any position; else middles only.
  bool anywhere() const { return recipe_.anywhere() > 0; }
  /// The missing slices; see predict_slices(). The network is told no gap narrower or wider than
  /// any of its training: on a value that it never saw its answer would be anything.
  std::vector<nn::Tensor> predict(std::span<const MissingSlice> missing) const;
  /// The same, and where both orders disagree; see predict_both().
  std::vector<BothOrders> predict_both(std::span<const MissingSlice> missing) const;
  /// Throws an input error for a scan in another unit than the model was trained on.
  void require_unit(const data::Volume& volume) const;
  /// Throws an input error for a model that predicts no slices.
  void require_slices() const;
  /// Throws an input error for a model that translates no pictures.
  void require_pictures() const;
  /// A picture (1,H,W,C) of grey levels 0..255 translated by a model of paired pictures. Padded to
  /// what the network takes and cut back; values may lie a little outside of 0..255.
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

/// Puts the weights of a model file into a generator of the same architecture; otherwise throws an
/// input error.
void load_generator(const nn::SafetensorsReader& file, models::UNet& generator);

/// What a model file consists of, to be written by write_tensor_file() (seal.h). The generator's
/// values are read when the arrays are written.
struct ModelContents {
  nn::Metadata metadata;
  std::vector<nn::ArrayToWrite> arrays;
};
ModelContents model_contents(const Recipe& recipe, const TrainingRecord& training,
                             models::UNet& generator);

// A picture and what a model of paired pictures makes of it.

/// Pictures (1,H,W,C) of grey levels 0..255.
struct Translation {
  nn::Tensor input;
  nn::Tensor output;  ///< whole levels, as a PNG stores them
  nn::Tensor truth;   ///< empty unless the picture was a pair A|B
};

/// Throws an input error for other channels than the model was trained on, and for a pair of odd
/// width. `where` names the picture.
void require_translatable(const Model& model, const data::Image8& picture, bool paired,
                          const std::string& where);

/// Translates a picture that fits the model, or of a pair A|B side by side the left half.
Translation translate(const Model& model, const data::Image8& picture, bool paired);

/// Mean of |output - truth| over all pixels and channels, in grey levels.
double mean_l1(const Translation& t);

}  // namespace train
