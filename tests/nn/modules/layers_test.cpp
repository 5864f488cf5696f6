// Layers: what they add to the ops. Running statistics by hand in the three modes, instance norm
// where there is nothing to normalise, and the layout of weights in a file.
#include "nn/modules/layers.h"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

const Conv2dSpec kWide{1, 2, 1, {0, 0, 0, 0}};

struct Statistics {
  std::vector<double> mean, variance;
};

Statistics running(const BatchNorm2d& norm) {
  ParameterList list;
  norm.collect("norm", list);
  REQUIRE(list.buffers.size() == 2);
  REQUIRE(list.buffers[0].name == "norm.running_mean");
  REQUIRE(list.buffers[1].name == "norm.running_var");
  return {doubles(list.buffers[0].tensor), doubles(list.buffers[1].tensor)};
}

/// Two images of 1x2 pixels and two channels. Channel 0: 1, 3, 5, 7 with mean 4, biased variance 5,
/// unbiased 20/3. Channel 1: 2, 2, 2, 2.
Var four_pixels() { return Var(tensor({2, 1, 2, 2}, {1, 2, 3, 2, 5, 2, 7, 2})); }

}  // namespace

TEST_CASE("batch norm's running statistics by hand", "[layers]") {
  BatchNorm2d norm(2, 0.25, 0.9);
  CHECK(running(norm).mean == std::vector<double>{0, 0});
  CHECK(running(norm).variance == std::vector<double>{1, 1});

  SECTION("train: the batch's values, and the running ones follow") {
    const Var y = norm.forward(four_pixels(), NormMode::train);
    const double scale = 1 / std::sqrt(5.25);
    const std::vector<double> expected{-3 * scale, 0, -scale, 0, scale, 0, 3 * scale, 0};
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(doubles(y.value())[i] == Approx(expected[i]).margin(1e-6));
    }
    CHECK(running(norm).mean[0] == Approx(0.1 * 4));
    CHECK(running(norm).mean[1] == Approx(0.1 * 2));
    CHECK(running(norm).variance[0] == Approx(0.9 + 0.1 * 20 / 3).epsilon(1e-5));
    CHECK(running(norm).variance[1] == Approx(0.9).epsilon(1e-5));

    static_cast<void>(norm.forward(four_pixels(), NormMode::train));
    CHECK(running(norm).mean[0] == Approx(0.9 * 0.4 + 0.1 * 4));
    CHECK(running(norm).variance[0] == Approx(0.9 * (0.9 + 2.0 / 3) + 2.0 / 3).epsilon(1e-5));
  }
  SECTION("batch: the same values, and nothing changes") {
    BatchNorm2d other(2, 0.25, 0.9);
    const Var trained = other.forward(four_pixels(), NormMode::train);
    const Var y = norm.forward(four_pixels(), NormMode::batch);
    CHECK(doubles(y.value()) == doubles(trained.value()));
    CHECK(running(norm).mean == std::vector<double>{0, 0});
    CHECK(running(norm).variance == std::vector<double>{1, 1});
  }
  SECTION("running: values from the running statistics, which stay") {
    ParameterList list;
    norm.collect("norm", list);
    list.parameters[0].var.mutable_value().values()[0] = 2;    // gamma
    list.parameters[1].var.mutable_value().values()[0] = 0.5;  // beta
    list.buffers[0].tensor.values()[0] = 3;
    list.buffers[1].tensor.values()[0] = 3.75;  // + eps = 4
    const Var y = norm.forward(four_pixels(), NormMode::running);
    CHECK(doubles(y.value())[0] == Approx(2 * (1 - 3) / 2.0 + 0.5));
    CHECK(doubles(y.value())[6] == Approx(2 * (7 - 3) / 2.0 + 0.5));
    CHECK(doubles(y.value())[1] == Approx(2 / std::sqrt(1.25)));
    CHECK(running(norm).mean[0] == 3);
    CHECK(running(norm).variance[0] == 3.75);
  }
}

TEST_CASE("batch norm of one value gives the shift", "[layers]") {
  BatchNorm2d norm(2, 1e-3, 0.9);
  ParameterList list;
  norm.collect("norm", list);
  list.parameters[1].var.mutable_value().values()[0] = 0.75;
  const Var y = norm.forward(Var(tensor({1, 1, 1, 2}, {40, -3})), NormMode::train);
  CHECK(doubles(y.value()) == std::vector<double>{0.75, 0});
  CHECK(running(norm).mean[0] == Approx(4));
  CHECK(running(norm).variance[0] == Approx(0.9).epsilon(1e-5));  // of a single value: 0, not NaN
}

TEST_CASE("the running variance of a constant is never negative", "[layers]") {
  // 1 / inv_std^2 - eps is the rounding error of eps; it must not pull the variance below 0.
  BatchNorm2d norm(1, 1e-3, 0.0);
  const Var x(tensor({1, 2, 2, 1}, {0.1, 0.1, 0.1, 0.1}));
  static_cast<void>(norm.forward(x, NormMode::train));
  CHECK(running(norm).variance[0] >= 0);
  CHECK(running(norm).variance[0] < 1e-8);
}

TEST_CASE("instance norm", "[layers]") {
  InstanceNorm2d norm(2, 0.25);
  ParameterList list;
  norm.collect("norm", list);
  REQUIRE(list.parameters.size() == 2);
  CHECK(list.parameters[0].name == "norm.weight");
  CHECK(list.parameters[1].name == "norm.bias");
  CHECK(list.buffers.empty());

  SECTION("every image by itself") {
    // Channel 0: pixels 1, 3 in one image and 5, 9 in the other; means 2 and 7, variances 1 and 4.
    const Var x(tensor({2, 1, 2, 2}, {1, 2, 3, 2, 5, 2, 9, 2}));
    const std::vector<double> y = doubles(norm.forward(x).value());
    CHECK(y[0] == Approx(-1 / std::sqrt(1.25)));
    CHECK(y[2] == Approx(1 / std::sqrt(1.25)));
    CHECK(y[4] == Approx(-2 / std::sqrt(4.25)));
    CHECK(y[6] == Approx(2 / std::sqrt(4.25)));
    CHECK(y[1] == Approx(0).margin(1e-6));
  }
  SECTION("left out where a map is 1x1, whatever gain and shift are") {
    list.parameters[0].var.mutable_value().fill(5);
    list.parameters[1].var.mutable_value().fill(-1);
    const Var x(tensor({2, 1, 1, 2}, {1, 2, 3, 4}));
    CHECK(doubles(norm.forward(x).value()) == std::vector<double>{1, 2, 3, 4});
  }
  SECTION("left out, it passes gradients on, and those of gain and shift are 0") {
    const Var x(tensor({1, 1, 1, 2}, {3, -4}), true);
    const Var& gamma = list.parameters[0].var;
    const Var& beta = list.parameters[1].var;
    backward(norm.forward(x), tensor({1, 1, 1, 2}, {5, 7}), std::vector<Var>{x, gamma, beta});
    CHECK(doubles(x.grad()) == std::vector<double>{5, 7});
    CHECK(doubles(gamma.grad()) == std::vector<double>{0, 0});
    CHECK(doubles(beta.grad()) == std::vector<double>{0, 0});
  }
  SECTION("not left out for 1xW") {
    const Var x(tensor({1, 1, 2, 2}, {1, 2, 3, 4}));
    CHECK(doubles(norm.forward(x).value()) != std::vector<double>{1, 2, 3, 4});
  }
}

TEST_CASE("layers name their parameters as PyTorch does", "[layers]") {
  ParameterList list;
  Conv2d(kWide, 3, 5, true).collect("a", list);
  Conv2d(kWide, 3, 5, false).collect("b", list);
  ConvTranspose2d(kWide, 3, 5, true).collect("c", list);
  std::vector<std::string> names;
  for (const Parameter& p : list.parameters) names.push_back(p.name);
  CHECK(names == std::vector<std::string>{"a.weight", "a.bias", "b.weight", "c.weight", "c.bias"});
  CHECK(list.parameters[0].var.shape() == Shape{1, 2, 3, 5});
  CHECK(list.parameters[3].var.shape() == Shape{1, 2, 5, 3});
  CHECK(list.count() == 30 + 5 + 30 + 30 + 5);
  CHECK(list.vars().size() == 5);
}

TEST_CASE("weights are written in PyTorch's layout", "[layers]") {
  // Inside (kh,kw,Cin,Cout); the value at (a,b,i,o) is 1000a + 100b + 10i + o.
  const auto numbered = [](ParameterList& list) {
    Tensor& w = list.parameters[0].var.mutable_value();
    const Shape& s = w.shape();
    for (index k = 0; k < w.numel(); ++k) {
      const index o = k % s.c;
      const index i = k / s.c % s.w;
      const index b = k / s.c / s.w % s.h;
      const index a = k / s.c / s.w / s.h;
      w.data()[k] = static_cast<real>(1000 * a + 100 * b + 10 * i + o);
    }
  };
  const Conv2dSpec spec{3, 2, 1, {0, 0, 0, 0}};
  const auto written = [](const ParameterList& list) {
    const auto arrays = arrays_of(list, "net.");
    REQUIRE(arrays.size() == 1);
    CHECK(arrays[0].name == "net.layer.weight");
    std::vector<float> values(static_cast<std::size_t>(list.count()));
    arrays[0].fill(values.data());
    return std::pair{arrays[0].shape, values};
  };

  SECTION("convolution: (Cout,Cin,kh,kw)") {
    ParameterList list;
    Conv2d(spec, 4, 5, false).collect("layer", list);
    numbered(list);
    const auto [shape, values] = written(list);
    CHECK(shape == std::vector<index>{5, 4, 3, 2});
    CHECK(values[0] == 0);
    CHECK(values[1] == 100);   // kw is the fastest
    CHECK(values[2] == 1000);  // then kh
    CHECK(values[6] == 10);    // then Cin
    CHECK(values[24] == 1);    // then Cout
    CHECK(values.back() == 2000 + 100 + 30 + 4);
  }
  SECTION("transposed convolution: (Cin,Cout,kh,kw)") {
    ParameterList list;
    ConvTranspose2d(spec, 4, 5, false).collect("layer", list);
    numbered(list);
    const auto [shape, values] = written(list);
    CHECK(shape == std::vector<index>{4, 5, 3, 2});
    CHECK(values[6] == 10);  // next output channel: our third index
    CHECK(values[30] == 1);  // next input channel: our last
  }
}

TEST_CASE("weights come back from a file, more outputs than are read at a time", "[layers]") {
  const auto path =
      std::filesystem::temp_directory_path() / ("ct2ct_layers_test_" + std::to_string(::getpid()));
  const Conv2dSpec spec{3, 2, 1, {0, 0, 0, 0}};
  ParameterList written;
  Conv2d(spec, 4, 37, true).collect("layer", written);
  std::uint32_t stream = 0;
  for (Parameter& p : written.parameters) p.var.mutable_value() = noise(p.var.shape(), stream++);
  {
    std::ofstream out(path, std::ios::binary);
    write_safetensors(
        [&](const void* bytes, std::size_t count) {
          out.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
        },
        {}, arrays_of(written, "net."));
  }
  ParameterList list;
  Conv2d(spec, 4, 37, true).collect("layer", list);
  load(list, SafetensorsReader(path.string()), "net.");
  for (std::size_t k = 0; k < list.parameters.size(); ++k) {
    INFO(list.parameters[k].name);
    CHECK(doubles(list.parameters[k].var.value()) == doubles(written.parameters[k].var.value()));
  }
  std::filesystem::remove(path);
}

}  // namespace nn::testing
