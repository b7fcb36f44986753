#include "gateway/relay_client.h"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/node/json_fields.h"

namespace longmen {
namespace asio = boost::asio;

struct RelayClient::Question {
  explicit Question(asio::io_context& io) : timer(io) {}
  asio::steady_timer timer;
  std::optional<std::string> answer;
  bool lost = false;
};

RelayClient::RelayClient(asio::io_context& io, std::chrono::milliseconds deadline)
    : io_(io), deadline_(deadline) {}

void RelayClient::attach(std::shared_ptr<Link> link) {
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

void RelayClient::close() {
  if (!link_) return;
  link_->close();
  link_lost(link_.get());
}

void RelayClient::link_lost(const Link* link) {
  if (link != link_.get()) return;  // a newer one is in use
  link_.reset();
  for (const auto& [number, question] : open_) {
    question->lost = true;
    question->timer.cancel();
  }
}

asio::awaitable<Result<JoinAnswer>> RelayClient::join(JoinRequest request) {
  request.request = ++last_number_;
  auto text = co_await ask(MessageKind::kJoin, request.request, to_json(request));
  if (!text) co_return tl::unexpected(text.error());
  co_return join_answer_from_json(*text);
}

asio::awaitable<Result<JoinAnswer>> RelayClient::restart_ice(IceRestartRequest request) {
  request.request = ++last_number_;
  auto text = co_await ask(MessageKind::kRestartIce, request.request, to_json(request));
  if (!text) co_return tl::unexpected(text.error());
  co_return join_answer_from_json(*text);
}

asio::awaitable<Result<SelectAnswer>> RelayClient::select(SelectRequest request) {
  request.request = ++last_number_;
  auto text = co_await ask(MessageKind::kSelect, request.request, to_json(request));
  if (!text) co_return tl::unexpected(text.error());
  co_return select_answer_from_json(*text);
}

asio::awaitable<Result<LeaveAnswer>> RelayClient::leave(LeaveRequest request) {
  request.request = ++last_number_;
  auto text = co_await ask(MessageKind::kLeave, request.request, to_json(request));
  if (!text) co_return tl::unexpected(text.error());
  co_return leave_answer_from_json(*text);
}

asio::awaitable<Result<std::string>> RelayClient::ask(MessageKind kind, uint64_t number,
                                                      std::string text) {
  const auto self = shared_from_this();
  if (!attached()) co_return fail("the relay is away; it is back within seconds");
  if (open_.size() >= kMaxOpenQuestions) co_return fail("too many viewers join at once");
  auto question = std::make_shared<Question>(io_);
  question->timer.expires_after(deadline_);
  open_.emplace(number, question);
  if (!link_->send(kind, text)) {
    open_.erase(number);
    co_return fail("the relay takes no more requests just now");
  }
  boost::system::error_code woken;
  co_await question->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  open_.erase(number);
  if (question->answer) co_return std::move(*question->answer);
  co_return fail(question->lost ? "the relay is away; it is back within seconds"
                                : "the relay does not answer in time");
}

void RelayClient::on_message(MessageKind kind, std::string_view text) {
  if (kind != MessageKind::kJoined && kind != MessageKind::kLeft &&
      kind != MessageKind::kIceRestarted && kind != MessageKind::kSelected)
    return;
  auto fields = JsonFields::parse(text);
  if (!fields) return spdlog::warn("the relay's answer is malformed: {}", fields.error().message);
  uint64_t number = 0;
  fields->read("request", number);
  if (const auto found = open_.find(number); found != open_.end() && !found->second->answer) {
    found->second->answer = std::string(text);
    found->second->timer.cancel();
    return;
  }
  LeaveRequest leave;
  fields->read("viewer", leave.viewer);
  if (kind != MessageKind::kJoined || leave.viewer.empty() || !attached()) return;
  spdlog::warn("the relay answered a join too late viewer={}", leave.viewer);
  leave.request = ++last_number_;
  link_->send(MessageKind::kLeave, to_json(leave));
}

}  // namespace longmen
