// cpp-httplib's server with bounds that it lacks: one request a connection, so that a body which
// was refused is never read as the next request; a head of bounded size and time; bounded silence.
#pragma once

#include <httplib.h>

#include <chrono>

namespace train::app {

/// Bytes of the request line and all headers.
inline constexpr std::size_t kMostHead = 32 << 10;

/// A connection. Reads nothing beyond kMostHead bytes until the head has ended, and no head for
/// longer than kHeadTime.
class BoundedStream : public httplib::Stream {
 public:
  explicit BoundedStream(int socket) : socket_(socket) {}

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* bytes, size_t count) override;
  ssize_t write(const char* bytes, size_t count) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }
  // Of versions from 0.19 on.
  virtual bool wait_readable() const { return is_readable(); }
  virtual bool wait_writable() const { return is_writable(); }
  virtual time_t duration() const;

 private:
  bool wait_for(short event, std::chrono::milliseconds most) const;
  bool still_head();
  void count_head(const char* bytes, std::size_t count);

  using Clock = std::chrono::steady_clock;
  int socket_;
  Clock::time_point began_ = Clock::now();
  std::size_t head_ = 0;  ///< bytes of it
  bool head_ended_ = false, line_is_empty_ = false;
  char buffer_[4096] = {};  ///< the library reads a head byte by byte
  std::size_t from_ = 0, to_ = 0;
};

class HttpServer : public httplib::Server {
 private:
  bool process_and_close_socket(socket_t socket) override;
};

}  // namespace train::app
