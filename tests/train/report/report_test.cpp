// Reports: that all forms say the same, in words that fit the numbers.
#include "train/report/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/draw/markup.h"
#include "data/files/gzip.h"
#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "train/report/headline.h"
#include "train/report/live_page.h"
#include "train/report/report_page.h"
#include "train/report/report_tables.h"

namespace {

using train::kMethodCubic;
using train::kMethodModel;
using train::kMethods;
using train::Report;
using train::ScanReport;
using train::SliceRow;

/// 20 slices on which the model is `gain` dB ahead of cubic, and `soft` dB in soft tissue, give or
/// take `spread`.
ScanReport made_up(double gain, double spread, double soft = 1) {
  ScanReport r;
  r.scan = "head.nii";
  r.protocol = "unseen";
  r.slices = 20;
  r.height = 64;
  r.width = 48;
  r.spacing = 2;
  r.regions = data::thirds(40);
  nn::Rng rng(6, nn::Purpose::test);
  for (nn::index k = 0; k < 20; ++k) {
    SliceRow row;
    row.slice = 2 * k + 1;
    row.position = 2.0 * static_cast<double>(row.slice);
    const double of_slice = 30 + rng.normal();
    const double noise = spread * (k % 2 == 0 ? 1 : -1);
    for (std::size_t m = 0; m < kMethods.size(); ++m) {
      auto& s = row.methods[m];
      const bool model = m == kMethodModel;
      s.metrics.psnr = {of_slice + (model ? gain + noise : 0), 20 + (model ? soft : 0), 25};
      s.metrics.ssim = {0.9, 0.8, 0.7};
      s.metrics.body_absolute = {model ? 150.0 : 200.0, 10};
      s.metrics.tissue_signed[1] = {model ? 30.0 : 5.0, 10};
      s.metrics.tissue_absolute[1] = {50, 10};
      s.pure[1] = {{model ? 30.0 : 5.0, 10}, model ? 2.5 : 0.25};
      s.texture.noise = {model ? 25.0 : 64.0, 100, 7};
      s.texture.gradient = {81, 100, 7};
    }
    r.rows.push_back(row);
  }
  r.methods = train::summarise(r.rows, 0);
  r.regional = train::by_region(r.rows, r.regions, 0);
  r.positions = train::by_position(r.rows, 0);
  return r;
}

Report report_of(const std::vector<ScanReport>& scans) {
  Report report;
  report.model.file = "model.safetensors";
  report.model.sha256 = "abc";
  report.model.version = "1.2.3";
  report.model.recipe = train::recipe_named("residual");
  report.model.training.sources = {{"train.nii", "def", 24, 64, 48, 3, "HU"}};
  report.scans = scans;
  return report;
}

/// What the page shows without scripts.
std::string html(const Report& report) {
  const std::string page = train::to_report_html(report);
  const std::size_t begin = page.find("<div id=\"still\">");
  const std::size_t end = page.find("<div id=\"page\">");
  REQUIRE(begin < end);
  REQUIRE(end != std::string::npos);
  return page.substr(begin, end - begin);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The JSON in an element of a page.
nlohmann::json data_of(const std::string& page, const std::string& id) {
  const std::string open = "<script type=\"application/json\" id=\"" + id + "\">";
  const std::size_t at = page.find(open);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + open.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

std::string unpacked_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = (bits << 6U) | static_cast<unsigned>(digits.find(c));
    if ((count += 6) < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return bytes;
}

}  // namespace

TEST_CASE("the sentence for a model that is better, worse, or neither") {
  CHECK(train::headline(made_up(2, 0)) ==
        "The model is 2.0 dB [2.0, 2.0] closer to the truth than registration, the best method "
        "without a network here, and closer on 20 of 20 slices.");
  CHECK(train::headline(made_up(-1.5, 0, -1)) ==
        "The model is 1.5 dB [1.5, 1.5] farther from the truth than registration, which needs no "
        "network, and closer on 0 of 20 slices only. Use --method registered on this scan.");
  // Worse in the full window, better in soft tissue: no advice.
  CHECK(train::headline(made_up(-1.5, 0, 1)).ends_with("0 of 20 slices only."));
  const std::string neither = train::headline(made_up(0.02, 1));
  CHECK(neither.rfind("The model is not shown to be better than registration, which needs no "
                      "network: the difference is +0.02 dB [-0.",
                      0) == 0);
  CHECK(neither.ends_with("and it is closer on 10 of 20 slices."));
  ScanReport with_registration = made_up(2, 0, -0.25);
  with_registration.methods[train::kMethodRegistered].over_cubic[0] = {1.5, 1.25, 1.75, 20};
  const auto details = train::details(with_registration);
  REQUIRE(details.size() == 3);
  CHECK(details[0] ==
        "In soft tissue (window -100 to 200 HU) the difference to registration is -0.25 dB "
        "[-0.25, -0.25].");
  CHECK(details[1] ==
        "The mean absolute error inside the body is 15.0 HU instead of 20.0 HU (-25 %).");
  CHECK(details[2] ==
        "Over cubic interpolation the model has +2.0 dB [2.0, 2.0], and registration +1.5 dB [1.2, "
        "1.8].");
}

TEST_CASE("a model is judged by the method that is best without a network on that scan") {
  for (const std::size_t best : train::kFreeMethods) {
    ScanReport r = made_up(2, 0);
    for (SliceRow& row : r.rows) {
      row.methods[best].metrics.psnr[0] = row.methods[kMethodModel].metrics.psnr[0] + 0.5;
    }
    r.methods = train::summarise(r.rows, 0);
    CHECK(train::best_free(r.methods) == best);
    CHECK(train::verdict_of(r) == train::Verdict::worse);
    CHECK(has(train::headline(r), "0.5 dB [0.5, 0.5] farther from the truth than "));
    const std::string name = kMethods[best];
    const auto judged = train::to_report_json(report_of({r}))["scans"][0]["best_without_network"];
    CHECK(judged["method"] == name);
    CHECK(judged["model_is"] == "worse");
    CHECK(judged["model_closer_on"] == 0);
    CHECK(judged["psnr_full_over"]["model"]["mean"].get<double>() == Approx(-0.5));
    CHECK_FALSE(judged["psnr_full_over"].contains(name));
    const std::string page = html(report_of({r}));
    CHECK(has(page, "<div class=\"result worse\">"));
    CHECK(has(page, "Worse than the best method that needs no network."));
    r.methods[kMethodModel].slices_won = 20;  // ahead of cubic: of no avail
    CHECK(has(html(report_of({r})), "result worse"));
  }
  ScanReport r = made_up(-1, 0, 1);
  CHECK_FALSE(has(train::headline(r), "--method"));  // better in soft tissue: no advice
  // Least squares was fitted to the training scans, so it is none of these methods.
  for (SliceRow& row : r.rows) row.methods[train::kMethodLeastSquares].metrics.psnr[0] = 99;
  r.methods = train::summarise(r.rows, 0);
  CHECK(train::best_free(r.methods) == train::kMethodRegistered);
}

TEST_CASE("what keeps numbers from meaning what they seem to is said first") {
  ScanReport r = made_up(2, 0);
  CHECK(train::cautions(r).empty());
  CHECK(has(html(report_of({r})), "class=\"result better\""));
  const auto says = [](const ScanReport& report, const std::string& what) {
    REQUIRE_FALSE(train::cautions(report).empty());
    CHECK(train::cautions(report).front().rfind(what, 0) == 0);
    for (const std::string& text :
         {html(report_of({report})), train::to_report_text(report_of({report}))}) {
      CHECK(text.find(what) < text.find(train::headline(report)));
    }
    CHECK_FALSE(has(html(report_of({report})), "class=\"result better\""));
  };
  r.trained_on = true;
  says(r, "NOT UNSEEN");
  r.protocol = "seed";
  says(r, "LEAKY");
  r.protocol = "self";
  CHECK(train::cautions(r).empty());
  r.trained_on = false;
  says(r, "NOT SELF");
  r.protocol = "unseen";
  r.slices = 3;
  says(r, "FEW SLICES: 3");
}

TEST_CASE("numbers of a method by hand") {
  const ScanReport r = made_up(2, 1);
  const train::MethodReport& q = r.methods[kMethodModel];
  CHECK(q.over_cubic[0].mean == Approx(2));
  CHECK(q.slices_won == 20);
  CHECK(q.test.count == 20);
  CHECK(q.test.minus == 0);
  CHECK(*q.signed_error[1] == Approx(3));
  CHECK(q.mae_tissue[1]->mean == Approx(5));
  CHECK(q.pure_signed[1]->mean == Approx(3));
  CHECK(q.pure_median[1]->mean == Approx(2.5));
  CHECK(q.pure_pixels[1] == 200);
  CHECK(q.noise->mean == Approx(0.5));  // root of 25 / 100
  CHECK(q.noise->hi == Approx(0.5));
  CHECK(q.sharpness->mean == Approx(0.81));
  CHECK(q.mae_body_over_cubic->mean == Approx(-5));
  CHECK_FALSE(q.pure_signed[0]);
  CHECK_FALSE(q.mae_tissue[2]);
}

TEST_CASE("parts hold each slice once") {
  ScanReport r = made_up(2, 1);
  REQUIRE(r.regional.size() == 3);
  CHECK(r.regional[0].name == "first third");
  CHECK(r.regional[0].slices == 6);  // 1, 3, .. 11 of 0 .. 12
  CHECK(r.regional[1].slices == 7);  // 13 .. 25 of 13 .. 25
  CHECK(r.regional[2].slices == 7);
  CHECK(r.positions.size() == 1);
  for (std::size_t i = 0; i < r.rows.size(); ++i) r.rows[i].t = i % 4 == 0 ? 0.25 : 0.5;
  const auto parts = train::by_position(r.rows, 0);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].name == "t = 0.250");
  CHECK(parts[0].slices == 5);
  CHECK(parts[1].slices == 15);
  r.positions = parts;
  CHECK(has(html(report_of({r})), "By position between the known slices"));
  CHECK_FALSE(has(html(report_of({made_up(2, 1)})), "By position between"));
  r.factor = 4;
  const auto j = train::to_report_json(report_of({r}))["scans"][0];
  REQUIRE(j["positions"].size() == 2);
  CHECK(j["positions"][0]["t"] == 0.25);
  CHECK(j["positions"][0]["slices"] == 5);
  CHECK(j["positions"][0]["psnr_full_over_cubic"]["mean"].get<double>() == Approx(3));
  // Least squares has weights for middles only.
  CHECK_FALSE(j["methods"].contains("least_squares"));
  CHECK_FALSE(has(train::to_report_csv(report_of({r})), "least_squares"));
  CHECK_FALSE(has(html(report_of({r})), "least squares"));
  CHECK(has(html(report_of({r})), "One in 4 slices is known"));
  CHECK(has(html(report_of({r})), "known slices 8.00 mm apart"));
}

TEST_CASE("a grey level is what the error of pictures is counted in") {
  std::vector<SliceRow> rows = made_up(1, 0).rows;
  CHECK(train::summarise(rows, 12)[kMethodModel].mae_body->mean == Approx(15.0 / 12));
}

TEST_CASE("names are text in every form") {
  ScanReport r = made_up(2, 0);
  r.scan = "<b>&.nii";
  r.warnings = {"slices 3 & 4 <lie>"};
  Report report = report_of({r});
  report.model.file = "<i>.safetensors";
  report.model.training.sources[0].name = "\"><script>";
  const std::string page = html(report);
  CHECK(has(page, "&lt;b&gt;&amp;.nii"));
  CHECK(has(page, "slices 3 &amp; 4 &lt;lie&gt;"));
  for (const char* markup : {"<b>", "<lie>", "<i>", "<script"}) CHECK_FALSE(has(page, markup));
  CHECK(has(train::to_report_text(report), "## \\<b>&.nii: 20 slices"));
  report.scans[0].scan = "a\"b,c\n.nii";
  CHECK(has(train::to_report_csv(report), "\r\n\"a\"\"b,c\n.nii\",1,"));
  CHECK(has(train::to_report_text(report), "## a\"b,c?.nii"));
  report.scans[0].scan = "</script><script>alert(1)</script><!--ct2ct-still-->.nii";
  const std::string hostile = train::to_report_html(report);
  // Three elements of data, and the script that the policy names by its hash.
  CHECK(count(hostile, "<script") == 4);
  CHECK(count(hostile, "</script") == 4);
  CHECK_FALSE(has(hostile, "alert(1)<"));
  CHECK_FALSE(has(hostile, "<!--ct2ct"));
  CHECK(data_of(hostile, "ct2ct-report")["scans"][0]["scan"] == report.scans[0].scan);
}

TEST_CASE("the page is whole without anything else") {
  const std::string whole = train::to_report_html(report_of({made_up(2, 0), made_up(-1, 0)}));
  CHECK(whole.rfind("<!doctype html>", 0) == 0);
  CHECK(whole.ends_with("</html>\n"));
  CHECK(has(whole, "content=\"default-src 'none'; script-src 'sha256-"));
  CHECK(count(whole, "Synthetic slices, for research. Not for diagnosis.") == 2);  // and a text
  for (const char* outside : {"http:", "https:", "@import", "url(", "src=\""}) {
    INFO(outside);
    CHECK_FALSE(has(whole, outside));
  }
  const std::string page = html(report_of({made_up(2, 0), made_up(-1, 0)}));
  Report with_losses = report_of({made_up(2, 0)});
  with_losses.losses = {{"generator L1", {0, 1}, {1, 0.5}}};
  const auto losses = data_of(train::to_report_html(with_losses), "ct2ct-page")["losses"];
  REQUIRE(losses.size() == 1);
  CHECK(losses[0]["y"][1] == 0.5);
  CHECK(has(page, "<h3>All scans</h3>"));
  CHECK(has(page, "mean over scans"));
  CHECK_FALSE(has(html(with_losses), "mean over scans"));
  for (const char* card : {"model.safetensors", "abc", "train.nii", "SHA-256 def", "ct2ct 1.2.3"}) {
    CHECK(has(page, card));
  }
  CHECK_THROWS_AS(train::to_report_html(report_of({})), nn::Error);
}

TEST_CASE("the page holds metrics.json, and scores slice by slice") {
  const ScanReport r = made_up(2, 1);
  const Report report = report_of({r, made_up(-1, 0)});
  const std::string page = train::to_report_html(report);
  CHECK(data_of(page, "ct2ct-report") == nlohmann::json::parse(train::report_json_text(report)));
  const auto slices = data_of(page, "ct2ct-page")["scans"][0]["slices"];
  REQUIRE(slices["slice"].size() == 20);
  CHECK(slices["slice"][3] == 7);
  CHECK(slices["position_mm"][3] == 14);
  CHECK(slices["region"][19] == "last third");
  CHECK(slices["mae_body"]["model"][0] == 15);
  CHECK(slices["psnr_full"]["registered"][5].get<double>() ==
        Approx(r.rows[5].methods[train::kMethodRegistered].metrics.psnr[0]));
  CHECK(data_of(page, "ct2ct-page")["scans"][0]["pictures"].is_null());  // none were kept
}

TEST_CASE("pictures of a page are means of pixels, and come back whole") {
  const nn::Shape shape{1, 3, 5, 1};
  CHECK(train::kept_slices(4, shape, 60, 0).reduction == 1);
  const train::KeptSlices half = train::kept_slices(4, shape, 59, 0);
  CHECK(half.reduction == 2);
  CHECK(half.width == 3);
  CHECK(half.height == 2);
  nn::Tensor slice(shape);
  for (nn::index i = 0; i < 15; ++i) slice.data()[i] = static_cast<nn::real>(10 * i);
  slice.data()[14] = -3000;  // padding, which counts as -1024
  CHECK(train::kept_picture(slice, half, 0) == train::KeptPicture{30, 50, 65, 105, 125, -1024});
  // Grey level 100 spread over the full window, in sixteenths.
  const train::KeptSlices grey = train::kept_slices(1, {1, 1, 1, 1}, 60, 3072.0 / 255);
  nn::Tensor level({1, 1, 1, 1});
  level.data()[0] = static_cast<nn::real>(-1024 + 100 * 3072.0 / 255);
  CHECK(train::kept_picture(level, grey, 3072.0 / 255) == train::KeptPicture{1600});

  ScanReport r = made_up(2, 1);
  r.kept = half;
  for (std::int16_t k = 0; k < 2; ++k) {
    train::KeptSlice s;
    s.truth = {-1024, 3071, 0, 5, 256, static_cast<std::int16_t>(-257 + k)};
    for (const std::size_t m : {kMethodModel, train::kMethodRegistered}) {
      s.methods[m] = {-1024, -1024, 3071, 4, 300, static_cast<std::int16_t>(m)};
    }
    r.kept.slices.push_back(s);
  }
  const std::string lines = train::picture_lines(r);
  CHECK(count(lines, "\n") == 2);
  const std::string bytes =
      data::unpack_gzip(unpacked_base64(lines.substr(0, lines.find('\n'))), "");
  REQUIRE(bytes.size() == 2 * 3 * 6);
  const train::KeptSlice& s = r.kept.slices[0];
  for (std::size_t part = 0; part < 3; ++part) {
    unsigned sum = 0;
    for (std::size_t p = 0; p < 6; ++p) {
      const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
      sum = (sum + byte(6 * part + p) + 256U * byte(18 + 6 * part + p)) & 0xFFFFU;
      const std::size_t method = part == 1 ? kMethodModel : train::kMethodRegistered;
      const int expected = part == 0 ? s.truth[p] : s.methods[method][p] - s.truth[p];
      CHECK(static_cast<std::int16_t>(sum) == expected);
    }
  }
  const auto about =
      data_of(train::to_report_html(report_of({r})), "ct2ct-page")["scans"][0]["pictures"];
  CHECK(about["without_network"] == "registered");
  CHECK(about["reduction"] == 2);
  CHECK(about["id"] == "ct2ct-pictures-0");
}

TEST_CASE("the page of a training says where it is, and loads itself again while it runs") {
  train::LiveRun run;
  run.recipe = "</script><b>";
  run.step = 30;
  run.total = 200;
  run.left = 90;
  run.validation = {{"network", {0, 30}, {29.5, 31.25}}};
  run.free = {{"registered", 33.5}, {"cubic", 31}};
  run.samples = {{"samples/epoch_0000.png", 0, 0}};
  const std::string page = train::to_live_html(run);
  CHECK(count(page, "<script") == 2);
  CHECK_FALSE(has(page, "<b>"));
  CHECK_FALSE(has(page, "http:"));
  CHECK(has(page, "<noscript><meta http-equiv=\"refresh\""));
  const auto j = data_of(page, "ct2ct-live");
  CHECK(j["recipe"] == run.recipe);
  CHECK(j["state"] == "running");
  CHECK(j["left"] == 90);
  CHECK(j["validation"][0]["y"][1] == 31.25);
  CHECK(j["free"][0]["method"] == "registered");
  CHECK(j["samples"][0]["file"] == "samples/epoch_0000.png");
  CHECK(has(page, "step 30 of 200, about 1.5 minutes left"));
  run.state = train::RunState::finished;
  const std::string done = train::to_live_html(run);
  CHECK_FALSE(has(done, "http-equiv=\"refresh\""));
  CHECK(data_of(done, "ct2ct-live")["state"] == "finished");
}

TEST_CASE("JSON keeps its keys and adds to them") {
  ScanReport checked = made_up(2, 1);
  checked.check.emplace();
  const auto j = train::to_report_json(report_of({checked, made_up(4, 1, 3)}));
  CHECK(j["scans"][0]["self_check"]["used"] == "cubic: too little to judge");
  CHECK_FALSE(j["scans"][1]["methods"].contains("model_checked"));
  CHECK_FALSE(j["scans"][1].contains("self_check"));
  const auto& scan = j["scans"][0];
  for (const char* key : {"scan", "protocol", "trained_on", "slices", "methods", "headline",
                          "cautions", "region_rule", "regions", "slice_spacing_mm"}) {
    INFO(key);
    CHECK(scan.contains(key));
  }
  for (const char* method : kMethods) {
    const auto& m = scan["methods"][method];
    for (const char* key :
         {"psnr_full", "psnr_soft", "psnr_bone", "ssim_full", "ssim_soft", "ssim_bone",
          "mae_hu_body", "signed_error_hu", "slices_won", "psnr_full_over_cubic",
          "psnr_soft_over_cubic", "mae_hu_tissue", "signed_error_hu_pure",
          "signed_error_hu_pure_median", "noise_ratio", "sharpness_ratio"}) {
      INFO(method << " " << key);
      CHECK(m.contains(key));
    }
  }
  CHECK(scan["methods"]["model"]["signed_error_hu_pure"]["soft"]["pixels"] == 200);
  CHECK(scan["regions"][0]["stack"].dump() == "[0,12]");
  const auto& test = scan["methods"]["model"]["wilcoxon_psnr_full_over_cubic"];
  CHECK(test["n"] == 20);
  CHECK(test["w_minus"] == 0);
  CHECK(test["p"].get<double>() < 1e-3);
  CHECK(j["mean_over_scans"]["psnr_full_over_cubic"].get<double>() == Approx(3));
  CHECK(j["mean_over_scans"]["psnr_soft_over_cubic"].get<double>() == Approx(2));
  CHECK(j["mean_over_scans"]["mae_body_change_percent"].get<double>() == Approx(-25));
  CHECK(j["mean_over_scans"]["slices_won_percent"] == 100);
  CHECK(j["model"]["sha256"] == "abc");
}

TEST_CASE("pictures have no tissue, no noise and no millimetres") {
  ScanReport r = made_up(1, 0);
  r.hu = false;
  r.spacing = 0;
  r.grey_unit = 12;
  for (SliceRow& row : r.rows) {
    row.position.reset();
    for (auto& s : row.methods) {
      s.pure = {};
      s.texture.noise = {};
    }
  }
  r.methods = train::summarise(r.rows, 12);
  r.regional = train::by_region(r.rows, r.regions, 12);
  const Report report = report_of({r});
  const auto j = train::to_report_json(report)["scans"][0];
  const auto& m = j["methods"]["model"];
  CHECK(m["mae_grey_body"]["mean"].get<double>() == Approx(15.0 / 12));
  for (const char* key : {"psnr_soft", "signed_error_hu", "mae_hu_tissue", "noise_ratio"}) {
    CHECK_FALSE(m.contains(key));
  }
  CHECK_FALSE(j.contains("slice_spacing_mm"));
  CHECK(has(train::to_report_csv(report), "head.nii,1,,0.5,first third,model,grey8,"));
  // Soft and bone windows, tissues and noise are empty; MAE is 15 / 12 grey levels.
  CHECK(has(train::to_report_csv(report), ",,,0.9,,,1.25" + std::string(14, ',') + "0.81\r\n"));
  CHECK_FALSE(has(html(report), " HU instead"));
}

TEST_CASE("Markdown columns line up") {
  const train::Table table{"t", "", {"method", "dB"}, {{{"\xC3\xA9", ""}, {"1.25", "[1, 2]"}}}};
  CHECK(train::to_markdown(table) ==
        "| method | dB          |\n| ---    | ---         |\n| \xC3\xA9      | 1.25 [1, 2] |\n");
}

TEST_CASE("p-values as tables show them") {
  CHECK(train::p_text(0.5) == "0.500");
  CHECK(train::p_text(0.0432) == "0.043");
  CHECK(train::p_text(0.00432) == "0.0043");
  CHECK(train::p_text(0.00004) == "< 0.0001");
  CHECK(train::signed_text(1.25, 1) == "+1.2");
  CHECK(train::signed_text(0.001, 2) == "0.00");
  CHECK(train::signed_text(-0.001, 2) == "0.00");
}

TEST_CASE("markup: entities, broken UTF-8, base64") {
  CHECK(data::escaped("<a href='x'>\"&") == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(data::escaped("\xC3\xB1 \xE2\x82\xAC \xF0\x9F\x98\x80") ==
        "\xC3\xB1 \xE2\x82\xAC \xF0\x9F\x98\x80");
  CHECK(data::escaped("a\xFF"
                      "b\xC3") == "a" + bad + "b" + bad);
  CHECK(data::escaped("\xC0\xAF") == bad + bad);            // overlong
  CHECK(data::escaped("\xED\xA0\x80") == bad + bad + bad);  // a surrogate
  CHECK(data::escaped(std::string("\0\x1B\x7F", 3)) == bad + bad + bad);
  CHECK(data::escaped("a\tb\n") == "a\tb\n");
  // RFC 4648, section 10.
  const auto coded = [](const std::string& s) {
    return data::base64({reinterpret_cast<const unsigned char*>(s.data()), s.size()});
  };
  CHECK(coded("") == "");
  CHECK(coded("f") == "Zg==");
  CHECK(coded("fo") == "Zm8=");
  CHECK(coded("foo") == "Zm9v");
  CHECK(coded("foobar") == "Zm9vYmFy");
  CHECK(coded("\xFF\xFE\xFD") == "//79");
}
