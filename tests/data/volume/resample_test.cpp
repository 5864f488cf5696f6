#include "data/volume/resample.h"

#include "data/volume/normalise.h"
#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "tests/catch.h"

namespace {

nn::Tensor noise(const nn::Shape& shape, double low, double high) {
  nn::Tensor t(shape);
  nn::Rng rng(5, nn::Purpose::test);
  for (float& v : t.values()) v = static_cast<float>(low + (high - low) * rng.uniform());
  return t;
}

}  // namespace

TEST_CASE("area averaging: hand-computed ratios") {
  const float values[] = {1, 2, 3, 4, 5, 6};
  const auto row = nn::Tensor::from({1, 1, 6, 1}, values);
  const auto half = data::resized(row, 1, 3);
  CHECK(half.at(0, 0, 0, 0) == Approx(1.5));
  CHECK(half.at(0, 0, 2, 0) == Approx(5.5));
  // 6 pixels to 4: each covers 1.5; the first is (1 + 0.5 * 2) / 1.5, the second (0.5 * 2 + 3)
  // / 1.5.
  const auto four = data::resized(row, 1, 4);
  CHECK(four.at(0, 0, 0, 0) == Approx(2.0 / 1.5));
  CHECK(four.at(0, 0, 1, 0) == Approx(4.0 / 1.5));
  const auto twelve = data::resized(row, 2, 12);
  CHECK(twelve.at(0, 1, 3, 0) == 2);
}

TEST_CASE("area averaging keeps the mean") {
  const auto image = noise({1, 31, 45, 2}, -1000, 2000);
  const auto small = data::resized(image, 16, 20);
  for (nn::index c = 0; c < 2; ++c) {
    double before = 0;
    double after = 0;
    for (nn::index p = 0; p < 31 * 45; ++p) before += static_cast<double>(image.data()[p * 2 + c]);
    for (nn::index p = 0; p < 16 * 20; ++p) after += static_cast<double>(small.data()[p * 2 + c]);
    CHECK(after / (16 * 20) == Approx(before / (31 * 45)).epsilon(1e-5));
  }
}

TEST_CASE("padding repeats the edge and cropping undoes it") {
  const auto image = noise({1, 13, 30, 1}, 0, 1);
  const auto padded = data::padded_to_multiple(image, 16);
  REQUIRE(padded.shape() == nn::Shape{1, 16, 32, 1});
  CHECK(padded.at(0, 15, 31, 0) == image.at(0, 12, 29, 0));
  const auto back = data::cropped(padded, 0, 0, 13, 30);
  CHECK(std::equal(back.data(), back.data() + back.numel(), image.data()));
  const auto mirrored = data::cropped(image, 2, 3, 4, 5, true);
  CHECK(mirrored.at(0, 0, 0, 0) == image.at(0, 2, 7, 0));
  CHECK_THROWS_AS(data::cropped(image, 10, 0, 4, 5), nn::Error);
}

TEST_CASE("stacking and joining put values where they belong") {
  const auto a = noise({1, 2, 3, 1}, 0, 1);
  const auto b = noise({1, 2, 3, 1}, 5, 6);
  const auto batch = data::stacked({a, b});
  CHECK(batch.at(1, 1, 2, 0) == b.at(0, 1, 2, 0));
  CHECK(data::image_of(batch, 1).at(0, 1, 2, 0) == b.at(0, 1, 2, 0));
  const auto joined = data::channels_joined({a, b});
  CHECK(joined.at(0, 1, 2, 0) == a.at(0, 1, 2, 0));
  CHECK(joined.at(0, 1, 2, 1) == b.at(0, 1, 2, 0));
  CHECK_THROWS_AS(data::stacked({a, noise({1, 3, 2, 1}, 0, 1)}), nn::Error);
}

TEST_CASE("normalisation: ends of the window and round trip") {
  for (const auto& norm :
       {data::Normalisation::symmetric(-1024, 2048), data::Normalisation::grey128(-1024, 2048)}) {
    const auto hu = noise({1, 64, 64, 1}, -1024, 2048);
    const auto back = norm.restore(norm.apply(hu, true));
    for (nn::index i = 0; i < hu.numel(); ++i) {
      REQUIRE(std::abs(back.data()[i] - hu.data()[i]) < 1e-3F);  // a stored step is 1 HU
    }
    const float ends[] = {-3000, -1024, 2048, 9000};
    const auto units = norm.apply(nn::Tensor::from({1, 1, 4, 1}, ends), true);
    CHECK(units.data()[0] == -1);
    CHECK(units.data()[1] == -1);
    CHECK(units.data()[2] == units.data()[3]);
    const auto open = norm.apply(nn::Tensor::from({1, 1, 4, 1}, ends), false);
    CHECK(open.data()[3] > open.data()[2]);
  }
  const float grey[] = {0, 128, 255};
  const auto units =
      data::Normalisation::grey128(0, 255).apply(nn::Tensor::from({1, 1, 3, 1}, grey), true);
  CHECK(units.data()[0] == -1);
  CHECK(units.data()[1] == 0);
  CHECK(units.data()[2] == Approx(255.0 / 128 - 1));
}

TEST_CASE("every 8-bit level and every int16 HU in the window comes back exactly when rounded") {
  const auto norm = data::Normalisation::symmetric(-1024, 2048);
  nn::Tensor all({1, 1, 3073, 1});
  for (nn::index i = 0; i < 3073; ++i) all.data()[i] = static_cast<float>(i - 1024);
  const auto back = norm.restore(norm.apply(all, true));
  for (nn::index i = 0; i < 3073; ++i) REQUIRE(std::round(back.data()[i]) == all.data()[i]);
}

TEST_CASE("box means count what lies inside, and differences have no sign") {
  const float values[] = {1, 2, 3, 4, 5, 6};
  const auto image = nn::Tensor::from({1, 2, 3, 1}, values);
  const auto mean = data::box_mean(image, 1);
  CHECK(mean.at(0, 0, 0, 0) == 3);  // 1, 2, 4, 5
  CHECK(mean.at(0, 1, 1, 0) == 3.5);
  CHECK(data::box_mean_at(image, 0, 2, 1) == 4);
  CHECK(data::box_mean(image, 0).at(0, 1, 2, 0) == 6);
  const auto apart = data::absolute_difference(image, mean);
  CHECK(apart.at(0, 0, 0, 0) == 2);
  CHECK(apart.at(0, 1, 1, 0) == 1.5);
  CHECK_THROWS_AS(data::absolute_difference(image, nn::Tensor::zeros({1, 3, 2, 1})), nn::Error);
}
