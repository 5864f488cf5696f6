// Stacks of pictures, one a slice: folders and zips of PNG or JPEG files in, folders of PNG out.
//
// Order is natural (slice2 before slice10). What makes the stack doubtful but readable goes into
// Volume::warnings: skipped files, gaps in the numbering, colour. Pictures carry neither HU nor
// millimetres: the unit is grey8, the spacing 1 x 1 x 1, the slice axis 2.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "data/output_set.h"
#include "data/picture.h"
#include "data/volume.h"

namespace data {

/// Names in natural order and how to get the bytes of one: what a folder and a zip have in common.
struct PictureList {
  std::string source;              ///< what the user named
  std::string format;              ///< see Volume
  std::vector<std::string> names;  ///< naturally sorted
  std::function<std::vector<std::byte>(const std::string& name)> load;
  std::vector<std::string> skipped = {};  ///< files that are no pictures
};

/// Input error when there is no picture.
PictureList list_picture_folder(const std::string& path);

/// The same for a zip, pictures ordered by their full names. Folders in the zip and what macOS adds
/// are ignored; entries above 256 MiB and encrypted ones are input errors.
PictureList list_picture_zip(const std::string& path);

/// A list of one: a picture file.
PictureList list_picture_file(const std::string& path);

/// Decodes the pictures one after another into a volume. Input error when one is damaged, or when
/// sizes differ.
Volume stack_pictures(const PictureList& list);

/// What is shown as black and as white: `hu` of a scan in HU, 0..255 of pictures, else the range of
/// the scan's values.
Window shown_window(const Volume& volume, const Window& hu);

/// Writes slice_0000.png, slice_0001.png, ... into a new folder that appears when it is complete.
/// Values are shown through shown_window(); grey levels are written as they are, with 16 bits if
/// the volume has them. With `force`, a folder that holds nothing but such files is replaced.
void write_png_folder(OutputSet& outputs, const std::string& path, const Volume& volume,
                      const Window& window);
/// The same alone.
void write_png_folder(const std::string& path, const Volume& volume, const Window& window,
                      bool force);

/// Digits count as numbers: "a2" < "a10"; equal numbers with more leading zeros come later.
bool natural_less(const std::string& a, const std::string& b);

/// One line per place where naturally sorted names skip numbers, compared with their smallest step.
std::vector<std::string> numbering_gaps(const std::vector<std::string>& sorted_names);

/// "first.txt, second.txt and 7 more"
std::string shortened(const std::vector<std::string>& names);

/// True for names that end in .png, .jpg or .jpeg in any case and do not begin with a dot: such a
/// file must be a picture, others are skipped unless they look like one.
bool named_like_picture(const std::string& name);

}  // namespace data
