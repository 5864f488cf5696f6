// The fields of an NRRD header. Only for data/meta/.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/meta/text_header.h"
#include "data/volume/volume.h"

namespace data {

struct NrrdHeader {
  std::map<std::string, std::string> fields;  ///< by names without blanks and capitals
  std::map<std::string, std::string> pairs;   ///< key/value pairs, as they stand
  std::size_t bytes = 0;                      ///< of the header, with the empty line after it

  /// Empty where there is none.
  std::string field(const std::string& name) const;
};

/// Input error for a line that is neither a field nor a pair nor a comment.
NrrdHeader read_nrrd_header(const std::string& path);

/// The axes of a header of three or four dimensions.
struct NrrdAxes {
  std::array<nn::index, 3> dims{1, 1, 1};
  nn::index volumes = 1;          ///< along the fourth
  std::array<std::size_t, 3> of;  ///< which of the header's axes they are
  std::size_t count = 3;          ///< of the header's axes
};
NrrdAxes axes_of(const NrrdHeader& header, const std::string& path);

/// Input error for a type that no scan has.
ElementType element_of(const NrrdHeader& header, const std::string& path);

/// Vectors in brackets, and empty ones for "none". None where the text is something else.
std::optional<std::vector<std::vector<double>>> vectors_of(const std::string& text);

/// The texts in double quotes.
std::vector<std::string> quoted_texts(const std::string& text);

}  // namespace data
