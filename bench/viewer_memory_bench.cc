// What one connected viewer costs in memory, part by part and as a whole: the growth of the heap
// when many of each are made and used as a viewer uses them, divided by their number. A count, so
// the machine's load does not show. The test viewers' own ends are freed before the heap is read.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <unordered_map>

#include "core/rtp/rtcp.h"
#include "core/stun/stun_writer.h"
#include "core/viewer/viewer.h"
#include "relay/viewer_circle.h"
#include "relay/viewer_session.h"
#include "tests/support/dtls_client.h"
#include "tests/support/programme.h"
#include "tests/support/srtp_pair.h"

namespace longmen {
namespace {

constexpr size_t kViewers = 1000;
constexpr uint64_t kFrames = 90;

size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

size_t resident_bytes() {
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().message);
  std::abort();
}

void print_row(std::string_view what, size_t object_bytes, double heap) {
  fmt::print("{:<58} {:>8} {:>10.0f}\n", what, object_bytes, heap);
}

// `make(i)` returns what is kept of number i. One is made beforehand, so that what a process pays
// once is not counted.
template <class Make>
void measure(std::string_view what, size_t object_bytes, Make make) {
  const auto once = make(size_t{0});
  std::vector<decltype(make(size_t{0}))> kept;
  kept.reserve(kViewers);
  const size_t before = heap_bytes();
  for (size_t i = 0; i < kViewers; ++i)
    kept.push_back(make(i));
  print_row(what, object_bytes, static_cast<double>(heap_bytes() - before) / kViewers);
}

Bytes with_room(ByteSpan packet) {
  Bytes bytes(packet.begin(), packet.end());
  bytes.resize(packet.size() + kMaxSrtpTrailerBytes);
  return bytes;
}

JoinMedia media(const char* mid, uint8_t payload_type) {
  JoinMedia media;
  media.mid = mid;
  media.payload_type = payload_type;
  media.mid_extension = 1;
  media.transport_cc_extension = 2;
  media.playout_delay_extension = 3;
  media.capture_time_extension = 4;
  return media;
}

// As Chromium asks.
JoinRequest join_request() {
  JoinRequest request;
  request.channel = "main";
  request.remote_ufrag = "abcd";
  request.remote_pwd = "a-password-of-24-letters";
  request.video = media("0", 102);
  request.video->rtx_payload_type = 103;
  request.video->nack = request.video->pli = true;
  request.audio = media("1", 111);
  return request;
}

ViewerIdentity identity_of(size_t i) {
  ViewerIdentity identity;
  identity.video_ssrc = static_cast<uint32_t>(3 * i + 1000);
  identity.video_rtx_ssrc = identity.video_ssrc + 1;
  identity.audio_ssrc = identity.video_ssrc + 2;
  identity.cname = "0123456789abcdef";
  return identity;
}

// A channel that plays; what viewers do while it does.
class Play {
 public:
  Play() {
    channel_.begin_generation(programme_.generation(), programme_.renditions());
    for (int i = 0; i < 2000; ++i)  // until the cache is full, and grows no more
      push();
  }

  // To the end, with a report and a NACK of everything now and then.
  void show(Viewer& viewer, const SrtpKeys& keys, uint32_t video_ssrc) {
    SrtpSession feedback = test::viewer_outgoing(keys);
    for (uint64_t frame = 0; frame < kFrames; ++frame) {
      push();
      while (viewer.poll_transmit(channel_, now(), time(), out_)) {
      }
      if (frame % 10 == 5) report(viewer, feedback, video_ssrc);
    }
  }

 private:
  void push() {
    ++newest_;
    if (!channel_.push(programme_.frame(0, newest_)) || !channel_.push(programme_.sound(newest_)))
      std::abort();
  }
  void report(Viewer& viewer, SrtpSession& feedback, uint32_t video_ssrc) {
    Bytes packet;
    ByteWriter writer(packet);
    rtcp::write_receiver_report({1, {}}, packet);
    writer.u32(0x81cd0003);  // RFC 4585 §6.2.1
    writer.u32(1);
    writer.u32(video_ssrc);
    writer.u32(0x0001ffff);
    Bytes sealed = with_room(packet);
    sealed.resize(*feedback.protect_rtcp(sealed, packet.size()));
    if (!viewer.handle_srtcp(sealed, now(), time())) std::abort();
  }
  Monotonic now() const {
    return Monotonic(std::chrono::duration_cast<std::chrono::nanoseconds>(
        static_cast<int64_t>(newest_) * test::kFrameDuration));
  }
  MediaTime time() const { return MediaTime(static_cast<int64_t>(newest_) * test::kFrameDuration); }

  test::Programme programme_{Generation{1}, 1};
  ChannelCache channel_;
  uint64_t newest_ = test::kGopFrames - 1;
  Bytes out_ = Bytes(kTrainBufferBytes);
};

void measure_srtp(SrtpProfile profile, std::string_view name) {
  measure(fmt::format("RtpSealer, {}", name), sizeof(RtpSealer), [&](size_t i) {
    return std::make_unique<RtpSealer>(
        must(RtpSealer::create(profile, test::random_srtp_keys(profile, i).server)));
  });
  measure(fmt::format("RtcpSealer, {}", name), sizeof(RtcpSealer), [&](size_t i) {
    const SrtpKeys keys = test::random_srtp_keys(profile, i);
    auto sealer = std::make_unique<RtcpSealer>(must(RtcpSealer::create(keys)));
    SrtpSession peer = test::viewer_outgoing(keys);
    Bytes packet;
    rtcp::write_receiver_report({7, {}}, packet);
    Bytes sealed = with_room(packet);
    if (!sealer->seal(sealed, packet.size())) std::abort();
    sealed = with_room(packet);
    sealed.resize(*peer.protect_rtcp(sealed, packet.size()));
    if (!sealer->open(sealed)) std::abort();
    return sealer;
  });
  measure(fmt::format("one session of libsrtp, {}", name), sizeof(SrtpSession), [&](size_t i) {
    SrtpSession session = must(SrtpSession::create(
        profile, test::random_srtp_keys(profile, i).server, SrtpSession::Direction::kOutgoing));
    Bytes packet;
    rtcp::write_receiver_report({7, {}}, packet);
    Bytes sealed = with_room(packet);
    if (!session.protect_rtcp(sealed, packet.size())) std::abort();
    return session;
  });
}

IceCredentials own_credentials(size_t i) {
  return {fmt::format("u{:07}", i), "our-password-of-24-chars"};
}

// A connectivity check that nominates.
Bytes check(size_t i) {
  stun::Writer writer(stun::Class::kRequest, stun::kBindingMethod, {});
  writer.username(own_credentials(i).ufrag + ":abcd");
  writer.priority(1);
  writer.ice_controlling(42);
  writer.use_candidate();
  writer.message_integrity(as_bytes(own_credentials(i).pwd));
  writer.fingerprint();
  return writer.take();
}

IceLite checked_ice(size_t i, const Address& from) {
  IceLite ice(
      own_credentials(i), {"abcd", "a-password-of-24-letters"},
      [](std::span<uint8_t> out) { out[0] = 7; }, Monotonic{});
  if (ice.handle_datagram(check(i), from, Monotonic{}).dropped != DropReason::kNone) std::abort();
  return ice;
}

void exchange(DtlsServer& server, test::DtlsClient& client) {
  client.start();
  for (int turn = 0; turn < 20 && !client.connected(); ++turn) {
    while (const auto datagram = client.poll_transmit())
      server.handle_datagram(*datagram, Address());
    while (const auto datagram = server.poll_transmit())
      client.handle_datagram(*datagram);
  }
  if (!client.connected()) std::abort();
}

void measure_dtls() {
  const auto certificate = must(DtlsCertificate::make());
  const auto handshake = [&](bool forget) {
    test::DtlsClient client;
    auto server =
        must(DtlsServer::make(certificate, must(Fingerprint::parse(client.fingerprint()))));
    exchange(*server, client);
    if (forget) server->peer_has_keys();
    return server;
  };
  measure("DtlsServer, connected", sizeof(DtlsServer), [&](size_t) { return handshake(false); });
  measure("DtlsServer, after peer_has_keys()", sizeof(DtlsServer),
          [&](size_t) { return handshake(true); });
}

Address address_of(size_t i) {
  return Address::from_bytes(
      std::array<uint8_t, 4>{10, 0, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)}, 4000);
}

// What a shard holds for viewers: their sessions, entries in its maps and its heap of deadlines.
struct Shard {
  std::unordered_map<std::string, std::unique_ptr<ViewerSession>> sessions;
  std::unordered_map<std::string, ViewerSession*> by_ufrag;
  std::unordered_map<Address, ViewerSession*> by_address;
  DeadlineHeap<ViewerSession> deadlines;
  ViewerCircle circle;
};

// Joins and shakes hands; DTLS state is still held.
SrtpKeys connect(Shard& shard, size_t i, std::shared_ptr<const DtlsCertificate> certificate) {
  test::DtlsClient client;
  ViewerOrder order;
  order.id = fmt::format("00{:032x}", i);
  order.request = join_request();
  order.identity = identity_of(i);
  order.local = own_credentials(i);
  order.remote = {order.request.remote_ufrag, order.request.remote_pwd};
  order.fingerprint = must(Fingerprint::parse(client.fingerprint()));
  auto session = std::make_unique<ViewerSession>(std::move(order), 0, certificate, Monotonic{});
  const Address from = address_of(i);
  if (session->handle_stun(check(i), from, Monotonic{}).dropped != DropReason::kNone) std::abort();
  session->addresses.push_back(from);
  client.start();
  for (int turn = 0; turn < 20 && !client.connected(); ++turn) {
    while (const auto datagram = client.poll_transmit())
      session->handle_dtls(*datagram, from);
    while (const auto datagram = session->poll_dtls())
      client.handle_datagram(*datagram);
  }
  if (!client.connected() || !session->media().started()) std::abort();
  shard.by_ufrag[session->ice().local().ufrag] = session.get();
  shard.by_address[from] = session.get();
  shard.deadlines.set(*session, Monotonic{});
  shard.circle.add(*session);
  const std::string id = session->id();
  shard.sessions[id] = std::move(session);
  return client.keys();
}

// The first feedback frees DTLS's state; then it watches.
void watch(ViewerSession& session, size_t i, const SrtpKeys& keys, Play& play) {
  SrtpSession feedback = test::viewer_outgoing(keys);
  Bytes packet;
  rtcp::write_receiver_report({9, {}}, packet);
  Bytes sealed = with_room(packet);
  sealed.resize(*feedback.protect_rtcp(sealed, packet.size()));
  if (session.handle_srtcp(sealed, address_of(i), Monotonic{}, MediaTime{}) != DropReason::kNone)
    std::abort();
  play.show(session.media(), keys, identity_of(i).video_ssrc);
}

void measure_sessions() {
  const auto certificate = must(DtlsCertificate::make());
  Play play;
  std::vector<SrtpKeys> keys(kViewers);
  const auto all = [&](Shard& shard) {
    const double heap = static_cast<double>(heap_bytes());
    const double resident = static_cast<double>(resident_bytes());
    for (size_t i = 0; i < kViewers; ++i)
      keys[i] = connect(shard, i, certificate);
    const double heap_connected = static_cast<double>(heap_bytes()) - heap;
    for (size_t i = 0; i < kViewers; ++i)
      watch(*shard.by_address[address_of(i)], i, keys[i], play);
    const double heap_watching = static_cast<double>(heap_bytes()) - heap;
    const double resident_watching = static_cast<double>(resident_bytes()) - resident;
    malloc_trim(0);
    const double resident_trimmed = static_cast<double>(resident_bytes()) - resident;
    print_row("ViewerSession and maps, no feedback yet", sizeof(ViewerSession),
              heap_connected / kViewers);
    print_row("ViewerSession and maps, watching", sizeof(ViewerSession), heap_watching / kViewers);
    fmt::print("resident: {:.0f} a viewer when all shook hands at once, {:.0f} after malloc_trim\n",
               resident_watching / kViewers, resident_trimmed / kViewers);
  };
  Shard warm;  // what a process pays once
  keys[0] = connect(warm, kViewers, certificate);
  watch(*warm.by_address[address_of(kViewers)], kViewers, keys[0], play);
  Shard shard;
  all(shard);
}

void measure_all() {
  fmt::print("{:<58} {:>8} {:>10}\n", "bytes a viewer", "object", "heap");
  measure_sessions();  // first: what others free would hide what it takes
  measure_srtp(SrtpProfile::kAeadAes128Gcm, "AES-128-GCM");
  measure_srtp(SrtpProfile::kAes128CmHmacSha1_80, "SHA1_80");
  measure("ViewerStream with RTX", sizeof(ViewerStream), [](size_t) {
    StreamParameters parameters;
    parameters.rtx_payload_type = 103;
    return std::make_unique<ViewerStream>(parameters);
  });
  measure("Viewer before its keys", sizeof(Viewer), [](size_t i) {
    return std::make_unique<Viewer>(join_request(), identity_of(i), RenditionId{0});
  });
  Play play;
  for (const SrtpProfile profile :
       {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAes128CmHmacSha1_80}) {
    measure(profile == SrtpProfile::kAeadAes128Gcm ? "Viewer watching, AES-128-GCM"
                                                   : "Viewer watching, SHA1_80",
            sizeof(Viewer), [&](size_t i) {
              const SrtpKeys keys = test::random_srtp_keys(profile, i);
              auto viewer =
                  std::make_unique<Viewer>(join_request(), identity_of(i), RenditionId{0});
              if (!viewer->start(keys)) std::abort();
              play.show(*viewer, keys, identity_of(i).video_ssrc);
              return viewer;
            });
  }
  measure("IceLite, one address", sizeof(IceLite),
          [](size_t i) { return std::make_unique<IceLite>(checked_ice(i, address_of(i))); });
  measure_dtls();
}

}  // namespace
}  // namespace longmen

int main() {
  mallopt(M_ARENA_MAX, 1);
  longmen::measure_all();
}
