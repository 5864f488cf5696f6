// Whole runs, small: bits for any number of threads, what is left behind. Going on:
// going_on_test.cpp.
#include "train/fit/trainer.h"
#include "train/fit/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "data/files/sha256.h"
#include "data/io/read.h"
#include "data/pictures/picture.h"
#include "nn/backend/cpu/micro_kernel.h"
#include "nn/backend/winograd.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/train/runs.h"
#include "train/evaluate/evaluate.h"
#include "train/predict/model_file.h"
#include "train/predict/predict.h"
#include "train/recipe/fields.h"

using train_test::Folder;
using train_test::options_for;
using train_test::text_of;
namespace fs = std::filesystem;

namespace {

train::Model trained(const Folder& dir, const std::string& recipe, std::uint64_t steps) {
  auto o = options_for(recipe, dir / "run");
  o.steps = steps;
  train::run_training(o);
  return train::Model::load(o.out + "/model.safetensors");
}

}  // namespace

TEST_CASE("twenty steps have one SHA-256 for 1, 2, 3 and 4 threads", "[optimised]") {
  const Folder dir;
  const auto use = GENERATE(nn::WinogradUse::never, nn::WinogradUse::always);
  const nn::WinogradScope winograd(use);
  for (const std::string recipe : {"residual", "ct2ct"}) {
    std::string first;
    for (const int threads : {1, 2, 3, 4}) {
      nn::set_threads(threads);
      auto o = options_for(recipe, dir / (recipe + std::to_string(threads)));
      train::run_training(o);
      const std::string hash = data::sha256_of_file(o.out + "/model.safetensors");
      if (first.empty()) first = hash;
      CHECK(hash == first);
    }
    nn::set_threads(nn::available_threads());
  }
}

TEST_CASE("twenty steps have one SHA-256 on every instruction set", "[optimised]") {
  const Folder dir;
  const auto use = GENERATE(nn::WinogradUse::never, nn::WinogradUse::always);
  const nn::WinogradScope winograd(use);
  const nn::cpu::MicroKernel& own = nn::cpu::micro_kernel();
  for (const std::string recipe : {"residual", "ct2ct"}) {
    std::string first;
    for (const char* isa : {"scalar", "avx2", "avx512"}) {
      const nn::cpu::MicroKernel* kernel = nn::cpu::micro_kernel_named(isa);
      if (kernel == nullptr) continue;
      nn::cpu::set_micro_kernel(*kernel);
      auto o = options_for(recipe, dir / (recipe + isa));
      train::run_training(o);
      const std::string hash = data::sha256_of_file(o.out + "/model.safetensors");
      if (first.empty()) first = hash;
      INFO(recipe << " on " << isa);
      CHECK(hash == first);
    }
  }
  nn::cpu::set_micro_kernel(own);
}

TEST_CASE("another seed, other weights", "[optimised]") {
  const Folder dir;
  auto a = options_for("residual", dir / "a");
  auto b = options_for("residual", dir / "b");
  b.seed = a.seed + 1;
  train::run_training(a);
  train::run_training(b);
  CHECK(text_of(a.out + "/model.safetensors") != text_of(b.out + "/model.safetensors"));
}

TEST_CASE("a schedule without an end is refused") {
  const Folder dir;
  auto o = options_for("residual", dir / "run");
  o.steps.reset();
  o.recipe.epochs = 1e300;
  try {
    train::run_training(o);
    FAIL("trained");
  } catch (const nn::Error& error) {
    CHECK(std::string(error.what()).find("fewer than 1e15") != std::string::npos);
  }
}

TEST_CASE("a model file keeps its recipe, its scans and its prediction") {
  const Folder dir;
  auto o = options_for("residual", dir / "run");
  o.steps = 4;
  train::run_training(o);
  const std::string path = o.out + "/model.safetensors";
  const auto model = train::Model::load(path);
  CHECK(model.recipe().name == "residual");
  REQUIRE(model.training().sources.size() == 2);
  CHECK(model.training().sources[0].sha256.size() == 64);
  double sum = 0;
  for (const double w : model.training().least_squares) sum += w;
  CHECK(sum == Approx(1).margin(0.05));

  // An odd size is padded and cut back; reversing the slices changes nothing but rounding.
  train::MissingSlice missing;
  auto& known = missing.known;
  for (std::size_t i = 0; i < known.size(); ++i) {
    known[i] = nn::Tensor({1, 33, 41, 1});
    nn::Rng rng(7, nn::Purpose::test, static_cast<std::uint32_t>(i));
    for (float& v : known[i].values()) v = static_cast<float>(1000 * rng.normal());
  }
  missing.t = 0.25;
  const train::MissingSlice reversed{{known[3], known[2], known[1], known[0]}, 0.75};
  const nn::Tensor forward = model.predict({&missing, 1}).front();
  CHECK(forward.shape() == nn::Shape{1, 33, 41, 1});
  const nn::Tensor backward = model.predict({&reversed, 1}).front();
  for (nn::index i = 0; i < forward.numel(); ++i) {
    REQUIRE(forward.data()[i] == Approx(backward.data()[i]).margin(0.05));
  }

  // One damaged weight is noticed by the self-test.
  std::string bytes = text_of(path);
  const std::string header_length = bytes.substr(0, 8);
  std::uint64_t length = 0;
  std::copy_n(header_length.data(), 8, reinterpret_cast<char*>(&length));
  const float wrong = 30;
  std::copy_n(reinterpret_cast<const char*>(&wrong), 4, bytes.data() + 8 + length);
  std::ofstream(dir / "damaged.safetensors", std::ios::binary) << bytes;
  CHECK_THROWS_AS(train::Model::load(dir / "damaged.safetensors"), nn::Error);
  std::ofstream(dir / "short.safetensors", std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  CHECK_THROWS_AS(train::Model::load(dir / "short.safetensors"), nn::Error);
  CHECK_THROWS_AS(train::Model::load(o.out + "/checkpoint.safetensors"), nn::Error);
}

TEST_CASE("with and without Winograd a model predicts the same to 0.01 HU") {
  const Folder dir;
  train::TrainOptions o;
  o.recipe = train::recipe_named("ct2ct");  // makes the whole slice, not a correction
  o.recipe.size = 128;
  o.recipe.generator.levels = 5;
  o.recipe.generator.width = 32;
  o.scans = {"phantom:1:8:128"};
  o.out = dir / "run";
  o.steps = 3;
  train::run_training(o);
  const train::Model model = train::Model::load(o.out + "/model.safetensors");
  const data::Volume scan = data::read_volume("phantom:2:8:128", {});
  const std::vector<train::MissingSlice> known{
      {{scan.slice(1), scan.slice(2), scan.slice(4), scan.slice(5)}}};
  const nn::Tensor with = model.predict(known).front();
  const nn::WinogradScope winograd(nn::WinogradUse::never);
  const nn::Tensor without = model.predict(known).front();
  double squares = 0;
  double low = 0;
  double high = 0;
  for (nn::index i = 0; i < with.numel(); ++i) {
    squares += std::pow(static_cast<double>(with.data()[i] - without.data()[i]), 2);
    low = std::min(low, static_cast<double>(with.data()[i]));
    high = std::max(high, static_cast<double>(with.data()[i]));
  }
  const double rms = std::sqrt(squares / static_cast<double>(with.numel()));
  INFO("RMS " << rms << " HU, from " << low << " to " << high);
  CHECK(rms < 0.01);
  CHECK(rms > 0);           // otherwise Winograd did not run
  CHECK(high - low > 100);  // a network that says nothing would agree, too
}

TEST_CASE("a loaded model has its batch norms folded, and predicts what was trained") {
  const Folder dir;
  auto o = options_for("ct2ct", dir / "run");
  o.steps = 20;
  o.recipe.learning_rate = 5e-3;
  train::run_training(o);
  const std::string path = o.out + "/model.safetensors";
  const auto model = train::Model::load(path);
  models::UNet trained(model.recipe().generator_config());
  nn::ParameterList list = trained.parameters();
  nn::load(list, nn::SafetensorsReader(path), "g.");
  CHECK(model.parameter_count() == list.count());

  train::MissingSlice missing;
  auto& known = missing.known;
  known.fill(nn::Tensor::zeros({1, 64, 64, 1}));
  nn::Rng rng(8, nn::Purpose::test);
  for (float& v : known[1].values()) v = static_cast<float>(1000 * rng.normal());
  const nn::Tensor folded = model.predict({&missing, 1}).front();
  const nn::Tensor unfolded = train::predict_slices(model.recipe(), trained, {&missing, 1}).front();
  double worst = 0;
  for (nn::index i = 0; i < folded.numel(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(folded.data()[i] - unfolded.data()[i])));
  }
  CHECK(worst > 0);
  CHECK(worst < 0.05);  // HU
}

TEST_CASE("examples anywhere: about the share that was asked for, the others are middles",
          "[optimised]") {
  train::Recipe r = train::recipe_named("residual");
  r.batch = 200;
  r.crop = 32;
  const train::ScanDataset data({"phantom:1:40:32"}, r, 1, {});
  int middles = 0;
  int wide = 0;
  for (std::uint64_t step = 0; step < 10; ++step) {
    std::string labels;
    const train::Batch b = data.batch(r, 7, step, 32, &labels);
    REQUIRE(b.input.shape().c == 7);
    std::istringstream in(labels);
    for (std::string label; in >> label;) {
      int scan = 0;
      int target = 0;
      int before = 0;
      int after = 0;
      REQUIRE(std::sscanf(label.c_str(), "%d:%d:%d+%d", &scan, &target, &before, &after) == 4);
      middles += before == after && before + after <= 4 ? 1 : 0;
      wide += before + after > 4 ? 1 : 0;
    }
  }
  CHECK(r.anywhere() == 0.5);
  // Drawn anywhere are gaps of 2 to 4 slices in this scan; of those, all of 2 and a third of 4 are
  // such middles as well. Near the ends, less fits.
  CHECK(data.sources().front().slice_spacing == 4.2);
  CHECK(middles > 2000 * (0.5 + 0.5 * (1 + 1. / 3) / 3) - 100);
  CHECK(middles < 2000 * (0.5 + 0.5 * (1 + 1. / 3) / 3) + 100);
  CHECK(wide == 0);
}

TEST_CASE("evaluated at factor 4: passes begin with the middle and differ after it") {
  const Folder dir;
  const train::Model model = trained(dir, "residual", 30);
  REQUIRE(model.anywhere());
  train::EvaluateOptions e;
  e.factor = 4;
  const train::ScanReport direct = train::evaluate("phantom:9:18:48", model, e);
  e.in_passes = true;
  const train::ScanReport passes = train::evaluate("phantom:9:18:48", model, e);
  CHECK(passes.in_passes);
  CHECK_FALSE(direct.in_passes);
  CHECK(direct.slices == 12);  // 0, 4, 8, 12, 16 are known
  REQUIRE(direct.positions.size() == 3);
  REQUIRE(passes.positions.size() == 3);
  const auto psnr = [](const train::ScanReport& r, std::size_t i, std::size_t method) {
    return r.positions[i].methods[method].psnr[0].mean;
  };
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(direct.positions[i].t == 0.25 * static_cast<double>(i + 1));
    CHECK(direct.positions[i].slices == 4);
    const auto same = [&](std::size_t method) {
      return psnr(direct, i, method) == psnr(passes, i, method);
    };
    CHECK(same(train::kMethodCubic));
    CHECK(same(train::kMethodModel) == (i == 1));
    // Of five known slices three can be hidden, too few to trust a network.
    CHECK(psnr(direct, i, train::kMethodChecked) == psnr(direct, i, train::kMethodCubic));
    CHECK(psnr(passes, i, train::kMethodChecked) == psnr(passes, i, train::kMethodCubic));
    CHECK(psnr(direct, i, train::kMethodModel) != psnr(direct, i, train::kMethodCubic));
  }
  REQUIRE(direct.check);
  CHECK(direct.check->hidden.size() == 3);
  REQUIRE(passes.check);
  CHECK(passes.check->hidden.size() == 3);
}

TEST_CASE("a network of middles is tested on the middles of gaps that it cannot halve to the end") {
  const Folder dir;
  const train::Model model = trained(dir, "ct2ct", 2);
  REQUIRE_FALSE(model.anywhere());
  train::EvaluateOptions e;
  e.protocol = data::Protocol::unseen;
  e.factor = 4;
  CHECK(train::evaluate("phantom:9:25:48", model, e).slices == 18);
  e.factor = 6;
  const train::ScanReport middles = train::evaluate("phantom:9:25:48", model, e);
  CHECK_FALSE(middles.in_passes);
  CHECK(middles.slices == 4);
  e.factor = 5;
  CHECK_THROWS_AS(train::evaluate("phantom:9:25:48", model, e), nn::Error);
}

TEST_CASE("the identity set: a network learns to copy") {
  const Folder dir;
  auto o = options_for("ct2ct", dir / "run");
  o.recipe.input = train::Identity{};
  o.recipe.adversarial_weight = 0;
  o.recipe.learning_rate = 2e-3;
  o.recipe.generator.dropout = 0;
  o.scans = {"phantom:1:24:64"};
  o.steps = 150;
  train::run_training(o);
  std::ifstream losses(o.out + "/losses.csv");
  std::vector<double> l1;
  std::string line;
  std::getline(losses, line);
  while (std::getline(losses, line)) {
    std::istringstream row(line);
    std::string cell;
    for (int i = 0; i < 4; ++i) std::getline(row, cell, ',');
    l1.push_back(std::stod(cell));
  }
  REQUIRE(l1.size() == 150);
  CHECK(l1.back() < 0.35 * l1.front());
}

TEST_CASE("before the first step a network without registration is plain cubic interpolation") {
  const Folder dir;
  auto o = options_for("residual", dir / "run");
  train::set_entry(o.recipe, "generator.head=residual");
  train::set_entry(o.recipe, "registration=false");
  o.scans = {"phantom:3:24:32"};
  o.steps = 1;
  REQUIRE(train::run_training(o).complete);
  std::ifstream file(o.out + "/validation.csv");
  std::string line;
  std::getline(file, line);
  std::getline(file, line);
  std::string cell;
  std::vector<std::string> cells;
  for (std::istringstream row(line); std::getline(row, cell, ',');) cells.push_back(cell);
  REQUIRE(cells.size() == 5);
  CHECK(cells[0] == "0");
  CHECK(cells[1] == "0");
  CHECK(cells[2] == cells[3]);
  CHECK(cells[3] != cells[4]);
  CHECK(fs::exists(o.out + "/samples/epoch_0000.png"));
}

TEST_CASE("validation slices are looked at first, and after epochs that have 100 steps together") {
  const Folder dir;
  auto o = options_for("ct2ct", dir / "run");
  o.scans = {"phantom:3:12:32"};
  o.steps = 230;
  REQUIRE(train::run_training(o).complete);
  std::ifstream file(o.out + "/validation.csv");
  std::string line;
  std::getline(file, line);
  std::vector<std::uint64_t> steps;
  while (std::getline(file, line)) steps.push_back(std::stoull(line));
  // 8 of 10 triplets are trained on: an epoch has 8 steps, 13 epochs have 104.
  CHECK(steps == std::vector<std::uint64_t>{0, 104, 208, 230});
  const std::string curves = text_of(o.out + "/validation.svg");
  for (const char* name : {"network", "registration", "cubic", "linear"}) {
    CHECK(curves.find(">" + std::string(name) + "</text>") != std::string::npos);
  }
}

TEST_CASE("the page of a run says how it went, and begins with the untrained network") {
  const Folder dir;
  const auto state = [](const std::string& run) {
    const std::string page = text_of(run + "/live.html");
    const std::size_t at = page.find("\"state\":\"");
    REQUIRE(at != std::string::npos);
    const std::size_t begin = at + 9;
    return page.substr(begin, page.find('"', begin) - begin);
  };
  auto o = options_for("residual", dir / "run");
  o.scans = {"phantom:3:24:32"};
  o.steps = 4;
  o.stop_at = 2;
  const train::TrainResult stopped = train::run_training(o);
  CHECK(state(o.out) == "stopped");
  REQUIRE(stopped.to_look_at.size() == 4);
  for (const std::string& name : stopped.to_look_at) CHECK(fs::exists(name));
  o.stop_at.reset();
  o.resume = true;
  train::run_training(o);
  CHECK(state(o.out) == "finished");
  const std::string page = text_of(o.out + "/live.html");
  for (const char* part : {"\"step\":4,\"total\":4",
                           "\"file\":\"samples/epoch_0000.png\",\"epoch\":0,"
                           "\"step\":0",
                           "{\"method\":\"registered\",\"psnr\":"}) {
    INFO(part);
    CHECK(page.find(part) != std::string::npos);
  }
  // Registration alone is what the untrained network gives.
  std::istringstream validation(text_of(o.out + "/validation.csv"));
  std::string line;
  std::getline(validation, line);
  std::getline(validation, line);
  const double untrained = std::stod(line.substr(line.find(',', 2) + 1));
  const std::string name = "\"registered\",\"psnr\":";
  CHECK(std::stod(page.substr(page.find(name) + name.size())) == Approx(untrained).margin(1e-3));

  auto bad = options_for("residual", dir / "bad");
  bad.scans = o.scans;
  bad.steps = 20;
  bad.recipe.learning_rate = 1e30;
  CHECK_THROWS_AS(train::run_training(bad), nn::Error);
  CHECK(state(bad.out) == "failed");
}

TEST_CASE("scans of different sizes are trained on together") {
  const Folder folder;
  train::TrainOptions o = options_for("residual", folder / "run");
  o.scans = {"phantom:1:24:64", "phantom:2:24:80"};
  o.steps = 2;
  CHECK(train::run_training(o).complete);
  CHECK(fs::exists(folder / "run/model.safetensors"));
  CHECK_FALSE(fs::is_empty(folder / "run/samples"));
}

TEST_CASE("paired pictures: A on the left, B on the right, grey and colour") {
  const Folder dir;
  for (const int channels : {1, 3}) {
    const std::string pairs = dir / ("pairs" + std::to_string(channels));
    fs::create_directories(pairs);
    for (int k = 0; k < 3; ++k) {
      std::vector<std::uint8_t> bytes(static_cast<std::size_t>(64 * 32 * channels));
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>((i * 7 + static_cast<std::size_t>(k) * 31) % 251);
      }
      data::write_png(pairs + "/" + std::to_string(k) + ".png", 64, 32, channels, bytes, false);
    }
    auto o = options_for("pix2pix", dir / ("run" + std::to_string(channels)));
    o.scans = {pairs};
    o.recipe.size = 32;
    o.recipe.enlarge = 4;
    o.steps = 4;
    CHECK(train::run_training(o).complete);
    CHECK(fs::exists(o.out + "/samples/epoch_0002.png"));  // 2 epochs of 3 pictures, one batch each
    const auto model = train::Model::load(o.out + "/model.safetensors");
    const auto made = model.translate(nn::Tensor::full({1, 32, 32, channels}, 100));
    CHECK(made.shape() == nn::Shape{1, 32, 32, channels});
  }
}

TEST_CASE("bone of an example: where the truth and both neighbours are above 200 HU") {
  train::Recipe r = train::recipe_named("residual");
  r.generator.head = models::Head::residual;
  r.four_slices()->differences.reset();  // the slices themselves are the input
  const auto bone_of = [&] {
    const train::ScanDataset data({"phantom:1:12:64"}, r, 1, {});
    return data.batch(r, 7, 3, 32);
  };
  const train::Batch b = bone_of();
  REQUIRE(b.bone.shape() == b.target.shape());
  const auto unit = [](double hu) { return (hu - 512) / 1536; };  // of a window -1024 .. 2048
  nn::index pixels = 0;
  for (nn::index i = 0; i < b.bone.numel(); ++i) {
    const auto above = [&](nn::real value) { return static_cast<double>(value) > unit(200); };
    const bool pure = above(b.target.data()[i]) && above(b.input.data()[i * 6 + 1]) &&
                      above(b.input.data()[i * 6 + 2]);
    REQUIRE(b.bone.data()[i] == nn::real(pure ? 1 : 0));
    pixels += pure ? 1 : 0;
  }
  CHECK(pixels > 100);
  r.bone_shift_weight = 0;
  CHECK(bone_of().bone.empty());
}

TEST_CASE("a training that falls behind its measured time says so, when that can be known") {
  using train::slower_than_measured;
  CHECK(slower_than_measured(3, 60, 120).empty());  // as planned
  CHECK(slower_than_measured(3, 60, 160).empty());  // 220 s instead of 180
  CHECK(slower_than_measured(3, 10, 500).empty());  // too early to know
  CHECK(slower_than_measured(3, 60, std::nullopt).empty());
  CHECK(slower_than_measured(0, 60, 500).empty());  // no time was asked for
  const std::string said = slower_than_measured(3, 60, 180);
  CHECK(said.find("after about 4.0 minutes, not 3,") != std::string::npos);
  CHECK(said.find("its number of steps stays") != std::string::npos);
}
