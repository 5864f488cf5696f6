// Whether a model is meant for a scan: shares and distances by hand, each rule on both sides of its
// limit, older model files, and the real scans of $CT2CT_REAL_DATA.
#include "train/self_check/trained_for.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/io/read.h"
#include "data/phantom/phantom.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/skip.h"
#include "train/fit/dataset.h"
#include "train/predict/seal.h"

namespace {

using train::ScanProfile;
using train::SourceInfo;
using train::TrainedFor;

/// A scan of `slices` slices of 10 x 10 pixels of 2 mm by 1 mm, whose values `hu` gives.
template <class F>
data::Volume scan_of(nn::index slices, const F& hu) {
  data::Volume v;
  v.source = "scan";
  v.dims = {10, 10, slices};
  v.spacing = {1, 2, 5};
  v.stored.resize(data::checked_bytes(v.dims, v.type, v.source));
  for (nn::index k = 0; k < slices; ++k) {
    nn::Tensor s({1, 10, 10, 1});
    for (nn::index i = 0; i < 100; ++i) s.data()[i] = static_cast<nn::real>(hu(k, i / 10, i % 10));
    v.set_slice(k, s);
  }
  return v;
}

/// A square of 8 x 8 pixels of soft tissue in air, with 8 pixels of dense bone, 8 of spongy bone, 4
/// of fat, and 4 of air inside.
double square(nn::index, nn::index row, nn::index column) {
  if (row < 1 || row > 8 || column < 1 || column > 8) return -1000;
  if (row == 1) return 700;
  if (row == 8) return 300;
  if (column < 3 || column > 6) return 40;
  if (row == 4) return -100;
  return row == 5 ? -900 : 40;
}

ScanProfile profile(std::array<double, 6> tissues, double mm = 1, double air = 0.5) {
  return {{mm, mm}, air, tissues};
}

constexpr std::array<double, 6> kHead{0.05, 0.15, 0.55, 0.02, 0.05, 0.18};

SourceInfo source(const ScanProfile& p) {
  SourceInfo s{"head.nii", std::string(64, '0'), 20, 200, 200, 5, "HU"};
  s.profile = p;
  return s;
}

/// A model file with these scans in its record, written and read.
train::Model model_of(const std::vector<SourceInfo>& sources,
                      data::Protocol protocol = data::Protocol::unseen) {
  train::Recipe recipe = train::recipe_named("residual");
  recipe.generator.levels = 2;
  recipe.generator.width = 1;
  recipe.generator.head_channels = 1;
  recipe.protocol = protocol;
  models::UNet network(recipe.generator_config());
  train::TrainingRecord record;
  record.sources = sources;
  const train::ModelContents contents = train::model_contents(recipe, record, network);
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("ct2ct_trained_for_" + std::to_string(::getpid()) + ".safetensors"))
                               .string();
  train::write_tensor_file(path, contents.metadata, contents.arrays, /*force=*/true);
  train::Model model = train::Model::load(path);
  std::filesystem::remove(path);
  return model;
}

TrainedFor judged(const train::Model& model, const ScanProfile& p, double gap = 5) {
  return train::trained_for(model, p, gap);
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the profile of a scan by hand") {
  const ScanProfile p = train::profile_of(scan_of(3, square));
  CHECK(p.pixel_spacing == std::array<double, 2>{2, 1});
  CHECK(p.air == 0.40);  // 36 around and 4 inside, of 100
  CHECK(p.tissues == std::array<double, 6>{4 / 64.0, 4 / 64.0, 40 / 64.0, 0, 8 / 64.0, 8 / 64.0});
}

TEST_CASE("tissues begin at their lower edge, and padding is air") {
  const std::array<double, 6> lowest{-400, -300, -20, 100, 200, 500};
  const ScanProfile p = train::profile_of(scan_of(1, [&](nn::index, nn::index row, nn::index c) {
    if (row == 0) return -3024.0;
    return lowest[static_cast<std::size_t>(c % 6)];
  }));
  CHECK(p.air == 0.10);
  CHECK(p.tissues ==
        std::array<double, 6>{18 / 90.0, 18 / 90.0, 18 / 90.0, 18 / 90.0, 9 / 90.0, 9 / 90.0});
}

TEST_CASE("of a long scan 64 slices are looked at, on any number of threads") {
  const auto bone_in_every_second = [](nn::index k, nn::index row, nn::index column) {
    const double hu = square(k, row, column);
    return k % 2 == 1 && hu > -500 ? 700 : hu;
  };
  const data::Volume v = scan_of(130, bone_in_every_second);
  const ScanProfile p = train::profile_of(v);
  CHECK(p.tissues[5] > 0.3);
  CHECK(p.tissues[5] < 0.8);
  nn::set_threads(1);
  CHECK(train::profile_of(v).tissues == p.tissues);
  nn::set_threads(nn::available_threads());
  const ScanProfile air =
      train::profile_of(scan_of(2, [](nn::index, nn::index, nn::index) { return -1000.0; }));
  CHECK(air.tissues == std::array<double, 6>{});
  CHECK(air.air == 1);
  CHECK(train::tissue_distance(air, p) == 1);
}

TEST_CASE("the distance of two profiles by hand") {
  const ScanProfile soft = profile({0, 0, 1, 0, 0, 0});
  const ScanProfile mixed = profile({0, 0, 0.25, 0, 0, 0.75});
  CHECK(train::tissue_distance(soft, soft) == 0);
  CHECK(train::tissue_distance(soft, mixed) == Approx(std::sqrt(0.5)));
  CHECK(train::tissue_distance(mixed, soft) == train::tissue_distance(soft, mixed));
  CHECK(train::tissue_distance(soft, profile({0, 0, 0, 0, 0, 1})) == 1);
}

TEST_CASE("a scan like those of the training passes, and nothing is said") {
  const train::Model model = model_of({source(profile(kHead))});
  const TrainedFor fits = judged(model, profile({0.04, 0.2, 0.52, 0.03, 0.05, 0.16}));
  CHECK(fits.known);
  CHECK(fits.holds());
  CHECK(train::to_line(fits).empty());
  CHECK_NOTHROW(train::require_ct(fits, "scan.nii"));
}

TEST_CASE("without air a scan is no CT, unless training had such scans") {
  const train::Model model = model_of({source(profile(kHead))});
  CHECK(judged(model, profile(kHead, 1, 0.001)).ct);
  const TrainedFor mr = judged(model, profile(kHead, 1, 0.0009));
  CHECK_FALSE(mr.ct);
  CHECK(says(train::to_line(mr), "interpolate refuses it"));
  try {
    train::require_ct(mr, "mr.nii");
    FAIL("not refused");
  } catch (const nn::Error& e) {
    CHECK(e.exit_code() == 2);
    CHECK(std::string(e.what()) ==
          "mr.nii: hardly any air, 0.09 % of all pixels, expected at least 0.1 % below -500 HU, as "
          "around every body in a CT; MR, or a CT whose rescale to HU was lost? use --method "
          "cubic; --any-scan leaves it to the self-check");
  }
  CHECK(judged(model_of({source(profile(kHead, 1, 0))}), profile(kHead, 1, 0)).ct);
}

TEST_CASE("pixels far smaller or larger than those of the training are cubic's") {
  // Crops of 128 of 200 pixels cover up to 200/128 = 1.5625 times their side, less than the 1.6 of
  // the recipe.
  const train::Model model = model_of({source(profile(kHead, 1)), source(profile(kHead, 2))});
  const auto range = train::trained_pixels(model);
  REQUIRE(range);
  CHECK(range->low == 1);
  CHECK(range->high == 2 * 1.5625);
  CHECK(judged(model, profile(kHead, 0.41)).holds());
  CHECK(judged(model, profile(kHead, 7.8)).holds());
  CHECK(train::to_line(judged(model, profile(kHead, 0.39))) ==
        "the model was not trained for such a scan: pixels of 0.39 mm, expected 0.40 to 7.81 mm; "
        "interpolate makes it without the network, by registration or cubic; --any-scan lets the "
        "network compete");
  CHECK(says(train::to_line(judged(model, profile(kHead, 7.82))), "pixels of 7.82 mm"));
}

TEST_CASE("gaps far narrower than those of the training are cubic's and wide ones the plan's") {
  const train::Model model = model_of({source(profile(kHead))});  // slices 5 mm apart: A-C 10 mm
  CHECK(model.narrowest_gap() == 10);
  CHECK(judged(model, profile(kHead), 2).holds());
  CHECK(judged(model, profile(kHead), 100).holds());
  CHECK(says(train::to_line(judged(model, profile(kHead), 1.9)),
             "gaps of 1.90 mm, expected at least 2.00 mm"));
  CHECK(model_of({source(profile(kHead))}, data::Protocol::self).narrowest_gap() == 20);
}

TEST_CASE("tissues are compared with the nearest training scan, and the worst is named") {
  const ScanProfile chest = profile({0.45, 0.2, 0.33, 0, 0.02, 0});
  const TrainedFor far = judged(model_of({source(profile(kHead))}), chest);
  CHECK(far.ct);
  CHECK_FALSE(far.holds());
  CHECK(says(train::to_line(far),
             "tissues at a distance of 0.47 from the nearest training scan (air and lung: 45 % of "
             "the body, there 5 %), expected at most 0.22"));
  CHECK(judged(model_of({source(profile(kHead)), source(chest)}), chest).holds());
  const auto j = train::to_trained_for_json(far);
  CHECK(j.at("known") == true);
  CHECK(j.at("unlike").at(0).at("expected") == "at most 0.22");
}

TEST_CASE("an older model file says nothing of its scans: it loads, and nothing is asked") {
  SourceInfo old = source(profile(kHead));
  old.profile.reset();
  const train::Model model = model_of({source(profile(kHead)), old});
  const TrainedFor unknown = judged(model, profile({1, 0, 0, 0, 0, 0}, 100, 0));
  CHECK_FALSE(unknown.known);
  CHECK(unknown.holds());
  CHECK(unknown.ct);
  CHECK_FALSE(train::trained_pixels(model));
  CHECK(says(train::to_line(unknown), "too old to say what its scans looked like"));
}

TEST_CASE("pictures have no profile, and nothing is asked of them") {
  const train::Model model = model_of({source(profile(kHead))});
  const TrainedFor picture = train::trained_for(model, std::nullopt, 1);
  CHECK(picture.known);
  CHECK(picture.holds());
  data::Volume grey = scan_of(2, square);
  grey.unit = data::Unit::grey8;
  CHECK_THROWS_AS(train::profile_of(grey), nn::Error);
}

TEST_CASE("a record with shares that are none is refused") {
  for (const char* bad : {R"({"pixel_spacing":[1,0],"air":0.5,"tissues":[0,0,1,0,0,0]})",
                          R"({"pixel_spacing":[1,1],"air":-0.1,"tissues":[0,0,1,0,0,0]})",
                          R"({"pixel_spacing":[1,1],"air":0.5,"tissues":[0,0,1.5,0,0,0]})"}) {
    INFO(bad);
    CHECK_THROWS_AS(nlohmann::json::parse(bad).get<ScanProfile>(), nn::Error);
  }
  const ScanProfile p = profile(kHead, 0.5, 0.7);
  const auto back = nlohmann::json(p).get<ScanProfile>();
  CHECK(back.tissues == p.tissues);
  CHECK(back.air == p.air);
  CHECK(back.pixel_spacing == p.pixel_spacing);
}

TEST_CASE("training on resampled slices records the pixels that the network sees") {
  const ScanProfile own = *train::load_scan("phantom:1:3:64", {}, 0).info.profile;
  const ScanProfile half = *train::load_scan("phantom:1:3:64", {}, 32).info.profile;
  CHECK(half.pixel_spacing[0] == 2 * own.pixel_spacing[0]);
  CHECK(half.pixel_spacing[1] == 2 * own.pixel_spacing[1]);
  CHECK(half.tissues == own.tissues);
}

TEST_CASE("real heads pass for each other, a belly and hollow plastic heads do not",
          "[optimised]") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) {
    ct2ct_test::skip("CT2CT_REAL_DATA is not set");
    return;
  }
  const auto profile_at = [&](const std::string& name) {
    return train::profile_of(data::read_volume(std::string(folder) + "/" + name));
  };
  std::vector<std::string> heads{"nifti/head_ge_vct_c3n01192_1.25.nii.gz",
                                 "nifti/head_ge_lspro32_avg2_1.25.nii.gz",
                                 "nifti/head_stanford_cthead_113.nii.gz"};
  std::vector<std::string> others{"nifti/headphantom_philips_tilt16_2.5.nii.gz"};
#ifdef CT2CT_HAS_DICOM
  heads.insert(heads.end(),
               {"dicom/head_cq500_5_tilt7.zip", "dicom/head_ge_hispeed_varspacing_tilt18.zip"});
  others.emplace_back("dicom/abdomen_siemens_mct_j2klossless_20.zip");
#endif
  std::vector<ScanProfile> profiles;
  for (const std::string& head : heads) profiles.push_back(profile_at(head));
  for (const ScanProfile& a : profiles) {
    const train::Model model = model_of({source(a)});
    for (const ScanProfile& b : profiles) CHECK(train::to_line(judged(model, b)).empty());
  }
  std::vector<SourceInfo> all;
  for (const ScanProfile& p : profiles) all.push_back(source(p));
  const train::Model model = model_of(all);
  for (const std::string& other : others) {
    INFO(other);
    CHECK(says(train::to_line(judged(model, profile_at(other))), "tissues at a distance"));
  }
}
