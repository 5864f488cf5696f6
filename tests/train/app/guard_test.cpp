// Who may ask the server: judged by the head of a request, without a socket.
#include "train/app/guard.h"

#include <set>

#include "tests/catch.h"

using train::app::Guard;
using train::app::Judgement;
using train::app::Visit;

namespace {

constexpr int kPort = 4321;
const std::string kHost = "127.0.0.1:4321";

std::string cookie_of(const Guard& guard) {
  const std::string set = guard.set_cookie();
  return set.substr(0, set.find(';'));
}

/// A request of the page itself.
Visit own(const Guard& guard, const std::string& method = "GET") {
  Visit v;
  v.method = method;
  v.path = "/api/state";
  v.host = kHost;
  v.cookie = "a=b; " + cookie_of(guard) + "; c=d";
  if (method != "GET" && method != "HEAD") {
    v.origin = "http://" + kHost;
    v.type = "application/json";
    v.length = 2;
  }
  return v;
}

/// The status of the answer, 200 when it is allowed.
int status_of(const Guard& guard, const Visit& v) { return guard.judge(v).status; }

}  // namespace

TEST_CASE("the page itself may read, write and send files, under both names of this computer") {
  const Guard guard(kPort);
  for (const char* method : {"GET", "HEAD", "POST", "PUT"}) {
    INFO(method);
    Visit v = own(guard, method);
    CHECK(status_of(guard, v) == 200);
    v.host = "localhost:4321";
    if (!v.origin.empty()) v.origin = "http://localhost:4321";
    v.site = "same-origin";
    CHECK(guard.judge(v).what == Judgement::What::allowed);
  }
  Visit v = own(guard, "POST");
  v.type = "application/json; charset=utf-8";
  CHECK(status_of(guard, v) == 200);
}

TEST_CASE("the token of the first address is welcome once more, and nothing near it is") {
  const Guard guard(kPort);
  const std::string begin = "http://127.0.0.1:4321/?token=";
  REQUIRE(guard.address().starts_with(begin));
  const std::string token = guard.address().substr(begin.size());
  CHECK(token.size() == 22);  // 16 bytes in base64 without padding
  Visit v;
  v.method = "GET";
  v.path = "/";
  v.host = kHost;
  for (int twice = 0; twice < 2; ++twice) {
    v.token = token;
    CHECK(guard.judge(v).what == Judgement::What::welcome);
  }
  for (const std::string& wrong : {std::string(), token + "a", token.substr(1),
                                   token.substr(0, 21) + "!", guard.set_cookie().substr(11, 22)}) {
    INFO(wrong);
    v.token = wrong;
    CHECK(status_of(guard, v) == 403);
  }
  v.token = token;
  v.path = "/api/state";
  CHECK(status_of(guard, v) == 403);
  v.path = "/";
  v.host = "evil.example";
  CHECK(status_of(guard, v) == 403);
  CHECK(Guard(kPort).address() != guard.address());
}

TEST_CASE("requests from elsewhere are refused before anything else is looked at") {
  const Guard guard(kPort);
  const auto with = [&](const std::string& method, auto change) {
    Visit v = own(guard, method);
    change(v);
    return status_of(guard, v);
  };
  for (const char* host : {"", "127.0.0.1", "127.0.0.1:4322", "evil.example:4321", "localhost",
                           "127.0.0.1:4321.evil.example", "[::1]:4321", "127.0.0.1:4321 "}) {
    INFO(host);
    CHECK(with("GET", [&](Visit& v) { v.host = host; }) == 403);
  }
  CHECK(with("GET", [](Visit& v) { v.hosts = 2; }) == 403);
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:4322",
                             "https://127.0.0.1:4321", "http://localhost:4321"}) {
    INFO(origin);
    CHECK(with("GET", [&](Visit& v) { v.origin = origin; }) == 403);
    CHECK(with("POST", [&](Visit& v) { v.origin = origin; }) == 403);
    CHECK(with("PUT", [&](Visit& v) { v.origin = origin; }) == 403);
  }
  CHECK(with("POST", [](Visit& v) { v.origin.clear(); }) == 403);
  CHECK(with("GET", [](Visit& v) { v.cookie.clear(); }) == 403);
  CHECK(with("GET", [](Visit& v) { v.cookie = "ct2ct_4321="; }) == 403);
  CHECK(with("GET", [](Visit& v) { v.cookie += "x"; }) == 200);  // of the cookie after ours
  for (const char* site : {"cross-site", "same-site"}) {
    CHECK(with("GET", [&](Visit& v) { v.site = site; }) == 403);
    CHECK(with("POST", [&](Visit& v) { v.site = site; }) == 403);
  }
  CHECK(with("DELETE", [](Visit&) {}) == 405);
  CHECK(with("OPTIONS", [](Visit&) {}) == 405);
}

TEST_CASE("bodies of another kind or size are refused by their heads") {
  const Guard guard(kPort);
  const auto with = [&](const std::string& method, auto change) {
    Visit v = own(guard, method);
    change(v);
    return status_of(guard, v);
  };
  for (const char* type :
       {"", "text/plain", "application/jsonx", "multipart/form-data; boundary=a"}) {
    INFO(type);
    CHECK(with("POST", [&](Visit& v) { v.type = type; }) == 415);
  }
  CHECK(with("PUT", [](Visit& v) { v.type = "multipart/form-data; boundary=a"; }) == 415);
  CHECK(with("PUT", [](Visit& v) { v.type = "application/dicom"; }) == 200);
  CHECK(with("POST", [](Visit& v) { v.encoding = "gzip"; }) == 415);
  CHECK(with("POST", [](Visit& v) { v.length = train::app::kMostBody; }) == 200);
  CHECK(with("POST", [](Visit& v) { v.length = train::app::kMostBody + 1; }) == 413);
  CHECK(with("PUT", [](Visit& v) { v.length = train::app::kMostFile; }) == 200);
  CHECK(with("PUT", [](Visit& v) { v.length = train::app::kMostFile + 1; }) == 413);
  CHECK(with("POST", [](Visit& v) { v.wrong_length = true; }) == 400);
  CHECK(with("GET", [](Visit& v) { v.length = 1; }) == 413);
}

TEST_CASE("cookies, lengths and secrets are read as their rules say") {
  using train::app::cookie_in;
  using train::app::length_in;
  using train::app::same_secret;
  CHECK(cookie_in("a=1; b=2;c=3", "b") == "2");
  CHECK(cookie_in("a=1; b=2;c=3", "c") == "3");
  CHECK(cookie_in("ab=1", "b").empty());
  CHECK(cookie_in("b", "b").empty());
  CHECK(cookie_in("b=x=y", "b") == "x=y");
  CHECK(cookie_in(";;; ;b=1", "b") == "1");
  CHECK(length_in("0") == 0U);
  CHECK(length_in("9223372036854775807").has_value());
  for (const char* wrong : {"", "-1", "+1", "1 ", " 1", "0x1", "1e3", "9223372036854775808",
                            "99999999999999999999999", "1, 1"}) {
    INFO(wrong);
    CHECK_FALSE(length_in(wrong).has_value());
  }
  CHECK(same_secret("abc", "abc"));
  CHECK_FALSE(same_secret("abc", "abd"));
  CHECK_FALSE(same_secret("abc", "ab"));
  std::set<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.insert(train::app::random_text(16));
  CHECK(texts.size() == 100);
}
