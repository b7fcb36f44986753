#include "gateway/relay_client.h"

namespace longmen {

RelayClient::RelayClient(boost::asio::io_context& io, std::chrono::milliseconds deadline)
    : SignallingClient(std::make_shared<Questions>(
          io, "relay",
          std::vector{MessageKind::kJoined, MessageKind::kLeft, MessageKind::kIceRestarted,
                      MessageKind::kSelected},
          deadline)) {}

boost::asio::awaitable<Result<JoinAnswer>> RelayClient::join(JoinRequest request) {
  request.request = questions().next_number();
  co_return co_await begin(MessageKind::kJoin, request.request, to_json(request), request.channel);
}

boost::asio::awaitable<Result<SelectAnswer>> RelayClient::select(SelectRequest request) {
  request.request = questions().next_number();
  auto text = co_await questions().ask(MessageKind::kSelect, request.request, to_json(request));
  if (!text) co_return tl::unexpected(text.error());
  co_return select_answer_from_json(*text);
}

}  // namespace longmen
