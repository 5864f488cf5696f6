// Recipes: what changes them, and what they are read from.
#include "train/recipe/recipe.h"

#include <nlohmann/json.hpp>
#include <string>

#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/predict/model_file.h"
#include "train/recipe/sources.h"

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
  CHECK(r.difference_gain == 4);
  r = train::recipe_named("pix2pix");
  CHECK(r.difference_gain == 0);
  CHECK_THROWS_AS(train::set_entry(r, "difference_gain=8"), nn::Error);
  nlohmann::json older(train::recipe_named("residual"));
  older.erase("difference_gain");
  older.erase("registration");
  CHECK(older.get<train::Recipe>().difference_gain == 0);
}

TEST_CASE(
    "registration has a channel of its own, asks for differences, and older files have none") {
  train::Recipe r = train::recipe_named("residual");
  CHECK(r.registration);
  CHECK(r.generator.in_channels == 7);
  CHECK(r.discriminator.in_channels == 8);
  CHECK_THROWS_AS(train::set_entry(r, "difference_gain=0"), nn::Error);
  train::set_entry(r, "registration=false");
  train::set_entry(r, "difference_gain=0");
  r.fit_networks();
  CHECK(r.generator.in_channels == 6);
  CHECK(r.discriminator.in_channels == 7);
  r.anywhere = 0;
  r.fit_networks();
  CHECK(r.generator.in_channels == 4);
  CHECK(r.generator.planes == 0);
  CHECK_THROWS_AS(train::set_entry(r, "registration=true"), nn::Error);
  nlohmann::json older(train::recipe_named("residual"));
  older.erase("registration");
  CHECK_FALSE(older.get<train::Recipe>().registration);
  for (const char* other : {"ct2ct", "pix2pix"}) {
    train::Recipe o = train::recipe_named(other);
    CHECK_FALSE(o.registration);
    CHECK_THROWS_AS(train::set_entry(o, "registration=true"), nn::Error);
    const nn::index channels = o.discriminator.in_channels;
    o.fit_networks();
    CHECK(o.discriminator.in_channels == channels);
  }
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
