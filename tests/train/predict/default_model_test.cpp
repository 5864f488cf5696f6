// The model in the box: where it comes from, that it is small, and that it is ahead of cubic on
// heads that it never saw, made up and real.
#include "train/predict/default_model.h"

#include <algorithm>
#include <cstdlib>

#include "data/io/read.h"
#include "nn/core/buffer_pool.h"
#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "tests/skip.h"
#include "train/evaluate/evaluate.h"
#include "train/fit/dataset.h"
#include "train/predict/model_file.h"

namespace {

/// By how many dB the model is ahead of cubic, in the mean over slices.
double gain(const std::string& scan, nn::index size = 0) {
  train::EvaluateOptions options;
  options.size = size;
  const train::Model model = train::Model::load(train::kDefaultModel);
  const train::ScanReport report = train::evaluate(scan, model, options);
  CHECK(report.untrained.empty());
  return report.methods[train::kMethodModel].over_cubic.front().mean;
}

}  // namespace

TEST_CASE("the model in the box is small and knows made-up heads alone", "[optimised]") {
  CHECK(train::default_model().size() < 4'000'000);
  const train::Model model = train::Model::load(train::kDefaultModel);
  CHECK(model.sealed());
  const std::string card = data_test::get(CT2CT_SOURCE_DIR "/models/default/README.md");
  CHECK(card.find(model.sha256()) != std::string::npos);
  CHECK(model.recipe().name == "residual");
  CHECK(model.anywhere());
  CHECK(model.training().before.empty());
  const auto& sources = model.training().sources;
  REQUIRE(sources.size() >= 8);
  for (const train::SourceInfo& s : sources) {
    INFO(s.name);
    CHECK(s.name.starts_with("phantom:"));
    CHECK(s.profile.has_value());
  }
  // The record is true: the smallest of them, made again, has the SHA-256 that it says.
  const auto& least = *std::min_element(
      sources.begin(), sources.end(), [](const train::SourceInfo& a, const train::SourceInfo& b) {
        return a.slices * a.height * a.width < b.slices * b.height * b.width;
      });
  CHECK(data::read_volume(least.name).sha256() == least.sha256);
}

TEST_CASE("a loaded model holds its weights once, and no memory waits for reuse") {
  nn::BufferPool::trim();
  const std::size_t before = nn::BufferPool::stats().bytes_reserved;
  const train::Model model = train::Model::load(train::kDefaultModel);
  const std::size_t held = nn::BufferPool::stats().bytes_reserved - before;
  const auto weights = static_cast<double>(model.parameter_count()) * sizeof(nn::real);
  CHECK(static_cast<double>(held) > weights);
  CHECK(static_cast<double>(held) < 1.3 * weights);
}

TEST_CASE("a network is told no gap beyond those of its training") {
  const train::Model model = train::Model::load(train::kDefaultModel);
  const auto slice_in = [&](double gap) {
    nn::Rng rng(5, nn::Purpose::test);
    train::MissingSlice m;
    for (nn::Tensor& slice : m.known) {
      slice = nn::Tensor({1, 32, 32, 1});
      for (nn::real& v : slice.values()) v = static_cast<nn::real>(200 * rng.normal());
    }
    m.gap = gap;
    const nn::Tensor made = model.predict({&m, 1}).front();
    const nn::Tensor also = model.predict_both({&m, 1}).front().slice;
    CHECK(std::equal(made.data(), made.data() + made.numel(), also.data()));
    return std::vector<nn::real>(made.data(), made.data() + made.numel());
  };
  const double narrowest = model.narrowest_gap().value();
  const double widest = model.widest_gap().value();
  CHECK(slice_in(narrowest / 2) == slice_in(narrowest));
  CHECK(slice_in(widest * 2) == slice_in(widest));
  CHECK(slice_in(narrowest) != slice_in(1.1 * narrowest));
  CHECK(slice_in(widest) != slice_in(0.9 * widest));
}

TEST_CASE("the model in the box is ahead of cubic on a made-up head of its own", "[optimised]") {
  CHECK(gain("phantom:7:49:128") > 0.5);
}

TEST_CASE("the model in the box is ahead of cubic on a real head", "[optimised]") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) return ct2ct_test::skip("CT2CT_REAL_DATA is not set");
#ifdef CT2CT_HAS_DICOM
  CHECK(gain(std::string(folder) + "/dicom/head_cq500_5_tilt7.zip", 128) > 1);
#else
  CHECK(gain(std::string(folder) + "/nifti/head_stanford_cthead_113.nii.gz", 128) > 0.5);
#endif
}

TEST_CASE("slices of uneven steps are predicted where they lie") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) return ct2ct_test::skip("CT2CT_REAL_DATA is not set");
#ifdef CT2CT_HAS_DICOM
  const std::string scan =
      std::string(folder) + "/dicom/head_ge_hispeed_varspacing_tilt18.zip";  // 4.2, then 7.4 mm
  const train::Model model = train::Model::load(train::kDefaultModel);
  train::EvaluateOptions options;
  options.size = 64;
  options.factor = 4;
  const train::ScanReport report = train::evaluate(scan, model, options);
  CHECK_FALSE(report.in_passes);
  const train::LoadedScan loaded = train::load_scan(scan, {}, options.size);
  nn::index uneven = 0;
  for (const data::Triplet& t : data::thinned_targets(loaded.info.slices, options.factor)) {
    const train::MissingSlice missing = train::missing_slice(loaded.view, t);
    if (missing.t != data::position_between(t, {})) ++uneven;
    const auto row = std::find_if(report.rows.begin(), report.rows.end(),
                                  [&](const train::SliceRow& r) { return r.slice == t.target; });
    REQUIRE(row != report.rows.end());
    CHECK(row->methods[train::kMethodModel].metrics.psnr[0] ==
          data::psnr(loaded.view.slice(t.target), model.predict({&missing, 1}).front(),
                     data::kWindows[0]));
  }
  CHECK(uneven > 2);
#else
  ct2ct_test::skip("built without DICOM");
#endif
}
