#include "train/api/ct2ct.h"

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>

#include "nn/backend/backend.h"
#include "nn/backend/winograd.h"
#include "nn/core/buffer_pool.h"
#include "nn/core/error.h"
#include "train/api/boundary.h"
#include "train/api/options.h"
#include "train/api/wrap.h"
#include "train/fill/build_info.h"
#include "train/fill/interpolate_files.h"
#include "train/program/version.h"

using api::guarded;
using api::require_pointer;

struct ct2ct_options {
  api::Options values;
};

struct ct2ct_model {
  std::shared_ptr<const train::Model> model;
  std::string name;      // a path, train::kDefaultModel or kMemory
  std::string expected;  // the SHA-256 that the caller gave
};

namespace {

constexpr const char* kMemory = "memory";

/// A scan as it was read or wrapped. All scans that are filled from it share it.
struct Source {
  train::ScanToFill scan;
  data::ReadOptions read;
  std::string path;
  std::unique_ptr<api::SliceLists> lists = {};
  /// DCMTK's data sets change inside when they are searched: one thread at a time.
  std::mutex headers;
};

/// A scan that was filled, and what becomes of it.
struct Filled {
  train::Messages messages;
  std::unique_ptr<train::Interpolation> job;
  api::Options options;
  std::string record;
  std::unique_ptr<api::SliceLists> lists;

  explicit Filled(const api::Options& o) : messages(train::Say::nothing, o.strict), options(o) {}
};

}  // namespace

struct ct2ct_scan {
  std::shared_ptr<Source> source;
  std::unique_ptr<Filled> filled;  // null for a scan that was not filled

  const data::Volume& volume() const {
    return filled ? std::as_const(*filled->job).filled().scan() : *source->scan.volume;
  }
  const api::SliceLists& lists() const { return filled ? *filled->lists : *source->lists; }
};

namespace {

int threads_of(const ct2ct_options* options) { return options ? options->values.threads : 0; }

/// Gives the caller what `make` returns; null if it fails.
template <class T, class Make>
ct2ct_status made(T** out, const char* where, int threads, const Make& make) {
  if (out != nullptr) *out = nullptr;
  return guarded(threads, [&] {
    require_pointer(out, where, "the place of the result");
    *out = make().release();
  });
}

std::unique_ptr<ct2ct_model> loaded(const nn::SafetensorsReader& file, const char* sha256) {
  auto handle = std::make_unique<ct2ct_model>();
  handle->name = file.path();
  handle->expected = sha256 != nullptr ? sha256 : "";
  handle->model = std::make_shared<const train::Model>(train::Model::load(file, handle->expected));
  return handle;
}

const Filled& filled_of(const ct2ct_scan* scan, const char* where) {
  require_pointer(scan, where, "the scan");
  nn::require(scan->filled != nullptr, where, "a scan that was not filled", "one of ct2ct_fill");
  return *scan->filled;
}

/// The words of the record that say who made an output.
std::vector<std::string> command_line() { return {"libct2ct"}; }

nlohmann::ordered_json more_options(const Filled& f, bool force) {
  return {{"device", nn::backend().name()},
          {"winograd", nn::winograd_use() != nn::WinogradUse::never},
          {"force", force},
          {"strict", f.options.strict}};
}

train::FillWatch watch_of(ct2ct_progress progress, void* user) {
  if (progress == nullptr) return {};
  return [progress, user](const train::FillProgress& p) {
    if (progress(user, p.stage, p.done, p.total) != 0) throw api::Cancelled();
    return true;
  };
}

/// What a fill needs of the options, the scan and the model.
train::InterpolateOptions job_of(const api::Options& options, const Source& source,
                                 const ct2ct_model& model) {
  train::InterpolateOptions job = options.job;
  job.scan = source.path;
  job.read = source.read;
  job.model = model.name;
  job.expect_model = model.expected;
  return job;
}

std::unique_ptr<Filled> filled_from(Source& source, const ct2ct_model& model,
                                    const api::Options& options, const train::FillWatch& watch) {
  auto f = std::make_unique<Filled>(options);
  const train::InterpolateOptions job = job_of(options, source, model);
  {
    const std::lock_guard lock(source.headers);
    f->job = std::make_unique<train::Interpolation>(job, source.scan, model.model, f->messages);
  }
  f->job->self_check(watch);
  f->job->fill(watch);
  f->lists = std::make_unique<api::SliceLists>(f->job->filled().scan());
  f->record = f->job->record_text(command_line(), more_options(*f, options.job.force));
  return f;
}

}  // namespace

const char* ct2ct_version(void) { return train::kVersion; }

const char* ct2ct_build(void) {
  thread_local std::string text;
  const ct2ct_status status =
      guarded(0, [] { text = nlohmann::json(train::build_info()).dump(2); });
  return status == CT2CT_OK ? text.c_str() : nullptr;
}

const char* ct2ct_status_text(ct2ct_status status) {
  switch (status) {
    case CT2CT_OK:
      return "fine";
    case CT2CT_JOB_FAILED:
      return "the work failed";
    case CT2CT_WRONG_INPUT:
      return "wrong input";
    case CT2CT_WARNED:
      return "a warning, and warnings count as errors";
    case CT2CT_CANCELLED:
      return "cancelled";
  }
  return "no status of this version";
}

const char* ct2ct_last_error(void) { return api::last_error(); }

ct2ct_status ct2ct_options_new(ct2ct_options** options) {
  return made(options, "ct2ct_options_new", 0, [] { return std::make_unique<ct2ct_options>(); });
}

ct2ct_status ct2ct_set(ct2ct_options* options, const char* name, const char* value) {
  return guarded(0, [&] {
    require_pointer(options, "ct2ct_set", "options");
    require_pointer(name, "ct2ct_set", "the name");
    require_pointer(value, "ct2ct_set", "the value");
    api::set_option(options->values, name, value);
  });
}

void ct2ct_options_free(ct2ct_options* options) { delete options; }

ct2ct_status ct2ct_model_load(const char* path, const char* sha256, ct2ct_model** model) {
  return made(model, "ct2ct_model_load", 0, [&] {
    return loaded(train::open_model(path != nullptr ? path : train::kDefaultModel), sha256);
  });
}

ct2ct_status ct2ct_model_from_memory(const void* bytes, size_t count, const char* sha256,
                                     ct2ct_model** model) {
  return made(model, "ct2ct_model_from_memory", 0, [&] {
    require_pointer(bytes, "ct2ct_model_from_memory", "bytes");
    const std::span all(static_cast<const std::byte*>(bytes), count);
    return loaded(nn::SafetensorsReader(kMemory, all), sha256);
  });
}

const char* ct2ct_model_sha256(const ct2ct_model* model) {
  return model != nullptr ? model->model->sha256().c_str() : nullptr;
}

void ct2ct_model_free(ct2ct_model* model) { delete model; }

ct2ct_status ct2ct_read(const char* path, const ct2ct_options* options, ct2ct_scan** scan) {
  return made(scan, "ct2ct_read", threads_of(options), [&] {
    require_pointer(path, "ct2ct_read", "the path");
    auto handle = std::make_unique<ct2ct_scan>();
    handle->source = std::make_shared<Source>();
    Source& source = *handle->source;
    source.path = path;
    if (options != nullptr) source.read = options->values.job.read;
    source.scan = train::read_scan(path, source.read);
    source.lists = std::make_unique<api::SliceLists>(*source.scan.volume);
    return handle;
  });
}

ct2ct_status ct2ct_wrap(const ct2ct_volume* volume, const char* name, ct2ct_scan** scan) {
  return made(scan, "ct2ct_wrap", 0, [&] {
    require_pointer(volume, "ct2ct_wrap", "the volume");
    auto handle = std::make_unique<ct2ct_scan>();
    handle->source = std::make_shared<Source>();
    Source& source = *handle->source;
    source.path = name != nullptr ? name : kMemory;
    if (volume->slice_axis >= 0) source.read.axis = volume->slice_axis;
    source.scan.volume = std::make_shared<const data::Volume>(api::volume_of(*volume, source.path));
    source.scan.files.path = source.path;
    source.scan.sha256 = source.scan.volume->sha256();
    source.lists = std::make_unique<api::SliceLists>(*source.scan.volume);
    return handle;
  });
}

ct2ct_status ct2ct_scan_volume(const ct2ct_scan* scan, ct2ct_volume* volume) {
  return guarded(0, [&] {
    require_pointer(scan, "ct2ct_scan_volume", "the scan");
    require_pointer(volume, "ct2ct_scan_volume", "the volume");
    api::show(scan->volume(), scan->lists(), volume);
  });
}

void ct2ct_scan_free(ct2ct_scan* scan) { delete scan; }

ct2ct_status ct2ct_fill(const ct2ct_scan* scan, const ct2ct_model* model,
                        const ct2ct_options* options, ct2ct_progress progress, void* user,
                        ct2ct_scan** filled) {
  const ct2ct_status status = made(filled, "ct2ct_fill", threads_of(options), [&] {
    require_pointer(scan, "ct2ct_fill", "the scan");
    nn::require(scan->filled == nullptr, "ct2ct_fill", "a scan that was filled",
                "one that was read or wrapped", "fill it again with a larger factor");
    const api::Options chosen = options != nullptr ? options->values : api::Options();
    const bool box = model == nullptr && chosen.job.fill.method == "model";
    const std::unique_ptr<ct2ct_model> own =
        box ? loaded(train::open_model(train::kDefaultModel), nullptr)
            : std::make_unique<ct2ct_model>();
    auto handle = std::make_unique<ct2ct_scan>();
    handle->source = scan->source;
    handle->filled = filled_from(*scan->source, model != nullptr ? *model : *own, chosen,
                                 watch_of(progress, user));
    return handle;
  });
  nn::BufferPool::trim();  // what the network worked in is the caller's memory again
  return status;
}

ct2ct_status ct2ct_uncertainty(const ct2ct_scan* filled, ct2ct_volume* volume) {
  return guarded(0, [&] {
    const Filled& f = filled_of(filled, "ct2ct_uncertainty");
    require_pointer(volume, "ct2ct_uncertainty", "the volume");
    const auto& errors = f.job->filled().errors();
    nn::require(errors.has_value(), "ct2ct_uncertainty", "a scan that was filled without the map",
                "one that was filled with it", "set the option error-map to true");
    api::show(*errors, *f.lists, volume);
  });
}

const char* ct2ct_record(const ct2ct_scan* filled) {
  const char* text = nullptr;
  guarded(0, [&] { text = filled_of(filled, "ct2ct_record").record.c_str(); });
  return text;
}

ct2ct_status ct2ct_write(ct2ct_scan* filled, const char* path, const ct2ct_options* options) {
  const int own = filled != nullptr && filled->filled ? filled->filled->options.threads : 0;
  return guarded(options != nullptr ? threads_of(options) : own, [&] {
    static_cast<void>(filled_of(filled, "ct2ct_write"));
    Filled& f = *filled->filled;
    train::OutputOptions output = (options != nullptr ? options->values : f.options).job;
    if (path != nullptr) output.out = path;
    const bool force = output.force;
    const std::lock_guard lock(filled->source->headers);
    f.job->set_output(std::move(output));
    f.record = f.job->write(command_line(), more_options(f, force));
  });
}
