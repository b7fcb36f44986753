#include "gateway/ingest_client.h"

namespace longmen {

IngestClient::IngestClient(boost::asio::io_context& io, std::chrono::milliseconds deadline)
    : SignallingClient(std::make_shared<Questions>(
          io, "ingest",
          std::vector{MessageKind::kPublished, MessageKind::kLeft, MessageKind::kIceRestarted},
          deadline)) {}

boost::asio::awaitable<Result<JoinAnswer>> IngestClient::publish(PublishRequest request) {
  request.request = questions().next_number();
  co_return co_await begin(MessageKind::kPublish, request.request, to_json(request),
                           request.channel);
}

}  // namespace longmen
