// Stacks of pictures, one a slice: folders and zips of PNG or JPEG files in (TIFF: tiff_read.h),
// folders of PNG out.
//
// What makes the stack doubtful but readable goes into Volume::warnings: files left out, gaps in
// the numbering, colour, transparency, pictures that were turned. Pictures carry neither HU nor
// millimetres: the unit is grey8, the spacing 1 x 1 x 1, the slice axis 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/files/files.h"
#include "data/files/output_set.h"
#include "data/pictures/picture.h"
#include "data/pictures/picture_stacks.h"
#include "data/volume/volume.h"
#include "nn/core/real.h"

namespace data {

// Animated GIF (GIF89a) of grey frames, for people to look at; by giflib. Nothing is read.

/// Writes frames of width * height grey levels that loop for ever, each shown for `delay_cs`
/// hundredths of a second. All 256 grey levels are kept. Input error when `path` exists and not
/// `force`, or for no frame, a size above 65535 or a frame of another size.
void write_gif(const std::string& path, const std::vector<std::vector<std::uint8_t>>& frames,
               nn::index width, nn::index height, int delay_cs, bool force);

/// Makes frame i when it is needed, so that only one and the compressed file are in memory.
using GifFrame = std::function<std::vector<std::uint8_t>(nn::index i)>;

/// The same for `count` frames that are made one after another.
void write_gif(OutputSet& outputs, const std::string& path, nn::index count,
               const GifFrame& frame_of, nn::index width, nn::index height, int delay_cs);

/// The pictures among the files of a folder or a zip.
struct PictureList {
  FileList files;
  std::vector<std::string> names;          ///< naturally sorted
  std::vector<SkippedFile> left_out = {};  ///< files that are no pictures, or cannot be read

  /// "picture", "picture folder" or "picture zip"
  std::string format() const;
  /// Input error for a file above 256 MiB, said before memory is asked for.
  std::vector<std::byte> load(const std::string& name) const;
};

/// The pictures of a folder with all below it or of a zip, or the one that `path` is. Input error
/// when there is none.
PictureList list_pictures(const std::string& path);
PictureList list_pictures(const FileList& files);

/// Leaves one stack of pictures (data/pictures/picture_stacks.h) in the list, in its order: the one
/// that is `wanted`, by its name or its number from 1; if that is empty, the only one that has more
/// than one picture. Other pictures are left out by name. Input error where the choice must be the
/// user's. `found`, if given, gets all stacks with the sizes of their first pictures, also when an
/// error is thrown afterwards.
void choose_stack(PictureList& list, const std::string& wanted,
                  std::vector<PictureStack>* found = nullptr);

/// Decodes the pictures one after another into a volume. Input error when one is damaged, or when
/// sizes differ.
Volume stack_pictures(const PictureList& list);

/// Writes slice_0000.png, slice_0001.png, ... into a new folder that appears when it is complete.
/// Values are shown through shown_window(); grey levels are written as they are, with 16 bits if
/// the volume has them. With `force`, a folder that holds nothing but such files is replaced.
void write_png_folder(OutputSet& outputs, const std::string& path, const Volume& volume,
                      const Window& window);
/// The same alone.
void write_png_folder(const std::string& path, const Volume& volume, const Window& window,
                      bool force);

}  // namespace data
