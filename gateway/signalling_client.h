// What the gateway asks of a process with which a peer has a WebRTC session, the relay of a
// viewer's or ingest of a sender's: an ICE restart, and the end. A session whose beginning is
// answered too late is ended again, so that nobody keeps what no one knows. Keeps nothing about
// sessions. Bounds and thread: those of Questions.
#pragma once

#include "core/node/ice_restart.h"
#include "core/node/join.h"
#include "gateway/questions.h"

namespace longmen {

class SignallingClient {
 public:
  void attach(std::shared_ptr<Link> link) { questions_->attach(std::move(link)); }
  bool attached() const { return questions_->attached(); }
  void close() { questions_->close(); }

  // Failures, for a person: as Questions::ask().
  boost::asio::awaitable<Result<JoinAnswer>> restart_ice(IceRestartRequest request);
  boost::asio::awaitable<Result<LeaveAnswer>> leave(LeaveRequest request);

 protected:
  explicit SignallingClient(std::shared_ptr<Questions> questions)
      : questions_(std::move(questions)) {}
  ~SignallingClient() = default;

  Questions& questions() { return *questions_; }
  // Asks for a session of that channel, which a JoinAnswer gives.
  boost::asio::awaitable<Result<JoinAnswer>> begin(MessageKind kind, uint64_t number,
                                                   std::string text, std::string channel);

 private:
  std::shared_ptr<Questions> questions_;
};

}  // namespace longmen
