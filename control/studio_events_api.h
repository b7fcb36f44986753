// What happens on the channels, to whoever may see it, as server-sent events: the studio's wall and
// channel pages, and the tally of a camera. Holds the news (control/studio_news.h), looks at the
// database for them while somebody listens, and knows who does: an open page of a channel is its
// operator's presence there.
// Bounds: kMaxStreams in all, kMaxStreamsOfOne of one account or tally token; one look at the
// database at a time. One thread: the io_context's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "control/studio_news.h"
#include "control/studio_parts.h"
#include "control/tally_token.h"
#include "control/webhook/webhook_sender.h"
#include "core/node/recording_order.h"

namespace longmen {

class StudioEventsApi {
 public:
  static constexpr size_t kMaxStreams = 128;
  static constexpr size_t kMaxStreamsOfOne = 16;
  // A player that plays goes on when it expires; so long, an account that was disabled sees a feed.
  static constexpr std::chrono::minutes kPreviewTokenLife{15};
  static constexpr std::chrono::milliseconds kLookAgain{
      2'000};  // others may have changed something

  StudioEventsApi(boost::asio::io_context& io, StudioParts& parts);
  ~StudioEventsApi();
  void add_routes(HttpRouter& router);

  // What the node's processes tell.
  void take_node_state(const NodeState& node);
  void take_figures(std::string_view json);
  void take_recorder(const RecorderReport& report);
  bool has_feed(const std::string& channel) const;
  // Who sends what is on the board; outlives this.
  void tell(WebhookSender* sender) { sender_ = sender; }
  NoticeBoard& board();
  // Somebody changed what is shown.
  void changed();
  // Until stop(): a second's tick, and looks at the database.
  boost::asio::awaitable<void> run();
  // Ends every stream.
  void stop();
  void set_tally_key(std::string key) { tally_.set_key(std::move(key)); }

  class Hub;  // what the streams share with this, and may outlive it

 private:
  boost::asio::awaitable<HttpResponse> events(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> history(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> sound(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> preview_token(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> tally_link(Caller caller, HttpRequest request);
  boost::asio::awaitable<HttpResponse> tally(HttpRequest request);
  boost::asio::awaitable<Result<void>> look();
  bool tells_webhooks() const { return sender_ && sender_->has_webhooks(); }
  void wake_sender();
  // Nothing: it is there, and shown. Else what is answered.
  boost::asio::awaitable<std::optional<HttpResponse>> look_for(const std::string& channel);

  boost::asio::io_context& io_;
  StudioParts& parts_;
  TallyTokens tally_;
  std::shared_ptr<Hub> hub_;
  boost::asio::steady_timer timer_;
  WebhookSender* sender_ = nullptr;
  bool dirty_ = true;
  bool stopping_ = false;
};

}  // namespace longmen
