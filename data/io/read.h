// One door for every scan, and one for pictures that are no scan: looks at what the user named and
// hands it to the reader that knows it. Content decides, not names.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "data/dicom/dicom.h"
#include "data/files/output_set.h"
#include "data/nifti/nifti.h"
#include "data/pictures/pictures.h"
#include "data/volume/volume.h"

namespace data {

struct ReadOptions {
  int axis = -1;            ///< slice axis 0..2, or -1 for the default: data/volume/slice_axis.h
  int volume = -1;          ///< NiftiOptions::volume; NRRD and MetaImage have it, too
  std::string series = {};  ///< DicomOptions::series; of pictures see choose_stack()
  bool by_instance_number = false;  ///< DicomOptions::by_instance_number
  bool merge_series = false;        ///< DicomOptions::merge_series
  /// mm between columns, rows and slices of pictures, which carry none, and of DICOM that lacks
  /// some of them. Input error for a scan that says its own.
  std::optional<std::array<double, 3>> spacing = {};
};

/// Reads
///   a NIfTI file, compressed or not, or one of a pair     (data/nifti/nifti.h)
///   an NRRD or MetaImage file                             (data/meta/nrrd.h, metaimage.h)
///   a DICOM file, or a folder or zip that holds one       (data/dicom/dicom.h)
///   a folder or a zip of PNG or JPEG pictures, one stack  (data/pictures/pictures.h)
///   a TIFF file of many pages, or a folder or zip of TIFF (data/pictures/tiff_read.h)
///   "phantom:[PART:]SEED[:...]", the phantom              (data/phantom/phantom.h)
/// Throws an input error, one line that names the file, for anything else, for an axis other than 2
/// of DICOM, and for options of another format. `listing`, if given, gets what was found, also when
/// an error is thrown afterwards.
Volume read_volume(const std::string& path, const ReadOptions& options = {},
                   DicomListing* listing = nullptr);

/// The volumes of a NIfTI, NRRD or MetaImage file; one for everything else, also for what cannot be
/// read.
NiftiVolumes list_volumes(const std::string& path);
/// The DICOM series of a folder or a zip, by their headers; none for everything else, also for what
/// cannot be read.
DicomListing list_series(const std::string& path, const ReadOptions& options = {});
/// What an earlier interpolation left in a scan as it was read: "10 of 21 slices that were
/// interpolated before"; empty where nothing says so. Between such slices no other should be made.
std::string interpolated_before(const Volume& volume);

/// What names a scan: the last part of its path, with a slash after it or without.
std::string name_of(const std::string& path);

// The files that a scan was read from, by their hashes.

/// For a file or a zip: its hash. For a folder: the hash of a list of the files that the scan was
/// read from. A NIfTI pair is listed as a header and an image. The hash is empty for a phantom,
/// which has no file. Input error for a file that cannot be read any more.
HashedPath input_files(const Volume& scan);

/// The same of pictures that are no scan.
HashedPath input_files(const PictureList& list, const std::string& path);

}  // namespace data
