#include "gateway/signalling_client.h"

#include <spdlog/spdlog.h>

namespace longmen {

boost::asio::awaitable<Result<JoinAnswer>> SignallingClient::begin(MessageKind kind,
                                                                   uint64_t number,
                                                                   std::string text,
                                                                   std::string channel) {
  const auto undo = [weak = std::weak_ptr(questions_), channel](std::string_view late) {
    const auto questions = weak.lock();
    const auto answer = join_answer_from_json(late);
    if (!questions || !answer || answer->viewer.empty()) return;
    spdlog::warn("a session was begun too late channel={} session={}", channel, answer->viewer);
    questions->tell(MessageKind::kLeave,
                    to_json(LeaveRequest{questions->next_number(), channel, answer->viewer}));
  };
  auto answer = co_await questions_->ask(kind, number, std::move(text), undo);
  if (!answer) co_return tl::unexpected(answer.error());
  co_return join_answer_from_json(*answer);
}

boost::asio::awaitable<Result<JoinAnswer>> SignallingClient::restart_ice(
    IceRestartRequest request) {
  request.request = questions_->next_number();
  auto text = co_await questions_->ask(MessageKind::kRestartIce, request.request, to_json(request));
  if (!text) co_return tl::unexpected(text.error());
  co_return join_answer_from_json(*text);
}

boost::asio::awaitable<Result<LeaveAnswer>> SignallingClient::leave(LeaveRequest request) {
  request.request = questions_->next_number();
  auto text = co_await questions_->ask(MessageKind::kLeave, request.request, to_json(request));
  if (!text) co_return tl::unexpected(text.error());
  co_return leave_answer_from_json(*text);
}

}  // namespace longmen
