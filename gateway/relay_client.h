// The gateway's questions to the relay: a viewer joins, restarts ICE, chooses, leaves. Each has a
// deadline; a question is never asked twice. A viewer whose join is answered too late is sent away
// again, so that the relay keeps nobody whom no one knows. Keeps nothing about viewers. Bounds:
// kMaxOpenQuestions. One thread: the io_context's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/node/ice_restart.h"
#include "core/node/join.h"
#include "core/node/selection.h"
#include "net/link.h"

namespace longmen {

inline constexpr size_t kMaxOpenQuestions = 1024;

class RelayClient : public std::enable_shared_from_this<RelayClient> {
 public:
  static constexpr std::chrono::milliseconds kDeadline{3'000};

  explicit RelayClient(boost::asio::io_context& io, std::chrono::milliseconds deadline = kDeadline);

  // Takes a new link; questions that are open on an earlier one have failed.
  void attach(std::shared_ptr<Link> link);
  bool attached() const { return link_ && link_->open(); }
  void close();

  // Failures, for a person: the relay is away, busy, or does not answer.
  boost::asio::awaitable<Result<JoinAnswer>> join(JoinRequest request);
  boost::asio::awaitable<Result<JoinAnswer>> restart_ice(IceRestartRequest request);
  boost::asio::awaitable<Result<SelectAnswer>> select(SelectRequest request);
  boost::asio::awaitable<Result<LeaveAnswer>> leave(LeaveRequest request);

 private:
  struct Question;
  boost::asio::awaitable<Result<std::string>> ask(MessageKind kind, uint64_t number,
                                                  std::string text);
  void on_message(MessageKind kind, std::string_view text);
  void link_lost(const Link* link);

  boost::asio::io_context& io_;
  std::chrono::milliseconds deadline_;
  std::shared_ptr<Link> link_;
  std::unordered_map<uint64_t, std::shared_ptr<Question>> open_;
  uint64_t last_number_ = 0;
};

}  // namespace longmen
