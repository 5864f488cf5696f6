#include "data/volume/window.h"

#include "data/phantom/phantom.h"
#include "tests/data/test_files.h"

using data_test::check_input_error;

TEST_CASE("a window is DICOM's linear function, hand-computed") {
  // PS3.3, C.11.2.1.2.1: for c=2048, w=4096 black is at 0 and white at 4095; for c=0, w=100 at
  // -50 and 49. The examples are the standard's own.
  const data::Window a = data::CentreWidth{2048, 4096}.window();
  CHECK(a.low == 0);
  CHECK(a.high == 4095);
  const data::Window b = data::CentreWidth{0, 100}.window();
  CHECK(b.low == -50);
  CHECK(b.high == 49);
  const data::Window exact = data::CentreWidth{0, 100, true}.window();
  CHECK(exact.low == -50);
  CHECK(exact.high == 50);
}

TEST_CASE("what --window takes") {
  const auto check = [](const std::string& text, double low, double high) {
    const data::AskedWindow asked = data::asked_window(text);
    INFO(text);
    CHECK(asked.text == text);
    CHECK(asked.window.window().low == low);
    CHECK(asked.window.window().high == high);
  };
  check("brain", 0, 79);
  check("bone", -770, 1729);
  check("lung", -1350, 149);
  check("soft", -160, 239);
  check("40,80", 0, 79);
  check("-600.5,1500", -1350.5, 148.5);
  for (const char* bad : {"", "liver", "40", "40,", ",80", "40,80,", "40,1", "40,-80", "40 80",
                          "nan,80", "40,inf", "1e9,80"}) {
    INFO(bad);
    check_input_error([&] { data::asked_window(bad); }, {"--window", "brain, bone, lung, soft"});
  }
}

TEST_CASE("what a scan is shown with: asked for, usual, or none") {
  data::Volume v = data::make_phantom({2, 16, 1, 0});
  const data::ShownWindow usual = data::window_of(v, {});
  CHECK(usual.window.low == -160);
  CHECK(usual.window.high == 240);
  CHECK(data::to_string(usual, v.unit) == "-160 to 240 HU (the default)");
  const data::ShownWindow asked = data::window_of(v, data::asked_window("brain"));
  CHECK(data::to_string(asked, v.unit) == "0 to 79 HU (--window brain, centre 40, width 80)");
  v.unit = data::Unit::grey8;
  CHECK(data::window_of(v, {}).window.high == 255);
  CHECK_THROWS_AS(data::window_of(v, data::asked_window("brain")), nn::Error);
}
