// For tests with real sockets on this machine alone: listening sockets on ports that the kernel
// chooses, and a client that says exactly the bytes that the test says, however wrong, with a bound
// on every wait.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>

#include "net/unique_fd.h"

namespace longmen::test {

inline constexpr int kPatienceSeconds = 10;  // a test that waits longer has failed

struct Listening {
  UniqueFd socket;
  uint16_t port = 0;
};

inline Listening listen_on_loopback() {
  Listening listening;
  listening.socket = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listening.socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listening.socket.get(), 64), 0);
  ::getsockname(listening.socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  listening.port = ntohs(address.sin_port);
  return listening;
}

inline UniqueFd listen_on_abstract(const std::string& name) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(socket.get(), 64), 0);
  return socket;
}

// An io_context on a thread of its own, ended with the object.
class IoThread {
 public:
  IoThread() : work_(io_.get_executor()), thread_([this] { io_.run(); }) {
    std::signal(SIGPIPE, SIG_IGN);  // as in every process of ours
  }
  ~IoThread() { stop(); }
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  boost::asio::io_context& io() { return io_; }
  // Runs it on the thread and waits for its end.
  template <class Function>
  auto run(Function function) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto done = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return done.get();
  }
  // Between what the test's thread and handlers do with shared data. A request and its response
  // order them already, but the thread sanitizer does not see what goes through the kernel.
  void meet() {
    run([] {});
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

// Says bytes, reads bytes.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{kPatienceSeconds, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  int descriptor() const { return socket_.get(); }
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // Until the peer closes (or the patience is over: closed() tells).
  std::string read_to_end() {
    while (read_some()) {
    }
    return std::exchange(received_, {});
  }
  // Until `end` was read; what is behind it is kept for the next call.
  std::string read_until(std::string_view end) {
    for (;;) {
      if (const size_t found = received_.find(end); found != std::string::npos) {
        std::string text = received_.substr(0, found + end.size());
        received_.erase(0, text.size());
        return text;
      }
      if (!read_some()) return std::exchange(received_, {});
    }
  }
  // One response whose body has a Content-Length; `head`: it has no body all the same.
  std::string read_response(bool head = false) {
    std::string text = read_until("\r\n\r\n");
    const size_t found = text.find("Content-Length: ");
    if (found == std::string::npos || head) return text;
    const size_t bytes = std::stoul(text.substr(found + 16));
    while (received_.size() < bytes && read_some()) {
    }
    text += received_.substr(0, bytes);
    received_.erase(0, bytes);
    return text;
  }
  bool closed() const { return closed_; }

 private:
  bool read_some() {
    char buffer[16384];
    const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) {
      closed_ = got == 0 || errno == ECONNRESET;
      return false;
    }
    received_.append(buffer, static_cast<size_t>(got));
    return true;
  }

  UniqueFd socket_;
  std::string received_;
  bool connected_ = false;
  bool closed_ = false;
};

inline int status_of(std::string_view response) {
  return response.size() > 12 && response.starts_with("HTTP/1.1 ")
             ? std::stoi(std::string(response.substr(9, 3)))
             : 0;
}

}  // namespace longmen::test
