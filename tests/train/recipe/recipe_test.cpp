// Recipes: what changes them, and what they are read from.
#include "train/recipe/recipe.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/predict/default_model.h"
#include "train/predict/model_file.h"
#include "train/recipe/fields.h"
#include "train/recipe/sources.h"

namespace {

/// What is said of the JSON of a recipe that is refused.
std::string error_of(const nlohmann::json& j) {
  try {
    static_cast<void>(j.get<train::Recipe>());
    return "";
  } catch (const nn::Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("perception: pix2pix's balance, for the second half of the schedule") {
  train::Recipe r = train::recipe_named("residual");
  train::set_perception(r);
  CHECK(r.settings(1, 49, 100).adversarial_weight == 0);
  CHECK(r.settings(1, 50, 100).adversarial_weight == Approx(0.01));
  CHECK(r.settings(1, 50, 100).l1_weight == 1);
  CHECK(r.settings(1, 50, 100).judged_gain == 48);
  CHECK(train::recipe_named("residual").settings(1, 99, 100).judged_gain == 0);
}

TEST_CASE("residual: batch norm where whole slices are predicted, instance norm where crops are") {
  const train::Recipe r = train::recipe_named("residual");
  CHECK(r.generator.norm.kind == models::Norm::batch);
  CHECK(r.generator.norm.momentum == 0.99);
  CHECK(r.discriminator.norm.kind == models::Norm::instance);
}

TEST_CASE("only a correction can be judged by its difference to a base") {
  train::Recipe r = train::recipe_named("ct2ct");
  CHECK_THROWS_AS(train::set_entry(r, "judged_gain=16"), nn::Error);
  train::set_entry(r, "judged_gain=0");
  nlohmann::json older(train::recipe_named("residual"));
  older.erase("judged_gain");
  CHECK(older.get<train::Recipe>().judged_gain == 0);
}

TEST_CASE("only a correction has a weight for bone, and older files have none") {
  CHECK(train::recipe_named("residual").settings(1, 0, 100).bone_shift_weight == 0.75);
  train::Recipe r = train::recipe_named("ct2ct");
  CHECK(r.settings(1, 0, 100).bone_shift_weight == 0);
  CHECK_THROWS_AS(train::set_entry(r, "bone_shift_weight=0.5"), nn::Error);
  nlohmann::json older(train::recipe_named("residual"));
  older.erase("bone_shift_weight");
  CHECK(older.get<train::Recipe>().bone_shift_weight == 0);
}

TEST_CASE("only four slices have differences, and older files none") {
  train::Recipe r = train::recipe_named("residual");
  CHECK(nlohmann::json(r).at("difference_gain") == 8);
  train::set_entry(r, "difference_gain=4");
  CHECK(r.four_slices()->differences->gain == 4);
  CHECK(r.registration());
  r = train::recipe_named("pix2pix");
  CHECK(r.four_slices() == nullptr);
  CHECK_THROWS_AS(train::set_entry(r, "difference_gain=8"), nn::Error);
  nlohmann::json older(train::recipe_named("residual"));
  older.erase("difference_gain");
  older.erase("registration");
  older["generator"]["head"] = "residual";
  older["generator"]["in_channels"] = 6;
  older["discriminator"]["in_channels"] = 7;
  CHECK_FALSE(older.get<train::Recipe>().four_slices()->differences);
}

TEST_CASE("rectified skips are stored where a recipe has them, and no older file has") {
  train::Recipe r = train::recipe_named("pix2pix");
  CHECK_FALSE(nlohmann::json(r).at("generator").contains("relu_skips"));
  train::set_entry(r, "generator.relu_skips=true");
  const nlohmann::json stored = r;
  CHECK(stored.at("generator").at("relu_skips") == true);
  CHECK(stored.get<train::Recipe>().generator.relu_skips);
}

TEST_CASE("registration needs differences, and only four slices have it") {
  train::Recipe r = train::recipe_named("residual");
  CHECK(r.registration());
  CHECK_THROWS_AS(train::set_entry(r, "difference_gain=0"), nn::Error);
  train::set_entry(r, "generator.head=residual");
  train::set_entry(r, "registration=false");
  train::set_entry(r, "difference_gain=0");
  CHECK_THROWS_AS(train::set_entry(r, "registration=true"), nn::Error);
  for (const char* other : {"ct2ct", "pix2pix"}) {
    train::Recipe o = train::recipe_named(other);
    CHECK_FALSE(o.registration());
    CHECK_THROWS_AS(train::set_entry(o, "registration=true"), nn::Error);
    CHECK_THROWS_AS(train::set_entry(o, "anywhere=0.5"), nn::Error);
  }
}

TEST_CASE("a head that corrects movement needs registration") {
  train::Recipe r = train::recipe_named("residual");
  CHECK(r.generator.head == models::Head::movement);
  CHECK(nlohmann::json(r).get<train::Recipe>().generator.head == models::Head::movement);
  CHECK_THROWS_AS(train::set_entry(r, "registration=false"), nn::Error);
  train::set_entry(r, "generator.head=residual");
  train::set_entry(r, "registration=false");
  CHECK_THROWS_AS(train::set_entry(r, "generator.head=movement"), nn::Error);
}

TEST_CASE("the first rule of registration is stored as true, the second as 2") {
  using models::RegistrationRule;
  train::Recipe r = train::recipe_named("residual");
  CHECK(r.registration() == train::kRuleOfNewTrainings);
  train::set_entry(r, "registration=true");
  CHECK(r.registration() == RegistrationRule::demons);
  CHECK(nlohmann::json(r).at("registration") == true);
  train::set_entry(r, "registration=2");
  train::set_entry(r, "difference_gain=4");
  const nlohmann::json stored = r;
  CHECK(stored.at("registration") == 2);
  CHECK(stored.get<train::Recipe>().registration() == RegistrationRule::two_searches);
  CHECK(r.generator_config().in_channels == 7);
  for (const char* no_rule : {"registration=3", "registration=1", "registration=yes"}) {
    CHECK_THROWS_AS(train::set_entry(r, no_rule), nn::Error);
  }
  train::set_entry(r, "generator.head=residual");
  train::set_entry(r, "registration=false");
  CHECK_FALSE(r.registration());
}

TEST_CASE("the channels of both networks follow from the input") {
  struct Channels {
    nn::index in, planes, out, judged;
  };
  const auto check = [](const train::Recipe& r, const Channels& expected) {
    const models::UNetConfig g = r.generator_config();
    CHECK(g.in_channels == expected.in);
    CHECK(g.planes == expected.planes);
    CHECK(g.out_channels == expected.out);
    CHECK(r.discriminator_config().in_channels == expected.judged);
    CHECK(nlohmann::json(r).at("generator").at("in_channels") == expected.in);
    CHECK(nlohmann::json(nlohmann::json(r).get<train::Recipe>()) == nlohmann::json(r));
  };
  train::Recipe r = train::recipe_named("residual");
  check(r, {7, 2, 1, 8});  // four of slices, plain cubic, position and gap
  train::set_entry(r, "generator.head=residual");
  train::set_entry(r, "registration=false");
  check(r, {6, 2, 1, 7});
  train::set_entry(r, "difference_gain=0");
  check(r, {6, 2, 1, 7});
  train::set_entry(r, "anywhere=0");
  check(r, {4, 0, 1, 5});
  r = train::recipe_named("ct2ct");
  check(r, {1, 0, 1, 2});
  r.input = train::Identity{};
  check(r, {1, 0, 1, 2});
  r = train::recipe_named("pix2pix");
  check(r, {1, 0, 1, 2});
  r.input = train::Picture{3};
  check(r, {3, 0, 3, 6});
  train::set_entry(r, "epochs=3");  // keeps what was read from the pictures
  check(r, {3, 0, 3, 6});
}

TEST_CASE("a file with channels that do not follow from its input is refused") {
  const auto refused = [](const char* name, const char* where, nn::index value) {
    nlohmann::json j = train::recipe_named(name);
    j[nlohmann::json::json_pointer(where)] = value;
    return error_of(j);
  };
  CHECK(refused("residual", "/generator/in_channels", 6) ==
        "recipe, entry 'generator.in_channels': 6, expected 7, which follows from the input");
  CHECK_FALSE(refused("residual", "/generator/planes", 1).empty());
  CHECK_FALSE(refused("residual", "/generator/out_channels", 3).empty());
  CHECK_FALSE(refused("ct2ct", "/discriminator/in_channels", 3).empty());
  // One channel makes a picture of one channel.
  CHECK_FALSE(refused("pix2pix", "/generator/in_channels", 3).empty());
  CHECK_FALSE(refused("pix2pix", "/generator/in_channels", INT64_MAX).empty());
}

TEST_CASE("the JSON of each recipe has the bytes that it always had") {
  std::ifstream file(CT2CT_SOURCE_DIR "/tests/train/recipe/recipes.jsonl");
  for (const char* name : {"residual", "ct2ct", "pix2pix"}) {
    std::string before;
    REQUIRE(std::getline(file, before));
    nlohmann::json now = train::recipe_named(name);
    if (now.at("registration") != false) {
      // New trainings have another rule of registration and another head than the file's.
      CHECK(now.at("registration") == 2);
      CHECK(now.at("generator").at("head") == "movement");
      now["registration"] = true;
      now["generator"]["head"] = "residual";
    }
    CHECK(now.dump() == before);
    CHECK(nlohmann::json(nlohmann::json::parse(before).get<train::Recipe>()).dump() == before);
  }
  // A model file that an earlier version wrote.
  const auto model = train::open_model(train::kDefaultModel);
  const std::string& stored = model.metadata().at("recipe");
  CHECK(nlohmann::json(nlohmann::json::parse(stored).get<train::Recipe>()).dump() == stored);
}

TEST_CASE("the table has each entry of the JSON once") {
  const train::Recipe r = train::recipe_named("residual");
  std::multiset<std::string> entries;
  const nlohmann::json leaves = nlohmann::json(r).flatten();
  for (const auto& [pointer, value] : leaves.items()) {
    std::string name = pointer.substr(1);
    std::replace(name.begin(), name.end(), '/', '.');
    entries.insert(name);
  }
  std::multiset<std::string> listed;
  for (const train::Setting& s : train::settings_of(r)) {
    listed.insert(s.name);
    CHECK_FALSE(s.meaning.empty());
  }
  // Stored only where it is on, so that files of recipes without it keep their bytes.
  CHECK(entries.count("generator.relu_skips") == 0);
  entries.insert("generator.relu_skips");
  CHECK(listed == entries);
}

TEST_CASE("a value outside the limits that --settings shows is refused by name") {
  const train::Recipe r = train::recipe_named("residual");
  int seen = 0;
  for (const train::Setting& s : train::settings_of(r)) {
    const std::size_t dots = s.limits.find("..");
    if (dots == std::string::npos) continue;
    ++seen;
    const double least = std::stod(s.limits), most = std::stod(s.limits.substr(dots + 2));
    for (const double wrong : {std::floor(least) - 1, std::ceil(most) + 1}) {
      nlohmann::json j = r;
      std::string pointer = "/" + s.name;
      std::replace(pointer.begin(), pointer.end(), '.', '/');
      nlohmann::json& entry = j[nlohmann::json::json_pointer(pointer)];
      if (entry.is_number_integer()) {
        entry = static_cast<nn::index>(wrong);
      } else {
        entry = wrong;
      }
      INFO(s.name << " " << wrong);
      CHECK(error_of(j).find("'" + s.name + "'") != std::string::npos);
    }
  }
  CHECK(seen >= 20);
}

TEST_CASE("a file with a value of another kind, an unknown name or an entry too few is refused") {
  const auto refused = [](const char* where, const nlohmann::json& value) {
    nlohmann::json j = train::recipe_named("residual");
    j[nlohmann::json::json_pointer(where)] = value;
    return error_of(j);
  };
  CHECK(refused("/generator/norm/kind", "layer") ==
        "recipe, entry 'generator.norm.kind': \"layer\", expected one of none, batch, instance");
  CHECK(refused("/input", "volume").find("four_slices, average") != std::string::npos);
  CHECK(refused("/mirror", 1).find("true or false") != std::string::npos);
  CHECK(refused("/batch", 4.5).find("a whole number") != std::string::npos);
  CHECK(refused("/learning_rate", "fast").find("a number") != std::string::npos);
  CHECK(refused("/name", 3).find("a text") != std::string::npos);
  CHECK(refused("/generator", 3).find("no entry 'generator.") != std::string::npos);
  nlohmann::json fewer = train::recipe_named("residual");
  fewer["adam"].erase("beta1");
  CHECK_THROWS_AS(fewer.get<train::Recipe>(), nn::Error);
  CHECK_THROWS_AS(nlohmann::json(7).get<train::Recipe>(), nn::Error);
}

TEST_CASE("a recipe with an entry of a newer version is refused, at any depth") {
  const nlohmann::json known(train::recipe_named("residual"));
  CHECK(nlohmann::json(known.get<train::Recipe>()) == known);
  for (const char* where : {"/newer", "/generator/newer", "/generator/norm/newer"}) {
    nlohmann::json newer = known;
    newer[nlohmann::json::json_pointer(where)] = 1;
    INFO(where);
    CHECK_THROWS_AS(newer.get<train::Recipe>(), nn::Error);
  }
}

TEST_CASE("any entry of a recipe can be set, and nothing else") {
  train::Recipe r = train::recipe_named("residual");
  train::set_entry(r, "generator.norm.kind=none");
  train::set_entry(r, "learning_rate=1e-3");
  train::set_entry(r, "generator.width=24");
  train::set_entry(r, "swap=false");
  CHECK(r.generator.norm.kind == models::Norm::none);
  CHECK(r.discriminator.norm.kind == models::Norm::instance);
  CHECK(r.learning_rate == Approx(1e-3));
  CHECK(r.generator.width == 24);
  CHECK_FALSE(r.swap);
  for (const char* wrong : {"",
                            "=",
                            "swap",
                            "swap=",
                            "swap=1",
                            "swap=yes",
                            "generator={}",
                            "generator.norm=none",
                            "generator.norm.kind=layer",
                            "generator.width=2.5",
                            "generator.width=1e30",
                            "learning_rate=fast",
                            "nothing=1",
                            "batch=0",
                            "batch=100000000000",
                            "crop=-5",
                            "shrink=0",
                            "generator.levels=-3",
                            "generator.levels=100",
                            "generator.planes=1",
                            "generator.in_channels=6",
                            "anywhere=2",
                            "judged_gain=-1",
                            "bone_shift_weight=-1",
                            "difference_gain=-1",
                            "adversarial_start=-1",
                            "window_high=-5000",
                            "learning_rate=-1",
                            "epochs=-3",
                            "adam.beta1=1",
                            "generator.norm.kind.more=1",
                            "protocol=mine"}) {
    train::Recipe kept = train::recipe_named("residual");
    INFO(wrong);
    CHECK_THROWS_AS(train::set_entry(kept, wrong), nn::Error);
    CHECK(kept.generator.width == 32);
  }
}

TEST_CASE("whole numbers in the JSON of others are whole numbers") {
  const nlohmann::json like = {{"width", 3}, {"rate", 0.5}, {"norm", {{"levels", 2}}}};
  const auto refused = [&](const char* given) {
    try {
      train::require_whole_numbers(like, nlohmann::json::parse(given));
      return std::string();
    } catch (const nn::Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(refused(R"({"width": 4, "rate": 1, "norm": {"levels": -1}, "more": 2.5})").empty());
  CHECK(refused("{}").empty());
  CHECK(refused("[1.5]").empty());
  for (const char* given : {R"({"width": 4.5})", R"({"width": 1e300})", R"({"width": "4"})",
                            R"({"norm": {"levels": 2.0}})", R"({"width": null})"}) {
    INFO(given);
    CHECK(refused(given).find("a whole number") != std::string::npos);
  }
  // Every reader of JSON asks for it.
  nlohmann::json recipe = train::recipe_named("residual");
  recipe["generator"]["width"] = 1e300;
  CHECK_THROWS_AS(recipe.get<train::Recipe>(), nn::Error);
  nlohmann::json record = train::TrainingRecord();
  record["steps"] = 1e300;
  CHECK_THROWS_AS(record.get<train::TrainingRecord>(), nn::Error);
  nlohmann::json source = train::SourceInfo();
  source["slices"] = -1.5;
  CHECK_THROWS_AS(source.get<train::SourceInfo>(), nn::Error);
}
