#include <cstdio>

#include "tools/commands.h"

namespace tools {

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

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace tools
