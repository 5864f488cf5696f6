// Finding the files of a scan: a folder with all that is below it, a zip, or a single file. A
// folder and a zip of it give the same names in the same order. Content decides what a file is;
// nothing here needs DCMTK, so a build without it can still say what it was given.
//
// Left out in silence: names that begin with a dot, folders of such names with all in them, and
// __MACOSX. Links are followed. A folder that can be reached in two ways is read once, under its
// own name where it has one, so links in a circle do no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace data {

// Names of files: their order, the numbers in them, and lists of them for people.

/// Digits count as numbers: "a2" < "a10"; equal numbers with more leading zeros come later. A total
/// order.
bool natural_less(const std::string& a, const std::string& b);

/// One line per place where naturally sorted names skip numbers, compared with their smallest step.
std::vector<std::string> numbering_gaps(const std::vector<std::string>& sorted_names);

/// "first.txt, second.txt and 7 more"
std::string shortened(const std::vector<std::string>& names);

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The run of digits that begins at s[i], or else the one character there.
std::string_view token_at(std::string_view s, std::size_t i);

/// Digits without their leading zeros; empty for zero.
std::string_view without_zeros(std::string_view digits);

// The time that outputs carry, which a user can fix so that the same command gives the same bytes.

/// SOURCE_DATE_EPOCH: seconds since 1970, as reproducible-builds.org defines it; none where it is
/// not set. Input error when it is no number, or one from the year 10000 on.
std::optional<std::time_t> fixed_time();

/// That time, or the clock's: "2026-11-30T13:36:44Z" (ISO 8601, UTC).
std::string utc_now();

/// How many bytes of a file looks_like_dicom() wants.
inline constexpr std::size_t kDicomHeadBytes = 132;

/// Something that was found and is not read.
struct SkippedFile {
  std::string file;
  std::string reason;
};

/// Files named by their path below `source`, in natural order.
struct FileList {
  std::string source;              ///< what the user named
  std::vector<std::string> names;  ///< of a single file its name alone
  /// The first bytes of a file, or all of them. Input error when it cannot be read.
  std::function<std::vector<std::byte>(const std::string& name)> head;
  std::function<std::vector<std::byte>(const std::string& name)> load;
  std::function<std::uint64_t(const std::string& name)> size;  ///< bytes of the whole file
  bool single = false;                                         ///< `source` is the file itself
  bool zip = false;
  /// Links to what is not there, folders that cannot be listed, pipes and the like.
  std::vector<SkippedFile> left_out = {};

  /// For errors: the file as the user would name it.
  std::string where(const std::string& name) const;
};

/// True for "DICM" after a preamble (PS3.10, 7.1), and for a data set without one that begins with
/// a plausible element of group 0002 or 0008.
bool looks_like_dicom(std::span<const std::byte> head);

/// Input error when the folder cannot be listed, when there are more than 65536 files, or when all
/// that there is cannot be read. A folder without files is no error.
FileList list_files(const std::string& path);

/// True when any of the files looks like DICOM. A file that cannot be read does not.
bool holds_dicom(const FileList& files);

/// "left out, REASON: first.txt, second.txt and 7 more", a line for each reason.
std::vector<std::string> left_out_lines(const std::vector<SkippedFile>& files);

}  // namespace data
