#include "ingest/rtmp_connection.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <type_traits>

namespace longmen {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr char kApp[] = "live";

auto into(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

tcp::endpoint unmapped(const tcp::endpoint& peer) {
  const auto address = peer.address();
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return peer;
  return {asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()), peer.port()};
}

tcp::endpoint peer_of(const tcp::socket& socket) {
  error_code ignored;
  return unmapped(socket.remote_endpoint(ignored));
}

// As the kernel knows it: tcp(7).
std::optional<std::chrono::milliseconds> round_trip_of(int socket) {
  tcp_info info{};
  socklen_t bytes = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::microseconds(info.tcpi_rtt));
}

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

RtmpConnection::RtmpConnection(tcp::socket socket, Feeds& feeds, IngestMetrics& metrics,
                               const RtmpDeadlines& deadlines)
    : socket_(std::move(socket)),
      peer_(peer_of(socket_)),
      sender_(fmt::format("{}:{}", peer_.address().to_string(), peer_.port())),
      feeds_(feeds),
      metrics_(metrics),
      deadlines_(deadlines),
      session_(kApp,
               static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count())),
      timer_(socket_.get_executor()) {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<void> RtmpConnection::run() {
  const auto self = shared_from_this();
  set_deadline(deadlines_.handshake);
  watch();
  co_await converse();
  publication_.reset();
  if (session_.stage() == rtmp::ServerSession::Stage::kClosed) co_await linger();
  abort();
}

asio::awaitable<void> RtmpConnection::converse() {
  using Stage = rtmp::ServerSession::Stage;
  Bytes buffer(kReadBytes);
  error_code error;
  while (true) {
    // Again after each write: the session may have been ended meanwhile, and have said why.
    for (Bytes output = session_.take_output(); !output.empty() && !error;
         output = session_.take_output())
      co_await asio::async_write(socket_, asio::buffer(output), into(error));
    if (session_.stage() == Stage::kClosed || error) co_return;
    const size_t count = co_await socket_.async_read_some(asio::buffer(buffer), into(error));
    if (session_.stage() == Stage::kClosed) {  // cut meanwhile, which cancelled the read
      error = {};
      continue;
    }
    if (error) co_return;
    const Monotonic now = std::chrono::steady_clock::now();
    const bool shaking_hands = session_.stage() == Stage::kHandshake;
    session_.push(ByteSpan(buffer).first(count));
    if (shaking_hands && session_.stage() != Stage::kHandshake) set_deadline(deadlines_.publish);
    while (std::optional<rtmp::SessionEvent> event = session_.poll_event())
      handle(std::move(*event), now);
  }
}

asio::awaitable<void> RtmpConnection::linger() {
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  overdue_ = false;
  set_deadline(deadlines_.linger);
  Bytes buffer(kReadBytes);
  while (!error && !overdue_)
    co_await socket_.async_read_some(asio::buffer(buffer), into(error));
}

void RtmpConnection::cut(CutReason reason) {
  session_.end(status_for(reason));
  error_code ignored;
  socket_.cancel(ignored);  // wakes converse()
}

void RtmpConnection::abort() {
  publication_.reset();
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
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
          spdlog::info("rtmp sender {} announces {}x{} at {} fps by \"{}\"", sender_,
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
  publisher.protocol = "rtmp";
  publisher.sender = sender_;
  publisher.encoder = encoder_;
  publisher.takes_over = request.take_over;
  publisher.cut = [weak = weak_from_this()](CutReason reason) {
    if (const auto self = weak.lock()) self->cut(reason);
  };
  publisher.round_trip = [weak = weak_from_this()] {
    const auto self = weak.lock();
    return self ? round_trip_of(self->socket_.native_handle()) : std::nullopt;
  };
  auto publication = feeds_.publish(request.key, peer_, std::move(publisher), now);
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
                  message.video ? "H.264" : "AAC");
  spdlog::warn("rtmp sender {} refused: {} channel={}", sender_, words, publication_->channel());
  session_.end({"error", rtmp::kPublishRejected, words});
}

// Reasons of our own (kNone) were counted where they arose.
void RtmpConnection::on_closed(const rtmp::SessionClosed& closed) {
  if (closed.reason == DropReason::kNone) return;
  spdlog::warn("rtmp sender {}: {} ({})", sender_, closed.words, drop_reason_name(closed.reason));
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
  error_code ignored;
  if (session_.stage() == rtmp::ServerSession::Stage::kClosed) {
    socket_.close(ignored);  // did not take its leave
    return;
  }
  if (publication_) {
    spdlog::warn("rtmp sender {}: no audio or video for {} ms channel={}", sender_,
                 deadlines_.silence.count(), publication_->channel());
    metrics_.cut(CutReason::kSilent);
    publication_.reset();
    cut(CutReason::kSilent);
    return;
  }
  spdlog::warn("rtmp sender {}: did not come to publishing in time", sender_);
  if (!ever_published_) metrics_.refused(RefusalReason::kTooSlow);
  socket_.close(ignored);
}

}  // namespace longmen
