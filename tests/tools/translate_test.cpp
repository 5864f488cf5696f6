// Pictures translated by a model of paired pictures, from the command line.
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/pictures/picture.h"
#include "tests/catch.h"
#include "tests/tools/desk.h"

namespace fs = std::filesystem;
using data::Image8;
using tools_test::Desk;
using tools_test::text_of;

namespace {

/// Something with edges, another one for every `seed`.
Image8 picture(nn::index width, nn::index height, int channels, int seed) {
  Image8 p{width, height, channels, {}};
  for (nn::index i = 0; i < width * height * channels; ++i) {
    p.bytes.push_back(static_cast<std::uint8_t>((i * 7 + i / 50 * 40 + seed * 31) % 251));
  }
  return p;
}

/// Columns first..first+width-1; beyond the edge, the edge again.
Image8 part(const Image8& p, nn::index first, nn::index width, nn::index height) {
  Image8 out{width, height, p.channels, {}};
  for (nn::index y = 0; y < height; ++y) {
    for (nn::index x = 0; x < width; ++x) {
      for (nn::index c = 0; c < p.channels; ++c) {
        const nn::index row = std::min(y, p.height - 1);
        const nn::index column = std::min(first + x, p.width - 1);
        out.bytes.push_back(
            p.bytes[static_cast<std::size_t>((row * p.width + column) * p.channels + c)]);
      }
    }
  }
  return out;
}

/// Whether a colour picture shows `p` at that place.
bool shows(const Image8& whole, nn::index left, nn::index top, const Image8& p) {
  for (nn::index y = 0; y < p.height; ++y) {
    for (nn::index x = 0; x < p.width; ++x) {
      for (nn::index c = 0; c < 3; ++c) {
        const nn::index at = ((top + y) * whole.width + left + x) * 3 + c;
        const nn::index own =
            (y * p.width + x) * p.channels + std::min<nn::index>(c, p.channels - 1);
        if (whole.bytes.at(static_cast<std::size_t>(at)) !=
            p.bytes[static_cast<std::size_t>(own)]) {
          return false;
        }
      }
    }
  }
  return true;
}

void write(const fs::path& path, const Image8& p) {
  fs::create_directories(path.parent_path());
  data::write_png(path.string(), p.width, p.height, p.channels, p.bytes, false);
}

/// Trains on pairs/1.png, 2.png and 10.png, each 84 x 29: no size that three levels can halve.
std::string pair_model(const Desk& desk, int channels) {
  for (const int k : {1, 2, 10}) {
    write(desk / ("pairs/" + std::to_string(k) + ".png"), picture(84, 29, channels, k));
  }
  return desk.trained("pairs --recipe pix2pix --steps 2 --width 4 --levels 3 --size 32");
}

}  // namespace

TEST_CASE("translate: pairs are compared with their right half") {
  const Desk desk;
  const int channels = GENERATE(1, 3);
  const std::string model = pair_model(desk, channels);
  const auto r = desk.run("translate pairs --out made --paired --json --quiet" + model);
  INFO(r.err);
  REQUIRE(r.code == 0);
  const auto report = nlohmann::json::parse(r.out);
  double sum = 0;
  for (int i = 0; i < 3; ++i) {
    const std::string name = std::to_string(std::array{1, 2, 10}[static_cast<std::size_t>(i)]);
    const auto& entry = report.at("pictures").at(static_cast<std::size_t>(i));
    CHECK(entry.at("name") == name + ".png");
    const Image8 made = data::read_picture((desk / ("made/" + name + ".png")).string());
    const Image8 truth =
        part(data::read_picture((desk / ("pairs/" + name + ".png")).string()), 42, 42, 29);
    REQUIRE(made.width == 42);
    REQUIRE(made.height == 29);
    REQUIRE(made.channels == channels);
    double l1 = 0;
    for (std::size_t k = 0; k < truth.bytes.size(); ++k) {
      l1 += std::abs(int{made.bytes[k]} - int{truth.bytes[k]});
    }
    l1 /= static_cast<double>(truth.bytes.size());
    CHECK(l1 > 0);
    CHECK(entry.at("l1").get<double>() == Approx(l1));
    sum += l1;
  }
  CHECK(report.at("mean_l1").get<double>() == Approx(sum / 3));
  const Image8 montage = data::read_picture((desk / "made/montage.png").string());
  // The last row, 8 pixels above the lower edge; columns for the names are at least 48 wide.
  const Image8 pair = data::read_picture((desk / "pairs/10.png").string());
  const nn::index top = montage.height - 8 - 29;
  CHECK(shows(montage, 8, top, part(pair, 0, 42, 29)));
  CHECK(shows(montage, 64, top, data::read_picture((desk / "made/10.png").string())));
  CHECK(shows(montage, 120, top, part(pair, 42, 42, 29)));
  CHECK(fs::exists(desk / "run/samples/epoch_0001.png"));
}

TEST_CASE("translate: an input alone, padded and cut back, on any number of threads") {
  const Desk desk;
  const std::string model = pair_model(desk, 1);
  REQUIRE(desk.run("translate pairs --out made --paired --quiet" + model).code == 0);
  // Once the left half as it is, once enlarged by hand to a multiple of 8.
  const Image8 pair = data::read_picture((desk / "pairs/10.png").string());
  write(desk / "half.png", part(part(pair, 0, 42, 29), 0, 42, 29));
  write(desk / "wide/a.png", part(part(pair, 0, 42, 29), 0, 48, 32));
  std::ofstream(desk / "wide/notes.txt") << "no picture";
  REQUIRE(desk.run("translate half.png --out one --threads 1" + model).code == 0);
  REQUIRE(desk.run("translate half.png --out three --threads 3" + model).code == 0);
  CHECK(text_of(desk / "one/half.png") == text_of(desk / "made/10.png"));
  CHECK(text_of(desk / "one/half.png") == text_of(desk / "three/half.png"));
  CHECK_FALSE(fs::exists(desk / "one/montage.png"));
  const auto r = desk.run("translate wide --out wider --json" + model);
  REQUIRE(r.code == 0);
  CHECK(r.err.find("notes.txt") != std::string::npos);
  const auto record = nlohmann::json::parse(r.out);
  CHECK(record.at("pictures") == nlohmann::json::parse(R"([{"name":"a.png"}])"));
  CHECK(record.at("mean_l1").is_null());
  const Image8 wide = data::read_picture((desk / "wider/a.png").string());
  REQUIRE(wide.width == 48);
  CHECK(part(wide, 0, 42, 29).bytes == data::read_picture((desk / "one/half.png").string()).bytes);

  desk.refused("translate half.png --out one" + model, "exists");
  CHECK(desk.run("translate half.png --out one --force --quiet" + model).code == 0);
  desk.refused("translate wide --out one --force" + model, "half.png");
}

TEST_CASE("pairs in the parts of a data set are hinted at, and another length is not taken up") {
  const Desk desk;
  const std::string model = pair_model(desk, 1);
  for (const char* part_name : {"train", "val", "test"}) {
    write(desk / (std::string("facades/") + part_name + "/1.png"), picture(16, 8, 1, 1));
  }
  desk.refused("train facades --out other --recipe pix2pix",
               "no picture but in its folders test, val, train");
  desk.refused("train facades --out other --recipe pix2pix", "name one of them: facades/train");

  const std::string again = "train pairs --out run --resume";
  const auto longer = desk.run(again + " --steps 5");
  CHECK(longer.code == 0);
  CHECK(longer.err.find("--steps is ignored: the length of a run, here 2 steps") !=
        std::string::npos);
  CHECK(desk.run(again + " --minutes 5").err.find("--minutes is ignored") != std::string::npos);
  CHECK(desk.run(again + " --epochs 5").err.find("--epochs is ignored") != std::string::npos);
  CHECK(desk.run(again + " --steps 2").err.find("ignored") == std::string::npos);
  CHECK(desk.run(again).err.find("ignored") == std::string::npos);
}

TEST_CASE("translate: what is refused") {
  const Desk desk;
  const std::string model = pair_model(desk, 1);
  const std::string use = " --out made" + model;
  desk.refused("translate pairs --out made", "--model");
  desk.refused("translate pairs" + model, "--out");
  desk.refused("translate missing" + use, "missing");
  fs::create_directories(desk / "empty");
  desk.refused("translate empty" + use, "empty");
  desk.refused("translate run/model.safetensors" + use, "no picture");
  desk.refused("translate pairs --out pairs --force" + model, "another folder");
  desk.refused("translate pairs --out nowhere/made" + model, "nowhere");
  write(desk / "colour.png", picture(16, 16, 3, 1));
  desk.refused("translate colour.png" + use, "colour");
  write(desk / "odd.png", picture(17, 16, 1, 1));
  desk.refused("translate odd.png --paired" + use, "17");
  fs::create_directories(desk / "twice");
  fs::copy(desk / "odd.png", desk / "twice/a.png");
  fs::copy(desk / "odd.png", desk / "twice/a.jpg");  // content decides, not names
  desk.refused("translate twice" + use, "a.png");
  fs::create_directories(desk / "named");
  fs::copy(desk / "pairs/1.png", desk / "named/montage.png");
  desk.refused("translate named --paired" + use, "montage.png");
  const std::string bytes = text_of(desk / "odd.png");
  fs::create_directories(desk / "cut");
  fs::copy(desk / "odd.png", desk / "cut/1.png");
  std::ofstream(desk / "cut/2.png", std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  desk.refused("translate cut" + use, "2.png");

  // Models for another job, both ways.
  desk.phantom();
  desk.refused("interpolate scan.nii.gz --out y.nii.gz" + model, "ct2ct translate");
  desk.refused("evaluate scan.nii.gz --out report" + model, "ct2ct translate");
  const auto trained = desk.run("train scan.nii.gz --out scans --steps 1 --width 4 --levels 3");
  REQUIRE(trained.code == 0);
  desk.refused("translate pairs --out made --model scans/model.safetensors", "recipe pix2pix");
}

TEST_CASE("pairs of a scan are trained on and translated, and what is refused") {
  const Desk desk;
  desk.phantom();
  const auto r = desk.run("pairs scan.nii.gz --out ab --window brain");
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(r.err.find("window: 0 to 79 HU (--window brain, centre 40, width 80)") !=
        std::string::npos);
  CHECK(r.out.find("ab: ") == 0);
  CHECK(r.out.find(" pairs A|B of 12 slices") != std::string::npos);
  const Image8 pair = data::read_picture((desk / "ab/slice_0006.png").string());
  CHECK(pair.width == 96);
  CHECK(pair.height == 48);
  const std::string model =
      desk.trained("ab --recipe pix2pix --steps 2 --width 4 --levels 3 --size 32");
  CHECK(desk.run("translate ab --out made --paired --quiet" + model).code == 0);

  desk.refused("pairs scan.nii.gz --out ab", "exists");
  CHECK(desk.run("pairs scan.nii.gz --out ab --force --quiet").out.empty());
  desk.refused("pairs scan.nii.gz --out run --force", "run");
  desk.refused("pairs missing.nii.gz --out other", "missing.nii.gz");
  desk.refused("pairs scan.nii.gz --out nowhere/ab", "nowhere");
  desk.refused("pairs scan.nii.gz --out other --window grey", "--window");
  desk.refused("pairs scan.nii.gz", "--out");
  write(desk / "stack/1.png", picture(48, 48, 1, 1));
  write(desk / "stack/2.png", picture(48, 48, 1, 2));
  const auto grey = desk.run("pairs stack --out other");
  CHECK(grey.code == 2);
  CHECK(grey.err.find("ct2ct: stack: grey levels, expected HU") != std::string::npos);
  CHECK_FALSE(fs::exists(desk / "other"));
}
