// What comes from viewers: ICE, DTLS, SRTCP, and everything else that reaches an open UDP port.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "core/ice/demultiplex.h"
#include "relay/shard.h"

namespace longmen {

void Shard::wait_datagrams() {
  const auto read = [this](boost::system::error_code error) {
    if (error) return;
    read_datagrams();
    wait_datagrams();
  };
  if (port_->holds_datagrams()) {  // they are there without the socket being readable
    boost::asio::post(io_, [read] { read({}); });
  } else if (reads_now_and_then()) {
    port_->unwatch();
    reading_timer_.expires_after(kReadingPause);
    reading_timer_.async_wait(read);
  } else {
    port_->wait_readable(read);
  }
}

bool Shard::reads_now_and_then() const {
  return watching_ >= settings_.join_from_viewers && watching_ == viewers() && !stalled_since_;
}

void Shard::read_datagrams() {
  const Serving serving(*this);
  now_ = std::chrono::steady_clock::now();
  media_now_ = settings_.clock->media_at(now_);
  const Monotonic end = now_ + kReadingSlice;
  for (size_t received = kDatagramsPerReading; received == kDatagramsPerReading && now_ < end;
       now_ = std::chrono::steady_clock::now()) {
    // A viewer whose join was answered is known before its first check is read: a check that meets
    // a stranger costs the viewer its time until the next one.
    take_inputs();
    if (!port_->holds_datagrams()) {
      port_->fetch();
      prefetch_senders();
    }
    if (!port_->holds_datagrams()) break;
    received = port_->receive([this](std::span<uint8_t> datagram,
                                     const Address& from) { handle_datagram(datagram, from); },
                              kDatagramsPerReading);
    flush();
  }
  schedule_handshakes();
  if (!due_.empty()) schedule_sending();
  arm_timer();
}

// With a thousand viewers nothing of theirs is in the processor's cache.
void Shard::prefetch_senders() const {
  std::array<const ViewerSession*, UdpPort::kReceiveBatch> senders;
  size_t count = 0;
  port_->each_sender([&](const Address& from) {
    const ViewerSession* const session = find(from);
    if (!session) return;
    session->prefetch_received();
    senders[count++] = session;
  });
  for (const ViewerSession* session : std::span(senders).first(count))
    session->prefetch_received_owned();
}

void Shard::handle_datagram(std::span<uint8_t> datagram, const Address& from) {
  DropReason dropped = DropReason::kNone;
  switch (classify_datagram(datagram)) {
    case DatagramKind::kStun:
      dropped = handle_stun(datagram, from);
      break;
    case DatagramKind::kDtls:
      dropped = queue_handshake(datagram, from);
      break;
    case DatagramKind::kRtcp:
      dropped = handle_srtcp(datagram, from);
      break;
    case DatagramKind::kRtp:
      dropped = DropReason::kUnsupported;  // viewers send no media
      break;
    case DatagramKind::kUnknown:
      dropped = DropReason::kMalformed;
      break;
  }
  if (dropped != DropReason::kNone) totals_.drop(dropped);
}

DropReason Shard::handle_stun(std::span<uint8_t> datagram, const Address& from) {
  const std::string_view ufrag = stun::local_ufrag_of(datagram);
  if (!ufrag.empty()) {
    const auto known = by_ufrag_.find(ufrag);
    if (known == by_ufrag_.end()) return DropReason::kUnknownPeer;
    return handle_stun(*known->second, datagram, from);
  }
  // A keepalive indication and an answer to a check of ours have no user name.
  ViewerSession* const owner = find(from);
  DropReason dropped = owner ? handle_stun(*owner, datagram, from) : DropReason::kUnknownPeer;
  for (ViewerSession* contender : by_address_.contenders(from))
    if (dropped != DropReason::kNone) dropped = handle_stun(*contender, datagram, from);
  return dropped;
}

DropReason Shard::handle_stun(ViewerSession& session, ByteSpan datagram, const Address& from) {
  const bool contested = by_address_.is_anothers(from, &session);
  const IceLite::Outcome outcome = session.handle_stun(datagram, from, now_, contested);
  if (outcome.dropped != DropReason::kNone) return outcome.dropped;
  if (outcome.forgotten) forget(session, *outcome.forgotten);
  if (session.ice().is_validated(from)) {
    if (contested && !session.ice().is_proven(from))
      by_address_.contend(from, &session);
    else
      remember(session, from);
  }
  if (!outcome.response.empty() && port_->send(outcome.response, from) != UdpPort::Sent::kYes) {
    totals_.drop(DropReason::kSendFailed);
  }
  if ((outcome.selected || outcome.proven) && session.circle) wake(*session.circle);
  return DropReason::kNone;
}

DropReason Shard::queue_handshake(ByteSpan datagram, const Address& from) {
  ViewerSession* session = find(from);
  if (!session) return DropReason::kAddressNotValidated;
  if (datagram.size() > kMaxDtlsDatagramBytes) return DropReason::kTooLarge;
  // After the handshake there is little to do, and what is forged must not wait before those who
  // have theirs still to make.
  if (session->media().started()) return handle_dtls(datagram, from);
  if (!HandshakeGate::is_records(datagram)) return DropReason::kMalformed;
  if (session->waiting_handshake_datagrams == kMaxWaitingHandshakes)
    return DropReason::kRateLimited;
  const DropReason dropped = handshakes_.push(datagram, from);
  if (dropped == DropReason::kNone) ++session->waiting_handshake_datagrams;
  return dropped;
}

void Shard::schedule_handshakes() {
  if (handshakes_scheduled_ || handshakes_.empty()) return;
  handshakes_scheduled_ = true;
  boost::asio::post(io_, [this] { do_handshakes(); });
}

void Shard::do_handshakes() {
  handshakes_scheduled_ = false;
  const Monotonic begun = std::chrono::steady_clock::now();
  const Monotonic end = begun + kHandshakeSlice;
  now_ = begun;
  media_now_ = settings_.clock->media_at(now_);
  do {
    // The viewer may have gone meanwhile, or the address have become another one's.
    if (ViewerSession* session = find(handshakes_.from());
        session && session->waiting_handshake_datagrams > 0)
      --session->waiting_handshake_datagrams;
    const DropReason dropped = handle_dtls(handshakes_.datagram(), handshakes_.from());
    if (dropped != DropReason::kNone) totals_.drop(dropped);
    handshakes_.pop();
    flush();
    now_ = std::chrono::steady_clock::now();
  } while (!handshakes_.empty() && !sending_scheduled_ && now_ < end);
  totals_.handshaking_ns.add(static_cast<uint64_t>((now_ - begun).count()));
  schedule_handshakes();
  if (!due_.empty()) schedule_sending();
  arm_timer();
}

DropReason Shard::handle_dtls(ByteSpan datagram, const Address& from) {
  ViewerSession* session = find(from);
  if (!session) return DropReason::kAddressNotValidated;
  const bool started = session->media().started();
  const DropReason dropped = session->handle_dtls(datagram, from);
  send_dtls(*session);
  if (end_if_over(*session)) return dropped;
  if (!started && session->media().started()) start_media(*session);
  deadlines_.set(*session, session->next_timeout(now_));
  return dropped;
}

DropReason Shard::handle_srtcp(std::span<uint8_t> datagram, const Address& from) {
  ViewerSession* session = find(from);
  if (!session) return DropReason::kUnknownPeer;
  const ViewerCounters before = session->media().counters();
  const DropReason dropped = session->handle_srtcp(datagram, from, now_, media_now_);
  count_visit(*session, before);
  if (dropped != DropReason::kNone || end_if_over(*session)) return dropped;
  // Repeats and a restart do not wait for the viewer's turn. All else does: a visit out of turn
  // would send the sound alone that waits for a picture.
  const ViewerCounters& after = session->media().counters();
  const bool asked = after.nacked_packets != before.nacked_packets ||
                     after.picture_losses != before.picture_losses;
  if (asked && !visit(*session) && session->circle) wake(*session->circle);
  return DropReason::kNone;
}

void Shard::remember(ViewerSession& session, const Address& address) {
  if (ViewerSession* const before = by_address_.give(address, &session)) {
    std::erase(before->addresses, address);
    before->forget(address);
  }
  if (std::ranges::find(session.addresses, address) == session.addresses.end())
    session.addresses.push_back(address);
}

void Shard::forget(ViewerSession& session, const Address& address) {
  std::erase(session.addresses, address);
  by_address_.release(address, &session);
}

void Shard::send_dtls(ViewerSession& session) {
  while (const auto datagram = session.poll_dtls()) {
    if (port_->send(*datagram, *session.dtls_remote()) != UdpPort::Sent::kYes)
      totals_.drop(DropReason::kSendFailed);
  }
}

bool Shard::end_if_over(ViewerSession& session) {
  const ViewerSession::End over = session.end(now_);
  if (over == ViewerSession::End::kNone) return false;
  if (over == ViewerSession::End::kHandshakeFailed) {
    spdlog::info("handshake failed channel={} viewer={} problem=\"{}\"", session.channel_id(),
                 session.id(), session.dtls_problem());
  }
  session.close();
  end(session, viewer_end_name(over));
  return true;
}

void Shard::end(ViewerSession& session, std::string_view why) {
  send_dtls(session);
  spdlog::info("viewer gone channel={} viewer={} shard={} reason=\"{}\" packets={}",
               session.channel_id(), session.id(), settings_.number, why,
               session.media().counters().packets);
  deadlines_.remove(session);
  if (session.circle) session.circle->remove(session);
  by_ufrag_.erase(session.ice().local().ufrag);
  if (!session.old_ufrag.empty()) by_ufrag_.erase(session.old_ufrag);
  while (!session.addresses.empty())
    forget(session, Address(session.addresses.back()));
  by_address_.end_contentions(&session);
  totals_.viewers[session.channel()].add(static_cast<uint64_t>(-1));
  if (session.media().started()) --watching_;
  sessions_.erase(sessions_.find(session.id()));
  viewers_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace longmen
