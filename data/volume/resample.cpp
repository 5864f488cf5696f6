#include "data/volume/resample.h"

#include <algorithm>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

/// Which input pixels an output pixel covers along one axis, and by how much.
struct Cover {
  nn::index first;
  std::vector<double> weights;  // sum 1
};

std::vector<Cover> covers(nn::index in, nn::index out) {
  std::vector<Cover> all;
  const double ratio = static_cast<double>(in) / static_cast<double>(out);
  for (nn::index o = 0; o < out; ++o) {
    const double begin = static_cast<double>(o) * ratio;
    const double end = std::min(static_cast<double>(o + 1) * ratio, static_cast<double>(in));
    Cover c{static_cast<nn::index>(begin), {}};
    for (nn::index i = c.first; i < in && static_cast<double>(i) < end; ++i) {
      const double low = std::max(begin, static_cast<double>(i));
      const double high = std::min(end, static_cast<double>(i + 1));
      c.weights.push_back((high - low) / (end - begin));
    }
    all.push_back(std::move(c));
  }
  return all;
}

void require_one_shape(const std::vector<nn::Tensor>& images) {
  const bool same = std::all_of(images.begin(), images.end(), [&](const nn::Tensor& t) {
    return t.shape() == images.front().shape();
  });
  if (images.empty() || !same) {
    throw nn::Error(nn::Fault::job, "stacked", "images of several shapes", "one shape");
  }
}

}  // namespace

nn::Tensor resized(const nn::Tensor& image, nn::index height, nn::index width) {
  const nn::Shape& s = image.shape();
  if (s.h == height && s.w == width) return image;
  nn::Tensor out({s.n, height, width, s.c});
  const std::vector<Cover> rows = covers(s.h, height);
  const std::vector<Cover> cols = covers(s.w, width);
  nn::parallel_for(s.n * height, [&](nn::index row) {
    const nn::index n = row / height;
    const nn::index y = row % height;
    const Cover& r = rows[static_cast<std::size_t>(y)];
    for (nn::index x = 0; x < width; ++x) {
      const Cover& q = cols[static_cast<std::size_t>(x)];
      for (nn::index c = 0; c < s.c; ++c) {
        double sum = 0;
        for (std::size_t i = 0; i < r.weights.size(); ++i) {
          for (std::size_t j = 0; j < q.weights.size(); ++j) {
            const nn::index h = r.first + static_cast<nn::index>(i);
            const nn::index w = q.first + static_cast<nn::index>(j);
            sum += r.weights[i] * q.weights[j] * static_cast<double>(image.at(n, h, w, c));
          }
        }
        out.at(n, y, x, c) = static_cast<nn::real>(sum);
      }
    }
  });
  return out;
}

double box_mean_at(const nn::Tensor& image, nn::index y, nn::index x, nn::index reach) {
  const nn::Shape& s = image.shape();
  const nn::index top = std::max<nn::index>(0, y - reach);
  const nn::index bottom = std::min(s.h, y + reach + 1);
  const nn::index left = std::max<nn::index>(0, x - reach);
  const nn::index right = std::min(s.w, x + reach + 1);
  double sum = 0;
  const nn::real* values = image.data();
  for (nn::index h = top; h < bottom; ++h) {
    for (nn::index w = left; w < right; ++w) {
      sum += static_cast<double>(values[(h * s.w + w) * s.c]);
    }
  }
  return sum / static_cast<double>((bottom - top) * (right - left));
}

nn::Tensor box_mean(const nn::Tensor& image, nn::index reach) {
  const nn::Shape& s = image.shape();
  nn::Tensor out(s);
  nn::parallel_for(s.h, [&](nn::index y) {
    for (nn::index x = 0; x < s.w; ++x) {
      out.at(0, y, x, 0) = static_cast<nn::real>(box_mean_at(image, y, x, reach));
    }
  });
  return out;
}

nn::Tensor padded_to_multiple(const nn::Tensor& image, nn::index multiple) {
  const nn::Shape& s = image.shape();
  const nn::index height = (s.h + multiple - 1) / multiple * multiple;
  const nn::index width = (s.w + multiple - 1) / multiple * multiple;
  if (height == s.h && width == s.w) return image;
  nn::Tensor out({s.n, height, width, s.c});
  for (nn::index n = 0; n < s.n; ++n) {
    for (nn::index y = 0; y < height; ++y) {
      for (nn::index x = 0; x < width; ++x) {
        for (nn::index c = 0; c < s.c; ++c) {
          out.at(n, y, x, c) = image.at(n, std::min(y, s.h - 1), std::min(x, s.w - 1), c);
        }
      }
    }
  }
  return out;
}

nn::Tensor cropped(const nn::Tensor& image, nn::index top, nn::index left, nn::index height,
                   nn::index width, bool mirrored) {
  const nn::Shape& s = image.shape();
  if (top < 0 || left < 0 || height < 1 || width < 1 || top + height > s.h || left + width > s.w) {
    throw nn::Error(nn::Fault::job, "cropped", "a window outside " + nn::to_string(s),
                    "one inside");
  }
  nn::Tensor out({s.n, height, width, s.c});
  const nn::real* values = image.data();
  nn::real* to = out.data();
  for (nn::index n = 0; n < s.n; ++n) {
    for (nn::index y = 0; y < height; ++y) {
      for (nn::index x = 0; x < width; ++x) {
        const nn::index from = left + (mirrored ? width - 1 - x : x);
        const nn::real* pixel = values + ((n * s.h + top + y) * s.w + from) * s.c;
        for (nn::index c = 0; c < s.c; ++c) *to++ = pixel[c];
      }
    }
  }
  return out;
}

nn::Tensor stacked(const std::vector<nn::Tensor>& images) {
  require_one_shape(images);
  nn::Shape s = images.front().shape();
  s.n = static_cast<nn::index>(images.size());
  nn::Tensor out(s);
  nn::real* to = out.data();
  for (const nn::Tensor& t : images) to = std::copy_n(t.data(), t.numel(), to);
  return out;
}

nn::Tensor channels_joined(const std::vector<nn::Tensor>& images) {
  require_one_shape(images);
  const nn::Shape& s = images.front().shape();
  const auto count = static_cast<nn::index>(images.size());
  nn::Tensor out({s.n, s.h, s.w, s.c * count});
  for (nn::index i = 0; i < count; ++i) {
    const nn::real* from = images[static_cast<std::size_t>(i)].data();
    for (nn::index p = 0; p < s.pixels(); ++p) {
      std::copy_n(from + p * s.c, s.c, out.data() + (p * count + i) * s.c);
    }
  }
  return out;
}

nn::Tensor image_of(const nn::Tensor& batch, nn::index n) {
  const nn::Shape& s = batch.shape();
  return nn::Tensor::view(batch, n * s.h * s.w * s.c, {1, s.h, s.w, s.c});
}

}  // namespace data
