#include "gateway/questions.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "core/node/json_fields.h"

namespace longmen {
namespace asio = boost::asio;

struct Questions::Question {
  explicit Question(asio::io_context& io) : timer(io) {}
  asio::steady_timer timer;
  std::optional<std::string> answer;
  bool lost = false;
};

Questions::Questions(asio::io_context& io, std::string peer, std::vector<MessageKind> answers,
                     std::chrono::milliseconds deadline)
    : io_(io), peer_(std::move(peer)), answers_(std::move(answers)), deadline_(deadline) {}

void Questions::attach(std::shared_ptr<Link> link) {
  close();
  link_ = std::move(link);
  link_->start(
      [weak = weak_from_this()](MessageKind kind, ByteSpan body, UniqueFd) {
        if (const auto self = weak.lock()) self->on_message(kind, as_text(body));
      },
      [weak = weak_from_this(), lost = link_.get()] {
        if (const auto self = weak.lock()) self->link_lost(lost);
      });
}

void Questions::close() {
  if (!link_) return;
  link_->close();
  link_lost(link_.get());
}

void Questions::link_lost(const Link* link) {
  if (link != link_.get()) return;  // a newer one is in use
  link_.reset();
  late_.clear();
  for (const auto& [number, question] : open_) {
    question->lost = true;
    question->timer.cancel();
  }
}

asio::awaitable<Result<std::string>> Questions::ask(MessageKind kind, uint64_t number,
                                                    std::string text, OnLate on_late) {
  const auto self = shared_from_this();
  const std::string away = fmt::format("the {} is away; it is back within seconds", peer_);
  if (!attached()) co_return fail(away);
  if (open_.size() >= kMaxOpenQuestions) co_return fail("too many ask at once");
  auto question = std::make_shared<Question>(io_);
  question->timer.expires_after(deadline_);
  open_.emplace(number, question);
  if (!link_->send(kind, text)) {
    open_.erase(number);
    co_return fail(fmt::format("the {} takes no more requests just now", peer_));
  }
  boost::system::error_code woken;
  co_await question->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  open_.erase(number);
  if (question->answer) co_return std::move(*question->answer);
  if (!question->lost && on_late && late_.size() < kMaxOpenQuestions)
    late_.emplace(number, std::move(on_late));
  co_return fail(question->lost ? away : fmt::format("the {} does not answer in time", peer_));
}

void Questions::tell(MessageKind kind, const std::string& text) {
  if (attached()) link_->send(kind, text);
}

void Questions::on_message(MessageKind kind, std::string_view text) {
  if (std::ranges::find(answers_, kind) == answers_.end()) return;
  auto fields = JsonFields::parse(text);
  if (!fields)
    return spdlog::warn("an answer of the {} is malformed: {}", peer_, fields.error().message);
  uint64_t number = 0;
  fields->read("request", number);
  if (const auto found = open_.find(number); found != open_.end() && !found->second->answer) {
    found->second->answer = std::string(text);
    found->second->timer.cancel();
  } else if (auto late = late_.extract(number)) {
    late.mapped()(text);
  }
}

}  // namespace longmen
