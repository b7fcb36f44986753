// A pull by SRT: this node calls, and takes the transport stream that the other side sends.
#include <boost/asio/ip/udp.hpp>
#include <memory>
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
      : handlers_(std::move(handlers)),
        stream_("srt pull " + url.shown(), pull.channel, metrics, pull.program),
        silence_(io, [this] { end("nothing came for too long"); }),
        resolver_(io),
        engine_(std::make_shared<SrtEngine>(io, engine_handlers())) {
    call_.stream_id = pull.stream_id;
    call_.passphrase = pull.passphrase;
    call_.latency = std::chrono::milliseconds(pull.latency_ms);
    resolver_.async_resolve(url.host, std::to_string(url.port),
                            [this, alive = alive_](boost::system::error_code error,
                                                   const udp::resolver::results_type& found) {
                              if (!*alive) return;
                              if (error || found.empty())
                                return end("the name is not found: " + error.message());
                              resolved(found.begin()->endpoint());
                            });
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
    handlers.connected = [this](SrtEngine::SocketId) { silence_.begin(); };
    handlers.received = [this](SrtEngine::SocketId, ByteSpan bytes, Monotonic arrival, bool gap) {
      if (ended_) return;
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
    handlers.measured = [this](SrtEngine::SocketId, const PathHealth& health) {
      if (publication_ && !ended_) publication_->measured(health);
    };
    handlers.closed = [this](SrtEngine::SocketId, const std::string& why) { end(why); };
    return handlers;
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

  PullHandlers handlers_;
  TsFeed stream_;
  SilenceTimer silence_;
  udp::resolver resolver_;
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
