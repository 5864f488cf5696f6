// The gradient proofs pass on both backends, and each kind of fault makes exactly the rows fail
// that it belongs to.
#include "nn/check/gradcheck.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "nn/backend/cpu/cpu_backend.h"
#include "nn/check/cases.h"
#include "tests/catch.h"
#include "tests/nn/backend/tampered_backend.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }

/// The rows of gradcheck with `fault` in the fast backend.
std::vector<GradcheckRow> rows_with(TamperedBackend::Fault fault) {
  const BackendGuard guard("cpu");
  set_backend(std::make_unique<TamperedBackend>(std::make_unique<CpuBackend>(), std::move(fault)));
  std::vector<GradcheckRow> rows = gradcheck(1);
  set_backend(make_backend("cpu"));
  return rows;
}

/// A kernel's output and the rows that come from it, as "op input".
struct Link {
  std::string kernel, output;
  std::set<std::string> rows;
};

const std::vector<Link> kKnown{
    {"conv2d_backward_data", "dx", {"conv2d x"}},
    {"conv2d_backward_weight", "dw", {"conv2d w"}},
    {"bias_backward", "db", {"conv2d bias", "conv_transpose2d bias"}},
    {"conv_transpose2d_backward_data", "dx", {"conv_transpose2d x"}},
    {"conv_transpose2d_backward_weight", "dw", {"conv_transpose2d w"}},
    {"norm_backward", "dx", {"batch_norm2d x", "instance_norm2d x"}},
    {"norm_backward", "dgamma", {"batch_norm2d gamma", "instance_norm2d gamma"}},
    {"norm_backward", "dbeta", {"batch_norm2d beta", "instance_norm2d beta"}},
    {"norm_backward", "dadded", {"batch_norm2d added", "instance_norm2d added"}},
    {"leaky_relu_backward", "dx", {"leaky_relu x"}},
    {"relu_backward", "dx", {"relu x"}},
    {"tanh_backward", "dx", {"tanh x"}},
    {"dropout", "y", {"dropout x"}},
    {"concat_backward", "dx", {"concat a", "concat b"}},
    {"scale", "y", {"add a", "add b", "scale x"}},
    {"multiply", "y", {"multiply a", "multiply b"}},
    {"warp2d_backward_image", "dx", {"warp2d x"}},
    {"warp2d_backward_movement", "du", {"warp2d movement"}},
    {"weighted_mean_backward", "dx", {"weighted_mean x"}},
    {"l1_loss_backward", "da", {"l1_loss a", "l1_loss b"}},
    {"mse_loss_backward", "da", {"mse_loss a", "mse_loss b"}},
    {"bce_with_logits_backward", "dx", {"bce_with_logits logits"}},
    {"least_squares_loss_backward", "dx", {"least_squares_loss logits"}}};

/// The kernels of `kKnown`, and for any other op X: what X_backward writes to dx.
const std::vector<Link>& gradients() {
  static const std::vector<Link> links = [] {
    std::vector<Link> all = kKnown;
    std::set<std::string> known;
    for (const Link& link : kKnown) known.insert(link.rows.begin(), link.rows.end());
    for (const GradcheckRow& row : gradcheck(1)) {
      const std::string op = first_word(row.op);
      if (!known.insert(op + " " + row.input).second) continue;
      all.push_back({op + "_backward", "dx", {op + " " + row.input}});
    }
    return all;
  }();
  return links;
}

void expect_failures(const Link& link, const std::function<void(Tensor&)>& fault) {
  const auto rows = rows_with([&](const std::string& kernel, const std::string& output, Tensor& t) {
    if (kernel == link.kernel && output == link.output) fault(t);
  });
  for (const GradcheckRow& row : rows) {
    INFO(link.kernel << " " << link.output << ", row " << row.op << " " << row.input);
    CHECK(row.ok == !link.rows.contains(first_word(row.op) + " " + row.input));
    CHECK(row.kernel_rel <= kKernelLimit);
  }
}

}  // namespace

TEST_CASE("gradcheck: every op's gradients are right on every backend", "[check]") {
  for (const char* name : {"cpu", "ref", "check:cpu,ref"}) {
    const BackendGuard guard(name);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      const std::vector<GradcheckRow> rows = gradcheck(seed);
      CHECK(rows.size() >= 62);
      for (const GradcheckRow& row : rows) {
        INFO(name << " " << row.op << " " << row.input << " kernel " << row.kernel_rel << " tape "
                  << row.tape_rel << " bound " << row.tape_bound);
        CHECK(row.ok);
        CHECK(row.kernel_rel <= 1e-13);
        CHECK(row.tape_rel <= row.tape_bound);
        CHECK(row.tape_bound < 1e-3);
      }
    }
  }
}

TEST_CASE("gradcheck: the seed decides everything", "[check]") {
  const auto a = gradcheck(5);
  const auto b = gradcheck(5);
  const auto c = gradcheck(6);
  bool differs = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].kernel_rel == b[i].kernel_rel);
    CHECK(a[i].tape_rel == b[i].tape_rel);
    differs = differs || a[i].tape_rel != c[i].tape_rel;
  }
  CHECK(differs);
}

TEST_CASE("gradcheck: one wrong element fails its rows and no others", "[check][optimised]") {
  for (const Link& link : gradients()) {
    expect_failures(link, [](Tensor& t) {
      real largest = 0;
      for (const real v : t.values()) largest = std::max(largest, std::fabs(v));
      t.data()[t.numel() / 2] += 0.001F * largest;
    });
  }
}

TEST_CASE("gradcheck: a gradient too large by a thousandth fails", "[check][optimised]") {
  for (const Link& link : gradients()) {
    expect_failures(link, [](Tensor& t) {
      for (real& v : t.values()) v *= 1.001F;
    });
  }
}

TEST_CASE("gradcheck: a gradient in the wrong order fails", "[check][optimised]") {
  for (const Link& link : gradients()) {
    expect_failures(link, [](Tensor& t) { std::reverse(t.data(), t.data() + t.numel()); });
  }
}

TEST_CASE("gradcheck: a wrong value that the forward saves fails", "[check]") {
  const auto larger = [](Tensor& t) {
    for (real& v : t.values()) v *= 1.001F;
  };
  expect_failures({"tanh_forward", "y", {"tanh x"}}, larger);
  const std::set<std::string> rows{"batch_norm2d x", "batch_norm2d gamma", "instance_norm2d x",
                                   "instance_norm2d gamma"};
  expect_failures({"norm_forward", "mean", rows}, larger);
  expect_failures({"norm_forward", "inv_std", rows}, larger);
}

TEST_CASE("gradcheck: the complex step finds a wrong specification", "[check]") {
  for (check::Case c : check::cases(1)) {
    const Tensor cotangent = noise(c.output, 3);
    for (const GradcheckRow& row : check::prove(c, cotangent)) CHECK(row.ok);
    for (std::size_t input = 0; input < c.inputs.size(); ++input) {
      check::Case wrong = c;
      wrong.backward = [&c, input](const check::Arrays<double>& in, const check::Array<double>& dy,
                                   check::Arrays<double>& d) {
        c.backward(in, dy, d);
        double largest = 0;
        for (const double v : d[input].values) largest = std::max(largest, std::fabs(v));
        d[input].values.back() += 1e-7 * largest;
      };
      const std::vector<GradcheckRow> rows = check::prove(wrong, cotangent);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(rows[i].op << " " << rows[i].input);
        CHECK(rows[i].ok == (i != input));
        if (i == input) CHECK(rows[i].kernel_rel == Approx(1e-7).epsilon(1e-3));
      }
    }
  }
}

}  // namespace nn::testing
