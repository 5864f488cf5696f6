// Chooses the HU that a picture shows as black and as white: the user's window, else the window of
// the scan, else the usual one.
#pragma once

#include <optional>
#include <string>

#include "data/volume/volume.h"

namespace data {

/// The values shown as black (low) and as white (high).
struct Window {
  double low = 0;
  double high = 255;
};

/// The window for a scan in HU that names none: soft tissue, -160 to 240 HU.
inline constexpr Window kUsualWindow{-160, 240};

/// A window as DICOM stores it (PS3.3, C.11.2.1.2).
struct CentreWidth {
  double centre = 0;
  double width = 0;
  /// VOI LUT Function LINEAR_EXACT, or SIGMOID, which is shown as if it were linear; else LINEAR.
  bool exact = false;

  /// LINEAR (C.11.2.1.2.1): centre - width / 2 is black and centre + width / 2 - 1 is white,
  /// because a width of 80 means 80 stored values. LINEAR_EXACT (C.11.2.1.3.2): the same without
  /// the -1.
  Window window() const;
};

/// The window of the option --window, and its text.
struct AskedWindow {
  std::string text;
  CentreWidth window;
};

/// "brain" (40,80), "bone" (480,2500), "lung" (-600,1500), "soft" (40,400), which are the presets
/// of the OHIF viewer, or "CENTRE,WIDTH" in HU with a width above 1. Input error for anything else.
AskedWindow asked_window(const std::string& text);

/// A window and the reason for it, as printed: "the scan's own, centre 40, width 80".
struct ShownWindow {
  Window window = kUsualWindow;
  std::string why;
};

ShownWindow shown_as_asked(const AskedWindow& asked);

/// The window of a picture: `hu` for a scan in HU, 0..255 for pictures, else the range of the
/// scan's values.
Window shown_window(const Volume& volume, const Window& hu);

/// `asked`, else the window of the first slice of a DICOM series, else `usual`. Pictures are shown
/// from 0 to 255, other values that are not HU from the lowest to the highest. For these two,
/// `asked` is an input error.
ShownWindow window_of(const Volume& volume, const std::optional<AskedWindow>& asked,
                      const Window& usual = kUsualWindow);

/// "0 to 79 HU (the scan's own, centre 40, width 80)"
std::string to_string(const ShownWindow& shown, Unit unit);

}  // namespace data
