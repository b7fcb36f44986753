#include "tests/support/test_viewer.h"

#include <poll.h>

#include <algorithm>
#include <stdexcept>

#include "core/ice/demultiplex.h"
#include "core/stun/stun_writer.h"
#include "net/socket_address.h"

namespace longmen::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kCheckInterval = 50ms;
constexpr uint32_t kOwnSsrc = 1;
constexpr RtpExtensionIds kExtensionIds{
    .mid = 1, .transport_cc = 2, .playout_delay = 3, .capture_time = 4};

JoinMedia media(uint8_t payload_type, const char* mid) {
  JoinMedia media;
  media.mid = mid;
  media.payload_type = payload_type;
  media.mid_extension = kExtensionIds.mid;
  media.transport_cc_extension = kExtensionIds.transport_cc;
  media.playout_delay_extension = kExtensionIds.playout_delay;
  media.capture_time_extension = kExtensionIds.capture_time;
  return media;
}

}  // namespace

TestViewer::TestViewer(DtlsClient::Options options)
    : dtls_(std::make_unique<DtlsClient>(std::move(options))) {
  open();
  own_ = {"peer" + std::to_string(port()), "a-password-of-24-letters"};
}

void TestViewer::open() {
  socket_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int bytes = 8 << 20;
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  const SocketAddress any(Address::from_bytes(std::array<uint8_t, 4>{127, 0, 0, 1}, 0), AF_INET);
  if (bind(socket_.get(), &any.any, any.bytes) != 0) throw std::runtime_error("bind");
}

uint16_t TestViewer::port() const {
  return local_address(socket_.get()).port;
}

JoinRequest TestViewer::join_request(const std::string& channel) {
  JoinRequest request;
  request.request = 1;
  request.channel = channel;
  request.remote_ufrag = own_.ufrag;
  request.remote_pwd = own_.pwd;
  request.fingerprint = dtls_->fingerprint();
  request.video = media(kVideoType, "0");
  request.video->rtx_payload_type = kRtxType;
  request.video->nack = true;
  request.video->pli = true;
  request.audio = media(kAudioType, "1");
  return request;
}

void TestViewer::accept(const JoinAnswer& answer) {
  if (answer.status != 201) throw std::runtime_error("refused: " + answer.problem);
  answer_ = answer;
  connect();
}

void TestViewer::move() {
  open();
  connect();
  checks_answered_ = 0;
  next_check_ = {};
}

void TestViewer::connect() {
  const auto address = Address::from_text("127.0.0.1", answer_.port).value();
  const SocketAddress relay(address, AF_INET);
  if (::connect(socket_.get(), &relay.any, relay.bytes) != 0) throw std::runtime_error("connect");
}

void TestViewer::restart(const IceCredentials& own, const std::string& ufrag,
                         const std::string& pwd) {
  own_ = own;
  answer_.ufrag = ufrag;
  answer_.pwd = pwd;
  checks_answered_ = 0;
  next_check_ = {};
}

bool TestViewer::run_until(const std::function<bool()>& condition,
                           std::chrono::milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  for (;;) {
    receive();
    if (condition()) return true;
    const auto now = Clock::now();
    if (checks && now >= next_check_) send_check();
    if (dtls && !dtls_begun_ && checked()) {
      dtls_begun_ = true;
      dtls_->start();
      flush_dtls();
    }
    if (dtls_begun_ && !connected()) {
      dtls_->handle_timeout();
      flush_dtls();
    }
    if (now >= end) return false;
    pollfd waiting{socket_.get(), POLLIN, 0};
    poll(&waiting, 1, 5);
  }
}

void TestViewer::send(ByteSpan datagram) {
  (void)::send(socket_.get(), datagram.data(), datagram.size(), 0);
}
void TestViewer::send_raw(ByteSpan datagram) {
  send(datagram);
}

void TestViewer::send_check() {
  next_check_ = Clock::now() + kCheckInterval;
  stun::TransactionId transaction{};
  std::memcpy(transaction.data(), &next_transaction_, sizeof next_transaction_);
  ++next_transaction_;
  stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, transaction);
  writer.username(answer_.ufrag + ":" + own_.ufrag);
  writer.priority(0x6E0001FF);
  writer.ice_controlling(42);
  writer.use_candidate();
  writer.message_integrity(as_bytes(answer_.pwd));
  writer.fingerprint();
  send(writer.take());
}

void TestViewer::flush_dtls() {
  while (const auto datagram = dtls_->poll_transmit())
    send(*datagram);
}

void TestViewer::receive() {
  uint8_t buffer[2048];
  for (;;) {
    const ssize_t size = recv(socket_.get(), buffer, sizeof buffer, 0);
    if (size < 0 && errno == ECONNREFUSED) continue;
    if (size <= 0) return;
    ++datagrams_;
    handle({buffer, static_cast<size_t>(size)});
  }
}

void TestViewer::handle(std::span<uint8_t> datagram) {
  switch (classify_datagram(datagram)) {
    case DatagramKind::kStun:
      return handle_stun(datagram);
    case DatagramKind::kDtls:
      dtls_->handle_datagram(datagram);
      flush_dtls();
      if (connected() && !incoming_) begin_srtp();
      return;
    case DatagramKind::kRtp:
      return handle_rtp(datagram);
    case DatagramKind::kRtcp:
      return handle_rtcp(datagram);
    case DatagramKind::kUnknown:
      throw std::runtime_error("a datagram that is nothing");
  }
}

void TestViewer::handle_stun(ByteSpan datagram) {
  const auto message = stun::read_message(datagram);
  if (message && message->is_binding(stun::Class::kRequest)) return answer_check(*message);
  const bool good = message && message->is_binding(stun::Class::kSuccess) &&
                    message->integrity_fits(as_bytes(answer_.pwd)) && message->xor_mapped_address &&
                    message->xor_mapped_address->port == port();
  if (good) ++checks_answered_;
}

void TestViewer::answer_check(const stun::Message& check) {
  const bool good = check.username == own_.ufrag + ":" + answer_.ufrag && check.ice_controlled &&
                    check.priority && check.has_fingerprint &&
                    check.integrity_fits(as_bytes(own_.pwd));
  if (!good) return;  // meant for somebody else
  ++checks_of_server_;
  if (!answers) return;
  stun::Writer writer(stun::Class::kSuccess, stun::kBindingMethod, check.transaction);
  writer.xor_mapped_address(*Address::from_text("127.0.0.1", answer_.port));
  writer.message_integrity(as_bytes(own_.pwd));
  writer.fingerprint();
  send(writer.take());
}

void TestViewer::begin_srtp() {
  const SrtpKeys& keys = dtls_->keys();
  incoming_.emplace(
      SrtpSession::create(keys.profile, keys.server, SrtpSession::Direction::kIncoming).value());
  outgoing_.emplace(
      SrtpSession::create(keys.profile, keys.client, SrtpSession::Direction::kOutgoing).value());
}

void TestViewer::handle_rtp(std::span<uint8_t> datagram) {
  if (!incoming_) return;
  const auto outer = read_rtp_header(datagram);
  if (!outer) throw std::runtime_error("RTP that is none");
  if (lose && lose(outer->header)) return;
  const auto plain = incoming_->unprotect_rtp(datagram);
  if (!plain) {
    ++refused_;
    return;
  }
  const auto packet = read_rtp(*plain).value();
  ReceivedPacket received;
  received.ssrc = packet.header.ssrc;
  received.payload_type = packet.header.payload_type;
  received.sequence = packet.header.sequence;
  received.timestamp = packet.header.timestamp;
  received.marker = packet.header.marker;
  received.transport_sequence = read_rtp_extensions(packet, kExtensionIds).transport_cc;
  ByteSpan payload = packet.payload;
  if (packet.header.ssrc == answer_.video_rtx_ssrc) {
    ByteReader reader(payload);
    received.sequence = reader.u16();
    received.repeat = true;
    payload = reader.rest();
  }
  received.mark = read_mark(payload);
  packets_.push_back(received);
}

void TestViewer::handle_rtcp(std::span<uint8_t> datagram) {
  if (!incoming_) return;
  const auto plain = incoming_->unprotect_rtcp(datagram);
  if (!plain) {
    ++refused_;
    return;
  }
  rtcp::Reader reader(*plain);
  while (const auto packet = reader.next()) {
    const auto* report = std::get_if<rtcp::SenderReport>(&*packet);
    if (!report) continue;
    ++sender_reports_;
    last_reports_[report->ssrc] = *report;
  }
}

void TestViewer::send_rtcp(Bytes packet) {
  const size_t size = packet.size();
  packet.resize(size + kMaxSrtpTrailerBytes);
  const auto sealed = outgoing_->protect_rtcp(packet, size);
  send(ByteSpan(packet).first(sealed.value()));
}

void TestViewer::send_receiver_report() {
  Bytes packet;
  rtcp::write_receiver_report({.ssrc = kOwnSsrc, .blocks = {}}, packet);
  send_rtcp(packet);
}

void TestViewer::send_nack(std::span<const uint16_t> sequences) {
  Bytes packet;
  rtcp::write_receiver_report({.ssrc = kOwnSsrc, .blocks = {}}, packet);
  ByteWriter writer(packet);
  writer.u8(0x81);  // version 2, format 1
  writer.u8(205);
  writer.u16(2 + sequences.size());
  writer.u32(kOwnSsrc);
  writer.u32(answer_.video_ssrc);
  for (uint16_t sequence : sequences) {
    writer.u16(sequence);
    writer.u16(0);
  }
  send_rtcp(packet);
}

void TestViewer::send_picture_loss() {
  Bytes packet;
  rtcp::write_receiver_report({.ssrc = kOwnSsrc, .blocks = {}}, packet);
  ByteWriter writer(packet);
  writer.u8(0x81);
  writer.u8(206);
  writer.u16(2);
  writer.u32(kOwnSsrc);
  writer.u32(answer_.video_ssrc);
  send_rtcp(packet);
}

void TestViewer::send_bye() {
  Bytes packet;
  rtcp::write_receiver_report({.ssrc = kOwnSsrc, .blocks = {}}, packet);
  const uint32_t ssrcs[] = {kOwnSsrc};
  rtcp::write_bye(ssrcs, "", packet);
  send_rtcp(packet);
}

void TestViewer::close_dtls() {
  dtls_->close();
  flush_dtls();
}

std::vector<ReceivedPacket> TestViewer::of(uint32_t ssrc) const {
  std::vector<ReceivedPacket> some;
  std::ranges::copy_if(packets_, std::back_inserter(some),
                       [ssrc](const ReceivedPacket& packet) { return packet.ssrc == ssrc; });
  return some;
}

std::string TestViewer::discontinuity(const std::vector<ReceivedPacket>& packets) {
  for (size_t i = 1; i < packets.size(); ++i) {
    const ReceivedPacket& before = packets[i - 1];
    const ReceivedPacket& after = packets[i];
    const auto describe = [&](const char* what) {
      return std::string(what) + " between packets " + std::to_string(i - 1) + " and " +
             std::to_string(i) + " of " + std::to_string(packets.size()) + ": " +
             std::to_string(before.sequence) + '/' + std::to_string(before.timestamp) + ", " +
             std::to_string(after.sequence) + '/' + std::to_string(after.timestamp);
    };
    if (static_cast<uint16_t>(after.sequence - before.sequence) != 1)
      return describe("a hole in sequence");
    const auto step = static_cast<int32_t>(after.timestamp - before.timestamp);
    if (step < 0) return describe("time goes back");
    if ((step == 0) != !before.marker && before.mark && before.mark->packets > 1)
      return describe("marker and timestamp do not agree");
  }
  return {};
}

}  // namespace longmen::test
