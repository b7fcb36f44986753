// Questions to another process of the node over a link, each with a number by which its answer is
// known and a deadline; none is asked twice. What the messages mean is the caller's. An answer that
// comes too late is handed to whoever wants to undo what it says.
// Bounds: kMaxOpenQuestions, as many of which a late answer is expected. One thread: the
// io_context's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/link.h"

namespace longmen {

inline constexpr size_t kMaxOpenQuestions = 1024;

class Questions : public std::enable_shared_from_this<Questions> {
 public:
  static constexpr std::chrono::milliseconds kDeadline{3'000};

  // `peer` for words: "relay". Of `answers`, which kinds of message are; others are ignored.
  Questions(boost::asio::io_context& io, std::string peer, std::vector<MessageKind> answers,
            std::chrono::milliseconds deadline);

  // Takes a new link; questions that are open on an earlier one have failed.
  void attach(std::shared_ptr<Link> link);
  bool attached() const { return link_ && link_->open(); }
  void close();

  uint64_t next_number() { return ++last_number_; }
  using OnLate = std::function<void(std::string_view answer)>;
  // `number` stands in `text` as "request". Failures, for a person: the other one is away, busy, or
  // does not answer.
  boost::asio::awaitable<Result<std::string>> ask(MessageKind kind, uint64_t number,
                                                  std::string text, OnLate on_late = nullptr);
  // Nobody waits for the answer.
  void tell(MessageKind kind, const std::string& text);

 private:
  struct Question;
  void on_message(MessageKind kind, std::string_view text);
  void link_lost(const Link* link);

  boost::asio::io_context& io_;
  std::string peer_;
  std::vector<MessageKind> answers_;
  std::chrono::milliseconds deadline_;
  std::shared_ptr<Link> link_;
  std::unordered_map<uint64_t, std::shared_ptr<Question>> open_;
  std::unordered_map<uint64_t, OnLate> late_;  // whose deadline has passed
  uint64_t last_number_ = 0;
};

}  // namespace longmen
