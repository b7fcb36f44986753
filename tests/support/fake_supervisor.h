// The supervisor's end of a role's link: starts the role's main function on a thread, tells it what
// the test wants told, and keeps what it says.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "net/link.h"
#include "tests/net/loopback.h"

namespace longmen::test {

class FakeSupervisor {
 public:
  explicit FakeSupervisor(std::function<int(UniqueFd)> role_main) {
    auto ends = Link::pair();
    EXPECT_TRUE(ends);
    thread_.run([&] {
      link_ = std::make_shared<Link>(thread_.io(), std::move(ends->first));
      link_->start([this](MessageKind kind, ByteSpan body,
                          UniqueFd) { heard(kind, std::string(as_text(body))); },
                   [] {});
    });
    role_ = std::thread(
        [this, role_main, end = ends->second.release()] { exit_code_ = role_main(UniqueFd(end)); });
  }
  ~FakeSupervisor() {
    if (role_.joinable()) stop();
    thread_.run([this] { link_->close(); });
    thread_.stop();
  }

  // What answers the role's messages from now on; it is called on the io thread.
  void answer_by(std::function<void(MessageKind, const std::string&)> answer) {
    thread_.run([&] { answer_ = std::move(answer); });
  }

  void tell(MessageKind kind, std::string text, UniqueFd descriptor = {}) {
    thread_.run([&] { link_->send(kind, as_bytes(text), std::move(descriptor)); });
  }
  void tell_bytes(MessageKind kind, const Bytes& body) { link_->send(kind, body); }
  void configure(boost::json::object node, boost::json::array channels = {}) {
    tell(MessageKind::kConfigure,
         boost::json::serialize(boost::json::object{
             {"version", 1}, {"node", std::move(node)}, {"channels", std::move(channels)}}));
  }
  void listen(const std::string& name, UniqueFd socket) {
    tell(MessageKind::kListen, boost::json::serialize(boost::json::object{{"name", name}}),
         std::move(socket));
  }
  // The first message of that kind; the test fails when none comes in time.
  std::string wait_for(MessageKind kind, size_t count = 1) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kPatienceSeconds);
    while (std::chrono::steady_clock::now() < deadline) {
      std::string text;
      const bool there = thread_.run([&] {
        const auto found = heard_.find(kind);
        if (found == heard_.end() || found->second.size() < count) return false;
        text = found->second[count - 1];
        return true;
      });
      if (there) return text;
      std::this_thread::yield();
    }
    ADD_FAILURE() << "no message of kind " << static_cast<int>(kind);
    return "";
  }
  size_t count(MessageKind kind) {
    return thread_.run([&] { return heard_[kind].size(); });
  }
  int stop() {
    tell(MessageKind::kStop, "");
    return wait_for_end();
  }
  int wait_for_end() {
    role_.join();
    return exit_code_;
  }
  IoThread& thread() { return thread_; }

 private:
  void heard(MessageKind kind, std::string text) {
    if (answer_) answer_(kind, text);
    if (kind != MessageKind::kAlive) heard_[kind].push_back(std::move(text));
  }

  IoThread thread_;
  std::shared_ptr<Link> link_;
  std::function<void(MessageKind, const std::string&)> answer_;
  std::map<MessageKind, std::vector<std::string>> heard_;
  std::thread role_;
  int exit_code_ = -1;
};

}  // namespace longmen::test
