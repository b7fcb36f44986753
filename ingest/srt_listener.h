// Senders that come in by SRT: reads their stream id, asks Feeds whether they may publish while
// their handshake waits, says the protocol's own code when they may not, demands the passphrase of
// their key, and fills the feed from their transport stream. One who is let in and does not come
// has the wrong passphrase, and counts as one with a wrong key. After the handshake SRT has no
// words: who is cut is hung up on. Bounds: max_connections, kMaxExpected handshakes that are not
// finished; SrtDeadlines. One thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>

#include "config/ingest_config.h"
#include "ingest/srt_engine.h"
#include "ingest/ts_feed.h"

namespace longmen {

struct SrtDeadlines {
  std::chrono::milliseconds admitted{4000};  // from the answer to the connection
  std::chrono::milliseconds silence{10000};  // without an access unit
};

class SrtListener {
 public:
  static constexpr size_t kMaxExpected = 256;

  SrtListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
              SrtDeadlines deadlines = {});
  ~SrtListener();

  void configure(const SrtConfig& config);
  // `socket` is a bound UDP socket. Once.
  void start(UniqueFd socket);
  // Lets nobody in any more; connections stay.
  void stop();

  size_t connections() const { return connections_.size(); }

 private:
  using SocketId = SrtEngine::SocketId;
  struct Expected {
    Publisher publisher;
    Address from;
    Monotonic until;
  };
  struct Connection {
    std::string sender;
    std::unique_ptr<Publication> publication;
    TsFeed stream;
    Monotonic deadline;
  };

  SrtVerdict asked(SocketId id, const Address& from, const std::string& stream_id);
  void accepted(SocketId id, const Address& from, const std::string& stream_id);
  void received(SocketId id, ByteSpan bytes, Monotonic arrival, bool gap);
  void closed(SocketId id, const std::string& why);
  void end(SocketId id);
  Publisher publisher_of(SocketId id, const Address& from, bool takes_over);
  void watch();
  void check_deadlines();

  boost::asio::io_context& io_;
  Feeds& feeds_;
  IngestMetrics& metrics_;
  SrtDeadlines deadlines_;
  SrtConfig config_;
  boost::asio::steady_timer timer_;
  std::map<SocketId, Expected> expected_;
  std::map<SocketId, Connection> connections_;
  bool full_ = false;  // and the log says so
  Monotonic say_again_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<SrtEngine> engine_;  // from start() on; last: it calls the rest
};

}  // namespace longmen
