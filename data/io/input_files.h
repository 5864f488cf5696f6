// The files that a scan was read from, by their hashes.
#pragma once

#include "data/files/output_set.h"
#include "data/pictures/pictures.h"
#include "data/volume/volume.h"

namespace data {

/// For a file or a zip: its hash. For a folder: the hash of a list of the files that the scan was
/// read from. A NIfTI pair is listed as a header and an image. The hash is empty for a phantom,
/// which has no file. Input error for a file that cannot be read any more.
HashedPath input_files(const Volume& scan);

/// The same of pictures that are no scan.
HashedPath input_files(const PictureList& list, const std::string& path);

}  // namespace data
