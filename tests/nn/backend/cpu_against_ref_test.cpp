// Every fast kernel against the scalar specification, by the backend that a user can run too
// (--device check:cpu,ref), and against itself on other numbers of threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "nn/backend/cpu/conv_plan.h"
#include "nn/backend/cpu/gemm.h"
#include "nn/backend/cpu/micro_kernel.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/nn/backend/kernels.h"

namespace nn::testing {
namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.numel()) * sizeof(real)) == 0;
}

std::vector<Write> writes_of(const KernelCase& k) {
  return k.adds ? std::vector<Write>{Write::set, Write::add} : std::vector<Write>{Write::set};
}

bool has_nan(const Tensor& t) {
  for (const real v : t.values()) {
    if (v != v) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every fast kernel agrees with the specification within rounding",
          "[backend][optimised]") {
  const auto check = make_backend("check:cpu,ref");
  for (const KernelCase& k : every_kernel()) {
    for (const Write write : writes_of(k)) {
      INFO(k.kernel << " " << k.shape << (write == Write::add ? " add" : " set"));
      std::vector<NamedTensor> outputs;
      CHECK(error_of([&] { outputs = k.run(*check, write); }) == "");
      for (const NamedTensor& out : outputs) CHECK_FALSE(has_nan(out.value));
    }
  }
}

TEST_CASE("the sizes that are tested take every path of a convolution", "[backend]") {
  if (cpu::eigen_asked_for()) return;
  using Paths = std::set<std::string>;
  const auto taken = [](cpu::ConvPlan (*plan)(const cpu::ConvSizes&), bool fixed) {
    Paths paths;
    for (const auto& [spec, image, cout] : convolution_sizes()) {
      const Shape map = conv2d_output_shape(spec, image, cout);
      const ConvAlgorithm algorithm = conv_algorithm(spec, image, cout);
      paths.insert(
          to_string(plan({spec, algorithm, image, map, fixed, cpu::micro_kernel().cols}).path));
    }
    return paths;
  };
  const Paths wide{"few channels", "narrow", "in place", "gather"};
  CHECK(taken(cpu::plan_correlate, false) == wide);
  CHECK(taken(cpu::plan_correlate, true) == wide);
  CHECK(taken(cpu::plan_adjoint, false) ==
        Paths{"few channels", "few pixels", "in place", "gather"});
  CHECK(taken(cpu::plan_adjoint, true) == Paths{"few channels", "in place", "gather"});
  CHECK(taken(cpu::plan_weights, false) == Paths{"few channels", "in place", "gather"});
  // Winograd has sizes of its own: winograd_test.cpp.
  CHECK(cpu::plan_correlate({{}, ConvAlgorithm::winograd, {1, 8, 8, 8}, {1, 4, 4, 8}}).path ==
        cpu::ConvPath::winograd);
}

TEST_CASE("adding is setting plus what was there", "[backend][optimised]") {
  for (const char* name : {"cpu", "ref"}) {
    const auto b = make_backend(name);
    for (const KernelCase& k : every_kernel()) {
      if (!k.adds) continue;
      const std::vector<NamedTensor> set = k.run(*b, Write::set);
      const std::vector<NamedTensor> added = k.run(*b, Write::add);
      for (std::size_t o = 0; o < set.size(); ++o) {
        const Tensor before = destination(set[o].value.shape(), Write::add);
        double worst = 0;
        double largest = 1;
        for (index i = 0; i < before.numel(); ++i) {
          const double sum =
              static_cast<double>(set[o].value.data()[i]) + static_cast<double>(before.data()[i]);
          worst = std::max(worst, std::fabs(static_cast<double>(added[o].value.data()[i]) - sum));
          largest = std::max(largest, std::fabs(sum));
        }
        INFO(name << " " << k.kernel << " " << k.shape << " " << set[o].name);
        CHECK(worst <= 1e-5 * largest);  // a lost or doubled summand is of the size of `largest`
      }
    }
  }
}

TEST_CASE("the number of threads changes no bit of any kernel", "[backend]") {
  const int before = threads();
  const auto cpu = make_backend("cpu");
  for (const KernelCase& k : every_kernel()) {
    for (const Write write : writes_of(k)) {
      set_threads(1);
      const std::vector<NamedTensor> one = k.run(*cpu, write);
      for (const int count : {2, 3, 4}) {
        set_threads(count);
        const std::vector<NamedTensor> many = k.run(*cpu, write);
        for (std::size_t o = 0; o < one.size(); ++o) {
          INFO(k.kernel << " " << k.shape << " " << one[o].name << " on " << count << " threads");
          CHECK(same_bits(one[o].value, many[o].value));
        }
      }
    }
  }
  set_threads(before);
}

TEST_CASE("a normalisation writes only the gradients that are asked for", "[backend]") {
  const Shape shape{2, 5, 4, 3};
  const Tensor x = noise(shape, 1);
  const Tensor gamma = noise(vector_shape(3), 2);
  const Tensor dy = noise(shape, 3);
  const Tensor y = noise(shape, 5);
  for (const char* name : {"cpu", "ref", "check:cpu,ref"}) {
    const auto b = make_backend(name);
    for (const index groups : {1, 2}) {
      const Shape statistics{groups, 1, 1, 3};
      const Tensor mean = noise(statistics, 4);
      const Tensor inv_std = Tensor::full(statistics, 0.7F);
      const auto run = [&](int asked) {
        std::vector<Tensor> d{Tensor::full(shape, 7), Tensor::full(vector_shape(3), 7),
                              Tensor::full(vector_shape(3), 7), Tensor::full(shape, 7)};
        std::vector<Destination> out(4);
        for (std::size_t i = 0; i < 4; ++i) {
          if ((asked >> i & 1) != 0) out[i] = {&d[i], Write::set};
        }
        b->run(NormBackward{groups, x, gamma, mean, inv_std, y, 0.2, dy, out[0], out[1], out[2],
                            out[3]});
        return d;
      };
      const std::vector<Tensor> all = run(15);
      for (int asked = 0; asked < 16; ++asked) {
        const std::vector<Tensor> some = run(asked);
        for (std::size_t i = 0; i < 4; ++i) {
          INFO(name << ", groups " << groups << ", asked " << asked << " output " << i);
          const bool wanted = (asked >> i & 1) != 0;
          CHECK(same_bits(some[i], wanted ? all[i] : Tensor::full(all[i].shape(), 7)));
        }
      }
    }
  }
}

TEST_CASE("a matrix product's bits do not depend on where its blocks lie", "[backend]") {
  const auto product = [](int kind, index m, index n, index k, index shift) {
    const Tensor a = noise({1, 1, m, k}, 1);
    const Tensor b = noise({1, 1, k, n}, 2);
    std::vector<float> room(static_cast<std::size_t>(a.numel() + b.numel() + m * n + 3 * shift));
    float* pa = room.data() + shift;
    float* pb = pa + a.numel() + shift;
    float* pc = pb + b.numel() + shift;
    std::copy_n(a.data(), a.numel(), pa);
    std::copy_n(b.data(), b.numel(), pb);
    if (kind == 0) cpu::gemm_nn(m, n, k, {pa, k}, {pb, n}, pc, n, false);
    if (kind == 1) cpu::gemm_nt(m, n, k, {pa, k}, {pb, k}, pc, n, false);
    if (kind == 2) cpu::gemm_tn(m, n, k, {pa, m}, {pb, n}, pc, n, false);
    return std::vector<float>(pc, pc + m * n);
  };
  for (const int kind : {0, 1, 2}) {
    for (const index m : {1, 2, 5, 8, 33}) {
      for (const index n : {1, 2, 5, 7, 8, 9, 31}) {
        for (const index k : {1, 2, 3, 4, 8, 48}) {
          const std::vector<float> first = product(kind, m, n, k, 0);
          for (const index shift : {1, 2, 3, 5}) {
            INFO("kind " << kind << " m " << m << " n " << n << " k " << k << " shift " << shift);
            CHECK(product(kind, m, n, k, shift) == first);
          }
        }
      }
    }
  }
}

}  // namespace nn::testing
