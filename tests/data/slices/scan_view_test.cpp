#include "data/slices/scan_view.h"

#include <memory>

#include "data/pictures/overlay.h"
#include "tests/catch.h"

namespace {

/// Slices of 2 x 4 pixels, all of 10 k HU, 3 mm apart.
data::Volume flat_scan(nn::index slices) {
  data::Volume v;
  v.source = "flat";
  v.dims = {4, 2, slices};
  v.spacing = {1, 1, 3};
  v.affine[2][2] = 3;
  v.stored.resize(data::checked_bytes(v.dims, v.type, v.source));
  for (nn::index k = 0; k < slices; ++k) {
    v.set_slice(k, nn::Tensor::full({1, 2, 4, 1}, static_cast<nn::real>(10 * k)));
  }
  return v;
}

nn::real value(const nn::Tensor& slice) { return slice.at(0, 0, 0, 0); }

/// Text on the last pixel of the second row.
std::shared_ptr<const data::Overlay> text_on_last_pixel() {
  data::Overlay overlay;
  overlay.width = 4;
  overlay.height = 2;
  overlay.kind = {0, 0, 0, 0, 0, 0, 0, data::Overlay::kStill};
  return std::make_shared<const data::Overlay>(overlay);
}

}  // namespace

TEST_CASE("a view has the measured slices of a scan, refined or not, at their places") {
  const data::Volume scan = flat_scan(4);
  data::Volume finer = scan.refined(std::vector<nn::index>{2, 1, 3});
  CHECK(data::measured_slices(scan) == std::vector<nn::index>{0, 1, 2, 3});
  CHECK(data::measured_slices(finer) == std::vector<nn::index>{0, 2, 3, 6});
  finer.set_slice(1, nn::Tensor::full({1, 2, 4, 1}, 999));
  for (const data::Volume* v : {&scan, static_cast<const data::Volume*>(&finer)}) {
    const data::ScanView view = data::view_of(*v);
    REQUIRE(view.slices() == 4);
    CHECK(view.shape() == nn::Shape{1, 2, 4, 1});
    CHECK(view.hu());
    CHECK(view.text.empty());
    for (nn::index k = 0; k < 4; ++k) {
      CHECK(value(view.slice(k)) == static_cast<nn::real>(10 * k));
      CHECK(view.positions[nn::at(k)][2] == Approx(3.0 * static_cast<double>(k)));
    }
  }
}

TEST_CASE("a view shows a slice as every method sees it") {
  data::Volume scan = flat_scan(3);
  scan.set_slice(1, nn::Tensor::full({1, 2, 4, 1}, 5000));
  scan.padding = data::ValueRange{20, 20};
  CHECK(value(data::view_of(scan).slice(1)) == 3071);
  CHECK(value(data::view_of(scan).slice(2)) == -1024);
  CHECK(value(data::loaded_view(scan, 0).slice(1)) == 3071);
}

TEST_CASE("around a target are the known slices of triplets, and its gap is theirs") {
  const data::Volume scan = flat_scan(9);
  const data::ScanView view = data::view_of(scan);
  const data::KnownSlices known = view.around({0, 3, 1, 1});
  CHECK(value(known[0]) == 0);
  CHECK(value(known[1]) == 20);
  CHECK(value(known[2]) == 40);
  CHECK(value(known[3]) == 60);
  CHECK(value(view.around({0, 1, 1, 1})[0]) == 0);  // A stands in for outer0
  CHECK(view.gap({0, 3, 1, 1}) == Approx(6));
  CHECK(view.gap({0, 4, 1, 2}) == Approx(9));
}

TEST_CASE("a thinned view has every n-th slice, as if the others did not exist") {
  const data::Volume scan = flat_scan(8);
  const data::ScanView third = data::view_of(scan).thinned(3);
  REQUIRE(third.slices() == 3);  // 0, 3 and 6
  CHECK(value(third.slice(2)) == 60);
  CHECK(third.positions[1][2] == Approx(9));
  CHECK(third.gap({0, 1, 1, 1}) == Approx(18));
  CHECK(value(third.around({0, 1, 1, 1})[2]) == 60);
  CHECK(value(third.thinned(2).slice(1)) == 60);
  CHECK(data::view_of(scan).thinned(7).slices() == 2);
  CHECK(data::every_nth(std::vector<bool>{true, false, false, true, true}, 3) ==
        std::vector<bool>{true, true});
  CHECK(data::every_nth(std::vector<int>{}, 2).empty());
}

TEST_CASE("a loaded view needs its scan no longer, and may be resampled with its text") {
  data::ScanView whole;
  data::ScanView small;
  {
    data::Volume scan = flat_scan(3);
    scan.unit = data::Unit::grey8;
    nn::Tensor slice = nn::Tensor::full({1, 2, 4, 1}, 8);
    slice.at(0, 0, 0, 0) = 24;
    slice.at(0, 1, 3, 0) = 200;  // text, which no method sees
    scan.set_slice(1, slice);
    scan.overlay = text_on_last_pixel();
    whole = data::loaded_view(scan, 0);
    small = data::loaded_view(scan, 2);
  }
  CHECK_FALSE(whole.hu());
  CHECK(whole.slice(1).at(0, 1, 3, 0) == 0);
  CHECK(whole.text == std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 1});
  // Two columns of the scan make one: (24 + 8) / 2, and (8 + 0) / 2 where text was hidden.
  CHECK(small.shape() == nn::Shape{1, 2, 2, 1});
  CHECK(small.slice(1).at(0, 0, 0, 0) == 16);
  CHECK(small.slice(1).at(0, 1, 1, 0) == 4);
  CHECK(small.text == std::vector<std::uint8_t>{0, 0, 0, 1});
  CHECK(small.positions == whole.positions);
}

TEST_CASE("a view as a scan has its slices, bit for bit, at their positions") {
  data::Volume scan = flat_scan(5);
  scan.positions = {{0, 0, 0}, {0, 0, 3}, {0, 0, 6}, {0, 0, 11}, {0, 0, 14}};
  const nn::Tensor odd = nn::Tensor::full({1, 2, 4, 1}, 40);
  data::ScanView view = data::view_of(scan).thinned(2);
  view.slice = [odd](nn::index k) {
    nn::Tensor slice = odd.clone();
    slice.at(0, 1, 2, 0) = static_cast<nn::real>(k) + 0.1F;
    return slice;
  };
  const data::Volume v = data::volume_of(view, "thinned");
  CHECK(v.source == "thinned");
  CHECK(v.slices() == 3);
  CHECK(v.unit == data::Unit::hu);
  CHECK(v.position(1) == data::Position{0, 0, 6});
  CHECK(v.slice(2).at(0, 1, 2, 0) == view.slice(2).at(0, 1, 2, 0));
  CHECK(v.slice(2).at(0, 0, 3, 0) == 40);
}
