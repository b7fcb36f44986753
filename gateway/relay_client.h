// The gateway's questions to the relay: a viewer joins, restarts ICE, chooses, leaves. Keeps
// nothing about viewers. Bounds and thread: those of Questions.
#pragma once

#include "core/node/selection.h"
#include "gateway/signalling_client.h"

namespace longmen {

class RelayClient : public SignallingClient {
 public:
  explicit RelayClient(boost::asio::io_context& io,
                       std::chrono::milliseconds deadline = Questions::kDeadline);

  boost::asio::awaitable<Result<JoinAnswer>> join(JoinRequest request);
  boost::asio::awaitable<Result<SelectAnswer>> select(SelectRequest request);
};

}  // namespace longmen
