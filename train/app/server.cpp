#include "train/app/server.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "nn/core/parallel.h"
#include "train/app/guard.h"
#include "train/app/http_server.h"
#include "train/app/http_threads.h"
#include "train/app/open_once.h"
#include "train/app/refused.h"
#include "train/program/version.h"

namespace train::app {
namespace {

using httplib::ContentReader;
using httplib::Request;
using httplib::Response;

constexpr std::size_t kPiece = 1 << 18;

/// Nothing but what the page's own policy allows; it stands in a <meta> of the page.
std::string policy_of(const std::string& page) {
  const std::string mark = "http-equiv=\"Content-Security-Policy\" content=\"";
  const std::size_t at = page.find(mark);
  const std::string strict =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
  std::string policy = strict;
  if (at != std::string::npos) {
    const std::size_t from = at + mark.size();
    policy = page.substr(from, page.find('"', from) - from);
    while (policy.ends_with(';') || policy.ends_with(' ')) policy.pop_back();
  }
  return policy + "; frame-ancestors 'self'";
}

constexpr const char* kStranger =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>ct2ct</title>"
    "<p>This page belongs to whoever started <b>ct2ct app</b>. Open the address that it printed: "
    "it holds a token.</p><p lang=\"es\">Esta página es de quien inició <b>ct2ct "
    "app</b>. Abra la dirección que imprimió: contiene un código.</p></html>";

Visit visit_of(const Request& r) {
  Visit v{r.method,
          r.path,
          r.get_header_value("Host"),
          r.get_header_value("Origin"),
          r.get_header_value("Sec-Fetch-Site"),
          r.get_header_value("Cookie"),
          r.get_header_value("Content-Type"),
          r.get_header_value("Content-Encoding")};
  v.hosts = r.get_header_value_count("Host");
  if (r.has_header("Content-Length")) {
    v.length = length_in(r.get_header_value("Content-Length"));
    v.wrong_length = !v.length || r.get_header_value_count("Content-Length") != 1;
  }
  if (r.has_param("token")) v.token = r.get_param_value("token");
  return v;
}

void answer(Response& res, const Json& json, int status = 200) {
  res.status = status;
  res.set_content(to_text(json), "application/json");
}

void answer_error(Response& res, int status, const nn::Error& e, const char* code = "") {
  answer(res, {{"error", to_page_error(e.where(), e.got(), e.expected(), e.hint(), code)}}, status);
}

/// A body that is read at once. Refused with 413 above kMostBody bytes.
std::string body_of(const ContentReader& read) {
  std::string body;
  bool fits = true;
  read([&](const char* data, std::size_t size) {
    fits = body.size() + size <= kMostBody;
    if (fits) body.append(data, size);
    return fits;
  });
  allow(fits, 413, "request", "a body of more than 1 MiB", "a smaller one");
  return body;
}

/// Sends a file piece by piece, so that its size does not matter.
void send_file(Response& res, const std::string& path, const std::string& type,
               const std::string& download = "") {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  allow(file >= 0, 404, "file", "nothing", "a file that is there");
  struct stat about {};
  ::fstat(file, &about);
  if (!download.empty()) {
    std::string name;
    for (const char c : download) name += c == '"' || c == '\\' ? '_' : c;
    res.set_header("Content-Disposition", "attachment; filename=\"" + name + "\"");
  }
  res.set_content_provider(
      static_cast<std::size_t>(about.st_size), type,
      [file](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        std::string piece(std::min(length, kPiece), '\0');
        const ssize_t n = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(offset));
        return n > 0 && sink.write(piece.data(), static_cast<std::size_t>(n));
      },
      [file](bool) { ::close(file); });
}

std::string type_of(const std::string& name) {
  for (const auto& [ending, type] :
       {std::pair(".png", "image/png"), std::pair(".gif", "image/gif"),
        std::pair(".json", "application/json"), std::pair(".csv", "text/csv")}) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

/// The parts of a path: "/api/jobs/a" has three. Nothing for an empty one, and above six.
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t from = 1; from <= path.size() && parts.size() <= 6;) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    parts.push_back(path.substr(from, end - from));
    from = end + 1;
  }
  const bool wrong =
      !path.starts_with('/') || parts.size() > 6 ||
      std::any_of(parts.begin(), parts.end(), [](const auto& p) { return p.empty(); });
  return wrong ? std::vector<std::string>{} : parts;
}

[[noreturn]] void unknown(const std::string& path) {
  throw Refused(404, path.substr(0, 200), "nothing here", "an address of this program");
}

}  // namespace

struct Server::Parts {
  Parts(const Places& p, Scans& s, Jobs& j) : places(p), scans(s), jobs(j) {}

  const Places& places;
  Scans& scans;
  Jobs& jobs;
  HttpServer http;
  std::optional<Guard> guard;
  std::string page, policy;

  void get(const Request& r, Response& res);
  void post(const Request& r, Response& res, const ContentReader& read);
  void put(const Request& r, Response& res, const ContentReader& read);
  void post_job(const std::vector<std::string>& path, const Json& body, Response& res);
  Json state() const;
  void welcome(Response& res) const;
  bool turned_away(const Request& r, Response& res) const;
  /// Runs a handler and answers what it throws.
  template <class Work>
  void safely(Response& res, const Work& work) {
    try {
      work();
    } catch (const Refused& e) {
      answer_error(res, e.status(), e, e.code());
    } catch (const nn::Error& e) {
      answer_error(res, e.fault() == nn::Fault::input ? 400 : 500, e);
    } catch (const std::exception&) {
      answer_error(res, 500, nn::Error(nn::Fault::job, "app", "an error of the program", ""));
    }
  }
};

Json Server::Parts::state() const {
  Json models = jobs.models();
  models.insert(models.begin(), Json{{"model", "default"}, {"name", "default"}});
  return {{"version", kVersion},      {"threads", nn::threads()}, {"roots", places.roots()},
          {"recent", scans.recent()}, {"models", models},         {"jobs", jobs.list()}};
}

void Server::Parts::get(const Request& r, Response& res) {
  if (r.path == "/") {
    res.status = 200;
    res.set_header("Content-Security-Policy", policy);
    return res.set_content(page, "text/html; charset=utf-8");
  }
  const std::vector<std::string> path = parts_of(r.path);
  const std::size_t n = path.size();
  if (n == 2 && path[0] == "api" && path[1] == "state") return answer(res, state());
  if (n == 2 && path[0] == "api" && path[1] == "folder") {
    const Purpose purpose = purpose_from(r.get_param_value("for"));
    return answer(res, places.list(r.get_param_value("path"), purpose));
  }
  if (n == 3 && path[0] == "api" && path[1] == "jobs") return answer(res, jobs.find(path[2]));
  if (n == 3 && path[0] == "jobs" && (path[2] == "view" || path[2] == "live")) {
    const std::string file = path[2] == "view" ? jobs.view_page(path[1]) : jobs.live_page(path[1]);
    res.set_header("Content-Security-Policy", "frame-ancestors 'self'");
    return send_file(res, file, "text/html; charset=utf-8");
  }
  if (n == 4 && path[0] == "jobs" && path[2] == "file") {
    return send_file(res, jobs.output(path[1], path[3]), type_of(path[3]), path[3]);
  }
  if (n == 4 && path[0] == "jobs" && path[2] == "samples") {
    return send_file(res, jobs.sample(path[1], path[3]), "image/png");
  }
  if (n == 3 && path[0] == "scans" && path[2].ends_with(".png")) {
    std::size_t series = 0;
    const char* end = path[2].data() + path[2].size() - 4;
    const auto [stop, error] = std::from_chars(path[2].data(), end, series);
    if (error == std::errc() && stop == end) {
      return send_file(res, scans.thumbnail(path[1], series), "image/png");
    }
  }
  unknown(r.path);
}

void Server::Parts::post_job(const std::vector<std::string>& path, const Json& body,
                             Response& res) {
  const std::string &id = path[2], &what = path[3];
  if (what == "save") return answer(res, jobs.save(id, save_from(body)));
  require_empty(body);
  if (what == "cancel") return answer(res, jobs.cancel(id));
  if (what == "resume") return answer(res, jobs.resume(id));
  if (what != "remove") unknown("/api/jobs/ID/" + what);
  jobs.remove(id);
  answer(res, Json::object());
}

void Server::Parts::post(const Request& r, Response& res, const ContentReader& read) {
  const Json body = object_from(body_of(read));
  const std::vector<std::string> path = parts_of(r.path);
  const std::size_t n = path.size();
  if (n < 2 || path[0] != "api") unknown(r.path);
  if (n == 2 && path[1] == "open") {
    return answer(res, scans.open(places.allowed(path_from(body))));
  }
  if (n == 2 && path[1] == "drop") {
    return answer(res, scans.begin_drop(drop_from(body, kMostFile, kMostDrop)));
  }
  if (n == 4 && path[1] == "drop" && path[3] == "done") {
    require_empty(body);
    return answer(res, scans.end_drop(path[2]));
  }
  if (n == 2 && path[1] == "jobs") {
    const bool trains = kind_from(body) == "train";
    return answer(res, trains ? jobs.add(train_from(body)) : jobs.add(interpolate_from(body)));
  }
  if (n == 4 && path[1] == "jobs") return post_job(path, body, res);
  if (n == 2 && path[1] == "quit") {
    allow(force_from(body) || !jobs.running(), 409, "quit", "a job that runs", "none",
          "cancel it, or quit all the same: it goes on at the next start");
    answer(res, Json::object());
    return http.stop();
  }
  unknown(r.path);
}

void Server::Parts::put(const Request& r, Response& res, const ContentReader& read) {
  const std::vector<std::string> path = parts_of(r.path);
  if (path.size() != 3 || path[0] != "api" || path[1] != "drop") unknown(r.path);
  Scans::Part part = scans.part(path[2], r.get_param_value("path"));
  std::optional<Refused> refused;
  read([&](const char* data, std::size_t size) {
    try {
      part.write(data, size);
    } catch (const Refused& e) {
      refused.emplace(e);
      return false;
    }
    return true;
  });
  if (refused) throw *refused;
  part.finish();
  answer(res, Json::object());
}

void Server::Parts::welcome(Response& res) const {
  remove_shown();
  // A redirection would still count as a visit from elsewhere, for which browsers keep a strict
  // cookie back. This page's own step to the next one does not.
  res.status = 200;
  res.set_header("Set-Cookie", guard->set_cookie());
  res.set_header("Content-Security-Policy", "default-src 'none'");
  res.set_content(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>ct2ct</title><meta "
      "http-equiv=\"refresh\" content=\"0;url=/\"><p><a href=\"/\">ct2ct</a></p></html>",
      "text/html; charset=utf-8");
}

bool Server::Parts::turned_away(const Request& r, Response& res) const {
  const Judgement j = guard->judge(visit_of(r));
  if (j.what == Judgement::What::allowed) return false;
  if (j.what == Judgement::What::welcome) {
    welcome(res);
  } else if (r.path.starts_with("/api/")) {
    answer_error(
        res, j.status,
        nn::Error(nn::Fault::input, "request", j.why, "a request of the program's own page",
                  "open the address that ct2ct app printed"));
  } else {
    res.status = j.status;
    res.set_content(kStranger, "text/html; charset=utf-8");
  }
  return true;
}

Server::Server(int port, const Places& places, Scans& scans, Jobs& jobs)
    : parts_(std::make_unique<Parts>(places, scans, jobs)) {
  Parts& p = *parts_;
  p.page = app_page();
  p.policy = policy_of(p.page);
  HttpServer& http = p.http;
  http.new_task_queue = [] { return new HttpThreads; };
  http.set_socket_options([](auto socket) {
    // Not SO_REUSEPORT, by which another program could listen on the same port.
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  });
  http.set_read_timeout(5);  // of single calls; see http_server.cpp
  http.set_write_timeout(30);
  http.set_payload_max_length(kMostFile);
  http.set_default_headers({{"Cache-Control", "no-store"},
                            {"X-Content-Type-Options", "nosniff"},
                            {"Referrer-Policy", "no-referrer"},
                            {"Cross-Origin-Resource-Policy", "same-origin"},
                            {"X-Frame-Options", "SAMEORIGIN"}});
  using Handled = httplib::Server::HandlerResponse;
  http.set_pre_routing_handler([&p](const Request& r, Response& res) {
    return p.turned_away(r, res) ? Handled::Handled : Handled::Unhandled;
  });
  http.Get(".*", [&p](const Request& r, Response& res) { p.safely(res, [&] { p.get(r, res); }); });
  http.Post(".*", [&p](const Request& r, Response& res, const ContentReader& read) {
    p.safely(res, [&] { p.post(r, res, read); });
  });
  http.Put(".*", [&p](const Request& r, Response& res, const ContentReader& read) {
    p.safely(res, [&] { p.put(r, res, read); });
  });
  const char* here = "127.0.0.1";
  const int bound = port == 0                       ? http.bind_to_any_port(here)
                    : http.bind_to_port(here, port) ? port
                                                    : -1;
  nn::require(bound > 0, "--port " + std::to_string(port), "a port that cannot be used",
              "one that is free, from 1024 on", "leave --port out: a free one is found");
  p.guard.emplace(bound);
}

Server::~Server() = default;

std::string Server::address() const { return parts_->guard->address(); }

void Server::serve() { parts_->http.listen_after_bind(); }

bool Server::stop() {
  if (!parts_->http.is_running()) return false;
  parts_->http.stop();
  return true;
}

}  // namespace train::app
