#include "load/viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/ice/demultiplex.h"
#include "load/whep_offer.h"
#include "net/socket_address.h"
#include "net/udp_options.h"

namespace longmen {
namespace {

// Room for a cached GOP that arrives at once while this process serves other viewers.
constexpr int kReceiveBufferBytes = 4 << 20;
constexpr std::chrono::milliseconds kReportInterval{1000};

Result<UniqueFd> open_socket(const Address& server, bool gro) {
  const int family = server.is_v4() ? AF_INET : AF_INET6;
  UniqueFd socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail(fmt::format("no socket: {}", std::strerror(errno)));
  set_receive_buffer(socket.get(), kReceiveBufferBytes);
  take_trains_whole(socket.get(), gro);
  const SocketAddress to(server, family);
  if (connect(socket.get(), &to.any, to.bytes) != 0)
    return fail(fmt::format("{}: {}", to_string(server), std::strerror(errno)));
  return socket;
}

}  // namespace

LoadViewer::LoadViewer(ViewerShared& shared, bool full, Monotonic now)
    : shared_(shared), full_(full), local_(make_ice_credentials(shared.random)) {
  std::array<uint8_t, sizeof own_ssrc_> drawn{};
  shared_.random(drawn);
  std::memcpy(&own_ssrc_, drawn.data(), drawn.size());
  next_report_ = next_feedback_ = now;
}

std::string LoadViewer::offer() const {
  return write_load_offer(local_, shared_.certificate->fingerprint(), shared_.audio_only);
}

Result<void> LoadViewer::accept(const sdp::WhepAnswer& answer, const Address& server,
                                Monotonic now) {
  const auto fits = [](const std::optional<sdp::AnsweredMedia>& media, uint8_t type) {
    return !media || media->media.payload_type == type;
  };
  if (!fits(answer.video, kOfferedVideoType) || !fits(answer.audio, kOfferedAudioType))
    return fail("the answer has a payload type that was not offered");
  if (!answer.video && !shared_.audio_only) return fail("the answer has no video");
  auto socket = open_socket(server, shared_.gro);
  if (!socket) return tl::unexpected(socket.error());
  socket_ = std::move(*socket);
  server_ = server;
  port_ = local_address(socket_.get()).port;
  fingerprint_ = answer.fingerprint;
  ice_.emplace(local_, answer.remote, now);
  playback_ = std::make_unique<FullPlayback>(answer, own_ssrc_);
  times_.answered = now;
  state_ = State::kConnecting;
  handle_timeout(now);
  return {};
}

void LoadViewer::handle_readable(Monotonic now) {
  alignas(cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))];
  for (int round = 0; round < kReceiveRounds && !over(); ++round) {
    iovec span{shared_.receive_buffer.data(), shared_.receive_buffer.size()};
    msghdr message{};
    message.msg_iov = &span;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (size < 0 && (errno == ECONNREFUSED || errno == EINTR)) continue;
    if (size < 0) return;
    const auto whole = static_cast<size_t>(size);
    const size_t segment = segment_bytes(message, whole);
    for (size_t at = 0; at < whole && !over(); at += segment) {
      handle_datagram(std::span(shared_.receive_buffer).subspan(at, std::min(segment, whole - at)),
                      now);
    }
  }
}

void LoadViewer::handle_datagram(std::span<uint8_t> datagram, Monotonic now) {
  switch (classify_datagram(datagram)) {
    case DatagramKind::kStun:
      return handle_stun(datagram, now);
    case DatagramKind::kDtls:
      return handle_dtls(datagram, now);
    case DatagramKind::kRtp:
      return handle_rtp(datagram, now);
    case DatagramKind::kRtcp:
      return handle_rtcp(datagram, now);
    case DatagramKind::kUnknown:
      return;
  }
}

void LoadViewer::handle_stun(ByteSpan datagram, Monotonic now) {
  const auto response = ice_->handle_datagram(datagram, server_, now);
  if (!response) return;
  if (!response->empty()) send(*response);
  if (!ice_->connected() || dtls_) return;
  const auto fingerprint = Fingerprint::parse(fingerprint_);
  if (!fingerprint) return end(fingerprint.error().message);
  auto client = DtlsClient::make(shared_.certificate, *fingerprint, shared_.srtp_profiles.c_str());
  if (!client) return end(client.error().message);
  dtls_ = std::move(*client);
  fingerprint_ = {};
  flush_dtls();
}

void LoadViewer::handle_dtls(ByteSpan datagram, Monotonic now) {
  if (!dtls_) return;
  const DtlsClient::State state = dtls_->handle_datagram(datagram);
  flush_dtls();
  if (state == DtlsClient::State::kConnected && !incoming_ && !light_) return begin_srtp(now);
  if (state == DtlsClient::State::kFailed) return end(dtls_->problem());
  if (state == DtlsClient::State::kClosed) end("the server closed the connection");
}

void LoadViewer::begin_srtp(Monotonic now) {
  const SrtpKeys& keys = *dtls_->keys();
  auto incoming = SrtpSession::create(keys.profile, keys.server, SrtpSession::Direction::kIncoming);
  auto outgoing = SrtpSession::create(keys.profile, keys.client, SrtpSession::Direction::kOutgoing);
  if (!incoming || !outgoing) return end("libsrtp takes no session");
  incoming_ = std::move(*incoming);
  outgoing_ = std::move(*outgoing);
  times_.connected = now;
  state_ = State::kStarting;
  send_report(now);  // as browsers do early; it tells the server that the keys have arrived
  next_feedback_ = now + FullPlayback::kFeedbackInterval;
}

void LoadViewer::handle_rtp(std::span<uint8_t> datagram, Monotonic now) {
  if (!incoming_) return;
  const auto plain = incoming_->unprotect_rtp(datagram);
  if (!plain) {
    ++shared_.refused_packets;
    return;
  }
  if (!times_.first_packet) times_.first_packet = now;
  const auto wall_clock = std::chrono::system_clock::now().time_since_epoch();
  (void)playback_->handle_rtp(*plain, now, wall_clock);  // what is of no stream is of no use
  if (state_ != State::kStarting) return;
  if (!(shared_.audio_only ? playback_->has_sound() : playback_->has_keyframe())) return;
  times_.first_keyframe = now;
  state_ = State::kPlaying;
  if (!full_) become_light(now);
}

// What waits in the socket's queue at this moment is read and forgotten: the filter's figures begin
// with the first packet that it sees.
void LoadViewer::become_light(Monotonic now) {
  if (auto attached = shared_.filter->attach(socket_.get(), port_); !attached)
    return end(attached.error().message);
  light_ = true;
  filtered_.begin(playback_->progress(now), shared_.audio_only);
  incoming_.reset();
  playback_.reset();
  next_feedback_ = now + jittered(shared_.feedback);
}

void LoadViewer::handle_rtcp(std::span<uint8_t> datagram, Monotonic now) {
  if (!incoming_) return;
  const auto plain = incoming_->unprotect_rtcp(datagram);
  if (!plain) {
    ++shared_.refused_packets;
    return;
  }
  playback_->handle_rtcp(*plain, now);
}

void LoadViewer::handle_timeout(Monotonic now) {
  if (over() || state_ == State::kJoining) return;
  if (const Bytes check = ice_->handle_timeout(now, shared_.random); !check.empty()) send(check);
  if (ice_->expired(now)) return end("the server no longer answers checks");
  if (dtls_ && dtls_->state() == DtlsClient::State::kHandshaking) {
    if (dtls_->handle_timeout() == DtlsClient::State::kFailed) return end(dtls_->problem());
    flush_dtls();
  }
  if (state_ < State::kStarting) return;
  if (now >= next_report_) send_report(now);
  if (sends_feedback() && now >= next_feedback_) send_feedback(now);
  if (!playback_) return;
  if (Bytes requests = playback_->handle_timeout(now); !requests.empty())
    send_rtcp(std::move(requests));
}

Monotonic LoadViewer::next_timeout(Monotonic now) const {
  if (over() || state_ == State::kJoining) return Monotonic::max();
  Monotonic next = ice_->next_timeout();
  if (dtls_) {
    const auto left = dtls_->next_timeout();
    if (left) next = std::min<Monotonic>(next, now + *left);
  }
  if (state_ < State::kStarting) return next;
  next = std::min(next, next_report_);
  if (sends_feedback()) next = std::min(next, next_feedback_);
  if (playback_) {
    if (const auto due = playback_->next_timeout()) next = std::min(next, *due);
  }
  return next;
}

void LoadViewer::poll_filter(Monotonic now) {
  if (!light_ || over()) return;
  counted_ = shared_.filter->read(socket_.get(), port_);
  filtered_.note(counted_, shared_.audio_only, now);
}

Progress LoadViewer::progress(Monotonic now) const {
  return light_ ? filtered_.progress() : playback_ ? playback_->progress(now) : Progress();
}

FrameArrival LoadViewer::newest_frame() const {
  const FilterCounters counted = shared_.filter->read(socket_.get(), port_);
  return {counted.streams[FilterCounters::kVideo].timestamps,
          Monotonic(std::chrono::nanoseconds(counted.last_frame_ns))};
}

void LoadViewer::send_report(Monotonic now) {
  next_report_ = now + jittered(kReportInterval);
  Bytes packet;
  if (playback_) {
    playback_->write_report(packet, now);
  } else {
    poll_filter(now);
    rtcp::ReceiverReport report;
    report.ssrc = own_ssrc_;
    for (auto [stream, reception] :
         {std::pair(FilterCounters::kVideo, &video_), std::pair(FilterCounters::kAudio, &audio_)}) {
      const FilterStream& counted = counted_.streams[stream];
      if (!counted.seen) continue;
      reception->note_totals(static_cast<uint16_t>(counted.sequence), counted.packets);
      report.blocks.values[report.blocks.count++] = reception->next_block(counted.ssrc, now);
    }
    rtcp::write_receiver_report(report, packet);
  }
  ++shared_.reports_sent;
  send_rtcp(std::move(packet));
}

void LoadViewer::send_feedback(Monotonic now) {
  next_feedback_ = now + jittered(playback_ ? FullPlayback::kFeedbackInterval : shared_.feedback);
  Bytes packet;
  rtcp::write_receiver_report({.ssrc = own_ssrc_, .blocks = {}}, packet);
  if (playback_) {
    if (!playback_->write_feedback(packet)) return;
  } else {
    poll_filter(now);
    auto feedback = light_feedback_.next(counted_, shared_.filter->arrivals(port_), now);
    if (!feedback) return;
    feedback->sender_ssrc = own_ssrc_;
    feedback->media_ssrc = counted_.streams[FilterCounters::kVideo].ssrc;
    rtcp::write_transport_feedback(*feedback, packet);
  }
  ++shared_.feedback_sent;
  send_rtcp(std::move(packet));
}

void LoadViewer::send_rtcp(Bytes packet) {
  const size_t size = packet.size();
  packet.resize(size + kMaxSrtpTrailerBytes);
  const auto sealed = outgoing_->protect_rtcp(packet, size);
  if (sealed) send(ByteSpan(packet).first(*sealed));
}

void LoadViewer::send(ByteSpan datagram) {
  // What cannot leave is as if lost on the way: checks, handshake and reports come again.
  (void)::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
}

void LoadViewer::flush_dtls() {
  while (const auto datagram = dtls_->poll_transmit())
    send(*datagram);
}

void LoadViewer::close() {
  if (over()) return;
  if (dtls_) {
    dtls_->close();
    flush_dtls();
  }
  end({});
}

void LoadViewer::end(std::string problem) {
  state_ = State::kOver;
  problem_ = std::move(problem);
}

std::chrono::nanoseconds LoadViewer::jittered(std::chrono::nanoseconds interval) const {
  std::array<uint8_t, 1> drawn{};
  shared_.random(drawn);
  return interval * (8 * 255 + 4 * int{drawn[0]}) / (10 * 255);  // 0.8 to 1.2
}

}  // namespace longmen
