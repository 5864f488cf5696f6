// The manners of the command line: help that is complete and fits, the nearest word for a mistyped
// one, options from a file and from the environment, names of outputs, and what a terminal shows.
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/terminal.h"

using tools_test::Desk;
using tools_test::Result;
using tools_test::says;
using tools_test::text_of;
using tools_test::Variable;

namespace {

const std::vector<std::string> kCommands{
    "phantom",   "train",    "view", "interpolate", "evaluate",     "pairs",
    "translate", "reformat", "mesh", "pack",        "seal",         "info",
    "gradcheck", "bench",    "help", "bench ops",   "bench scaling"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void write(const Desk& desk, const std::string& name, const std::string& text) {
  std::ofstream(desk / name) << text;
}

}  // namespace

TEST_CASE("the program alone and its command help print help and end well") {
  const Desk desk;
  const Result alone = desk.run("");
  CHECK(alone.code == 0);
  CHECK(alone.err.empty());
  CHECK(says(alone.out, "Usage: ct2ct COMMAND"));
  CHECK(desk.run("--help").out == alone.out);
  const Result help = desk.run("help");
  CHECK(help.code == 0);
  CHECK(help.out == alone.out);
  CHECK(desk.run("help train").out == desk.run("train --help").out);
  CHECK(desk.run("help bench ops").out == desk.run("bench ops --help").out);
  CHECK(desk.run("help train --all").out == desk.run("train --help-all").out);
  desk.refused("help nonsense", "unknown command 'nonsense'");
  desk.refused("help trian", "did you mean train?");
  desk.refused("bench --quiet help bench opps", "see ct2ct bench --help");
  for (const std::string& name : kCommands) {
    if (!says(name, " ")) CHECK(says(alone.out, "\n  " + name + " "));
  }
}

TEST_CASE("the help of every command fits 80 columns, with units, groups and examples") {
  const Desk desk;
  for (const std::string& command : kCommands) {
    for (const char* option : {" --help", " --help-all"}) {
      const Result r = desk.run(command + option);
      INFO("ct2ct " << command << option << "\n" << r.out);
      CHECK(r.code == 0);
      CHECK(r.err.empty());
      for (const std::string& line : lines_of(r.out)) {
        INFO(line);
        CHECK(line.size() <= 80);
        CHECK((line.empty() || line.back() != ' '));
      }
      // Names that CLI11 gives to values, and what it writes of checks and flags.
      for (const char* word : {"FLOAT", "INT", "UINT", "TEXT", "{", "}", " in [", "Excludes:"}) {
        INFO(word);
        CHECK_FALSE(says(r.out, word));
      }
      CHECK(says(r.out, "Usage: ct2ct " + command));
      CHECK(says(r.out, "\nOptions of every command:\n"));
      for (const char* common :
           {"--threads N", "--force", "--quiet", "--strict", "--config FILE"}) {
        CHECK(says(r.out, std::string("\n  ") + common + " "));
      }
      CHECK(says(r.out, "\n  -h, --help "));
      CHECK(says(r.out, "\nExamples:\n"));
      CHECK(says(r.out, "\n    ct2ct "));
      CHECK(says(r.out, "--device") == (std::string(option) == " --help-all"));
    }
  }
  const std::string train = desk.run("train --help").out;
  CHECK(says(train, "--minutes MINUTES"));
  CHECK(says(train, "More options, for experts: ct2ct train --help-all"));
  CHECK_FALSE(says(train, "--learning-rate"));
  const std::string all = desk.run("train --help-all").out;
  CHECK(says(all, "\nExpert options:\n"));
  CHECK(says(all, "--perception, --fidelity"));
  CHECK(says(desk.run("interpolate --help").out, "--spacing MM"));
}

TEST_CASE("a mistyped command or option gets the nearest one") {
  const Desk desk;
  desk.refused("interpolat scan.nii",
               "unknown command 'interpolat'; did you mean interpolate? See");
  desk.refused("--threads 2 evalaute", "did you mean evaluate?");
  desk.refused("xyzzyx", "unknown command 'xyzzyx'; see ct2ct --help");
  desk.refused("--threads 2", "--help");
  desk.refused("interpolate scan.nii --fator 3",
               "unknown option '--fator'; did you mean --factor? See ct2ct interpolate --help");
  desk.refused("interpolate --fator=3", "did you mean --factor?");
  desk.refused("train a --stesp 3 --out b", "did you mean --steps?");  // in a group of options
  desk.refused("bench ops --perdict", "did you mean --predict?");
  desk.refused("info a --quite", "did you mean --quiet?");
  desk.refused("mesh a.nii --gif b.gif --out c.stl", "it is an option of ct2ct");
  desk.refused("info a --zzzzzzzz", "unknown option '--zzzzzzzz'; see ct2ct info --help");
  desk.refused("info a b", "b");
  const Result json = desk.run("interpolate scan.nii --fator 3 --json");
  CHECK(json.code == 2);
  const auto error = nlohmann::json::parse(json.err).at("error");
  CHECK(error.at("got") == "unknown option '--fator'");
  CHECK(says(error.at("hint"), "did you mean --factor?"));
}

TEST_CASE("options come from the command line, then from a file, then from the environment") {
  const Desk desk;
  write(desk, "a.toml",
        "quiet = true\n\n[phantom]\nslices = 5\nsize = 32\nnoise = 2.5\n\n[train]\nsteps = 3\n");
  const auto slices = [&](const std::string& name) {
    return nlohmann::json::parse(desk.run("info " + name + " --json").out).at("slices").get<int>();
  };
  const Result r = desk.run("phantom a.nii --config a.toml");
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(r.out.empty());  // quiet
  CHECK(slices("a.nii") == 5);
  REQUIRE(desk.run("phantom b.nii --config=a.toml --slices 7").code == 0);
  CHECK(slices("b.nii") == 7);
  // What took effect is in the record.
  write(desk, "i.ini", "; a comment\n[interpolate]\nmethod = cubic\nfactor = 3\nscan = a.nii\n");
  REQUIRE(desk.run("interpolate --config i.ini --out c.nii --quiet").code == 0);
  const auto record = nlohmann::json::parse(text_of(desk / "c.record.json"));
  CHECK(record.at("options").at("factor") == 3);

  write(desk, "bad.ini", "[interpolate]\nfator = 3\n");
  desk.refused("interpolate a.nii --config bad.ini",
               "bad.ini: unknown entry 'fator' in [interpolate]; did you mean factor?");
  write(desk, "bad2.ini", "[interpolat]\nfactor = 3\n");
  desk.refused("interpolate a.nii --config bad2.ini", "did you mean interpolate?");
  write(desk, "bad3.ini", "factor = 3\n");
  desk.refused("interpolate a.nii --config bad3.ini", "write it below [interpolate]");
  write(desk, "bad4.ini", "[interpolate]\nthreads = 1\n");
  desk.refused("interpolate a.nii --config bad4.ini", "stand before the first section");
  write(desk, "bad5.ini", "[interpolate]\nfactor = many\n");
  desk.refused("interpolate a.nii --config bad5.ini --out d.nii", "many");
  desk.refused("interpolate a.nii --config none.ini", "none.ini");

  {
    const Variable threads("CT2CT_THREADS", "two");
    desk.refused("info a.nii", "CT2CT_THREADS: 'two', expected a whole number from 1 to 1024");
    CHECK(desk.run("info a.nii --threads 1").code == 0);
    write(desk, "t.ini", "threads = 1\n");
    CHECK(desk.run("info a.nii --config t.ini").code == 0);
  }
  const Variable threads("CT2CT_THREADS", "1");
  CHECK(desk.run("info a.nii").code == 0);
}

TEST_CASE("the name of an output says what is written, or is refused") {
  const Desk desk;
  const std::string model = desk.model();
  const std::string image = "expected one that ends in .png";
  desk.refused("reformat scan.nii.gz --out a.jpg", image);
  desk.refused("reformat scan.nii.gz --out a", image);
  desk.refused("reformat scan.nii.gz --gif a.png", "expected one that ends in .gif");
  desk.refused("interpolate scan.nii.gz --method cubic --out a.nii --gif a.mp4", ".gif");
  desk.refused("interpolate scan.nii.gz --method cubic --out a.dcm", "a.dcm/");
  desk.refused("interpolate scan.nii.gz --method cubic --out a.PNG", "where a folder is written");
  desk.refused("interpolate scan.nii.gz --method cubic --format png --out a.zip", ".zip");
  desk.refused("mesh scan.nii.gz --out a.dcm", ".stl");
  desk.refused("phantom a.dcm", ".nii");
  desk.refused("pairs scan.nii.gz --out a.png", "where a folder is written");
  desk.refused("evaluate scan.nii.gz --out a.html", "where a folder is written");
  desk.refused("train scan.nii.gz --out a.safetensors --steps 1", "where a folder is written");
  desk.refused("pack " + model + " --out a.bin", ".safetensors");
  desk.refused("seal " + model + " --out a", ".safetensors");
  CHECK(desk.run("interpolate scan.nii.gz --method cubic --format png --out v1.5").code == 0);
  CHECK(desk.run("pairs scan.nii.gz --out a.png/").code == 0);
}

TEST_CASE("every command ends with what it wrote, and in silence under --quiet") {
  const Desk desk;
  const std::string model = desk.model();
  const std::vector<std::pair<std::string, std::string>> all{
      {"phantom a.nii --slices 3 --size 32", "a.nii"},
      {"train scan.nii.gz --out run2 --steps 1 --width 4 --levels 2", "run2/model.safetensors"},
      {"interpolate scan.nii.gz --method cubic --out b.nii", "b.nii"},
      {"evaluate scan.nii.gz --model " + model + " --out c", "c/report.html"},
      {"pairs scan.nii.gz --out d", "d"},
      {"reformat scan.nii.gz --out e.png --gif e.gif", "e.png and e.gif"},
      {"mesh scan.nii.gz --out f.stl", "f.stl"},
      {"pack " + model + " --out g.safetensors", "g.safetensors"},
      {"seal " + model + " --out h.safetensors", "h.safetensors"}};
  for (const auto& [arguments, written] : all) {
    const Result r = desk.run(arguments);
    INFO("ct2ct " << arguments << "\n" << r.out << r.err);
    CHECK(r.code == 0);
    REQUIRE_FALSE(r.out.empty());
    CHECK(says(lines_of(r.out).back(), written));
    const Result quiet = desk.run(arguments + " --force --quiet");
    CHECK(quiet.code == 0);
    CHECK_FALSE(says(quiet.out, written));
  }
}

TEST_CASE("evaluate prints one table that fits 100 columns, and all tables with --full") {
  const Desk desk;
  const std::string use =
      "evaluate phantom:9:17:48 phantom:4:24:48 --force --out report --model " + desk.model();
  const Result r = desk.run(use);
  INFO(r.out << r.err);
  REQUIRE(r.code == 0);
  const auto lines = lines_of(r.out);
  CHECK(lines.size() < 30);
  for (const std::string& line : lines) CHECK(line.size() <= 100);
  const auto j = nlohmann::json::parse(text_of(desk / "report/metrics.json"));
  for (const auto& scan : j.at("scans")) {
    CHECK(says(r.out, scan.at("scan").get<std::string>() + ": "));
    for (const char* method : {"model", "registered", "cubic", "linear", "nearest"}) {
      char number[32];
      std::snprintf(number, sizeof number, " %.2f ",
                    scan.at("methods").at(method).at("psnr_full").at("mean").get<double>());
      INFO(method << number);
      CHECK(std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return line.starts_with(std::string("  ") + method + " ") && says(line, number);
      }));
    }
    CHECK(says(r.out, "Verdict on " + scan.at("scan").get<std::string>() + ": The model is "));
  }
  const Result full = desk.run(use + " --full --quiet");
  CHECK(full.out == text_of(desk / "report/report.md"));
}

TEST_CASE("a terminal of 80 or 40 columns sees one line, and messages on lines of their own",
          "[optimised]") {
  const Desk desk;
  desk.phantom();
  for (const int columns : {80, 40}) {
    const Result r = tools_test::on_terminal(
        desk, "train scan.nii.gz --out run --force --steps 120 --width 4 --levels 2 --perception",
        columns);
    INFO(r.err);
    CHECK(r.code == 0);
    CHECK(says(r.err, " left"));
    CHECK(says(r.err, "120/120"));
    for (const std::string& line : lines_of(r.err)) {
      const bool message = says(line, "epoch ");
      std::istringstream pieces(line);
      for (std::string piece; std::getline(pieces, piece, '\r');) {
        if (piece.starts_with("\033[K")) piece.erase(0, 3);
        INFO(piece);
        const bool bar = piece.starts_with("train ");
        if (bar) CHECK(piece.size() < static_cast<std::size_t>(columns));
        CHECK((!says(piece, "validation") || piece.starts_with("epoch ")));
        CHECK((!message || !bar || says(line, "\r\033[Kepoch ")));
      }
    }
  }
  const Result quiet = tools_test::on_terminal(
      desk, "train scan.nii.gz --out run --force --steps 2 --width 4 --levels 2 --quiet", 80);
  CHECK(quiet.err.empty());
}
