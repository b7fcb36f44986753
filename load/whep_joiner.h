// The HTTP side of joining and leaving: POSTs offers and DELETEs sessions over a bounded number of
// kept HTTP/1.1 connections. The time of an answer counts from the POST's start; when all
// connections are busy a request waits, and how long is told too: a wait that grows means that the
// joins measured are no longer as many a second as were asked for.
// Bounds: kMaxAnswerBytes, the deadline of a request, `connections`. One thread, that of `io`.
// Source: draft-ietf-wish-whep, RFC 9112 §9.3.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/time/media_time.h"
#include "load/load_target.h"

namespace longmen {

inline constexpr size_t kMaxAnswerBytes = 64 << 10;
inline constexpr std::chrono::seconds kHttpDeadline{10};

struct WhepReply {
  int status = 0;  // 0: none came; `problem` says why
  std::string problem;
  std::string content;
  std::string location;
  Monotonic asked;     // when it was handed over
  Monotonic begun;     // when a connection was free
  Monotonic answered;  // when the whole answer was there
};

class WhepJoiner {
 public:
  using Done = std::function<void(WhepReply)>;

  WhepJoiner(boost::asio::io_context& io, LoadTarget target, int connections);
  ~WhepJoiner();
  WhepJoiner(const WhepJoiner&) = delete;
  WhepJoiner& operator=(const WhepJoiner&) = delete;

  void join(std::string offer, Done done);
  // `location` as the answer gave it. One that points to another server is not followed.
  void leave(const std::string& location, Done done);
  size_t under_way() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // connections outlive a joiner that is dropped
};

}  // namespace longmen
