// The comparing backend must pass what is right, and stop at what is wrong with the right name and
// position.
#include "nn/backend/wrappers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/backend/bounds.h"
#include "nn/backend/ref/ref_backend.h"
#include "tests/catch.h"
#include "tests/nn/backend/kernels.h"
#include "tests/nn/backend/tampered_backend.h"

namespace nn::testing {
namespace {

constexpr real kNan = std::numeric_limits<real>::quiet_NaN();

std::unique_ptr<Backend> tampered(TamperedBackend::Fault fault) {
  return std::make_unique<TamperedBackend>(std::make_unique<RefBackend>(), std::move(fault));
}

/// Its scale leaves out the last value.
class Forgetful final : public WrappingBackend<Forgetful> {
 public:
  std::string name() const override { return "forgetful"; }
  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override {
    return honest_.fix(spec, transposed, w);
  }
  template <class K>
  void wrap(const K& kernel) const {
    honest_.run(kernel);
  }
  void wrap(const Scale& k) const {
    for (index i = 0; i + 1 < k.x.numel(); ++i) {
      k.y.tensor->data()[i] = static_cast<real>(k.factor) * k.x.data()[i];
    }
  }

 private:
  RefBackend honest_;
};

std::string position(const Shape& s, index i) {
  return std::to_string(i / (s.h * s.w * s.c)) + "," + std::to_string(i / (s.w * s.c) % s.h) + "," +
         std::to_string(i / s.c % s.w) + "," + std::to_string(i % s.c);
}

real largest(const Tensor& t) {
  real m = 0;
  for (const real v : t.values()) m = std::max(m, std::fabs(v));
  return m;
}

/// The error of k on a check backend whose first or second half runs `fault`.
std::string caught(const KernelCase& k, Write write, bool first, const TamperedBackend::Fault& f) {
  const auto check = first ? make_check_backend(tampered(f), make_backend("cpu"))
                           : make_check_backend(make_backend("cpu"), tampered(f));
  return error_of([&] { k.run(*check, write); });
}

}  // namespace

TEST_CASE("check: what goes on are the results of the first backend", "[backend]") {
  // Both are right here, but their convolutions round differently.
  const auto check = make_check_backend(make_backend("cpu"), make_backend("ref"));
  const auto cpu = make_backend("cpu");
  CHECK(check->name() == "check:cpu,ref");
  for (const KernelCase& k : every_kernel()) {
    const std::vector<NamedTensor> a = k.run(*check, k.adds ? Write::add : Write::set);
    const std::vector<NamedTensor> b = k.run(*cpu, k.adds ? Write::add : Write::set);
    for (std::size_t o = 0; o < a.size(); ++o) {
      INFO(k.kernel << " " << k.shape << " " << a[o].name);
      CHECK(doubles(a[o].value) == doubles(b[o].value));
    }
  }
}

// A thousandth of the largest value is found wherever sums are short. A sum of K terms of either
// sign is of size sqrt(K) while its bound is 2 gamma_K times about K, so what is found grows with
// K.
TEST_CASE("check: one wrong element of any output of any kernel is found and named",
          "[backend][optimised]") {
  for (const KernelCase& k : every_kernel()) {
    const auto ref = make_backend("ref");
    for (const NamedTensor& out : k.run(*ref, Write::set)) {
      const index at = out.value.numel() * 2 / 3;
      const auto terms = static_cast<double>(k.terms);
      const double relative = std::max(1e-3, 4 * bounds::gamma(terms) * std::sqrt(terms));
      const auto change =
          static_cast<real>(relative * std::max(1e-3, static_cast<double>(largest(out.value))));
      const auto fault = [&](const std::string& kernel, const std::string& name, Tensor& t) {
        if (kernel == k.kernel && name == out.name) t.data()[at] += change;
      };
      for (const Write write : {Write::set, Write::add}) {
        if (write == Write::add && !k.adds) continue;
        const std::string text = caught(k, write, write == Write::add, fault);
        INFO(k.kernel << " " << k.shape << ": " << text);
        CHECK(text.rfind(k.kernel + ": " + out.name +
                             " at n,h,w,c = " + position(out.value.shape(), at) + " is ",
                         0) == 0);
      }
    }
  }
}

TEST_CASE("check: the message", "[backend]") {
  const auto check = make_check_backend(
      make_backend("ref"), tampered([](const std::string&, const std::string&, Tensor& t) {
        t.data()[1] += 0.25F;
        t.data()[4] += 0.5F;  // the worse one
      }));
  const Tensor a = tensor({1, 2, 1, 3}, {1, 2, 3, 4, 5, 6});
  Tensor y(a.shape());
  try {
    check->run(ReluForward{a, {&y}});
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.fault() == Fault::job);
    CHECK(std::string(e.what()) ==
          "relu_forward: y at n,h,w,c = 0,0,0,1 is 2 (ref) and 2.25 (tampered), difference 0.25, "
          "expected at most 0; 2 of 6 values differ by more than rounding allows");
  }
  // Where the bounds are not 0, the worst is the one that exceeds its bound most.
  try {
    check->run(Scale{a, 1, {&y}});
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).rfind("scale: y at n,h,w,c = 0,0,0,1 is 2 (ref) and 2.25", 0) == 0);
  }
}

TEST_CASE("check: NaN agrees with NaN and with nothing else", "[backend]") {
  Tensor y(vector_shape(3));
  const auto honest = make_backend("check:cpu,ref");
  const Tensor with_nan = tensor(vector_shape(3), {1, std::nan(""), -2});
  CHECK_NOTHROW(honest->run(Scale{with_nan, 2, {&y}}));
  CHECK(y.data()[0] == 2);
  CHECK(y.data()[1] != y.data()[1]);

  const auto forgetful = make_check_backend(
      make_backend("cpu"), tampered([](const std::string&, const std::string&, Tensor& t) {
        t.data()[2] = kNan;  // as if the kernel had not written it
      }));
  CHECK(error_of([&] {
          forgetful->run(Scale{Tensor::full(vector_shape(3), 1), 2, {&y}});
        }).rfind("scale: y at n,h,w,c = 0,0,0,2 is 2 (cpu) and", 0) == 0);
}

TEST_CASE("check: a value that a kernel forgets is found, even where the memory held it",
          "[backend]") {
  const auto forgetful = [] { return std::make_unique<Forgetful>(); };
  Tensor y = Tensor::full(vector_shape(3), 2);
  const Tensor x = Tensor::full(vector_shape(3), 1);
  CHECK(error_of([&] {
          make_check_backend(forgetful(), make_backend("ref"))->run(Scale{x, 2, {&y}});
        }).rfind("scale: y at n,h,w,c = 0,0,0,2 is nan (forgetful) and 2 (ref)", 0) == 0);
  y.fill(2);
  CHECK(error_of([&] {
          make_check_backend(make_backend("ref"), forgetful())->run(Scale{x, 2, {&y}});
        }).rfind("scale: y at n,h,w,c = 0,0,0,2 is 2 (ref) and nan (forgetful)", 0) == 0);
}

TEST_CASE("check: a gradient that nobody asked for is not computed", "[backend]") {
  const auto check = make_backend("check:cpu,ref");
  CHECK_NOTHROW(check->run(Scale{Tensor::full(vector_shape(3), 1), 2, {}}));
}

TEST_CASE("check: infinite values differ from finite ones", "[backend]") {
  const auto check = make_check_backend(
      make_backend("cpu"), tampered([](const std::string&, const std::string&, Tensor& t) {
        t.data()[0] = std::numeric_limits<real>::infinity();
      }));
  Tensor y(vector_shape(2));
  CHECK(error_of([&] { check->run(Scale{Tensor::full(vector_shape(2), 1), 2, {&y}}); }) != "");
}

}  // namespace nn::testing
