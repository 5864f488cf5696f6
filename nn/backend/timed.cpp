#include "nn/backend/timed.h"

#include <chrono>
#include <initializer_list>

#include "nn/backend/winograd.h"

namespace nn {
namespace {

/// "128x128x64, 4x4/2, 64x64x128": image, kernel and stride, map, for one image of the batch.
std::string sizes(const Conv2dSpec& s, const Shape& image, const Shape& map) {
  const auto size = [](const Shape& x) {
    return std::to_string(x.h) + "x" + std::to_string(x.w) + "x" + std::to_string(x.c);
  };
  return size(image) + ", " + std::to_string(s.kernel_h) + "x" + std::to_string(s.kernel_w) + "/" +
         std::to_string(s.stride) + ", " + size(map);
}

/// What is noted of a call before it runs.
struct Note {
  std::string shape;
  std::string algorithm{};
  double flop = 0;
  double bytes = 0;  ///< beyond those of the tensors
};

Note convolution(const Conv2dSpec& s, const Shape& image, const Shape& map) {
  return {sizes(s, image, map), winograd_runs(s, image, map.c) ? "winograd" : "direct",
          2.0 * static_cast<double>(s.kernel_h * s.kernel_w * image.c) *
              static_cast<double>(map.numel())};
}

Note of(const Tensor& t) { return {to_string(t.shape())}; }

class TimedBackend final : public Backend {
 public:
  TimedBackend(std::unique_ptr<Backend> inner, std::vector<KernelTime>& log)
      : inner_(std::move(inner)), log_(log) {}
  std::string name() const override { return inner_->name(); }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& s, bool transposed,
                                              const Tensor& w) const override {
    class Timed final : public FixedConvolution {
     public:
      Timed(const TimedBackend& notes, std::shared_ptr<const FixedConvolution> inner)
          : FixedConvolution(inner->spec, inner->transposed, inner->weights),
            notes_(notes),
            inner_(std::move(inner)) {}
      void forward(const Tensor& x, const Tensor* bias, Tensor& y) const override {
        const Tensor& image = transposed ? y : x;
        const Tensor& map = transposed ? x : y;
        Note note = convolution(spec, image.shape(), map.shape());
        note.bytes = static_cast<double>(weights.numel()) * sizeof(real);
        notes_.time(transposed ? "fixed conv_transpose2d" : "fixed conv2d", std::move(note),
                    {&x, &y}, [&] { inner_->forward(x, bias, y); });
      }

     private:
      const TimedBackend& notes_;
      std::shared_ptr<const FixedConvolution> inner_;
    };
    return std::make_shared<Timed>(*this, inner_->fix(s, transposed, w));
  }

  void conv2d_forward(const Conv2dSpec& s, const Tensor& x, const Tensor& w, const Tensor* bias,
                      Tensor& y) const override {
    time("conv2d_forward", convolution(s, x.shape(), y.shape()), {&x, &w, &y},
         [&] { inner_->conv2d_forward(s, x, w, bias, y); });
  }
  void conv2d_backward_data(const Conv2dSpec& s, const Tensor& dy, const Tensor& w,
                            GradOut dx) const override {
    const Shape& x = dx.tensor->shape();
    time("conv2d_backward_data", convolution(s, x, dy.shape()), {&dy, &w, dx.tensor},
         [&] { inner_->conv2d_backward_data(s, dy, w, dx); });
  }
  void conv2d_backward_weight(const Conv2dSpec& s, const Tensor& x, const Tensor& dy,
                              GradOut dw) const override {
    time("conv2d_backward_weight", convolution(s, x.shape(), dy.shape()), {&x, &dy, dw.tensor},
         [&] { inner_->conv2d_backward_weight(s, x, dy, dw); });
  }
  void bias_backward(const Tensor& dy, GradOut db) const override {
    time("bias_backward", of(dy), {&dy}, [&] { inner_->bias_backward(dy, db); });
  }
  void conv_transpose2d_forward(const Conv2dSpec& s, const Tensor& x, const Tensor& w,
                                const Tensor* bias, Tensor& y) const override {
    time("conv_transpose2d_forward", convolution(s, y.shape(), x.shape()), {&x, &w, &y},
         [&] { inner_->conv_transpose2d_forward(s, x, w, bias, y); });
  }
  void conv_transpose2d_backward_data(const Conv2dSpec& s, const Tensor& dy, const Tensor& w,
                                      GradOut dx) const override {
    const Shape& x = dx.tensor->shape();
    time("conv_transpose2d_backward_data", convolution(s, dy.shape(), x), {&dy, &w, dx.tensor},
         [&] { inner_->conv_transpose2d_backward_data(s, dy, w, dx); });
  }
  void conv_transpose2d_backward_weight(const Conv2dSpec& s, const Tensor& x, const Tensor& dy,
                                        GradOut dw) const override {
    time("conv_transpose2d_backward_weight", convolution(s, dy.shape(), x.shape()),
         {&x, &dy, dw.tensor}, [&] { inner_->conv_transpose2d_backward_weight(s, x, dy, dw); });
  }

  void batch_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                            const Epilogue& then, Tensor& y, Tensor& mean,
                            Tensor& inv_std) const override {
    time("batch_norm2d_forward", of(x), {&x, then.added, &y},
         [&] { inner_->batch_norm2d_forward(x, gamma, beta, eps, then, y, mean, inv_std); });
  }
  void batch_norm2d_inference(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                              const Tensor& mean, const Tensor& inv_std, const Epilogue& then,
                              Tensor& y) const override {
    time("batch_norm2d_inference", of(x), {&x, then.added, &y},
         [&] { inner_->batch_norm2d_inference(x, gamma, beta, mean, inv_std, then, y); });
  }
  void batch_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                             const Tensor& inv_std, const Tensor& y, double slope, const Tensor& dy,
                             const NormGrads& d) const override {
    time("batch_norm2d_backward", of(x), {&x, &y, &dy, d.x.tensor, d.added.tensor},
         [&] { inner_->batch_norm2d_backward(x, gamma, mean, inv_std, y, slope, dy, d); });
  }
  void instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                               const Epilogue& then, Tensor& y, Tensor& mean,
                               Tensor& inv_std) const override {
    time("instance_norm2d_forward", of(x), {&x, then.added, &y},
         [&] { inner_->instance_norm2d_forward(x, gamma, beta, eps, then, y, mean, inv_std); });
  }
  void instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                const Tensor& inv_std, const Tensor& y, double slope,
                                const Tensor& dy, const NormGrads& d) const override {
    time("instance_norm2d_backward", of(x), {&x, &y, &dy, d.x.tensor, d.added.tensor},
         [&] { inner_->instance_norm2d_backward(x, gamma, mean, inv_std, y, slope, dy, d); });
  }

  void leaky_relu_forward(const Tensor& x, double slope, Tensor& y) const override {
    time("leaky_relu_forward", of(x), {&x, &y}, [&] { inner_->leaky_relu_forward(x, slope, y); });
  }
  void leaky_relu_backward(const Tensor& x, double slope, const Tensor& dy,
                           GradOut dx) const override {
    time("leaky_relu_backward", of(x), {&x, &dy, dx.tensor},
         [&] { inner_->leaky_relu_backward(x, slope, dy, dx); });
  }
  void relu_forward(const Tensor& x, Tensor& y) const override {
    time("relu_forward", of(x), {&x, &y}, [&] { inner_->relu_forward(x, y); });
  }
  void relu_backward(const Tensor& x, const Tensor& dy, GradOut dx) const override {
    time("relu_backward", of(x), {&x, &dy, dx.tensor}, [&] { inner_->relu_backward(x, dy, dx); });
  }
  void tanh_forward(const Tensor& x, Tensor& y) const override {
    time("tanh_forward", of(x), {&x, &y}, [&] { inner_->tanh_forward(x, y); });
  }
  void tanh_backward(const Tensor& y, const Tensor& dy, GradOut dx) const override {
    time("tanh_backward", of(y), {&y, &dy, dx.tensor}, [&] { inner_->tanh_backward(y, dy, dx); });
  }
  void dropout(const Tensor& x, double rate, const Rng& rng, GradOut y) const override {
    time("dropout", of(x), {&x, y.tensor}, [&] { inner_->dropout(x, rate, rng, y); });
  }

  void concat_forward(const Tensor& a, const Tensor& b, Tensor& y) const override {
    time("concat_forward", of(y), {&a, &b, &y}, [&] { inner_->concat_forward(a, b, y); });
  }
  void concat_backward(const Tensor& dy, index first, GradOut dx) const override {
    time("concat_backward", of(dy), {dx.tensor, dx.tensor},
         [&] { inner_->concat_backward(dy, first, dx); });
  }
  void add_forward(const Tensor& a, const Tensor& b, Tensor& y) const override {
    time("add_forward", of(y), {&a, &b, &y}, [&] { inner_->add_forward(a, b, y); });
  }
  void scale(const Tensor& x, double factor, GradOut y) const override {
    time("scale", of(x), {&x, y.tensor}, [&] { inner_->scale(x, factor, y); });
  }

  void weighted_mean_forward(const Tensor& x, const Tensor& w, Tensor& y) const override {
    time("weighted_mean_forward", of(x), {&x, &w}, [&] { inner_->weighted_mean_forward(x, w, y); });
  }
  void weighted_mean_backward(const Tensor& w, const Tensor& dy, GradOut dx) const override {
    time("weighted_mean_backward", of(w), {&w, dx.tensor},
         [&] { inner_->weighted_mean_backward(w, dy, dx); });
  }
  void l1_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override {
    time("l1_loss_forward", of(a), {&a, &b}, [&] { inner_->l1_loss_forward(a, b, loss); });
  }
  void l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                        GradOut da) const override {
    time("l1_loss_backward", of(a), {&a, &b, da.tensor},
         [&] { inner_->l1_loss_backward(a, b, dloss, da); });
  }
  void mse_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override {
    time("mse_loss_forward", of(a), {&a, &b}, [&] { inner_->mse_loss_forward(a, b, loss); });
  }
  void mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                         GradOut da) const override {
    time("mse_loss_backward", of(a), {&a, &b, da.tensor},
         [&] { inner_->mse_loss_backward(a, b, dloss, da); });
  }
  void bce_with_logits_forward(const Tensor& x, double label, Tensor& loss) const override {
    time("bce_with_logits_forward", of(x), {&x},
         [&] { inner_->bce_with_logits_forward(x, label, loss); });
  }
  void bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                GradOut dx) const override {
    time("bce_with_logits_backward", of(x), {&x, dx.tensor},
         [&] { inner_->bce_with_logits_backward(x, label, dloss, dx); });
  }
  void least_squares_loss_forward(const Tensor& x, double label, Tensor& loss) const override {
    time("least_squares_loss_forward", of(x), {&x},
         [&] { inner_->least_squares_loss_forward(x, label, loss); });
  }
  void least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                   GradOut dx) const override {
    time("least_squares_loss_backward", of(x), {&x, dx.tensor},
         [&] { inner_->least_squares_loss_backward(x, label, dloss, dx); });
  }

  void adam_step(const AdamConstants& k, Tensor& p, const Tensor& g, Tensor& m,
                 Tensor& v) const override {
    time("adam_step", of(p), {&p, &p, &g, &m, &m, &v, &v},
         [&] { inner_->adam_step(k, p, g, m, v); });
  }

 private:
  template <class Work>
  void time(const char* kernel, Note note, std::initializer_list<const Tensor*> touched,
            const Work& work) const {
    double bytes = note.bytes;
    for (const Tensor* t : touched) {
      if (t != nullptr) bytes += static_cast<double>(t->numel()) * sizeof(real);
    }
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    log_.push_back(
        {kernel, std::move(note.shape), std::move(note.algorithm), note.flop, bytes, took.count()});
  }

  std::unique_ptr<Backend> inner_;
  std::vector<KernelTime>& log_;
};

}  // namespace

std::unique_ptr<Backend> make_timed_backend(std::unique_ptr<Backend> inner,
                                            std::vector<KernelTime>& log) {
  return std::make_unique<TimedBackend>(std::move(inner), log);
}

}  // namespace nn
