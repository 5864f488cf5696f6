// The embedded phantom: a made-up head or part of a body in HU from formulas, so that the program
// can be tried, its tests and demo run, and the model in the box be trained, without anybody's
// scan. It is no model of any patient and of no diagnostic meaning.
//
// Every seed gives another body: size, shape, tilt, skull thickness, cavities, vessels, texture.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "data/volume/volume.h"

namespace data {

/// What the phantom shows, by the word of its name ("head" needs none).
enum class PhantomPart { head, chest, abdomen, pelvis, legs };

inline constexpr std::array kPhantomParts{PhantomPart::head, PhantomPart::chest,
                                          PhantomPart::abdomen, PhantomPart::pelvis,
                                          PhantomPart::legs};

/// How a scanner would have reconstructed the phantom.
enum class PhantomKernel {
  none,  ///< white noise, sharp edges
  soft,  ///< blurred by a Gaussian of 0.5 mm; noise of coarse grain
  sharp  ///< edges overshoot; noise of fine grain
};

struct PhantomOptions {
  nn::index slices = 96;  ///< 2..1024, over 168 mm of a head or 240 mm of a body
  nn::index size = 128;   ///< 16..1024 rows and columns, over 220 mm of a head or 400 mm of a body
  std::uint64_t seed = 7;
  double noise = 5;  ///< standard deviation in HU of the Gaussian noise of every voxel
  PhantomPart part = PhantomPart::head;
  PhantomKernel kernel = PhantomKernel::none;
  bool lesions = false;  ///< many bleeds, dark spots, calcifications and vessels of 2 to 10 mm
  bool metal = false;    ///< clips, screws, plates, electrodes and tubes, with streaks
  bool thick = false;    ///< slices 2.5 times as thick as their spacing, instead of 1.5 times
};

/// int16 HU, axes x (towards the patient's left), y (towards the back), z (towards the head). A
/// voxel is the mean over its own volume (partial volume along z and in the plane), plus noise.
/// With a kernel or thick slices the noise of neighbouring voxels and slices is alike, as a
/// scanner's. The same options give the same bits on any number of threads. Input error for sizes
/// out of range.
Volume make_phantom(const PhantomOptions& options = {});

/// Reads "[PART:]SEED[:SLICES[:SIZE[:NOISE]]][:WORD]...": whole numbers, then any of the words
/// lesions, metal, thick, and soft or sharp. What is missing keeps its default.
PhantomOptions parse_phantom(const std::string& text);

/// The word of a part or a kernel: "head", "soft".
std::string name_of(PhantomPart part);
std::string name_of(PhantomKernel kernel);
/// The part or kernel of a word, as the options --part and --kernel have it. Input error for
/// others.
PhantomPart phantom_part(const std::string& word);
PhantomKernel phantom_kernel(const std::string& word);
/// The name that parse_phantom() reads, without the noise.
std::string phantom_name(const PhantomOptions& options);

/// What such a name may be, for messages.
inline constexpr const char* kPhantomForm =
    "phantom:SEED[:SLICES[:SIZE[:NOISE]]] in whole numbers; before SEED may be chest:, abdomen:, "
    "pelvis: or legs:, at the end :lesions, :metal, :thick, and :soft or :sharp";

}  // namespace data
