// One connection of a sender that pushes by RTSP, by TCP or behind TLS: moves bytes between it and
// rtsp::RecordSession, asks Feeds whether it may publish, and fills the feed with what
// rtsp::RecordMedia makes of the packets, which come by this connection or by UDP ports of their
// own. Every step has a deadline. A connection that ends by our will is closed gently, as with
// RTMP. Bounds: RtspSettings, kReadBytes at a time, those of its parts. One thread.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "core/rtsp/record_media.h"
#include "core/rtsp/record_session.h"
#include "ingest/feeds.h"
#include "ingest/rtp_port_pair.h"
#include "ingest/sender_listener.h"

namespace longmen {

struct RtspSettings {
  std::chrono::milliseconds handshake{5000};
  std::chrono::milliseconds publish{10000};  // from the handshake's end to RECORD
  std::chrono::milliseconds silence{10000};  // without a packet of RTP
  std::chrono::milliseconds linger{1000};
  std::chrono::milliseconds reordering{200};  // that is waited for, by UDP
  bool udp = true;
  RtpPortPair::Range udp_ports;
};

class RtspConnection : public SenderConnection,
                       public std::enable_shared_from_this<RtspConnection> {
 public:
  RtspConnection(boost::asio::io_context& io, SenderListener::Accepted accepted, Feeds& feeds,
                 IngestMetrics& metrics, const RtspSettings& settings);

  boost::asio::awaitable<void> run() override;
  void abort() override;

 private:
  boost::asio::awaitable<void> converse();
  boost::asio::awaitable<void> linger();
  void handle(const rtsp::Request& request, Monotonic now);
  void on_publish(const rtsp::RecordSession::PublishAsked& asked, Monotonic now);
  void on_udp(const rtsp::RecordSession::UdpAsked& asked);
  void on_record(Monotonic now);
  void refuse(const PublishRefusal& refusal);
  void on_packet(size_t track, bool rtcp, ByteSpan packet, Monotonic now);
  void give_on();
  void measure(Monotonic now);
  void cut(CutReason reason);
  void set_deadline(std::chrono::milliseconds from_now);
  void watch();
  void on_timer();
  void on_deadline();
  bool over() const { return session_.stage() == rtsp::RecordSession::Stage::kClosed || cut_; }

  boost::asio::io_context& io_;
  std::shared_ptr<ByteStream> stream_;
  int descriptor_;
  boost::asio::ip::tcp::endpoint peer_;
  const char* protocol_;  // "rtsp", "rtsps"
  std::string sender_;
  Feeds& feeds_;
  IngestMetrics& metrics_;
  RtspSettings settings_;
  rtsp::MessageReader reader_;
  rtsp::RecordSession session_;
  std::optional<rtsp::RecordSession::PublishAsked> asked_;  // and admitted
  std::optional<rtsp::RecordMedia> media_;
  std::array<std::unique_ptr<RtpPortPair>, 2> ports_;  // by track
  std::unique_ptr<Publication> publication_;
  rtsp::RecordCounters told_;
  Monotonic measure_at_;
  boost::asio::steady_timer timer_;
  bool timer_runs_ = false;
  Monotonic deadline_;
  bool overdue_ = false;
  bool cut_ = false;
};

}  // namespace longmen
