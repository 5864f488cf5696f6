// Plots: that lines are where the data are. Whether they are pleasant is for eyes.
#include "data/draw/plot.h"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <regex>
#include <sstream>

#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/report/loss_curve.h"

namespace {

using data::PlotStyle;
using data::Series;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  std::vector<std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator i(text.begin(), text.end(), expression), end; i != end; ++i) {
    found.push_back((*i)[1]);
  }
  return found;
}

using Points = std::vector<std::pair<double, double>>;

/// Of the line of series 0, wherever it was interrupted.
std::vector<Points> lines_of(const data::Svg& svg) {
  std::vector<Points> lines;
  for (const std::string& text :
       matches(svg.element(), "<polyline class=\"s0\" points=\"([^\"]*)\"")) {
    std::istringstream in(text);
    Points points;
    double x = 0;
    double y = 0;
    for (char comma = 0; in >> x >> comma >> y;) points.emplace_back(x, y);
    lines.push_back(points);
  }
  return lines;
}

struct Rect {
  double x, y, w, h;
};

std::vector<Rect> bars_of(const data::Svg& svg, const std::string& series) {
  std::vector<Rect> all;
  const std::string number = "=\"([-0-9.]+)\"";
  const std::regex pattern("<rect x" + number + " y" + number + " width" + number + " height" +
                           number + " class=\"" + series + "\"");
  const std::string text = svg.element();
  for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i) {
    const Rect r{std::stod((*i)[1]), std::stod((*i)[2]), std::stod((*i)[3]), std::stod((*i)[4])};
    if (r.w != 16) all.push_back(r);  // not the key in the legend
  }
  return all;
}

}  // namespace

TEST_CASE("a plot draws its curve where the data are") {
  // A straight line on the logarithmic axis, from the lower left to the upper right.
  Series line{"rising", {}, {}};
  for (int k = 0; k <= 10; ++k) {
    line.x.push_back(k);
    line.y.push_back(std::pow(10.0, k - 5));
  }
  PlotStyle style;
  style.log_y = true;
  const auto lines = lines_of(data::line_plot({&line, 1}, style));
  REQUIRE(lines.size() == 1);
  const Points& p = lines[0];
  REQUIRE(p.size() == 11);
  CHECK(p.back().first == Approx(style.width - 24));
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double share = static_cast<double>(i) / 10.0;
    CHECK(p[i].first == Approx(p[0].first + share * (p[10].first - p[0].first)).margin(0.011));
    CHECK(p[i].second == Approx(p[0].second + share * (p[10].second - p[0].second)).margin(0.011));
  }
  CHECK(p[0].second > p[10].second + 200);

  style.log_y = false;
  const Points linear = lines_of(data::line_plot({&line, 1}, style))[0];
  CHECK(linear[9].second > linear[0].second - 0.11 * (linear[0].second - linear[10].second));
}

TEST_CASE("points that cannot be drawn leave a gap and are counted in the legend") {
  PlotStyle style;
  style.log_y = true;
  for (const double bad : {kNan, -2.0, 1e300}) {
    const Series gap{"loss", {0, 1, 2, 3, 4, 5}, {1, 2, bad, 1, bad, 2}};
    const data::Svg svg = data::line_plot({&gap, 1}, style);
    const auto lines = lines_of(svg);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].size() == 2);
    CHECK(matches(svg.element(), "<(circle)").size() == 2);  // points without neighbours
    CHECK(svg.element().find(">loss (2 points not drawable)</text>") != std::string::npos);
  }
}

TEST_CASE("plots of little or odd data still come out") {
  const std::vector<Series> odd{
      {"empty", {}, {}},
      {"one point", {5}, {3}},
      {"constant", {1, 2, 3}, {7, 7, 7}},
      {"all NaN", {1, 2}, {kNan, kNan}},
      {"huge", {0, 1e9}, {-1e300, 1e300}},
      {"tiny", {0, 1e-9}, {1e-300, 2e-300}},
      {"zeros", {0, 1}, {0, 0}},
      {"close", {0, 1}, {1e9, 1e9 + 1}},
  };
  for (const bool log_y : {false, true}) {
    PlotStyle style;
    style.log_y = log_y;
    style.title = "odd";
    style.y_label = "loss";
    for (const Series& s : odd) {
      const std::string text = data::line_plot({&s, 1}, style).element();
      CHECK(text.find("nan") == std::string::npos);
      CHECK(text.find("inf") == std::string::npos);
    }
    CHECK(data::line_plot(odd, style).element().find("</svg>") != std::string::npos);
  }
}

TEST_CASE("regions are shaded where they are, cut off at the ends of the data") {
  const Series line{"psnr", {10, 20, 30}, {1, 2, 3}};
  PlotStyle style;
  style.bands = {{"face", 0, 15}, {"brain", 15, 25}, {"vertex", 25, 99}};
  const data::Svg svg = data::line_plot({&line, 1}, style);
  const auto bands = bars_of(svg, "band");
  REQUIRE(bands.size() == 2);  // every second
  const Points p = lines_of(svg)[0];
  CHECK(bands[0].x == Approx(p[0].first));
  CHECK(bands[0].w == Approx(0.25 * (p[2].first - p[0].first)).margin(0.02));
  CHECK(bands[1].x + bands[1].w == Approx(p[2].first).margin(0.02));
  for (const char* name : {">face<", ">brain<", ">vertex<"}) {
    CHECK(svg.element().find(name) != std::string::npos);
  }
}

TEST_CASE("a zero line is inside the axes") {
  const Series line{"gain", {0, 1}, {2, 3}};
  PlotStyle style;
  const double without = lines_of(data::line_plot({&line, 1}, style))[0][0].second;
  style.zero_line = true;
  const double with = lines_of(data::line_plot({&line, 1}, style))[0][0].second;
  CHECK(without - with > 150);  // 2 is no longer at the bottom
}

TEST_CASE("what was smoothed lies paler below its line, within the axes") {
  Series line{"loss", {0, 1, 2, 3}, {2, 2, 2, 2}, {1, 3, 1, 3}};
  const std::string text = data::line_plot({&line, 1}, {}).element();
  const auto pale = matches(text, "<polyline class=\"s0 pale\" points=\"([^\"]*)\"");
  REQUIRE(pale.size() == 1);
  CHECK(text.find("s0 pale\" points") < text.find("class=\"s0\" points"));
  line.raw.clear();
  const Series narrow{"loss", line.x, {1, 3, 1, 3}};
  CHECK(matches(data::line_plot({&narrow, 1}, {}).element(),
                "<polyline class=\"s0\" points=\"([^\"]*)\"") == pale);  // the same axes
  line.raw = {1, 2};
  CHECK_THROWS_AS(data::line_plot({&line, 1}, {}), nn::Error);
}

TEST_CASE("names in plots are text, never markup") {
  const Series line{"<script>&\"", {0, 1}, {1, 2}};
  PlotStyle style;
  style.title = "a < b";
  const std::string text = data::line_plot({&line, 1}, style).file();
  CHECK(text.find("<script>") == std::string::npos);
  CHECK(text.find("&lt;script&gt;&amp;&quot;") != std::string::npos);
  CHECK(text.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0) == 0);
}

TEST_CASE("plots refuse what they cannot show") {
  const Series good{"loss", {0, 1}, {1, 2}};
  const Series uneven{"loss", {0, 1}, {1}};
  CHECK_THROWS_AS(data::line_plot({}, {}), nn::Error);
  CHECK_THROWS_AS(data::line_plot({&uneven, 1}, {}), nn::Error);
  CHECK_THROWS_AS(data::line_plot(std::vector<Series>(9, good), {}), nn::Error);
  PlotStyle style;
  style.height = 100;
  CHECK_THROWS_AS(data::line_plot({&good, 1}, style), nn::Error);
}

TEST_CASE("losses.csv becomes curves, long ones as means") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("ct2ct_losses_" + std::to_string(::getpid())))
          .string();
  const auto series_of = [&](const std::string& text) {
    std::ofstream(path) << text;
    auto series = train::loss_series(path);
    std::filesystem::remove(path);
    return series;
  };
  const std::string header = std::string(train::kLossesHeader) + "\n";
  const auto few =
      series_of(header + "0,1,9,0.5,0,0,0,1e-4,a:1:1\nrubbish\n1,1,9,0.25,0,0,0,1e-4,b");
  REQUIRE(few.size() == 1);  // no discriminator was at work
  CHECK(few[0].name == "generator L1");
  CHECK(few[0].x == std::vector<double>{0, 1});
  CHECK(few[0].y == std::vector<double>{0.5, 0.25});

  std::string many = header;
  for (int k = 0; k < 1000; ++k) {
    many += std::to_string(k) + ",1,9," + std::to_string(k % 2) + ",2,0.5,0.25,1e-4,x\n";
  }
  const auto thinned = series_of(many);
  REQUIRE(thinned.size() == 3);
  CHECK(thinned[0].x.size() == 400);
  CHECK(thinned[0].x[1] == 3);  // of 1000 lines in 400 ranges the second has 2, 3 and 4
  CHECK(thinned[0].raw[1] == Approx(1.0 / 3.0));
  CHECK(thinned[1].y[7] == 2);
  CHECK(thinned[2].y[7] == 0.75);
  // Means over 10 points on both sides, as far as there are any.
  const auto mean = [&](std::size_t first, std::size_t last) {
    double sum = 0;
    for (std::size_t k = first; k <= last; ++k) sum += thinned[0].raw[k];
    return sum / static_cast<double>(last - first + 1);
  };
  CHECK(thinned[0].y[200] == Approx(mean(190, 210)));
  CHECK(thinned[0].y[1] == Approx(mean(0, 11)));
  CHECK(thinned[0].y[399] == Approx(mean(389, 399)));
  CHECK(few[0].raw.empty());

  // A run that diverges ends where it does; what was before it stays.
  std::string wild = header;
  for (int k = 0; k < 400; ++k) {
    wild += std::to_string(k) + ",1,9," + (k == 300 ? "nan" : "1") + ",0,0,0,1e-4,x\n";
  }
  const auto diverged = series_of(wild);
  REQUIRE(diverged.size() == 1);
  CHECK(diverged[0].y[295] == 1);
  CHECK(std::isnan(diverged[0].y[300]));

  CHECK(series_of("step,loss\n1,2\n").empty());
  CHECK(series_of(header).empty());
  CHECK(train::loss_series(path).empty());  // no such file
}

TEST_CASE("validation.csv becomes the curves of network and cubic and linear") {
  const auto path =
      std::filesystem::temp_directory_path() / ("ct2ct_validation_" + std::to_string(::getpid()));
  std::ofstream(path) << train::kValidationHeader << "\n100,1,30.5,31,30\n200,2,32,31,30\n300,3,3";
  const auto series = train::validation_series(path.string());
  std::filesystem::remove(path);
  REQUIRE(series.size() == 3);
  CHECK(series[0].name == "network");
  CHECK(series[0].x == std::vector<double>{100, 200});  // the last line is cut off
  CHECK(series[0].y == std::vector<double>{30.5, 32});
  CHECK(series[1].name == "cubic");
  CHECK(series[1].y == std::vector<double>{31, 31});
  CHECK(series[2].name == "linear");
  CHECK(series[2].y == std::vector<double>{30, 30});
  CHECK(train::validation_series(path.string()).empty());
}
