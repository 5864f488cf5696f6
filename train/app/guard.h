// Who may ask: a request is judged by its head alone, before anything of it is read or done. The
// reasons stand in docs/audit/app.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace train::app {

/// 8 * `bytes` random bits of the kernel, in base64 for addresses (RFC 4648, section 5).
std::string random_text(std::size_t bytes);

/// Whether two secrets are equal; how long it takes says nothing of where they differ.
bool same_secret(std::string_view a, std::string_view b);

/// What a request says of itself. Headers that are missing are empty.
struct Visit {
  std::string method, path, host, origin, site, cookie, type, encoding;
  std::size_t hosts = 1;                     ///< number of Host headers
  std::optional<std::uint64_t> length = {};  ///< Content-Length
  bool wrong_length = false;                 ///< there is one that is no number, or several
  std::optional<std::string> token = {};     ///< parameter of the first address
};

/// The value of the cookie `name` in a Cookie header (RFC 6265), empty without one.
std::string cookie_in(std::string_view header, std::string_view name);
/// A Content-Length. Nothing for anything but digits, and for numbers beyond 2^63.
std::optional<std::uint64_t> length_in(std::string_view header);

struct Judgement {
  enum class What { allowed, welcome, refused };
  What what = What::refused;  ///< welcome: the token is right, and the cookie is to be set
  int status = 0;             ///< of a refused one
  std::string why = {};
};

class Guard {
 public:
  /// `port`: where the server listens.
  explicit Guard(int port);

  Judgement judge(const Visit& visit) const;

  /// http://127.0.0.1:PORT/?token=TOKEN
  std::string address() const;
  /// The value of Set-Cookie.
  std::string set_cookie() const;

 private:
  int port_;
  std::string token_, cookie_;
};

/// Bytes of a request with a body of JSON.
inline constexpr std::uint64_t kMostBody = 1 << 20;
/// Bytes of a file that is dropped, and of all files of one drop.
inline constexpr std::uint64_t kMostFile = std::uint64_t{2} << 30;
inline constexpr std::uint64_t kMostDrop = std::uint64_t{8} << 30;

}  // namespace train::app
