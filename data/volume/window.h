// Which HU a picture shows as black and as white: what the user asks for, else what the scan says
// itself, else the usual.
#pragma once

#include <optional>
#include <string>

#include "data/volume/volume.h"

namespace data {

/// What is shown as black and as white.
struct Window {
  double low = 0;
  double high = 255;
};

/// What a scan in HU that says nothing itself is shown with: soft tissue, -160 to 240 HU.
inline constexpr Window kUsualWindow{-160, 240};

/// A window as DICOM says it (PS3.3, C.11.2.1.2).
struct CentreWidth {
  double centre = 0;
  double width = 0;
  /// VOI LUT Function LINEAR_EXACT, or SIGMOID, which is shown as if it were linear; else LINEAR.
  bool exact = false;

  /// LINEAR: centre - width / 2 is black and centre + width / 2 - 1 white, as C.11.2.1.2.1 has it,
  /// where a width of 80 means 80 stored values. LINEAR_EXACT, C.11.2.1.3.2: without the 1.
  Window window() const;
};

/// What the option --window says, and its own text.
struct AskedWindow {
  std::string text;
  CentreWidth window;
};

/// "brain" (40,80), "bone" (480,2500), "lung" (-600,1500), "soft" (40,400), which are the presets
/// of the OHIF viewer, or "CENTRE,WIDTH" in HU with a width above 1. Input error for anything else.
AskedWindow asked_window(const std::string& text);

/// A window, and why it is this one, as a user is told: "the scan's own, centre 40, width 80".
struct ShownWindow {
  Window window = kUsualWindow;
  std::string why;
};

ShownWindow shown_as_asked(const AskedWindow& asked);

/// What is shown as black and as white: `hu` of a scan in HU, 0..255 of pictures, else the range of
/// the scan's values.
Window shown_window(const Volume& volume, const Window& hu);

/// `asked`, else the window of the first slice of a DICOM series, else `usual`. Pictures are shown
/// as they are, 0 to 255, and values that are not HU from the lowest to the highest; a window
/// asked for either is an input error.
ShownWindow window_of(const Volume& volume, const std::optional<AskedWindow>& asked,
                      const Window& usual = kUsualWindow);

/// "0 to 79 HU (the scan's own, centre 40, width 80)"
std::string to_string(const ShownWindow& shown, Unit unit);

}  // namespace data
