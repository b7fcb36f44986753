#include "ingest/whip_listener.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "core/base/hex.h"
#include "core/ice/demultiplex.h"
#include "core/node/ice_restart.h"
#include "core/stun/stun_message.h"
#include "ingest/monotonic_now.h"
#include "net/public_address.h"
#include "net/system_random.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;

constexpr size_t kDatagramsPerReading = 256;
constexpr auto kMeasureEvery = 1s;
constexpr size_t kSessionIdBytes = 16;
constexpr size_t kMaxEncoderBytes = 200;

int status_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kTooManyWrongKeys:
      return 429;
    case RefusalReason::kWrongChannel:
      return 403;
    case RefusalReason::kAlreadyPublishing:
      return 409;
    case RefusalReason::kTooManyConnections:
      return 503;
    default:
      return 401;
  }
}

JoinAnswer refused(uint64_t request, int status, std::string problem) {
  JoinAnswer answer;
  answer.request = request;
  answer.status = status;
  answer.problem = std::move(problem);
  return answer;
}

boost::asio::ip::address client_address(const PublishRequest& request) {
  boost::system::error_code ignored;
  return boost::asio::ip::make_address(request.client_address, ignored);
}

std::string random_hex(size_t bytes) {
  Bytes random(bytes);
  system_random_bytes(random);
  return lower_hex(random);
}

}  // namespace

WhipListener::WhipListener(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
                           WhipDeadlines deadlines)
    : io_(io), feeds_(feeds), metrics_(metrics), deadlines_(deadlines), timer_(io) {}

WhipListener::~WhipListener() {
  *alive_ = false;
  for (const auto& link : gateways_)
    link->close();
}

void WhipListener::configure(const WhipConfig& config, const std::string& public_address) {
  config_ = config;
  public_address_ = config.public_address.empty() ? public_address : config.public_address;
}

Result<uint16_t> WhipListener::start(UniqueFd socket) {
  auto certificate = DtlsCertificate::make();
  if (!certificate) return tl::unexpected(certificate.error());
  certificate_ = std::move(*certificate);
  auto port = UdpPort::adopt(io_, std::move(socket));
  if (!port) return tl::unexpected(port.error());
  port_ = std::move(*port);
  wait_datagrams();
  return port_->address().port;
}

void WhipListener::stop() {
  while (!sessions_.empty())
    end(SenderPtr(sessions_.begin()->second), "the node stops");
  timer_.cancel();
  port_.reset();
}

// ---- the gateway's questions

void WhipListener::take_gateway(const std::shared_ptr<Link>& link) {
  gateways_.push_back(link);
  link->start(
      [this, alive = alive_, weak = std::weak_ptr(link)](MessageKind kind, ByteSpan body,
                                                         UniqueFd) {
        const auto gateway = weak.lock();
        if (*alive && gateway) from_gateway(gateway, kind, body);
      },
      [this, alive = alive_, weak = std::weak_ptr(link)] {
        if (*alive) std::erase(gateways_, weak.lock());
      });
}

void WhipListener::from_gateway(const std::shared_ptr<Link>& link, MessageKind kind,
                                ByteSpan body) {
  const auto not_understood = [this](const Error& error) {
    metrics_.dropped(DropReason::kMalformed);
    spdlog::error("gateway: {}", error.message);
  };
  now_ = monotonic_now();
  if (kind == MessageKind::kPublish) {
    auto request = publish_request_from_json(as_text(body));
    if (!request) return not_understood(request.error());
    if (!link->send(MessageKind::kPublished, to_json(publish(std::move(*request)))))
      spdlog::warn("the gateway did not take an answer about a sender");
  } else if (kind == MessageKind::kRestartIce) {
    auto request = ice_restart_request_from_json(as_text(body));
    if (!request) return not_understood(request.error());
    link->send(MessageKind::kIceRestarted, to_json(restart(std::move(*request))));
  } else if (kind == MessageKind::kLeave) {
    const auto request = leave_request_from_json(as_text(body));
    if (!request) return not_understood(request.error());
    link->send(MessageKind::kLeft, to_json(LeaveAnswer{request->request, leave(*request)}));
  } else {
    metrics_.dropped(DropReason::kUnsupported);
  }
  arm();
}

JoinAnswer WhipListener::publish(PublishRequest request) {
  const uint64_t number = request.request;
  if (!port_) return refused(number, 503, "WHIP is switched off on this node");
  request.encoder.resize(std::min(request.encoder.size(), kMaxEncoderBytes));
  Publisher asking;
  asking.protocol = "whip";
  asking.sender = request.client_address;
  const auto owner =
      feeds_.admit(request.key, client_address(request), asking, request.channel, now_);
  if (!owner) return refused(number, status_of(owner.error().reason), owner.error().words);
  const auto fingerprint = Fingerprint::parse(request.fingerprint);
  if (!fingerprint) return refused(number, 400, fingerprint.error().message);
  if (sessions_.size() >= static_cast<size_t>(config_.max_sessions)) {
    metrics_.refused(RefusalReason::kTooManyConnections);
    return refused(number, 503, "the node has all the senders that it may have");
  }
  WhipSession::Setup setup;
  setup.id = random_hex(kSessionIdBytes);
  setup.local = make_ice_credentials(system_random_bytes);
  setup.fingerprint = *fingerprint;
  setup.own_ssrc = std::max<uint32_t>(1, system_random<uint32_t>());
  setup.cname = random_hex(sizeof(uint64_t));
  setup.most_delay = std::chrono::milliseconds(config_.latency_ms);
  setup.request = std::move(request);
  auto sender = std::make_shared<Sender>(std::move(setup), certificate_, now_);
  const WhipSession& session = sender->session;
  JoinAnswer answer;
  answer.request = number;
  answer.viewer = session.id();
  tell_way_in(session, answer);
  answer.fingerprint = certificate_->fingerprint();
  by_ufrag_[answer.ufrag] = sender;
  sessions_.emplace(session.id(), std::move(sender));
  return answer;
}

void WhipListener::tell_way_in(const WhipSession& session, JoinAnswer& answer) const {
  answer.etag = answer.ufrag = session.ice().local().ufrag;
  answer.pwd = session.ice().local().pwd;
  answer.address = public_address_.empty() ? find_public_address() : public_address_;
  answer.port = port_->address().port;
}

WhipListener::SenderPtr WhipListener::find(const std::string& id,
                                           const std::string& channel) const {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->session.request().channel != channel)
    return nullptr;
  return found->second;
}

JoinAnswer WhipListener::restart(IceRestartRequest request) {
  const SenderPtr sender = find(request.viewer, request.channel);
  if (!sender) return refused(request.request, 404, "there is no such session");
  WhipSession& session = sender->session;
  const std::string before = session.ice().local().ufrag;
  JoinAnswer answer;
  answer.request = request.request;
  answer.viewer = request.viewer;
  answer.status = session.restart_ice(request, make_ice_credentials(system_random_bytes), now_);
  if (answer.status == 412) answer.problem = "the etag is another one";
  if (answer.status == 200) {
    by_ufrag_.erase(sender->old_ufrag);
    sender->old_ufrag = before;
    by_ufrag_[session.ice().local().ufrag] = sender;
  }
  tell_way_in(session, answer);
  return answer;
}

bool WhipListener::leave(const LeaveRequest& request) {
  const SenderPtr sender = find(request.viewer, request.channel);
  if (sender) end(sender, "it said so");
  return sender != nullptr;
}

// ---- datagrams

// What the port still holds is there without the socket being readable.
void WhipListener::wait_datagrams() {
  const auto read = [this, alive = alive_](boost::system::error_code error) {
    if (error || !*alive || !port_) return;
    read_datagrams();
    if (port_) wait_datagrams();
  };
  if (port_->holds_datagrams())
    return boost::asio::post(io_, [read] { read(boost::system::error_code()); });
  port_->wait_readable(read);
}

void WhipListener::read_datagrams() {
  now_ = monotonic_now();
  port_->receive(
      [this](std::span<uint8_t> datagram, const Address& from) {
        const DropReason dropped = handle(datagram, from);
        if (dropped != DropReason::kNone) metrics_.dropped(dropped);
      },
      kDatagramsPerReading);
  const std::vector<SenderPtr> touched = std::exchange(touched_, {});
  for (const SenderPtr& sender : touched) {
    sender->touched = false;
    serve(sender);
  }
  arm();
}

DropReason WhipListener::handle(std::span<uint8_t> datagram, const Address& from) {
  const DatagramKind kind = classify_datagram(datagram);
  if (kind == DatagramKind::kStun) return handle_stun(datagram, from);
  if (kind == DatagramKind::kUnknown) return DropReason::kMalformed;
  const SenderPtr sender = by_address_.find(from);
  if (!sender) return DropReason::kUnknownPeer;
  if (!std::exchange(sender->touched, true)) touched_.push_back(sender);
  switch (kind) {
    case DatagramKind::kDtls: {
      const DropReason dropped = sender->session.handle_dtls(datagram, from, now_);
      send_dtls(sender->session);
      return dropped;
    }
    case DatagramKind::kRtcp:
      return sender->session.handle_rtcp(datagram, from, now_);
    default:
      return sender->session.handle_rtp(datagram, from, now_);
  }
}

DropReason WhipListener::handle_stun(ByteSpan datagram, const Address& from) {
  const std::string_view ufrag = stun::local_ufrag_of(datagram);
  if (!ufrag.empty()) {
    const auto known = by_ufrag_.find(ufrag);
    return known == by_ufrag_.end() ? DropReason::kUnknownPeer
                                    : handle_stun(known->second, datagram, from);
  }
  // A keepalive indication and an answer to a check of ours have no user name.
  const SenderPtr owner = by_address_.find(from);
  DropReason dropped = owner ? handle_stun(owner, datagram, from) : DropReason::kUnknownPeer;
  for (const SenderPtr& contender : by_address_.contenders(from))
    if (dropped != DropReason::kNone) dropped = handle_stun(contender, datagram, from);
  return dropped;
}

DropReason WhipListener::handle_stun(const SenderPtr& sender, ByteSpan datagram,
                                     const Address& from) {
  WhipSession& session = sender->session;
  const bool contested = by_address_.is_anothers(from, sender);
  const IceLite::Outcome outcome = session.handle_stun(datagram, from, now_, contested);
  if (outcome.dropped != DropReason::kNone) return outcome.dropped;
  if (outcome.forgotten) forget(sender, *outcome.forgotten);
  if (session.ice().is_validated(from)) {
    if (contested && !session.ice().is_proven(from))
      by_address_.contend(from, sender);
    else
      remember(sender, from);
  }
  if (!outcome.response.empty()) send(outcome.response, from);
  return DropReason::kNone;
}

void WhipListener::remember(const SenderPtr& sender, const Address& address) {
  if (const SenderPtr before = by_address_.give(address, sender)) {
    std::erase(before->addresses, address);
    before->session.forget(address);
  }
  if (std::ranges::find(sender->addresses, address) == sender->addresses.end())
    sender->addresses.push_back(address);
}

void WhipListener::forget(const SenderPtr& sender, const Address& address) {
  std::erase(sender->addresses, address);
  by_address_.release(address, sender);
}

// ---- senders

void WhipListener::serve(const SenderPtr& sender) {
  if (sender->over) return;
  WhipSession& session = sender->session;
  send_dtls(session);
  if (session.connected() && !sender->publication) begin_feed(sender);
  if (sender->over) return;
  while (const auto datagram = session.remote() ? session.poll_rtcp() : std::nullopt)
    send(*datagram, session.remote());
  while (const auto item = session.poll_feed(now_)) {
    if (const auto* track = std::get_if<FeedTrack>(&*item)) sender->publication->track(*track);
    if (const auto* unit = std::get_if<FeedUnit>(&*item)) {
      sender->publication->unit(*unit);
      sender->silent_at = now_ + deadlines_.silence;
    }
  }
  const std::string_view over = session.end(now_);
  if (over.empty()) return;
  if (!session.problem().empty())
    spdlog::info("whip handshake failed: {} channel={}", session.problem(),
                 session.request().channel);
  end(sender, over);
}

Publisher WhipListener::publisher_of(const SenderPtr& sender, std::string shown) {
  Publisher publisher;
  publisher.protocol = "whip";
  publisher.sender = std::move(shown);
  publisher.encoder = sender->session.request().encoder;
  publisher.cut = [this, alive = alive_, weak = std::weak_ptr(sender)](CutReason reason) {
    const auto cut = weak.lock();
    if (*alive && cut) end(cut, cut_reason_name(reason));
  };
  publisher.keyframe = [weak = std::weak_ptr(sender)] {
    if (const auto asked = weak.lock()) asked->session.request_keyframe();
  };
  return publisher;
}

// Asked again: between the answer and the connection another sender may have come.
void WhipListener::begin_feed(const SenderPtr& sender) {
  const PublishRequest& request = sender->session.request();
  const auto& remote = sender->session.remote();
  auto publication = feeds_.publish(
      request.key, client_address(request),
      publisher_of(sender, remote ? to_string(*remote) : request.client_address), now_);
  if (!publication) return end(sender, publication.error().words);
  sender->publication = std::move(*publication);
  sender->silent_at = now_ + deadlines_.silence;
  sender->measure_at = now_ + kMeasureEvery;
}

void WhipListener::measure(Sender& sender) {
  const whip::MediaReceiver& media = sender.session.media();
  const whip::MediaCounters counted = media.counters();
  PathHealth health;
  health.round_trip = std::chrono::duration_cast<std::chrono::microseconds>(
      media.round_trip().value_or(std::chrono::nanoseconds(0)));
  health.packets = counted.packets;
  health.lost = counted.missed;
  health.retransmitted = counted.repaired;
  health.too_late = counted.lost;
  const auto since = now_ - (sender.measure_at - kMeasureEvery);
  health.bits_per_second = static_cast<double>(counted.bytes - sender.told.bytes) * 8 /
                           std::chrono::duration<double>(since).count();
  sender.publication->measured(health);
  sender.publication->stream_errors(StreamError::kDamaged, counted.broken - sender.told.broken);
  sender.publication->stream_errors(StreamError::kLeftOut,
                                    counted.undecodable - sender.told.undecodable);
  sender.told = counted;
  sender.measure_at = now_ + kMeasureEvery;
}

void WhipListener::send_dtls(WhipSession& session) {
  while (const auto datagram = session.poll_dtls())
    send(*datagram, session.dtls_remote());
}

void WhipListener::send(ByteSpan datagram, const std::optional<Address>& to) {
  if (!to || port_->send(datagram, *to) == UdpPort::Sent::kYes) return;
  metrics_.dropped(DropReason::kSendFailed);  // it is asked for again, or said again
}

void WhipListener::end(const SenderPtr& sender, std::string_view why) {
  if (std::exchange(sender->over, true)) return;
  WhipSession& session = sender->session;
  session.close();
  send_dtls(session);
  spdlog::info("whip sender {} gone: {} channel={}",
               session.remote() ? to_string(*session.remote()) : session.request().client_address,
               why, session.request().channel);
  by_ufrag_.erase(session.ice().local().ufrag);
  by_ufrag_.erase(sender->old_ufrag);
  while (!sender->addresses.empty())
    forget(sender, Address(sender->addresses.back()));
  by_address_.end_contentions(sender);
  sessions_.erase(session.id());
  sender->publication.reset();
}

// ---- time

Monotonic WhipListener::next_timeout(const Sender& sender) const {
  return std::min({sender.session.next_timeout(now_), sender.silent_at, sender.measure_at});
}

void WhipListener::arm() {
  Monotonic next = Monotonic::max();
  for (const auto& [id, sender] : sessions_)
    next = std::min(next, next_timeout(*sender));
  // One that is set for earlier looks again by itself.
  if (next >= armed_) return;
  armed_ = next;
  timer_.expires_at(next);
  timer_.async_wait([this, alive = alive_](boost::system::error_code cancelled) {
    if (!cancelled && *alive) handle_timer();
  });
}

void WhipListener::handle_timer() {
  armed_ = Monotonic::max();
  now_ = monotonic_now();
  std::vector<SenderPtr> due;
  for (const auto& [id, sender] : sessions_)
    if (next_timeout(*sender) <= now_) due.push_back(sender);
  for (const SenderPtr& sender : due) {
    if (sender->over) continue;
    for (const Address& address : sender->session.handle_timeout(now_))
      forget(sender, address);
    serve(sender);
    if (sender->over) continue;
    if (now_ >= sender->measure_at) measure(*sender);
    if (now_ < sender->silent_at) continue;
    spdlog::warn("whip sender: no audio or video for {} ms channel={}", deadlines_.silence.count(),
                 sender->session.request().channel);
    metrics_.cut(CutReason::kSilent);
    end(sender, cut_reason_name(CutReason::kSilent));
  }
  arm();
}

}  // namespace longmen
