#include "train/app/guard.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>

#include "nn/core/error.h"

namespace train::app {
namespace {

constexpr std::size_t kSecretBytes = 16;

Judgement refused(int status, const std::string& why) {
  return {Judgement::What::refused, status, why};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// "application/json; charset=utf-8" and the like.
bool is_json(std::string_view type) {
  return trimmed(type.substr(0, type.find(';'))) == "application/json";
}

}  // namespace

std::string random_text(std::size_t bytes) {
  static constexpr char kLetters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string raw(bytes, '\0');
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t n = ::getrandom(raw.data() + done, bytes - done, 0);
    if (n < 0 && errno != EINTR) {
      throw nn::Error(nn::Fault::job, "app", "no random numbers", "those of the kernel");
    }
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  std::string text;
  unsigned bits = 0, held = 0;
  for (const char c : raw) {
    held = (held << 8U) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += kLetters[(held >> (bits - 6)) & 63U];
  }
  if (bits > 0) text += kLetters[(held << (6 - bits)) & 63U];
  return text;
}

bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    different |=
        static_cast<unsigned char>(a[i]) ^ static_cast<unsigned>(static_cast<unsigned char>(b[i]));
  }
  return different == 0;
}

std::string cookie_in(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return std::string(pair.substr(equals + 1));
    }
  }
  return "";
}

std::optional<std::uint64_t> length_in(std::string_view header) {
  std::uint64_t value = 0;
  const char* end = header.data() + header.size();
  const auto [stop, error] = std::from_chars(header.data(), end, value);
  if (error != std::errc() || stop != end ||
      value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return {};
  }
  return value;
}

Guard::Guard(int port)
    : port_(port), token_(random_text(kSecretBytes)), cookie_(random_text(kSecretBytes)) {}

std::string Guard::address() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/?token=" + token_;
}

std::string Guard::set_cookie() const {
  return "ct2ct_" + std::to_string(port_) + "=" + cookie_ + "; Path=/; HttpOnly; SameSite=Strict";
}

Judgement Guard::judge(const Visit& v) const {
  const std::string port = ":" + std::to_string(port_);
  if (v.hosts != 1 || (v.host != "127.0.0.1" + port && v.host != "localhost" + port)) {
    return refused(403, "another Host than this program's address");
  }
  const bool reads = v.method == "GET" || v.method == "HEAD";
  const bool drops = v.method == "PUT";
  if (!reads && !drops && v.method != "POST") return refused(405, "a method that is not used here");
  if (reads && v.path == "/" && v.token) {
    if (same_secret(*v.token, token_)) return {Judgement::What::welcome, 303, ""};
    return refused(403, "another token than this program's");
  }
  const std::string cookie = cookie_in(v.cookie, "ct2ct_" + std::to_string(port_));
  if (!same_secret(cookie, cookie_)) return refused(403, "no cookie of this program");
  // A page of another address, or of another port of this machine.
  const bool own = v.origin == "http://" + v.host;
  if (!own && (!reads || !v.origin.empty())) return refused(403, "another Origin than this page's");
  const bool foreign = v.site == "cross-site" || v.site == "same-site";
  if (foreign && (!reads || v.path != "/")) return refused(403, "a request of another page");
  if (v.wrong_length) return refused(400, "a Content-Length that is no number");
  if (reads) {
    if (v.length.value_or(0) > 0) return refused(413, "a body where none is expected");
    return {Judgement::What::allowed, 200, ""};
  }
  if (!v.encoding.empty()) return refused(415, "a body that is compressed");
  if (drops) {
    if (v.type.starts_with("multipart/")) return refused(415, "a body of several parts");
    if (v.length.value_or(0) > kMostFile) return refused(413, "a file of more than 2 GiB");
    return {Judgement::What::allowed, 200, ""};
  }
  if (!is_json(v.type)) return refused(415, "another Content-Type than application/json");
  if (v.length.value_or(0) > kMostBody) return refused(413, "a body of more than 1 MiB");
  return {Judgement::What::allowed, 200, ""};
}

}  // namespace train::app
