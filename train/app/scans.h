// Scans that the page has opened: what `ct2ct info` says of them, a picture of each series, and
// what was dropped into the page.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "train/app/places.h"
#include "train/app/requests.h"

namespace train::app {

/// The answer of `ct2ct info --json` as the page shows it: {format, series: [...], warnings}.
/// `scan`: its id, for the addresses of pictures.
Json scan_from_info(const Json& info, const std::string& scan);

/// The options that choose a series by the key which scan_from_info() gave it.
std::vector<std::string> series_options(const std::optional<std::string>& key);

/// The name of a scan for people, and for files: without endings of formats.
std::string stem_from(const std::string& path);

/// The text of a file of ours, empty where there is none; at most 64 MB.
std::string text_of_file(const std::string& path);
/// Writes a file of ours, whole or not at all.
void put_file(const std::string& path, const std::string& text);

class Scans {
 public:
  /// `state`: the folder of the server's own files.
  explicit Scans(std::string state);

  /// Looks at a path that Places allows. Remembers it among the recent ones. Refused with 400 and
  /// what the reader says for what is no scan.
  Json open(const std::string& path);
  /// What open() has answered. Refused with 404 for an id that it never gave.
  Json find(const std::string& id) const;
  /// [{path, when}], the last one first.
  Json recent() const;
  /// The file of a picture, which is drawn when it is needed first. Refused with 404 where a series
  /// cannot be drawn.
  std::string thumbnail(const std::string& id, std::size_t series);

  // What is dropped: announced, sent file by file, then opened.

  /// {id, put}
  Json begin_drop(const DropRequest& request);
  /// A file of the drop that is written piece by piece.
  class Part {
   public:
    Part(std::string path, std::uint64_t bytes);
    ~Part();
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    /// Refused with 413 beyond the announced size.
    void write(const char* data, std::size_t size);
    /// Refused with 400 unless all of it came.
    void finish();

   private:
    std::string path_, temporary_;
    std::uint64_t bytes_, done_ = 0;
    int file_ = -1;
  };
  /// Refused: 404 for what was not announced, 409 for what is there already.
  Part part(const std::string& drop, const std::string& path);
  Json end_drop(const std::string& drop);
  /// Removes what was dropped and is used neither by a recent scan nor by one of these.
  void remove_old_drops(const std::vector<std::string>& used) const;

 private:
  struct Drop {
    std::string name;
    std::map<std::string, std::uint64_t> files;  ///< path -> bytes
  };
  void remember(const std::string& path);
  std::string folder(const std::string& id) const { return state_ + "/scans/" + id; }

  std::string state_;
  mutable std::mutex mutex_;
  std::mutex drawing_;
  std::map<std::string, Drop> drops_;
};

}  // namespace train::app
