#include "nn/backend/wrappers.h"

#include <cmath>
#include <deque>
#include <limits>
#include <sstream>
#include <utility>

#include "nn/backend/bounds.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace nn {
namespace {

/// The destination of the second backend beside that of the first: the same values where kernels
/// add, NaN in both where they set.
struct Twin {
  Tensor first, second, old;
  Write write = Write::set;

  explicit Twin(Destination out) : write(out.write) {
    if (!out) return;
    first = *out.tensor;
    if (write == Write::add) {
      old = first.clone();
      second = first.clone();
    } else {
      second = Tensor(first.shape());
      first.fill(std::numeric_limits<real>::quiet_NaN());
      second.fill(std::numeric_limits<real>::quiet_NaN());
    }
  }
  const Tensor* before() const { return write == Write::add && !old.empty() ? &old : nullptr; }
};

/// How far apart two values are in units of their bound; infinite where no bound can hold.
double excess(double a, double b, double bound) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double ratio = std::fabs(a - b) / bound;
  return std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
}

std::string position(const Shape& s, index i) {
  std::ostringstream text;
  text << i / (s.h * s.w * s.c) << ',' << i / (s.w * s.c) % s.h << ',' << i / s.c % s.w << ','
       << i % s.c;
  return text.str();
}

class CheckBackend final : public WrappingBackend<CheckBackend> {
 public:
  CheckBackend(std::unique_ptr<Backend> first, std::unique_ptr<Backend> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  std::string name() const override { return "check:" + first_->name() + "," + second_->name(); }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override {
    return std::make_shared<CheckedFixed>(*this, transposed, spec, w);
  }

  void wait() const override {
    first_->wait();
    second_->wait();
  }

  /// Runs a kernel on both, each into destinations of its own, and compares all outputs.
  template <class K>
  void wrap(const K& kernel) const {
    K other = kernel;
    const Outputs outputs = other.outputs();
    std::deque<Twin> twins;  // stay where they are
    bounds::Before before;
    bool needed = false;
    for (const Output& o : outputs) {
      Twin& twin = twins.emplace_back(*o.to);
      before.push_back(twin.before());
      needed = needed || *o.to;
      if (*o.to) o.to->tensor = &twin.second;
    }
    if (!needed) return;
    set_denormal_mode();
    first_->run(kernel);
    second_->run(other);
    const std::vector<bounds::Errors> errors = bounds::of(kernel, before);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!*outputs[i].to) continue;
      compare(K::kName, outputs[i].name, twins[i].first, twins[i].second, errors[i]);
    }
  }

 private:
  class CheckedFixed final : public FixedConvolution {
   public:
    CheckedFixed(const CheckBackend& checker, bool t, const Conv2dSpec& s, Tensor w)
        : FixedConvolution(s, t, w.shape()),
          checker_(checker),
          first_(checker.first_->fix(s, t, w)),
          second_(checker.second_->fix(s, t, w)),
          w_(std::move(w)) {}
    void forward(ConvAlgorithm algorithm, const Tensor& x, const Tensor* bias,
                 Tensor& y) const override {
      Twin twin(Destination{&y});
      set_denormal_mode();
      first_->forward(algorithm, x, bias, y);
      second_->forward(algorithm, x, bias, twin.second);
      const auto bound = transposed ? bounds::conv_transpose2d_forward : bounds::conv2d_forward;
      checker_.compare(transposed ? "conv_transpose2d_fixed" : "conv2d_fixed", "y", y, twin.second,
                       bound(spec, algorithm, x, w_, bias, y.shape()));
    }

   private:
    const CheckBackend& checker_;
    std::shared_ptr<const FixedConvolution> first_, second_;
    Tensor w_;
  };

  /// Throws where a value of `a` and its fellow of `b` are further apart than two implementations
  /// with these errors can be.
  void compare(const char* kernel, const char* output, const Tensor& a, const Tensor& b,
               const bounds::Errors& errors) const {
    index worst = 0;
    double worst_excess = 0;
    index wrong = 0;
    for (index i = 0; i < a.numel(); ++i) {
      const double e = excess(static_cast<double>(a.data()[i]), static_cast<double>(b.data()[i]),
                              2 * errors[static_cast<std::size_t>(i)]);
      if (e > 1) ++wrong;
      if (e > worst_excess) {
        worst_excess = e;
        worst = i;
      }
    }
    if (wrong == 0) return;
    const auto va = static_cast<double>(a.data()[worst]);
    const auto vb = static_cast<double>(b.data()[worst]);
    std::ostringstream got;
    got.precision(9);
    got << output << " at n,h,w,c = " << position(a.shape(), worst) << " is " << va << " ("
        << first_->name() << ") and " << vb << " (" << second_->name() << "), difference "
        << std::fabs(va - vb);
    std::ostringstream expected;
    expected << "at most " << 2 * errors[static_cast<std::size_t>(worst)];
    throw Error(Fault::job, std::string(kernel), got.str(), expected.str(),
                std::to_string(wrong) + " of " + std::to_string(a.numel()) +
                    " values differ by more than rounding allows");
  }

  std::unique_ptr<Backend> first_, second_;
};

}  // namespace

std::unique_ptr<Backend> make_check_backend(std::unique_ptr<Backend> first,
                                            std::unique_ptr<Backend> second) {
  return std::make_unique<CheckBackend>(std::move(first), std::move(second));
}

}  // namespace nn
