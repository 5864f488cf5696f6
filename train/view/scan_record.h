// What is known of where each slice of a scan comes from, for people who look at it: by the record
// and the table of slices that an interpolation left beside its output, else by another scan that
// lacks the slices, else nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/draw/reformat_picture.h"
#include "data/volume/volume.h"
#include "train/program/messages.h"

namespace train {

/// One slice, as it is shown.
struct SliceKind {
  enum class Kind { real, synthetic, unknown };
  Kind kind = Kind::real;
  std::optional<double> t =
      {};                   ///< of a synthetic one: how far from the slice before to that after
  std::string method = {};  ///< as SliceOrigin::method; empty: not known
  std::optional<double> expected_error = {};  ///< HU
};

/// The record of an interpolation, and what its table says of every slice.
struct ScanRecord {
  nlohmann::ordered_json json;
  std::vector<SliceKind> slices;  ///< empty where the table is missing
};

/// The record of `scan`: the file `path`, or, where that is empty, the one beside the scan if there
/// is one. Input error for a file `path` that is no record of an interpolation, or of another
/// output, by its hash. The same of a record beside the scan, and of a table that is missing or has
/// another hash than the record says, is a warning.
std::optional<ScanRecord> find_record(const data::Volume& scan, const std::string& path,
                                      Messages& messages);

/// The rows of a table of slices (data::slice_table()). Input error at `where` for anything else,
/// and unless there are `slices` rows.
std::vector<SliceKind> read_slice_table(const std::string& text, nn::index slices,
                                        const std::string& where);

/// Of every slice of `scan`: what the record says; without one a slice that `before` lacks, if that
/// is given, is synthetic. All are unknown where neither helps and the scan says that some were
/// interpolated. Else all are real.
std::vector<SliceKind> slice_kinds(const data::Volume& scan, const data::Volume* before,
                                   const std::optional<ScanRecord>& record);

/// The same as they stand on pictures.
std::vector<data::SliceNote> notes_of(const std::vector<SliceKind>& kinds);

}  // namespace train
