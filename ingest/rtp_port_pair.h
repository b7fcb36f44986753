// Two UDP ports of this machine for one track: an even one that takes RTP, and the next, which
// takes and sends RTCP. They hear one address alone, that of who set them up by RTSP, and of it one
// port: the one that was announced, else (behind a NAT) the first, until it has been silent for
// kSilence. So who was ended and goes on sending disturbs nobody who has its ports now. It knows
// nothing of what comes. Bounds: kMaxDatagramsAtOnce a reading. One thread. Source: RFC 3550 §11.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/time/media_time.h"

namespace longmen {

class RtpPortPair {
 public:
  static constexpr int kMaxDatagramsAtOnce = 256;
  static constexpr std::chrono::seconds kSilence{2};
  using OnDatagram = std::function<void(bool rtcp, ByteSpan datagram)>;

  struct Range {
    int first = 0;  // 0: any free ones
    int pairs = 0;  // of a range: how many there are
    // They are given in turn: whose turn it is, shared by all who are given of the range.
    std::shared_ptr<int> turn = std::make_shared<int>(0);
  };
  struct Peer {
    boost::asio::ip::address address;
    uint16_t rtp_port = 0, rtcp_port = 0;  // as announced
  };
  // At the address `here`.
  static Result<std::unique_ptr<RtpPortPair>> open(boost::asio::io_context& io,
                                                   const boost::asio::ip::address& here,
                                                   const Range& range, const Peer& peer,
                                                   OnDatagram on_datagram);
  ~RtpPortPair();
  RtpPortPair(const RtpPortPair&) = delete;
  RtpPortPair& operator=(const RtpPortPair&) = delete;

  uint16_t port() const { return port_; }
  void send_rtcp(ByteSpan compound);

 private:
  struct Ear {
    boost::asio::ip::udp::socket socket;
    boost::asio::ip::udp::endpoint announced;
    boost::asio::ip::udp::endpoint heard;  // whom it listens to
    Monotonic heard_at;
  };
  RtpPortPair(boost::asio::io_context& io, const Peer& peer, OnDatagram on_datagram);
  boost::system::error_code bind(const boost::asio::ip::address& here, uint16_t port);
  void receive(bool rtcp);
  void read(bool rtcp);
  static bool listens_to(Ear& ear, const boost::asio::ip::udp::endpoint& from);

  Ear rtp_, rtcp_;
  OnDatagram on_datagram_;
  uint16_t port_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longmen
