#include "train/app/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace train::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSilence{5000};     // between two pieces of a request
constexpr milliseconds kHeadTime{10000};   // for the whole head
constexpr milliseconds kWriteTime{30000};  // for a client to take a piece of an answer

}  // namespace

bool BoundedStream::wait_for(short event, milliseconds most) const {
  pollfd wait{socket_, event, 0};
  while (true) {
    const int ready = ::poll(&wait, 1, static_cast<int>(most.count()));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0;
  }
}

bool BoundedStream::is_readable() const { return from_ < to_ || wait_for(POLLIN, kSilence); }
bool BoundedStream::is_writable() const { return wait_for(POLLOUT, kWriteTime); }

time_t BoundedStream::duration() const {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - began_).count();
}

bool BoundedStream::still_head() {
  if (head_ended_) return true;
  return head_ < kMostHead && Clock::now() - began_ < kHeadTime;
}

void BoundedStream::count_head(const char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count && !head_ended_; ++i) {
    ++head_;
    if (bytes[i] == '\n') {
      head_ended_ = line_is_empty_;
      line_is_empty_ = true;
    } else if (bytes[i] != '\r') {
      line_is_empty_ = false;
    }
  }
}

ssize_t BoundedStream::read(char* bytes, size_t count) {
  if (!still_head()) return -1;
  if (from_ == to_) {
    if (!wait_for(POLLIN, kSilence)) return -1;
    ssize_t n = -1;
    do {
      n = ::recv(socket_, buffer_, sizeof buffer_, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) return n;
    from_ = 0;
    to_ = static_cast<std::size_t>(n);
  }
  const std::size_t given = std::min(count, to_ - from_);
  std::memcpy(bytes, buffer_ + from_, given);
  from_ += given;
  count_head(bytes, given);
  return static_cast<ssize_t>(given);
}

ssize_t BoundedStream::write(const char* bytes, size_t count) {
  if (!is_writable()) return -1;
  ssize_t n = -1;
  do {
    n = ::send(socket_, bytes, count, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n;
}

void BoundedStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = "127.0.0.1";  // nobody else is connected, and nobody asks
  port = 0;
}

void BoundedStream::get_local_ip_and_port(std::string& ip, int& port) const {
  get_remote_ip_and_port(ip, port);
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  BoundedStream stream(socket);
  bool closed = false;
  const auto process = [&](auto& self) {
    const bool last = true;
    // Versions from 0.18 on want the addresses as well.
    if constexpr (requires { self.process_request(stream, last, closed, nullptr); }) {
      return self.process_request(stream, last, closed, nullptr);
    } else {
      const std::string here = "127.0.0.1";
      return self.process_request(stream, here, 0, here, 0, last, closed, nullptr);
    }
  };
  const bool done = stream.is_readable() && process(*this);
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return done;
}

}  // namespace train::app
