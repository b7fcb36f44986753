// libsrt in this process: its listener, its calls, and all of its sockets, on a thread of their
// own. The role's thread never calls into libsrt, so that nothing that libsrt waits for makes the
// role wait; libsrt's threads never call into the role, but for the question whether a sender may
// come in, which is answered on the role's thread while the handshake waits (kAnswerWithin at most;
// then the sender is told that the server is overloaded, and tries again). It knows no stream key
// and no transport stream: what came is handed over as bytes with their arrival. libsrt owns jitter
// and repair: bytes come in order, at the sender's pace plus the latency; what did not come in time
// is missing. Bounds: kMaxWaitingBytes of a socket wait for the role's thread (more: discarded, and
// told with the next bytes as `gap`); libsrt keeps up to 12 MB a socket. Threads: own; every
// function from the io_context's, where all handlers run. Source: draft-sharabayko-srt; libsrt's
// API documentation.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/base/address.h"
#include "core/time/media_time.h"
#include "ingest/ingest_metrics.h"
#include "net/unique_fd.h"

namespace longmen {

// What a sender is told in the handshake when it may not come in: libsrt's SRT_REJX_… codes.
enum class SrtRejection : int {
  kNone = 0,
  kBadRequest = 1400,
  kUnauthorized = 1401,
  kOverload = 1402,
  kNotFound = 1404,
  kBadMode = 1405,
  kConflict = 1409,
  kNotSupportedMedia = 1415,
};

struct SrtVerdict {
  SrtRejection rejection = SrtRejection::kNone;
  std::string passphrase;  // that it has to encrypt with; empty: not encrypted
  std::chrono::milliseconds latency{120};
};

struct SrtCall {
  Address to;
  std::string stream_id;
  std::string passphrase;
  std::chrono::milliseconds latency{200};
};

class SrtEngine {
 public:
  static constexpr std::chrono::milliseconds kAnswerWithin{1000};
  static constexpr size_t kMaxWaitingBytes = 16 << 20;
  static constexpr std::chrono::seconds kMeasureEvery{1};

  using SocketId = int;
  struct Handlers {
    // Whether a sender may come in; asked once for each handshake. It has come in when accepted()
    // is called with the same id, which never happens if its passphrase is wrong.
    std::function<SrtVerdict(SocketId, const Address& from, const std::string& stream_id)> asked;
    std::function<void(SocketId, const Address& from, const std::string& stream_id)> accepted;
    std::function<void(SocketId)> connected;  // a call of ours
    // `gap`: bytes before these were discarded here.
    std::function<void(SocketId, ByteSpan bytes, Monotonic arrival, bool gap)> received;
    std::function<void(SocketId, const PathHealth&)> measured;
    // Also of calls that were not answered or refused. Nothing comes from it afterwards.
    std::function<void(SocketId, const std::string& why)> closed;
  };

  SrtEngine(boost::asio::io_context& io, Handlers handlers);
  ~SrtEngine();
  SrtEngine(const SrtEngine&) = delete;
  SrtEngine& operator=(const SrtEngine&) = delete;

  // `socket` is a bound UDP socket, which libsrt owns from then on. Once.
  void listen(UniqueFd socket);
  // No handler runs from here on, and the object may be destroyed by any thread (which waits for
  // its own one).
  void quiet();
  // No more senders; those who are in stay.
  void stop_listening();
  // The id of what connected() or closed() will tell of; negative when there are no sockets left.
  SocketId call(SrtCall call);
  void close(SocketId id);

 private:
  class State;
  std::shared_ptr<State> state_;
  bool quiet_ = false;
};

}  // namespace longmen
