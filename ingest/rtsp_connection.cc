#include "ingest/rtsp_connection.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "core/base/hex.h"
#include "ingest/monotonic_now.h"
#include "ingest/tcp_round_trip.h"
#include "net/socket_address.h"
#include "net/system_random.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr size_t kRtspIdBytes = 16;

std::string random_id() {
  Bytes random(kRtspIdBytes);
  system_random_bytes(random);
  return lower_hex(random);
}

}  // namespace

RtspConnection::RtspConnection(asio::io_context& io, SenderListener::Accepted accepted,
                               Feeds& feeds, IngestMetrics& metrics, const RtspSettings& settings)
    : io_(io),
      stream_(std::move(accepted.stream)),
      descriptor_(accepted.descriptor),
      peer_(accepted.peer),
      protocol_(accepted.secure ? "rtsps" : "rtsp"),
      sender_(fmt::format("{}:{}", peer_.address().to_string(), peer_.port())),
      feeds_(feeds),
      metrics_(metrics),
      settings_(settings),
      session_(random_id()),
      timer_(io) {}

asio::awaitable<void> RtspConnection::run() {
  const auto self = shared_from_this();
  set_deadline(settings_.handshake);
  watch();
  const IoResult shaken = co_await stream_->handshake();
  if (!shaken.error) {
    set_deadline(settings_.publish);
    co_await converse();
  } else if (!overdue_) {
    metrics_.refused(RefusalReason::kNotUnderstood);
  }
  publication_.reset();
  ports_ = {};
  if (over()) co_await linger();
  abort();
}

asio::awaitable<void> RtspConnection::converse() {
  Bytes buffer(kReadBytes);
  while (true) {
    if (const std::string output = session_.take_output(); !output.empty()) {
      stream_->expires_never();  // it may have been interrupted by cut() between two operations
      if ((co_await stream_->write(output)).error) co_return;
    }
    if (over()) co_return;
    const IoResult read = co_await stream_->read_some(as_chars(buffer));
    if (over() || read.error) co_return;
    const Monotonic now = monotonic_now();
    reader_.push(ByteSpan(buffer).first(read.bytes));
    auto message = reader_.poll();
    for (; message && *message && !over(); message = reader_.poll()) {
      if (const auto* request = std::get_if<rtsp::Request>(&**message)) handle(*request, now);
      const auto* packet = std::get_if<rtsp::Interleaved>(&**message);
      const auto place = packet ? session_.place_of(packet->channel) : std::nullopt;
      if (place) on_packet(place->track, place->rtcp, packet->packet, now);
      if (packet && !place) metrics_.dropped(DropReason::kUnknownPeer);
    }
    if (message) continue;
    spdlog::warn("{} sender {}: {}", protocol_, sender_, message.error().message);
    metrics_.dropped(DropReason::kMalformed);
    if (!publication_) metrics_.refused(RefusalReason::kNotUnderstood);
    co_return;
  }
}

asio::awaitable<void> RtspConnection::linger() {
  overdue_ = false;
  set_deadline(settings_.linger);
  watch();  // the timer may have come to its end, which led here
  co_await take_leave(*stream_, overdue_);
}

// RTSP has no words for it: the connection ends.
void RtspConnection::cut(CutReason reason) {
  spdlog::info("{} sender {} is hung up on: {}", protocol_, sender_, cut_reason_name(reason));
  cut_ = true;
  stream_->interrupt();  // wakes converse()
}

void RtspConnection::abort() {
  publication_.reset();
  ports_ = {};
  timer_.cancel();
  stream_->close();
}

void RtspConnection::handle(const rtsp::Request& request, Monotonic now) {
  const auto question = session_.handle(request);
  if (const auto refused = session_.take_refusal()) {
    spdlog::warn("{} sender {} refused: {} {}", protocol_, sender_, refused->status,
                 refused->words);
    metrics_.refused(refused->status == 415 ? RefusalReason::kUnsupportedCodec
                                            : RefusalReason::kNotUnderstood);
  }
  if (!question) return;
  std::visit(
      [&](const auto& asked) {
        using Asked = std::decay_t<decltype(asked)>;
        if constexpr (std::is_same_v<Asked, rtsp::RecordSession::PublishAsked>) {
          on_publish(asked, now);
        } else if constexpr (std::is_same_v<Asked, rtsp::RecordSession::UdpAsked>) {
          on_udp(asked);
        } else {
          on_record(now);
        }
      },
      *question);
}

void RtspConnection::on_publish(const rtsp::RecordSession::PublishAsked& asked, Monotonic now) {
  Publisher publisher;
  publisher.protocol = protocol_;
  publisher.sender = sender_;
  publisher.takes_over = asked.takes_over;
  const auto owner = feeds_.admit(asked.key, peer_.address(), publisher, asked.channel, now);
  if (!owner) return refuse(owner.error());
  asked_ = asked;
  session_.accept();
}

void RtspConnection::refuse(const PublishRefusal& refusal) {
  const bool again = refusal.reason == RefusalReason::kWrongKey && session_.by_password();
  session_.refuse(again ? 401 : 403, refusal.words);
}

void RtspConnection::on_udp(const rtsp::RecordSession::UdpAsked& asked) {
  if (!settings_.udp)
    return session_.refuse(461, "UDP is switched off here; send by TCP (interleaved)");
  boost::system::error_code ignored;
  const auto own = asio::ip::make_address(local_address(descriptor_).ip_string(), ignored);
  auto pair = RtpPortPair::open(io_, own, settings_.udp_ports,
                                {peer_.address(), asked.rtp_port, asked.rtcp_port},
                                [this, track = asked.track](bool rtcp, ByteSpan datagram) {
                                  on_packet(track, rtcp, datagram, monotonic_now());
                                });
  if (!pair) return session_.refuse(461, pair.error().message);
  ports_.at(asked.track) = std::move(*pair);
  session_.accept_udp(ports_[asked.track]->port());
}

// Asked again: since the announcement another sender may have come.
void RtspConnection::on_record(Monotonic now) {
  Publisher publisher;
  publisher.protocol = protocol_;
  publisher.sender = sender_;
  publisher.encoder = asked_->encoder;
  publisher.takes_over = asked_->takes_over;
  publisher.cut = [weak = weak_from_this()](CutReason reason) {
    if (const auto self = weak.lock()) self->cut(reason);
  };
  publisher.round_trip = [weak = weak_from_this()]() -> std::optional<std::chrono::milliseconds> {
    const auto self = weak.lock();
    if (!self || !self->publication_) return std::nullopt;  // it may be closed
    return tcp_round_trip(self->descriptor_);
  };
  auto publication = feeds_.publish(asked_->key, peer_.address(), std::move(publisher), now);
  if (!publication) return refuse(publication.error());
  publication_ = std::move(*publication);
  const bool by_udp = ports_[0] || ports_[1];
  media_.emplace(session_.tracks(), by_udp ? settings_.reordering : 0ms,
                 std::max<uint32_t>(1, system_random<uint32_t>()), now);
  measure_at_ = now + kTellHealthEvery;
  session_.accept();
  set_deadline(settings_.silence);
  watch();
}

void RtspConnection::on_packet(size_t track, bool rtcp, ByteSpan packet, Monotonic now) {
  if (!media_ || !publication_) return metrics_.dropped(DropReason::kWrongState);
  const uint64_t before = media_->counters().packets;
  const auto handled =
      rtcp ? media_->handle_rtcp(track, packet, now) : media_->handle_rtp(track, packet, now);
  if (!handled) return metrics_.dropped(handled.error());
  if (media_->counters().packets != before) set_deadline(settings_.silence);
  give_on();
  watch();  // what is missing is waited for
}

void RtspConnection::give_on() {
  while (auto item = media_->poll_feed()) {
    if (const auto* described = std::get_if<FeedTrack>(&*item)) publication_->track(*described);
    if (const auto* unit = std::get_if<FeedUnit>(&*item)) publication_->unit(*unit);
  }
  // By TCP nothing is lost, and who does not read would stop us: no report.
  while (const auto report = media_->poll_rtcp())
    if (ports_[report->track]) ports_[report->track]->send_rtcp(report->compound);
}

void RtspConnection::measure(Monotonic now) {
  measure_at_ = now + kTellHealthEvery;
  const rtsp::RecordCounters counted = media_->counters();
  if (ports_[0] || ports_[1]) {
    PathHealth health;
    health.round_trip = tcp_round_trip(descriptor_).value_or(0ms);
    health.packets = counted.packets;
    health.lost = health.too_late = counted.lost;
    health.bits_per_second = bit_rate_told(counted.bytes - told_.bytes);
    publication_->measured(health);
  }
  publication_->stream_errors(StreamError::kDamaged, counted.broken - told_.broken);
  publication_->stream_errors(StreamError::kLeftOut, counted.undecodable - told_.undecodable);
  told_ = counted;
}

void RtspConnection::set_deadline(std::chrono::milliseconds from_now) {
  const bool sooner = monotonic_now() + from_now < deadline_;
  deadline_ = monotonic_now() + from_now;
  if (sooner) watch();
}

// The timer runs to a deadline that may have moved on meanwhile: it is not set anew with every
// packet.
void RtspConnection::watch() {
  Monotonic due = deadline_;
  if (media_ && publication_) due = std::min({due, measure_at_, media_->next_timeout()});
  if (timer_.expiry() == due && timer_runs_) return;
  timer_runs_ = true;
  timer_.expires_at(due);
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->timer_runs_ = false;
    self->on_timer();
  });
}

void RtspConnection::on_timer() {
  const Monotonic now = monotonic_now();
  if (media_ && publication_) {
    if (now >= media_->next_timeout()) media_->handle_timeout(now);
    give_on();
    if (now >= measure_at_) measure(now);
  }
  if (now >= deadline_) return on_deadline();
  watch();
}

void RtspConnection::on_deadline() {
  overdue_ = true;
  if (over()) return stream_->close();  // did not take its leave
  if (publication_) {
    spdlog::warn("{} sender {}: no packets for {} ms channel={}", protocol_, sender_,
                 settings_.silence.count(), publication_->channel());
    metrics_.cut(CutReason::kSilent);
    publication_.reset();
    return cut(CutReason::kSilent);
  }
  spdlog::warn("{} sender {}: did not come to RECORD in time", protocol_, sender_);
  metrics_.refused(RefusalReason::kTooSlow);
  stream_->close();
}

}  // namespace longmen
