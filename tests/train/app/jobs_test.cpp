// What children say, what lies on the disk, and what a listing of `ct2ct info` becomes.
#include "train/app/job.h"

#include "tests/catch.h"
#include "train/app/jobs.h"
#include "train/app/scans.h"

using namespace train::app;

namespace {

double part_after(Job& job, const std::string& label, int done, int total) {
  const Json p{{"label", label}, {"done", done}, {"total", total}, {"left", 3.5}};
  hear(job, Json{{"progress", p}}.dump(), 7);
  return job.progress->part;
}

Json group(int number, const std::string& uid, int slices, const std::string& problem = "") {
  return {{"number", number},
          {"chosen", number == 1},
          {"pictures", false},
          {"files", slices},
          {"slices", slices},
          {"size", {512, 256}},
          {"series_instance_uid", uid},
          {"description", "Head"},
          {"kernel", "H30"},
          {"acquisition", ""},
          {"pixel_spacing_mm", {0.5, 0.25}},
          {"tilt_degrees", 0.0},
          {"steps", {{{"count", 2}, {"mm", 1.0}}, {{"count", 9}, {"mm", 2.5}}}},
          {"interpolated", 0},
          {"problem", problem},
          {"remedy", ""}};
}

}  // namespace

TEST_CASE("a job takes what its child says, line by line, and drops the rest") {
  Job job;
  job.asked = {{"method", "model"}};
  hear(job, R"({"note": "one"})", 0);
  hear(job, R"({"warning": "two"})", 0);
  for (const char* other :
       {"", "W: text of a library", "[1]", "{", R"({"note": 3})", R"({"progress": 1})"}) {
    hear(job, other, 0);
  }
  CHECK(job.messages ==
        Json::array({{{"kind", "note"}, {"text", "one"}}, {{"kind", "warning"}, {"text", "two"}}}));
  CHECK_FALSE(job.progress.has_value());
  hear(job, R"({"error": {"where": "a", "got": "b", "expected": "c", "hint": "d", "text": "e"}})",
       0);
  CHECK(job.error ==
        Json{{"what", "b"}, {"where", "a"}, {"expected", "c"}, {"hint", "d"}, {"code", nullptr}});
  for (int i = 0; i < 1000; ++i) hear(job, R"({"note": "again"})", 0);
  CHECK(job.messages.size() == 200);
}

TEST_CASE("progress goes from 0 to 1 over all stages, and never back") {
  Job job;
  job.asked = {{"method", "model"}};
  double before = part_after(job, "self-check", 0, 10);
  CHECK(before == 0);
  CHECK(job.progress->elapsed == 7);
  CHECK(job.progress->left == 3.5);
  for (const char* label : {"self-check", "interpolate", "writing a/b.nii", "page"}) {
    for (int done = 0; done <= 10; ++done) {
      const double now = part_after(job, label, done, 10);
      CHECK(now >= before);
      before = now;
    }
  }
  CHECK(before == Approx(1));
  CHECK(job.progress->label == "page");
  Job plain;
  plain.asked = {{"method", "cubic"}};
  CHECK(part_after(plain, "interpolate", 1, 2) == Approx(0.46));
  Job odd;
  CHECK(part_after(odd, "train", 30, 20) == 1);
  CHECK(part_after(odd, "other", 1, 0) == 1);
}

TEST_CASE("a job comes back from the disk as it was") {
  Job job;
  job.id = "20261201-a";
  job.kind = "train";
  job.title = "mine";
  job.state = JobState::stopped;
  job.created = "2026-12-01T00:00:00Z";
  job.command = {"train", "/a b"};
  job.scans = {"/a b"};
  job.asked = {{"kind", "train"}};
  job.turn = 7;
  job.resume = true;
  const Job back = job_from(to_disk_json(job));
  CHECK(to_disk_json(back) == to_disk_json(job));
  CHECK(to_page_json(back, 2).at("place") == 2);
  CHECK(to_page_json(back, 2).at("command") == Json::array({"ct2ct", "train", "/a b"}));
  CHECK_FALSE(to_page_json(back, 2).contains("scans"));
  for (const Json& wrong : {Json(), Json::object(), Json{{"id", 3}}}) {
    CHECK_THROWS_AS(job_from(wrong), Json::exception);
  }
}

TEST_CASE("series of a listing become what can be chosen, and how") {
  const Json info{{"series", {group(1, "1.2", 12), group(2, "1.3", 1), group(3, "1.3", 9, "gaps")}},
                  {"warnings", {"w"}},
                  {"format", "DICOM series"}};
  const Json scan = scan_from_info(info, "abc");
  const Json& s = scan.at("series");
  REQUIRE(s.size() == 3);
  CHECK(s[0].at("key") == "1.2");
  CHECK(s[0].at("text") == "Head, H30");
  CHECK(s[0].at("size") == Json::array({256, 512}));
  CHECK(s[0].at("spacing") == Json::array({0.25, 0.5, 2.5}));
  CHECK(s[0].at("thumbnail") == "/scans/abc/0.png");
  CHECK(s[0].at("warnings").size() == 1);  // steps differ
  CHECK(s[1].at("key") == "2");            // two series of one UID
  CHECK_FALSE(s[1].at("usable").get<bool>());
  CHECK(s[1].at("why_not").at("text") == "a single slice");
  CHECK(s[1].at("why_not").at("code") == "single");
  CHECK(s[1].at("thumbnail").is_null());
  CHECK(s[2].at("why_not") == "gaps");
  CHECK(scan.at("warnings") == Json::array({"w"}));
  const Json one = scan_from_info({{"series", {group(1, "1.2", 12)}}}, "abc");
  CHECK(one.at("series")[0].at("key").is_null());

  CHECK(series_options({}).empty());
  CHECK(series_options("1.2") == std::vector<std::string>{"--series=1.2"});
  CHECK(series_options("--out=x") == std::vector<std::string>{"--series=--out=x"});
  CHECK(series_options("volume:3") == std::vector<std::string>{"--volume=3"});
  CHECK(stem_from("/a/head.nii.gz") == "head");
  CHECK(stem_from("/a/..b\n") == "b_");
}

TEST_CASE("what a training has printed says whether it is complete") {
  const Json done = train_result("a", "/none", "trained at step 10 of 10 after 3 s: x\n");
  CHECK(done.at("complete") == true);
  CHECK(done.at("steps") == 10);
  CHECK(done.at("seconds") == 3);
  CHECK(train_result("a", "/none", "stopped at step 4 of 10 after 1 s: x\n").at("complete") ==
        false);
}
