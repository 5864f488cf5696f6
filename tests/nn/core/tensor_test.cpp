#include "nn/core/tensor.h"

#include <vector>

#include "nn/core/error.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("Shape: counts and text", "[core][tensor]") {
  const Shape s{2, 3, 4, 5};
  CHECK(s.numel() == 120);
  CHECK(s.pixels() == 24);
  CHECK(to_string(s) == "2x3x4x5");
  CHECK(s == Shape{2, 3, 4, 5});
  CHECK(s != Shape{2, 3, 5, 4});
  CHECK(vector_shape(7) == Shape{1, 1, 1, 7});
  CHECK(scalar_shape().numel() == 1);
  CHECK(Shape{}.numel() == 0);
  CHECK(Shape{65536, 65536, 16, 1}.numel() == index{1} << 36);  // beyond 32 bits
}

TEST_CASE("Tensor: row-major, channels fastest", "[core][tensor]") {
  Tensor t(Shape{2, 3, 4, 5});
  for (index i = 0; i < 120; ++i) t.data()[i] = static_cast<real>(i);
  CHECK(t.at(0, 0, 0, 1) == 1);
  CHECK(t.at(0, 0, 1, 0) == 5);
  CHECK(t.at(0, 1, 0, 0) == 20);
  CHECK(t.at(1, 0, 0, 0) == 60);
  CHECK(t.at(1, 2, 3, 4) == 119);
  t.at(1, 2, 3, 4) = -1;
  CHECK(t.values().back() == -1);
}

TEST_CASE("Tensor: makers", "[core][tensor]") {
  CHECK(doubles(Tensor::zeros({1, 2, 1, 2})) == std::vector<double>{0, 0, 0, 0});
  CHECK(doubles(Tensor::full({1, 1, 2, 1}, 3)) == std::vector<double>{3, 3});
  const std::vector<real> values{1, 2, 3};
  CHECK(doubles(Tensor::from({1, 1, 3, 1}, values)) == std::vector<double>{1, 2, 3});
  CHECK(Tensor().empty());
  CHECK(Tensor().numel() == 0);
  CHECK_FALSE(Tensor(Shape{1, 0, 1, 1}).empty());  // no values, but a tensor
  CHECK(Tensor::full(scalar_shape(), 7).item() == 7);
}

TEST_CASE("Tensor: a copy is the same memory, a clone is not", "[core][tensor]") {
  Tensor a = Tensor::zeros({1, 1, 2, 1});
  const Tensor copy = a;
  const Tensor clone = a.clone();
  a.fill(5);
  CHECK(doubles(copy) == std::vector<double>{5, 5});
  CHECK(doubles(clone) == std::vector<double>{0, 0});
  CHECK(clone.shape() == a.shape());
}

TEST_CASE("Tensor::view: a window that keeps its owner alive", "[core][tensor]") {
  Tensor window;
  {
    Tensor owner(vector_shape(10));
    for (index i = 0; i < 10; ++i) owner.data()[i] = static_cast<real>(i);
    window = Tensor::view(owner, 4, {1, 2, 3, 1});
    window.at(0, 1, 2, 0) = 90;
    CHECK(owner.data()[9] == 90);
  }
  const Tensor other = Tensor::full(vector_shape(10), -1);  // would reuse the memory
  CHECK(doubles(window) == std::vector<double>{4, 5, 6, 7, 8, 90});
  const Tensor inside = Tensor::view(window, 1, vector_shape(2));
  CHECK(doubles(inside) == std::vector<double>{5, 6});
}

TEST_CASE("Tensor::view: refuses a window that leaves its owner", "[core][tensor]") {
  const Tensor owner(vector_shape(10));
  CHECK_NOTHROW(Tensor::view(owner, 7, vector_shape(3)));
  CHECK_NOTHROW(Tensor::view(owner, 10, vector_shape(0)));
  CHECK(error_of([&] { Tensor::view(owner, 8, vector_shape(3)); }) ==
        "Tensor::view: 1x1x1x3 at 8 of 10 values, expected a window inside its owner");
  CHECK(error_of([&] { Tensor::view(owner, -1, vector_shape(3)); }) ==
        "Tensor::view: 1x1x1x3 at -1 of 10 values, expected a window inside its owner");
}

TEST_CASE("Tensor::reshaped: the same memory under another shape", "[core][tensor]") {
  Tensor t = Tensor::zeros({1, 2, 3, 1});
  const Tensor flat = t.reshaped(vector_shape(6));
  CHECK(flat.shape() == vector_shape(6));
  t.at(0, 1, 0, 0) = 8;
  CHECK(flat.data()[3] == 8);
  CHECK(error_of([&] { static_cast<void>(t.reshaped(vector_shape(5))); }) ==
        "Tensor::reshaped: 1x2x3x1 to 1x1x1x5, expected the same number of values");
}

TEST_CASE("Tensor: refuses what makes no sense", "[core][tensor]") {
  CHECK(error_of([] {
          Tensor(Shape{1, -2, 3, 4});
        }) == "Tensor: shape 1x-2x3x4, expected sizes of 0 or more");
  CHECK(error_of([] {
          Tensor(Shape{1, -2, -3, 4});
        }) == "Tensor: shape 1x-2x-3x4, expected sizes of 0 or more");
  const std::vector<real> three{1, 2, 3};
  CHECK(error_of([&] {
          Tensor::from({1, 2, 2, 1}, three);
        }) == "Tensor::from: 3 values, expected 4 for shape 1x2x2x1");
  CHECK(error_of([] { static_cast<void>(Tensor(vector_shape(2)).item()); }) ==
        "Tensor::item: shape 1x1x1x2, expected a single value");
}

}  // namespace
}  // namespace nn::testing
