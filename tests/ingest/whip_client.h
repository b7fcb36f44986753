// A sender by WHIP for tests, over a real UDP socket of loopback: ICE, DTLS and SRTP as the
// product's load client has them, and the media of tests/support/media_sender.h. It runs only
// inside step().
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <optional>

#include "core/ice/demultiplex.h"
#include "core/ice/ice_controlling.h"
#include "core/node/join.h"
#include "core/node/publish.h"
#include "core/srtp/srtp_session.h"
#include "net/dtls_client.h"
#include "net/socket_address.h"
#include "net/system_random.h"
#include "net/unique_fd.h"
#include "tests/support/media_sender.h"

namespace longmen::test {

class WhipClient {
 public:
  WhipClient()
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        certificate_(DtlsCertificate::make().value()),
        own_(make_ice_credentials(system_random_bytes)) {}

  PublishRequest request(const std::string& channel, const std::string& key) const {
    PublishRequest request;
    request.request = 1;
    request.channel = channel;
    request.key = key;
    request.client_address = "127.0.0.1";
    request.encoder = "a test";
    request.remote_ufrag = own_.ufrag;
    request.remote_pwd = own_.pwd;
    request.fingerprint = certificate_->fingerprint();
    request.video = MediaSender::video_media();
    request.audio = MediaSender::audio_media();
    return request;
  }
  void accept(const JoinAnswer& answer) {
    server_ = Address::from_text("127.0.0.1", answer.port).value();
    const SocketAddress to(server_, AF_INET);
    ASSERT_EQ(::connect(socket_.get(), &to.any, to.bytes), 0);
    ice_.emplace(own_, IceCredentials{answer.ufrag, answer.pwd}, now());
    dtls_ = DtlsClient::make(certificate_, Fingerprint::parse(answer.fingerprint).value()).value();
  }
  // After an ICE restart that asked for `fresh`.
  void restart(IceCredentials fresh, const JoinAnswer& answer) {
    own_ = std::move(fresh);
    ice_.emplace(own_, IceCredentials{answer.ufrag, answer.pwd}, now());
  }
  // From another port, as a device that changed its network.
  void move() {
    socket_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const SocketAddress to(server_, AF_INET);
    ASSERT_EQ(::connect(socket_.get(), &to.any, to.bytes), 0);
  }

  // What is due, and what has come. Media of 25 pictures and 50 sounds a second while `sends`.
  void step() {
    receive();
    if (!ice_) return;
    if (const Bytes check = ice_->handle_timeout(now(), system_random_bytes); !check.empty())
      send(check);
    if (ice_->connected() && dtls_) {
      dtls_->handle_timeout();
      while (const auto datagram = dtls_->poll_transmit())
        send(*datagram);
    }
    if (!outgoing_ || !sends) return;
    for (; now() >= next_media_; next_media_ += std::chrono::milliseconds(20)) {
      if (turn_++ % 2 == 0) media.picture(now());
      media.sound(now());
      if (turn_ % 50 == 1) send_rtcp(media.reports(now()));
    }
    for (Bytes& packet : media.take())
      send_sealed(std::move(packet), false);
  }
  void close() {
    dtls_->close();
    while (const auto datagram = dtls_->poll_transmit())
      send(*datagram);
  }
  void say_goodbye() {
    const uint32_t ssrcs[] = {MediaSender::kVideoSsrc, MediaSender::kAudioSsrc};
    Bytes bye;
    rtcp::write_bye(ssrcs, "", bye);
    send_rtcp(std::move(bye));
  }
  void send(ByteSpan datagram) { (void)::send(socket_.get(), datagram.data(), datagram.size(), 0); }

  bool connected() const { return outgoing_.has_value(); }
  bool closed_by_server() const {
    return dtls_ && dtls_->state() == DtlsConnection::State::kClosed;
  }

  MediaSender media;
  bool sends = true;

 private:
  static Monotonic now() { return std::chrono::steady_clock::now(); }
  void receive() {
    uint8_t buffer[2048];
    for (;;) {
      const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (size < 0) return;
      const std::span<uint8_t> datagram(buffer, static_cast<size_t>(size));
      switch (classify_datagram(datagram)) {
        case DatagramKind::kStun:
          if (const auto answer = ice_->handle_datagram(datagram, server_, now());
              answer && !answer->empty())
            send(*answer);
          break;
        case DatagramKind::kDtls:
          dtls_->handle_datagram(datagram);
          if (dtls_->keys() && !outgoing_) begin(*dtls_->keys());
          break;
        case DatagramKind::kRtcp:
          if (!incoming_) break;
          if (const auto plain = incoming_->unprotect_rtcp(datagram))
            media.handle_rtcp(*plain, now());
          break;
        default:
          ADD_FAILURE() << "a datagram that is nothing";
      }
    }
  }
  void begin(const SrtpKeys& keys) {
    outgoing_ =
        SrtpSession::create(keys.profile, keys.client, SrtpSession::Direction::kOutgoing).value();
    incoming_ =
        SrtpSession::create(keys.profile, keys.server, SrtpSession::Direction::kIncoming).value();
    next_media_ = now();
  }
  void send_rtcp(Bytes compound) { send_sealed(std::move(compound), true); }
  void send_sealed(Bytes packet, bool rtcp) {
    const size_t bytes = packet.size();
    packet.resize(bytes + kMaxSrtpTrailerBytes);
    const auto sealed =
        rtcp ? outgoing_->protect_rtcp(packet, bytes) : outgoing_->protect_rtp(packet, bytes);
    ASSERT_TRUE(sealed);
    send(ByteSpan(packet).first(*sealed));
  }

  UniqueFd socket_;
  std::shared_ptr<const DtlsCertificate> certificate_;
  IceCredentials own_;
  Address server_;
  std::optional<IceControlling> ice_;
  std::unique_ptr<DtlsClient> dtls_;
  std::optional<SrtpSession> outgoing_, incoming_;
  Monotonic next_media_;
  int turn_ = 0;
};

}  // namespace longmen::test
