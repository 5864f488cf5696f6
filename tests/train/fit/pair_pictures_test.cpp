// Pictures A|B out of a scan: each pixel by hand, which slices make a pair, what is refused.
#include "train/fit/pair_pictures.h"

#include <filesystem>
#include <set>

#include "data/phantom/phantom.h"
#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "train/fit/dataset.h"

namespace fs = std::filesystem;
using data_test::TempDir;

namespace {

data::Volume head() { return data::make_phantom({24, 48, 5, 5}); }

}  // namespace

TEST_CASE("a pair: tissues in six grey levels on the left, the slice as it is shown on the right") {
  // The edges between tissues are at -300, -20, 100, 200 and 500 HU; the window is 0 to 80 HU.
  const std::vector<nn::real> hu{-1000, -300, -20, 99, 100, 499, 500, 40};
  const data::Image8 pair = train::pair_picture(nn::Tensor::from({1, 2, 4, 1}, hu), {0, 80});
  CHECK(pair.width == 8);
  CHECK(pair.height == 2);
  CHECK(pair.channels == 1);
  CHECK(pair.bytes == std::vector<std::uint8_t>{0, 51, 102, 102, 0, 0, 0, 255,  //
                                                153, 204, 255, 102, 255, 255, 255, 128});
}

TEST_CASE("pairs of a scan: the slices that show a body, and the training reads them") {
  const TempDir dir;
  data::Volume scan = head();
  scan.set_slice(3, nn::Tensor::full({1, 48, 48, 1}, -1000));  // air alone
  const nn::index count = train::write_pairs(dir / "pairs", scan, {0, 80}, false);
  std::set<std::string> names;
  for (const auto& e : fs::directory_iterator(dir / "pairs")) names.insert(e.path().filename());
  CHECK(static_cast<nn::index>(names.size()) == count);
  CHECK(count > 15);
  CHECK(names.contains("slice_0012.png"));
  CHECK_FALSE(names.contains("slice_0003.png"));
  const data::Image8 read = data::read_picture(dir / "pairs/slice_0012.png");
  CHECK(read.bytes == train::pair_picture(scan.slice(12), {0, 80}).bytes);

  train::Recipe recipe = train::recipe_named("pix2pix");
  recipe.size = 48;
  recipe.enlarge = 0;
  const train::PairDataset pairs({dir / "pairs"}, recipe);
  CHECK(pairs.count() == count);
  CHECK(pairs.channels() == 1);
}

TEST_CASE("pairs: what is refused leaves nothing") {
  const TempDir dir;
  const auto refused = [&](const data::Volume& scan, const std::string& says) {
    data_test::check_input_error(
        [&] {
          train::write_pairs(dir / "pairs", scan, {0, 80}, false);
        },
        {says});
    CHECK(dir.entries() == 0);
  };
  data::Volume pictures = head();
  pictures.unit = data::Unit::grey8;
  refused(pictures, "expected HU");
  data::Volume air = head();
  for (nn::index k = 0; k < air.slices(); ++k) {
    air.set_slice(k, nn::Tensor::full({1, 48, 48, 1}, -1000));
  }
  refused(air, "no slice with a body");
}
