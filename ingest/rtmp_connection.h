// One connection of a sender that speaks RTMP, by TCP or behind TLS: moves bytes between it and
// rtmp::ServerSession, asks Feeds whether it may publish, fills the feed, and says the protocol's
// own words when it may not. Every step has a deadline. A connection that ends by our will is
// closed gently: what was said is sent, and the peer's bytes are read away until it hangs up or
// lingering is over, lest a reset swallow the words.
// Bounds: RtmpDeadlines, kReadBytes at a time, those of ServerSession. One thread.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "core/rtmp/flv_feed.h"
#include "core/rtmp/server_session.h"
#include "ingest/feeds.h"
#include "ingest/sender_listener.h"

namespace longmen {

struct RtmpDeadlines {
  std::chrono::milliseconds handshake{5000};
  std::chrono::milliseconds publish{10000};  // from the handshake's, or a publication's, end
  std::chrono::milliseconds silence{10000};  // without an audio or video message
  std::chrono::milliseconds linger{1000};
};

class RtmpConnection : public SenderConnection,
                       public std::enable_shared_from_this<RtmpConnection> {
 public:
  RtmpConnection(boost::asio::io_context& io, SenderListener::Accepted accepted, Feeds& feeds,
                 IngestMetrics& metrics, const RtmpDeadlines& deadlines);

  boost::asio::awaitable<void> run() override;
  // Any publication is ended by now; says why to the sender and closes.
  void cut(CutReason reason);
  void abort() override;

 private:
  boost::asio::awaitable<void> converse();
  boost::asio::awaitable<void> linger();
  void handle(rtmp::SessionEvent event, Monotonic now);
  void on_publish(const rtmp::PublishRequested& request, Monotonic now);
  void on_media(const rtmp::MediaMessage& message, Monotonic now);
  void on_closed(const rtmp::SessionClosed& closed);
  void refuse_codec(const rtmp::MediaMessage& message, const std::string& codec);
  void set_deadline(std::chrono::milliseconds from_now);
  void watch();
  void on_deadline();

  std::shared_ptr<ByteStream> stream_;
  int descriptor_;
  boost::asio::ip::tcp::endpoint peer_;
  const char* protocol_;  // "rtmp", "rtmps"
  std::string sender_;
  Feeds& feeds_;
  IngestMetrics& metrics_;
  RtmpDeadlines deadlines_;
  rtmp::ServerSession session_;
  std::string encoder_;
  std::optional<rtmp::FlvFeed> flv_;
  std::unique_ptr<Publication> publication_;
  bool ever_published_ = false;
  boost::asio::steady_timer timer_;
  Monotonic deadline_;
  bool overdue_ = false;
};

}  // namespace longmen
