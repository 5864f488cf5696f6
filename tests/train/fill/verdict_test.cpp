// The verdict of a self-check as a sentence and a light, in both languages.
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "train/fill/self_check_text.h"

using train::NetworkVerdict;
using train::SelfCheck;
using train::Whole;

namespace {

SelfCheck checked(Whole whole, std::vector<bool> baseline = {false, false, false}) {
  SelfCheck check;
  check.slices = 4;
  check.fallback = train::Fallback::registered;
  check.decision.whole = whole;
  check.decision.baseline = std::move(baseline);
  return check;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void same_in_both(const NetworkVerdict& v, const std::string& light, const std::string& word,
                  const std::string& en, const std::string& es) {
  INFO(v.en << "\n" << v.es);
  CHECK(v.light == light);
  CHECK(v.word == word);
  CHECK(holds(v.en, en));
  CHECK(holds(v.es, es));
  CHECK(v.en.ends_with('.'));
  CHECK(v.es.ends_with('.'));
  const auto j = to_verdict_json(v);
  CHECK(j.at("sentence").at("en") == v.en);
  CHECK(j.at("sentence").at("es") == v.es);
}

}  // namespace

TEST_CASE("a network that makes everything is green, one that makes a part amber") {
  same_in_both(verdict_of(checked(Whole::candidate)), "green", "used", "better than registration",
               "mejor que el registro");
  SelfCheck some = checked(Whole::candidate);
  some.decision.tissues[2] = true;
  same_in_both(verdict_of(some), "amber", "some", "registration made: bone.",
               "el registro hizo: hueso.");
  same_in_both(verdict_of(checked(Whole::candidate, {false, true, false})), "amber", "some",
               "the gaps between slices 1 and 2.", "los huecos entre los cortes 1 y 2.");
}

TEST_CASE("a network that makes nothing is red, and amber where nobody could judge it") {
  same_in_both(verdict_of(checked(Whole::not_ahead)), "red", "rejected",
               "not clearly better, so registration",
               "no fue claramente mejor, así que el registro");
  SelfCheck cubic = checked(Whole::shifts);
  cubic.fallback = train::Fallback::cubic;
  same_in_both(verdict_of(cubic), "red", "rejected", "so cubic interpolation made all",
               "la interpolación cúbica hizo todos");
  same_in_both(verdict_of(checked(Whole::too_little)), "amber", "not_judged", "There were 0 slices",
               "Había 0 cortes");
  SelfCheck untrained = checked(Whole::candidate);
  untrained.network = false;
  same_in_both(verdict_of(untrained), "red", "rejected",
               "not trained for such scans, so registration",
               "no se entrenó para estudios así, de modo que el registro");
}

TEST_CASE("without a self-check the verdict says what was used") {
  same_in_both(train::verdict_without_check("cubic", false), "amber", "not_judged",
               "No network was used: cubic", "No se usó ninguna red: la interpolación cúbica");
  same_in_both(train::verdict_without_check("model", false), "amber", "not_judged",
               "nobody checked it", "nadie la comprobó");
  same_in_both(train::verdict_without_check("model", true), "red", "rejected",
               "cubic interpolation made", "la interpolación cúbica hizo");
}
