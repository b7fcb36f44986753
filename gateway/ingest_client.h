// The gateway's questions to ingest: a WHIP sender comes in, restarts ICE, leaves. Keeps nothing
// about senders. Bounds and thread: those of Questions.
#pragma once

#include "core/node/publish.h"
#include "gateway/signalling_client.h"

namespace longmen {

class IngestClient : public SignallingClient {
 public:
  explicit IngestClient(boost::asio::io_context& io,
                        std::chrono::milliseconds deadline = Questions::kDeadline);

  boost::asio::awaitable<Result<JoinAnswer>> publish(PublishRequest request);
};

}  // namespace longmen
