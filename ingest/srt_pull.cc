// A pull by SRT: this node calls, or waits at a port of its own to be called, and takes the
// transport stream that the other side sends. Who calls a port that is for one source needs no
// stream key: its passphrase, and its stream id when one is asked for, are what it has to know. One
// at a time.
#include <boost/asio/ip/udp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ingest/farewells.h"
#include "ingest/pull_source.h"
#include "ingest/silence_timer.h"
#include "ingest/srt_engine.h"
#include "ingest/ts_feed.h"

namespace longmen {
namespace {

using boost::asio::ip::udp;

class SrtPull : public PullSource {
 public:
  SrtPull(boost::asio::io_context& io, const PullConfig& pull, const PullUrl& url,
          IngestMetrics& metrics, PullHandlers handlers)
      : metrics_(metrics),
        handlers_(std::move(handlers)),
        stream_("srt pull " + url.shown(), pull.channel, metrics, pull.program),
        silence_(io, [this] { end("nothing came for too long"); }),
        resolver_(io),
        engine_(std::make_shared<SrtEngine>(io, engine_handlers())) {
    call_.stream_id = pull.stream_id;
    call_.passphrase = pull.passphrase;
    call_.latency = std::chrono::milliseconds(pull.latency_ms);
    url.listens ? listen(io, url) : resolve(url);
  }
  // Its thread may be waiting for libsrt.
  ~SrtPull() override {
    *alive_ = false;
    engine_->quiet();
    Farewells::say([engine = std::move(engine_)]() mutable { engine.reset(); });
  }

 private:
  SrtEngine::Handlers engine_handlers() {
    SrtEngine::Handlers handlers;
    handlers.asked = [this](SrtEngine::SocketId, const Address&, const std::string& stream_id) {
      return asked(stream_id);
    };
    handlers.accepted = [this](SrtEngine::SocketId id, const Address&, const std::string&) {
      if (peer_ || ended_) return engine_->close(id);
      peer_ = id;
      silence_.begin();
    };
    handlers.connected = [this](SrtEngine::SocketId id) {
      peer_ = id;
      silence_.begin();
    };
    handlers.received = [this](SrtEngine::SocketId id, ByteSpan bytes, Monotonic arrival,
                               bool gap) {
      if (ended_ || id != peer_) return;
      if (gap) stream_.lose();
      switch (stream_.push(bytes, arrival, [this] { return publication_ = handlers_.place(); })) {
        case TsFeed::Taken::kMedia:
          return silence_.broken();
        case TsFeed::Taken::kUnsupported:
          return end("its codec is not supported");
        case TsFeed::Taken::kNoPlace:
          return end("the channel has another feed");
        case TsFeed::Taken::kNothing:
          return;
      }
    };
    handlers.measured = [this](SrtEngine::SocketId id, const PathHealth& health) {
      if (publication_ && !ended_ && id == peer_) publication_->measured(health);
    };
    handlers.closed = [this](SrtEngine::SocketId id, const std::string& why) {
      if (!peer_ || id == peer_) end(why);
    };
    return handlers;
  }

  SrtVerdict asked(const std::string& stream_id) {
    if (peer_ || ended_) return {SrtRejection::kConflict, {}, {}};
    if (!call_.stream_id.empty() && stream_id != call_.stream_id) {
      metrics_.refused(RefusalReason::kWrongKey);
      return {SrtRejection::kUnauthorized, {}, {}};
    }
    return {SrtRejection::kNone, call_.passphrase, call_.latency};
  }

  void resolve(const PullUrl& url) {
    resolver_.async_resolve(url.host, std::to_string(url.port),
                            [this, alive = alive_](boost::system::error_code error,
                                                   const udp::resolver::results_type& found) {
                              if (!*alive) return;
                              if (error || found.empty())
                                return end("the name is not found: " + error.message());
                              resolved(found.begin()->endpoint());
                            });
  }
  void listen(boost::asio::io_context& io, const PullUrl& url) {
    boost::system::error_code error;
    const udp::endpoint at(boost::asio::ip::make_address(url.host, error),
                           static_cast<uint16_t>(url.port));
    udp::socket socket(io);
    if (!error) socket.open(at.protocol(), error);
    // The one before may still be closing.
    if (!error) socket.set_option(udp::socket::reuse_address(true), error);
    if (!error) socket.bind(at, error);
    if (error) return end(url.shown() + " cannot be bound: " + error.message());
    engine_->listen(UniqueFd(socket.release(error)));
  }

  void resolved(const udp::endpoint& endpoint) {
    const auto to = Address::from_text(endpoint.address().to_string(), endpoint.port());
    if (!to) return end(to.error().message);
    call_.to = *to;
    if (engine_->call(call_) < 0) end("no SRT socket is left");
  }

  void end(const std::string& why) {
    if (!std::exchange(ended_, true)) handlers_.ended(why, false);
  }

  IngestMetrics& metrics_;
  PullHandlers handlers_;
  TsFeed stream_;
  SilenceTimer silence_;
  udp::resolver resolver_;
  std::optional<SrtEngine::SocketId> peer_;  // who is connected
  SrtCall call_;
  Publication* publication_ = nullptr;  // once media has come
  bool ended_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::shared_ptr<SrtEngine> engine_;
};

}  // namespace

std::unique_ptr<PullSource> make_srt_pull(boost::asio::io_context& io, const PullConfig& pull,
                                          const PullUrl& url, IngestMetrics& metrics,
                                          PullHandlers handlers) {
  return std::make_unique<SrtPull>(io, pull, url, metrics, std::move(handlers));
}

}  // namespace longmen
