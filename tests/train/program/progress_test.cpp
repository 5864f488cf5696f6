// What a person sees of long work: the time left on uneven work by a made-up clock, lines that fit
// a terminal, and messages on lines of their own.
#include "train/program/progress.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "train/program/nearest.h"
#include "train/program/text.h"

using train::ProgressLine;
using train::TimeLeft;
using train::WorkPart;

namespace {

/// Work whose unit i takes `seconds[i]`, reported one by one; after `done` units what is left, and
/// what was estimated.
struct Estimated {
  double left = 0, estimate = 0;

  double ratio() const { return estimate / left; }
};

Estimated after(std::size_t done, const std::vector<WorkPart>& parts,
                const std::vector<double>& seconds) {
  TimeLeft work(parts);
  Estimated result;
  double now = 0;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    if (i >= done) {
      result.left += seconds[i];
      continue;
    }
    now += seconds[i];
    work.reach(now, i + 1);
  }
  REQUIRE(work.seconds());
  result.estimate = *work.seconds();
  return result;
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Messages on a terminal of `columns`, or on none, with a clock that the test moves.
class FakeScreen {
 public:
  explicit FakeScreen(int columns) : columns_(columns), file_(::open_memstream(&text_, &size_)) {
    REQUIRE(file_ != nullptr);
  }
  ~FakeScreen() {
    std::fclose(file_);
    std::free(text_);
  }
  FakeScreen(const FakeScreen&) = delete;
  FakeScreen& operator=(const FakeScreen&) = delete;

  train::Screen screen() {
    return {file_, [this] { return columns_; }, [this] { return now; }};
  }
  std::string text() {
    std::fflush(file_);
    return {text_, size_};
  }

  double now = 100;

 private:
  int columns_;
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

/// What was written between the characters that move the cursor.
std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces(1);
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  for (std::string& p : pieces) {
    if (p.starts_with("\033[K")) p.erase(0, 3);
  }
  return pieces;
}

}  // namespace

TEST_CASE("no time is left before anything was done, and none after all was") {
  TimeLeft work({{4, 1}});
  CHECK_FALSE(work.seconds());
  CHECK_FALSE(work.rate());
  work.reach(2, 1);
  CHECK(*work.seconds() == Approx(6));
  CHECK(*work.rate() == Approx(0.5));
  work.reach(8, 4);
  CHECK(*work.seconds() == 0);
  CHECK_FALSE(TimeLeft({}).seconds());
}

TEST_CASE("the speed is that of the later half of the time") {
  // Units end after 1, 3 and 5 s; the middle is 2.5 s, so the last two count: 2 s each.
  TimeLeft work({{5, 1}});
  work.reach(1, 1);
  work.reach(3, 2);
  work.reach(5, 3);
  CHECK(*work.seconds() == Approx(4));
}

TEST_CASE("at half of the work the estimate is within a quarter of what is left") {
  const std::vector<double> even(50, 1.0);
  SECTION("even work") { CHECK(after(50, {{100, 1}}, joined(even, even)).ratio() == Approx(1)); }
  SECTION("a first unit that sets everything up") {
    CHECK(after(50, {{101, 1}}, joined({20}, joined(even, even))).ratio() == Approx(1));
  }
  SECTION("units that take half or double") {
    std::vector<double> seconds;
    std::uint32_t state = 7;  // a linear congruential generator (Numerical Recipes)
    for (int i = 0; i < 100; ++i) {
      state = state * 1664525U + 1013904223U;
      seconds.push_back(0.5 + 1.5 * (state >> 8U) / 16777216.0);
    }
    CHECK(after(50, {{100, 1}}, seconds).ratio() == Approx(1).margin(0.25));
  }
  SECTION("quick units before slow ones, whose cost was guessed wrongly") {
    // 30 units of 0.1 s and 30 of 3 s, guessed as 1 to 20: half of the work is in the second kind.
    const std::vector<WorkPart> parts{{30, 1}, {30, 20}};
    const auto seconds = joined(std::vector<double>(30, 0.1), std::vector<double>(30, 3.0));
    CHECK(after(45, parts, seconds).ratio() == Approx(1));
    CHECK(after(31, parts, seconds).ratio() == Approx(1));  // one slow unit is enough
    // Before it, the guess is all that there is: 2 s a unit and not 3.
    CHECK(after(15, parts, seconds).ratio() == Approx((1.5 + 60) / (1.5 + 90)));
    // Without the guess the estimate was off by a factor of 30.
    CHECK(after(15, {{60, 1}}, seconds).ratio() < 0.06);
  }
  SECTION("slow units before quick ones") {
    const auto seconds = joined(std::vector<double>(30, 3.0), std::vector<double>(30, 0.1));
    CHECK(after(15, {{30, 20}, {30, 1}}, seconds).ratio() == Approx(1).margin(0.05));
  }
  SECTION("a kind that comes back has the time it had") {
    const std::vector<WorkPart> parts{{10, 4}, {10, 1}, {10, 4}, {10, 1}};
    const auto once = joined(std::vector<double>(10, 1.0), std::vector<double>(10, 0.5));
    CHECK(after(20, parts, joined(once, once)).ratio() == Approx(1));
  }
}

TEST_CASE("groups that end together, earlier runs, and many units") {
  TimeLeft groups({{64, 1}});
  for (std::uint64_t g = 1; g <= 2; ++g) groups.reach(static_cast<double>(g) * 8, g * 16);
  CHECK(*groups.seconds() == Approx(16));

  TimeLeft resumed({{100, 1}}, 60);
  CHECK_FALSE(resumed.seconds());
  resumed.reach(5, 70);
  CHECK(*resumed.seconds() == Approx(15));

  TimeLeft many({{100'000, 1}});
  for (std::uint64_t i = 1; i <= 40'000; ++i) many.reach(static_cast<double>(i) * 0.01, i);
  CHECK(*many.seconds() == Approx(600).epsilon(0.001));
}

TEST_CASE("a bar fits the terminal, and the time left stays") {
  const ProgressLine line{"train", 123, 275, 60, 71, 2.14, "L1 0.01234, G 1.234, D 0.123"};
  CHECK(train::progress_bar(line, 79) ==
        "train [=======          ] 123/275 2.1/s 1m11s left L1 0.01234, G 1.234, D 0.123");
  CHECK(train::progress_bar({"mesh", 1, 4, 1, {}, {}}, 60) ==
        "mesh [======                  ] 1/4 -- left");
  CHECK(train::progress_text(line) ==
        "train 123/275 1m00s, 2.1/s, 1m11s left L1 0.01234, G 1.234, D 0.123");
  ProgressLine slow = line;
  slow.rate = 0.05;
  slow.left = 7384;
  CHECK(train::progress_text(slow).find("3.0/min, 2h03m left") != std::string::npos);
  ProgressLine wide = line;
  wide.label = "evaluate a-scan-with-a-very-long-name-\xC3\xA9\xC3\xA9.nii.gz";
  for (const ProgressLine& l : {line, wide, slow}) {
    for (int columns = 1; columns < 130; ++columns) {
      const std::string bar = train::progress_bar(l, columns);
      INFO(columns << ": " << bar);
      CHECK(train::columns_of(bar) <= columns);
      if (columns >= 39) CHECK(bar.find(" left") != std::string::npos);
      if (columns >= 39) CHECK(bar.find("123/275") != std::string::npos);
    }
  }
}

TEST_CASE("text is counted, cut in the middle and wrapped by characters") {
  CHECK(train::columns_of("na\xC3\xAFve") == 5);
  CHECK(train::cut_to("abcdefghij", 10) == "abcdefghij");
  CHECK(train::cut_to("abcdefghij", 7) == "ab...ij");
  CHECK(train::cut_to("abcdefghij", 2) == "ab");
  CHECK(train::cut_to("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 5) ==
        "\xC3\xA9...\xC3\xA9");
  CHECK(train::wrapped("one two three", 2, 9) == "one two\n  three\n");
  CHECK(train::wrapped("", 0, 9) == "\n");
}

TEST_CASE("on a terminal a bar is redrawn in place, and messages stand above it") {
  for (const int columns : {40, 80}) {
    FakeScreen screen(columns);
    {
      train::Messages messages(train::Say::everything, false, screen.screen());
      train::Progress progress("interpolate a/rather/long/path/of/a/scan.nii.gz", 300, messages);
      for (std::uint64_t i = 1; i <= 300; ++i) {
        screen.now += 1;
        progress.update(i, "L1 0.01234, G 1.234, D 0.123");
        if (i == 150) messages.note("epoch 2");
      }
    }
    const std::string text = screen.text();
    CHECK(text.find("\r\033[Kepoch 2\n\r\033[K") != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    CHECK(text.ends_with("\n"));
    for (const std::string& piece : pieces_of(text)) {
      INFO(piece);
      CHECK(train::columns_of(piece) < columns);
    }
    CHECK(pieces_of(text).size() > 300);
  }
}

TEST_CASE("where no terminal is, a line comes every ten seconds at most, whatever the work") {
  FakeScreen screen(0);
  train::Messages messages(train::Say::everything, false, screen.screen());
  for (int work = 0; work < 10; ++work) {
    train::Progress progress("fill", 10, messages);
    for (std::uint64_t i = 1; i <= 10; ++i) {
      screen.now += 1;
      progress.update(i);
    }
  }
  const std::string text = screen.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  CHECK(text.find('\r') == std::string::npos);

  FakeScreen quiet(80);
  train::Messages silent(train::Say::warnings, false, quiet.screen());
  train::Progress("fill", 1, silent).update(1);
  silent.note("a note");
  CHECK(quiet.text().empty());
  silent.warn("look");
  CHECK(quiet.text() == "warning: look\n");
}

TEST_CASE("the nearest word is one or two slips away") {
  using train::edit_distance;
  CHECK(edit_distance("factor", "factor") == 0);
  CHECK(edit_distance("fator", "factor") == 1);   // left out
  CHECK(edit_distance("facotr", "factor") == 1);  // swapped
  CHECK(edit_distance("faktor", "factor") == 1);  // another letter
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("ca", "abc") == 3);  // not 2: no letter is changed twice
  const std::vector<std::string> options{"--factor", "--format", "--force", "--mip"};
  CHECK(train::nearest_word("--fator", options) == "--factor");
  CHECK(train::nearest_word("--formt", options) == "--format");
  CHECK(train::nearest_word("--mpi", options) == "--mip");
  CHECK(train::nearest_word("--colour", options).empty());
  CHECK(train::nearest_word("--x", options).empty());
  CHECK(train::nearest_word("", {"--a"}).empty());
}
