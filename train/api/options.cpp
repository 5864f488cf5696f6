#include "train/api/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <vector>

#include "nn/core/error.h"

namespace api {
namespace {

[[noreturn]] void refuse(const char* name, const std::string& value, const std::string& expected) {
  throw nn::Error(nn::Fault::input, std::string("--") + name, "'" + value + "'", expected);
}

template <class T>
bool parse(const char* begin, const char* end, T& value) {
  const auto read = std::from_chars(begin, end, value);
  return read.ec == std::errc() && read.ptr == end;
}

int whole(const char* name, const std::string& text, int low, int high) {
  int value = 0;
  if (parse(text.data(), text.data() + text.size(), value) && value >= low && value <= high) {
    return value;
  }
  refuse(name, text, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

bool flag(const char* name, const std::string& text) {
  if (text != "true" && text != "false") refuse(name, text, "true or false");
  return text == "true";
}

double length(const char* name, const std::string& text) {
  double value = 0;
  if (parse(text.data(), text.data() + text.size(), value) && value > 0 && value < 1e9)
    return value;
  refuse(name, text, "a number of mm above 0");
}

std::array<double, 3> lengths(const char* name, const std::string& text) {
  std::array<double, 3> mm{};
  std::size_t begin = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t end = a < 2 ? text.find(',', begin) : text.size();
    if (end == std::string::npos || !parse(text.data() + begin, text.data() + end, mm[a])) {
      refuse(name, text, "three numbers X,Y,Z in mm");
    }
    begin = end + 1;
  }
  return mm;
}

using Text = const std::string&;

constexpr std::array<OptionRow, 26> kRows{{
    {"axis", "0 to 2", "axis across which slices are cut; else found by rules",
     [](Options& o, Text v) { o.job.read.axis = whole("axis", v, 0, 2); }},
    {"volume", "0 or more", "which volume of a NIfTI file of four dimensions",
     [](Options& o, Text v) { o.job.read.volume = whole("volume", v, 0, 999'999); }},
    {"series", "TEXT",
     "which scan of a folder: its number, its SeriesInstanceUID, or a stack's name",
     [](Options& o, Text v) { o.job.read.series = v; }},
    {"by-instance-number", "flag", "DICOM without positions: order the images by InstanceNumber",
     [](Options& o, Text v) { o.job.read.by_instance_number = flag("by-instance-number", v); }},
    {"merge-series", "flag", "DICOM: join series of one study that make one stack together",
     [](Options& o, Text v) { o.job.read.merge_series = flag("merge-series", v); }},
    {"spacing-xyz", "X,Y,Z", "mm between columns, rows and slices of pictures",
     [](Options& o, Text v) { o.job.read.spacing = lengths("spacing-xyz", v); }},
    {"factor", "2 to 10", "cut every gap into this many steps",
     [](Options& o, Text v) {
       o.job.fill.factor = whole("factor", v, static_cast<int>(train::kLeastFactor),
                                 static_cast<int>(train::kMostFactor));
     }},
    {"spacing", "mm", "instead: cut every gap into steps of about this length",
     [](Options& o, Text v) { o.job.fill.spacing = length("spacing", v); }},
    {"fill-gaps", "flag", "also fill gaps that are wider than the steps around them",
     [](Options& o, Text v) { o.job.fill.fill_gaps = flag("fill-gaps", v); }},
    {"method", "TEXT", "model, registered, cubic, linear or nearest",
     [](Options& o, Text v) { o.job.fill.method = v; }},
    {"in-passes", "flag", "let a network use slices that it has made as if they were real",
     [](Options& o, Text v) { o.job.fill.in_passes = flag("in-passes", v); }},
    {"no-self-check", "flag", "use the network everywhere, without checking it on this scan first",
     [](Options& o, Text v) { o.job.fill.self_check = !flag("no-self-check", v); }},
    {"any-scan", "flag", "accept scans unlike the training and scans that were interpolated before",
     [](Options& o, Text v) { o.job.fill.any_scan = flag("any-scan", v); }},
    {"match-noise", "flag", "give synthetic slices as much noise as real ones have",
     [](Options& o, Text v) { o.job.fill.match_noise = flag("match-noise", v); }},
    {"error-map", "flag", "compute the map of expected errors for ct2ct_uncertainty()",
     [](Options& o, Text v) { o.job.fill.error_map = flag("error-map", v); }},
    {"out", "PATH", "the output, checked before the long work",
     [](Options& o, Text v) { o.job.out = v; }},
    {"format", "TEXT", "dicom, nifti or png; else what path and scan say",
     [](Options& o, Text v) { o.job.format = v; }},
    {"only-new", "flag", "write the synthetic slices only",
     [](Options& o, Text v) { o.job.only_new = flag("only-new", v); }},
    {"straighten", "flag",
     "NIfTI or PNG of a tilted scan: shift the slices so that they stand upright",
     [](Options& o, Text v) { o.job.straighten = flag("straighten", v); }},
    {"any-orientation", "flag", "write DICOM also where left and right are not known",
     [](Options& o, Text v) { o.job.any_orientation = flag("any-orientation", v); }},
    {"gif", "PATH", "also write an animation through all slices, before and after",
     [](Options& o, Text v) { o.job.gif = v; }},
    {"uncertainty", "PATH", "also write the map of expected errors, .nii or .nii.gz, and its check",
     [](Options& o, Text v) { o.job.uncertainty = v; }},
    {"window", "NAME", "HU that PNG and GIF show: brain, bone, lung, soft or CENTRE,WIDTH",
     [](Options& o, Text v) { o.job.window = data::asked_window(v); }},
    {"force", "flag", "replace outputs that exist",
     [](Options& o, Text v) { o.job.force = flag("force", v); }},
    {"threads", "1 to 1024", "number of threads; the results do not depend on it",
     [](Options& o, Text v) { o.threads = whole("threads", v, 1, 1024); }},
    {"strict", "flag", "treat every warning as an error",
     [](Options& o, Text v) { o.strict = flag("strict", v); }},
}};

/// Levenshtein's distance: insertions, deletions and replacements of one character.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::span<const OptionRow> option_rows() { return kRows; }

void set_option(Options& options, const std::string& name, const std::string& value) {
  const auto* row =
      std::find_if(kRows.begin(), kRows.end(), [&](const OptionRow& r) { return name == r.name; });
  if (row == kRows.end()) {
    const auto* nearest =
        std::min_element(kRows.begin(), kRows.end(), [&](const OptionRow& a, const OptionRow& b) {
          return distance(name, a.name) < distance(name, b.name);
        });
    throw nn::Error(nn::Fault::input, "ct2ct_set", "no option of the name '" + name + "'",
                    "a name of the table in docs/use/library.md",
                    std::string("the nearest is '") + nearest->name + "'");
  }
  row->set(options, value);
}

}  // namespace api
