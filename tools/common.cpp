#include <array>
#include <cstdio>
#include <sstream>

#include "nn/backend/winograd.h"
#include "nn/core/error.h"
#include "tools/commands.h"

namespace tools {
namespace {

constexpr const char* kReading = "How the scan is read";

}  // namespace

CLI::Validator whole_number(long long low, long long high) {
  return CLI::Validator(
      [low, high](std::string& text) -> std::string {
        std::size_t used = 0;
        long long value = 0;
        try {
          value = std::stoll(text, &used);
        } catch (const std::exception&) {
          used = 0;
        }
        if (used == text.size() && used > 0 && value >= low && value <= high) return {};
        return "got '" + text + "', expected a whole number from " + std::to_string(low) + " to " +
               std::to_string(high);
      },
      "N");
}

CLI::Validator positive_number() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        std::size_t used = 0;
        double value = 0;
        try {
          value = std::stod(text, &used);
        } catch (const std::exception&) {
          used = 0;
        }
        if (used == text.size() && used > 0 && value > 0 && value < 1e9) return {};
        return "got '" + text + "', expected a number above 0";
      },
      "X");
}

void add_read_options(CLI::App& command, data::ReadOptions& read) {
  command
      .add_option("--axis", read.axis,
                  "Axis across which slices are cut [found by rules; ct2ct info says which "
                  "and why]")
      ->check(whole_number(0, 2))
      ->type_name("0|1|2")
      ->group(kReading);
  command
      .add_option("--volume", read.volume,
                  "NIfTI with four dimensions: which volume, counted from 0 [the only one]")
      ->check(whole_number(0, 999'999))
      ->type_name("N")
      ->group(kReading);
  command
      .add_option(
          "--series", read.series,
          "Which scan of a folder: its number in the list of ct2ct info, its SeriesInstanceUID, "
          "or the name of a stack of pictures [the largest series, the only stack]")
      ->type_name("SERIES")
      ->group(kReading);
  command
      .add_flag("--by-instance-number", read.by_instance_number,
                "DICOM without positions: order the images by InstanceNumber")
      ->group(kExpert);
  command
      .add_flag("--merge-series", read.merge_series,
                "DICOM: join series of one study that make one stack together")
      ->group(kExpert);
  command
      .add_option_function<std::string>(
          "--spacing-xyz",
          [&read](const std::string& text) {
            std::array<double, 3> mm{};
            std::istringstream in(text);
            char comma = ',';
            for (std::size_t a = 0; a < 3 && comma == ','; ++a) {
              comma = '?';
              in >> mm[a];
              if (a < 2) in >> comma;
            }
            nn::require(!in.fail() && in.peek() == EOF, "--spacing-xyz", "'" + text + "'",
                        "three numbers X,Y,Z in mm");
            read.spacing = mm;
          },
          "Pictures, and DICOM that does not say it: mm between columns, rows and slices "
          "[pictures: 1,1,1]")
      ->type_name("MM,MM,MM")
      ->group(kReading);
}

void add_window_option(CLI::App& command, std::optional<data::AskedWindow>& window,
                       const std::string& what) {
  command
      .add_option_function<std::string>(
          "--window", [&window](const std::string& text) { window = data::asked_window(text); },
          what)
      ->type_name("NAME|HU,HU");
}

nlohmann::ordered_json to_options_json(const Common& common) {
  return {{"device", common.device},
          {"winograd", nn::winograd_use() != nn::WinogradUse::never},
          {"force", common.force},
          {"strict", common.strict}};
}

CLI::Option* add_model_options(CLI::App& command, std::string& model, std::string& expected,
                               const std::string& what) {
  CLI::Option* option = command.add_option("--model", model, what)->type_name("FILE");
  command
      .add_option("--expect-model", expected,
                  "Refuse a model file of another SHA-256; ct2ct info prints it")
      ->type_name("SHA256")
      ->group(kExpert);
  return option;
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace tools
