#include "ingest/rtmp_connection.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <type_traits>

#include "ingest/tcp_round_trip.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr char kApp[] = "live";

rtmp::Status status_for(CutReason reason) {
  switch (reason) {
    case CutReason::kTakenOver:
      return {"status", rtmp::kUnpublishSuccess, "another publisher took over this channel"};
    case CutReason::kKeyRevoked:
      return {"error", rtmp::kPublishDenied, "this stream key is not valid any more"};
    case CutReason::kChannelRemoved:
      return {"error", rtmp::kPublishDenied, "this channel does not exist any more"};
    case CutReason::kSilent:
      return {"error", rtmp::kPublishRejected, "nothing came for too long"};
    case CutReason::kStopping:
    case CutReason::kCount:
      break;
  }
  return {"status", rtmp::kUnpublishSuccess, "the server is stopping"};
}

rtmp::Status status_for(const PublishRefusal& refusal) {
  const bool in_use = refusal.reason == RefusalReason::kAlreadyPublishing;
  return {"error", in_use ? rtmp::kPublishBadName : rtmp::kPublishDenied, refusal.words};
}

}  // namespace

RtmpConnection::RtmpConnection(asio::io_context& io, SenderListener::Accepted accepted,
                               Feeds& feeds, IngestMetrics& metrics, const RtmpDeadlines& deadlines)
    : stream_(std::move(accepted.stream)),
      descriptor_(accepted.descriptor),
      peer_(accepted.peer),
      protocol_(accepted.secure ? "rtmps" : "rtmp"),
      sender_(fmt::format("{}:{}", peer_.address().to_string(), peer_.port())),
      feeds_(feeds),
      metrics_(metrics),
      deadlines_(deadlines),
      session_(kApp,
               static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count())),
      timer_(io) {}

asio::awaitable<void> RtmpConnection::run() {
  const auto self = shared_from_this();
  set_deadline(deadlines_.handshake);
  watch();
  const IoResult shaken = co_await stream_->handshake();
  if (!shaken.error) {
    co_await converse();
  } else if (!overdue_) {
    metrics_.refused(RefusalReason::kNotUnderstood);
  }
  publication_.reset();
  if (session_.stage() == rtmp::ServerSession::Stage::kClosed) co_await linger();
  abort();
}

asio::awaitable<void> RtmpConnection::converse() {
  using Stage = rtmp::ServerSession::Stage;
  Bytes buffer(kReadBytes);
  while (true) {
    // Again after each write: the session may have been ended meanwhile, and have said why.
    for (Bytes output = session_.take_output(); !output.empty(); output = session_.take_output()) {
      stream_->expires_never();  // it may have been interrupted by cut() between two operations
      const IoResult written = co_await stream_->write(as_text(output));
      if (written.error) co_return;
    }
    if (session_.stage() == Stage::kClosed) co_return;
    const IoResult read = co_await stream_->read_some(as_chars(buffer));
    if (session_.stage() == Stage::kClosed) continue;  // cut meanwhile, which ended the read
    if (read.error) co_return;
    const Monotonic now = std::chrono::steady_clock::now();
    const bool shaking_hands = session_.stage() == Stage::kHandshake;
    session_.push(ByteSpan(buffer).first(read.bytes));
    if (shaking_hands && session_.stage() != Stage::kHandshake) set_deadline(deadlines_.publish);
    while (std::optional<rtmp::SessionEvent> event = session_.poll_event())
      handle(std::move(*event), now);
  }
}

asio::awaitable<void> RtmpConnection::linger() {
  overdue_ = false;
  set_deadline(deadlines_.linger);
  watch();  // the timer may have come to its end, which led here
  co_await take_leave(*stream_, overdue_);
}

void RtmpConnection::cut(CutReason reason) {
  session_.end(status_for(reason));
  stream_->interrupt();  // wakes converse()
}

void RtmpConnection::abort() {
  publication_.reset();
  timer_.cancel();
  stream_->close();
}

void RtmpConnection::handle(rtmp::SessionEvent event, Monotonic now) {
  std::visit(
      [&](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, rtmp::Connected>) {
          encoder_ = std::move(what.encoder);
        } else if constexpr (std::is_same_v<What, rtmp::PublishRequested>) {
          on_publish(what, now);
        } else if constexpr (std::is_same_v<What, rtmp::MediaMessage>) {
          on_media(what, now);
        } else if constexpr (std::is_same_v<What, rtmp::MetadataMessage>) {
          spdlog::info("{} sender {} announces {}x{} at {} fps by \"{}\"", protocol_, sender_,
                       what.properties.number("width").value_or(0),
                       what.properties.number("height").value_or(0),
                       what.properties.number("framerate").value_or(0), encoder_);
        } else if constexpr (std::is_same_v<What, rtmp::PublishEnded>) {
          publication_.reset();
          set_deadline(deadlines_.publish);
        } else if constexpr (std::is_same_v<What, rtmp::Discarded>) {
          metrics_.dropped(what.reason);
        } else {
          on_closed(what);
        }
      },
      event);
}

void RtmpConnection::on_publish(const rtmp::PublishRequested& request, Monotonic now) {
  Publisher publisher;
  publisher.protocol = protocol_;
  publisher.sender = sender_;
  publisher.encoder = encoder_;
  publisher.takes_over = request.take_over;
  publisher.cut = [weak = weak_from_this()](CutReason reason) {
    if (const auto self = weak.lock()) self->cut(reason);
  };
  publisher.round_trip = [weak = weak_from_this()]() -> std::optional<std::chrono::milliseconds> {
    const auto self = weak.lock();
    if (!self || !self->publication_) return std::nullopt;  // it may be closed
    return tcp_round_trip(self->descriptor_);
  };
  auto publication = feeds_.publish(request.key, peer_.address(), std::move(publisher), now);
  if (!publication) return session_.end(status_for(publication.error()));
  publication_ = std::move(*publication);
  flv_.emplace();
  ever_published_ = true;
  session_.accept_publish();
  set_deadline(deadlines_.silence);
}

void RtmpConnection::on_media(const rtmp::MediaMessage& message, Monotonic now) {
  if (!publication_ || !flv_) return;
  set_deadline(deadlines_.silence);
  auto item = message.video ? flv_->video(message.timestamp_ms, message.payload, now)
                            : flv_->audio(message.timestamp_ms, message.payload, now);
  if (!item) {
    if (!item.error().codec.empty()) return refuse_codec(message, item.error().codec);
    return metrics_.dropped(item.error().reason);
  }
  if (const auto* track = std::get_if<FeedTrack>(&*item)) publication_->track(*track);
  if (const auto* unit = std::get_if<FeedUnit>(&*item)) publication_->unit(*unit);
}

void RtmpConnection::refuse_codec(const rtmp::MediaMessage& message, const std::string& codec) {
  metrics_.refused(RefusalReason::kUnsupportedCodec);
  const std::string words =
      fmt::format("{} codec {} is not supported; send {}", message.video ? "video" : "audio", codec,
                  message.video ? "H.264, H.265 or AV1" : "AAC");
  spdlog::warn("{} sender {} refused: {} channel={}", protocol_, sender_, words,
               publication_->channel());
  session_.end({"error", rtmp::kPublishRejected, words});
}

// Reasons of our own (kNone) were counted where they arose.
void RtmpConnection::on_closed(const rtmp::SessionClosed& closed) {
  if (closed.reason == DropReason::kNone) return;
  spdlog::warn("{} sender {}: {} ({})", protocol_, sender_, closed.words,
               drop_reason_name(closed.reason));
  metrics_.dropped(closed.reason);
  if (ever_published_) return;
  metrics_.refused(closed.reason == DropReason::kUnknownPeer ? RefusalReason::kWrongApplication
                                                             : RefusalReason::kNotUnderstood);
}

void RtmpConnection::set_deadline(std::chrono::milliseconds from_now) {
  const bool sooner = std::chrono::steady_clock::now() + from_now < deadline_;
  deadline_ = std::chrono::steady_clock::now() + from_now;
  if (sooner) watch();
}

// The timer runs to a deadline that may have moved on meanwhile: it is not set anew with every
// message.
void RtmpConnection::watch() {
  timer_.expires_at(deadline_);
  timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    if (std::chrono::steady_clock::now() < self->deadline_) return self->watch();
    self->on_deadline();
  });
}

void RtmpConnection::on_deadline() {
  overdue_ = true;
  if (session_.stage() == rtmp::ServerSession::Stage::kClosed) {
    stream_->close();  // did not take its leave
    return;
  }
  if (publication_) {
    spdlog::warn("{} sender {}: no audio or video for {} ms channel={}", protocol_, sender_,
                 deadlines_.silence.count(), publication_->channel());
    metrics_.cut(CutReason::kSilent);
    publication_.reset();
    cut(CutReason::kSilent);
    return;
  }
  spdlog::warn("{} sender {}: did not come to publishing in time", protocol_, sender_);
  if (!ever_published_) metrics_.refused(RefusalReason::kTooSlow);
  stream_->close();
}

}  // namespace longmen
