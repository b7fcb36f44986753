// A small WebRTC player for tests, over a real UDP socket on loopback: ICE checks as the
// controlling side, DTLS client, SRTP by libsrtp, RTP taken apart, NACK and other RTCP on demand.
// It runs only inside run_until(); nothing is sent or received behind the test's back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "core/ice/ice_credentials.h"
#include "core/node/join.h"
#include "core/rtp/header.h"
#include "core/rtp/rtcp.h"
#include "core/srtp/srtp_session.h"
#include "core/stun/stun_message.h"
#include "net/unique_fd.h"
#include "tests/support/dtls_client.h"
#include "tests/support/media_programme.h"

namespace longmen::test {

struct ReceivedPacket {
  uint32_t ssrc = 0;
  uint8_t payload_type = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  bool marker = false;
  std::optional<uint16_t> transport_sequence;
  bool repeat = false;  // came by RTX; sequence is the original one
  std::optional<PacketMark> mark;
};

class TestViewer {
 public:
  static constexpr uint8_t kVideoType = 102;
  static constexpr uint8_t kRtxType = 103;
  static constexpr uint8_t kAudioType = 111;

  explicit TestViewer(DtlsClient::Options options = {});

  JoinRequest join_request(const std::string& channel);
  void accept(const JoinAnswer& answer);
  // To another port, as a device that changed its network.
  void move();
  // From where another one was, which is over.
  void take_socket(TestViewer& other) { socket_ = std::move(other.socket_); }
  // After an ICE restart.
  void restart(const IceCredentials& own, const std::string& ufrag, const std::string& pwd);

  // Plays until the condition holds or `timeout` is over; returns whether it holds.
  bool run_until(const std::function<bool()>& condition,
                 std::chrono::milliseconds timeout = std::chrono::seconds(10));
  void run_for(std::chrono::milliseconds time) {
    run_until([] { return false; }, time);
  }

  // What the network does to RTP on its way here: true loses it. Asked before decryption.
  std::function<bool(const RtpHeader&)> lose;
  bool checks = true;   // whether ICE checks are sent
  bool dtls = true;     // whether DTLS is begun
  bool answers = true;  // whether checks of the server are answered

  void send_nack(std::span<const uint16_t> sequences);
  void send_picture_loss();
  void send_receiver_report();
  void send_bye();
  void close_dtls();
  void send_raw(ByteSpan datagram);

  bool connected() const { return dtls_->connected(); }
  bool checked() const { return checks_answered_ > 0; }
  size_t checks_of_server() const { return checks_of_server_; }
  bool closed_by_server() const { return dtls_->closed_by_server(); }
  DtlsClient& dtls_client() { return *dtls_; }
  const std::vector<ReceivedPacket>& packets() const { return packets_; }
  std::vector<ReceivedPacket> video() const { return of(answer_.video_ssrc); }
  std::vector<ReceivedPacket> audio() const { return of(answer_.audio_ssrc); }
  size_t sender_reports() const { return sender_reports_; }
  const std::map<uint32_t, rtcp::SenderReport>& last_reports() const { return last_reports_; }
  size_t refused() const { return refused_; }  // SRTP that could not be opened
  size_t datagrams() const { return datagrams_; }
  uint16_t port() const;

  // Video without what came by RTX is continuous in sequence; says what is not.
  static std::string discontinuity(const std::vector<ReceivedPacket>& packets);

 private:
  std::vector<ReceivedPacket> of(uint32_t ssrc) const;
  void send(ByteSpan datagram);
  void send_check();
  void open();
  void connect();
  void answer_check(const stun::Message& check);
  void flush_dtls();
  void receive();
  void handle(std::span<uint8_t> datagram);
  void handle_stun(ByteSpan datagram);
  void handle_rtp(std::span<uint8_t> datagram);
  void handle_rtcp(std::span<uint8_t> datagram);
  void begin_srtp();
  void send_rtcp(Bytes packet);

  UniqueFd socket_;
  std::unique_ptr<DtlsClient> dtls_;
  IceCredentials own_;
  JoinAnswer answer_;
  std::chrono::steady_clock::time_point next_check_;
  int checks_answered_ = 0;
  size_t checks_of_server_ = 0;
  bool dtls_begun_ = false;
  uint32_t next_transaction_ = 1;
  std::optional<SrtpSession> incoming_;
  std::optional<SrtpSession> outgoing_;
  std::vector<ReceivedPacket> packets_;
  std::map<uint32_t, rtcp::SenderReport> last_reports_;
  size_t sender_reports_ = 0;
  size_t refused_ = 0;
  size_t datagrams_ = 0;
};

}  // namespace longmen::test
