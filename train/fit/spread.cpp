#include "train/fit/spread.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/backend/arithmetic.h"
#include "nn/core/error.h"
#include "train/program/version.h"

namespace train {
namespace {

using Json = nlohmann::json;

/// What rank 0 says. Names may hold bytes that are no UTF-8; numbers come back by every bit.
Json said_by_first(nn::Ranks& ranks, const Json& mine) {
  std::string text;
  if (ranks.first()) text = mine.dump(-1, ' ', false, Json::error_handler_t::replace);
  nn::spread(ranks, text);
  return Json::parse(text);
}

Json ways_of_computing() {
  const nn::Arithmetic a = nn::arithmetic();
  return {{"version", kVersion},
          {"--device", a.device},
          {"CT2CT_GEMM", a.gemm},
          {"Winograd", nn::to_string(a.winograd)}};
}

}  // namespace

void spread_start(nn::Ranks* ranks, Recipe& recipe, std::uint64_t& seed) {
  if (ranks == nullptr) return;
  const std::string device = nn::backend().name();
  nn::require(device == "cpu" || device == "emulated" || device == "cuda", "--device", device,
              "cpu, emulated or cuda, the devices that sum over several processes",
              "give one of these, or start one process");
  const Json mine = ways_of_computing();
  const Json start =
      said_by_first(*ranks, {{"computes", mine}, {"recipe", recipe}, {"seed", seed}});
  for (const auto& [what, value] : start.at("computes").items()) {
    nn::require(mine.at(what) == value, "train", what + " " + mine.at(what).dump(),
                value.dump() + ", as rank 0 has", "start the same program on all machines");
  }
  recipe = start.at("recipe").get<Recipe>();
  seed = start.at("seed").get<std::uint64_t>();
}

LoadedScan load_scan_once(nn::Ranks* ranks, const std::string& path, const data::ReadOptions& read,
                          nn::index size) {
  LoadedScan scan;
  Json mine;
  if (ranks == nullptr || ranks->first()) {
    scan = load_scan(path, read, size);
    if (ranks == nullptr) return scan;
    mine = {{"info", scan.info},      {"positions", scan.view.positions},
            {"hu", scan.view.hu()},   {"grey", scan.view.unit == data::Unit::grey8},
            {"text", scan.view.text}, {"interpolated", scan.interpolated}};
  }
  const Json j = said_by_first(*ranks, mine);
  if (!ranks->first()) {
    j.at("info").get_to(scan.info);
    j.at("positions").get_to(scan.view.positions);
    j.at("text").get_to(scan.view.text);
    j.at("interpolated").get_to(scan.interpolated);
    scan.view.unit = j.at("hu").get<bool>()     ? data::Unit::hu
                     : j.at("grey").get<bool>() ? data::Unit::grey8
                                                : data::Unit::unknown;
  }
  const nn::index height = size > 0 ? size : scan.info.height;
  const nn::index width = size > 0 ? size : scan.info.width;
  auto slices = std::make_shared<std::vector<nn::Tensor>>();
  for (nn::index k = 0; k < scan.view.slices(); ++k) {
    nn::Tensor slice = ranks->first() ? scan.view.slice(k) : nn::Tensor({1, height, width, 1});
    nn::spread(*ranks, slice.values());
    slices->push_back(std::move(slice));
  }
  if (!ranks->first()) scan.view.slice = [slices](nn::index k) { return (*slices)[nn::at(k)]; };
  return scan;
}

void spread_text(nn::Ranks& ranks, std::vector<std::string>& lines) {
  said_by_first(ranks, lines).get_to(lines);
}

void spread_numbers(nn::Ranks& ranks, std::vector<std::uint64_t*> numbers) {
  std::vector<std::uint64_t> values;
  values.reserve(numbers.size());
  for (const std::uint64_t* n : numbers) values.push_back(*n);
  nn::spread(ranks, std::as_writable_bytes(std::span(values)));
  for (std::size_t i = 0; i < numbers.size(); ++i) *numbers[i] = values[i];
}

void spread_networks(nn::Ranks& ranks, Pix2Pix& networks) {
  const nn::ParameterList lists[] = {networks.generator().parameters(),
                                     networks.discriminator().parameters()};
  for (const nn::ParameterList& list : lists) {
    for (nn::Parameter p : list.parameters) nn::spread(ranks, p.var.mutable_value().values());
    for (nn::Buffer b : list.buffers) nn::spread(ranks, b.tensor.values());
  }
  for (nn::Adam* adam : {&networks.generator_adam(), &networks.discriminator_adam()}) {
    nn::Tensor m = adam->first_moment();
    nn::Tensor v = adam->second_moment();
    std::uint64_t steps = adam->steps_done();
    nn::spread(ranks, m.values());
    nn::spread(ranks, v.values());
    spread_numbers(ranks, {&steps});
    adam->restore(m.values(), v.values(), steps);
  }
}

}  // namespace train
