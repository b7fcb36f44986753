// A pull by SRT: this node calls, and takes the transport stream that the other side sends.
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

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
        stream_("srt pull " + url.shown(), metrics, program_of(pull)),
        silence_(io, [this] { end("nothing came for too long"); }),
        resolver_(io),
        engine_(io, engine_handlers()) {
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
  ~SrtPull() override { *alive_ = false; }

 private:
  static std::optional<uint16_t> program_of(const PullConfig& pull) {
    if (pull.program == 0) return std::nullopt;
    return static_cast<uint16_t>(pull.program);
  }

  SrtEngine::Handlers engine_handlers() {
    SrtEngine::Handlers handlers;
    handlers.connected = [this](SrtEngine::SocketId) { silence_.begin(); };
    handlers.received = [this](SrtEngine::SocketId, ByteSpan bytes, Monotonic arrival, bool gap) {
      if (ended_) return;
      Publication* publication = handlers_.place();
      if (!publication) return end("the channel has another feed");
      if (gap) stream_.lose();
      switch (stream_.push(bytes, arrival, *publication)) {
        case TsFeed::Taken::kMedia:
          return silence_.broken();
        case TsFeed::Taken::kUnsupported:
          return end("its codec is not supported");
        case TsFeed::Taken::kNothing:
          return;
      }
    };
    handlers.measured = [this](SrtEngine::SocketId, const PathHealth& health) {
      if (Publication* publication = ended_ ? nullptr : handlers_.place())
        publication->measured(health);
    };
    handlers.closed = [this](SrtEngine::SocketId, const std::string& why) { end(why); };
    return handlers;
  }

  void resolved(const udp::endpoint& endpoint) {
    const auto to = Address::from_text(endpoint.address().to_string(), endpoint.port());
    if (!to) return end(to.error().message);
    call_.to = *to;
    if (engine_.call(call_) < 0) end("no SRT socket is left");
  }

  void end(const std::string& why) {
    if (!std::exchange(ended_, true)) handlers_.ended(why, false);
  }

  PullHandlers handlers_;
  TsFeed stream_;
  SilenceTimer silence_;
  udp::resolver resolver_;
  SrtCall call_;
  bool ended_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  SrtEngine engine_;  // last: it calls the rest
};

}  // namespace

std::unique_ptr<PullSource> make_srt_pull(boost::asio::io_context& io, const PullConfig& pull,
                                          const PullUrl& url, IngestMetrics& metrics,
                                          PullHandlers handlers) {
  return std::make_unique<SrtPull>(io, pull, url, metrics, std::move(handlers));
}

}  // namespace longmen
