// Two UDP ports of this machine for one track: an even one that takes RTP, and the next, which
// takes and sends RTCP. They hear one address alone, that of who set them up by RTSP. It knows
// nothing of what comes. Bounds: kMaxDatagramsAtOnce a reading. One thread. Source: RFC 3550 §11.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen {

class RtpPortPair {
 public:
  static constexpr int kMaxDatagramsAtOnce = 256;
  using OnDatagram = std::function<void(bool rtcp, ByteSpan datagram)>;

  struct Range {
    int first = 0;  // 0: any free ones
    int pairs = 0;  // of a range: how many there are
  };
  // At `here`; `there` is who is heard, and `rtcp_port` where its RTCP is.
  static Result<std::unique_ptr<RtpPortPair>> open(boost::asio::io_context& io,
                                                   const boost::asio::ip::address& here,
                                                   Range range,
                                                   const boost::asio::ip::address& there,
                                                   uint16_t rtcp_port, OnDatagram on_datagram);
  ~RtpPortPair();
  RtpPortPair(const RtpPortPair&) = delete;
  RtpPortPair& operator=(const RtpPortPair&) = delete;

  uint16_t port() const { return port_; }
  void send_rtcp(ByteSpan compound);

 private:
  RtpPortPair(boost::asio::io_context& io, boost::asio::ip::udp::endpoint rtcp_to,
              OnDatagram on_datagram);
  bool bind(const boost::asio::ip::address& here, uint16_t port);
  void receive(bool rtcp);
  void read(bool rtcp);

  boost::asio::ip::udp::socket rtp_, rtcp_;
  boost::asio::ip::udp::endpoint rtcp_to_;
  OnDatagram on_datagram_;
  uint16_t port_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace longmen
