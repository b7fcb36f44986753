// The yardstick of the fan-out: a bare loop that seals the packets of 8 s of a programme for each
// of many receivers, one key each, into one send buffer, and sends them in the trains in which a
// shard would (UDP_SEGMENT), one by one or several by one call. It has no viewers, no numbering but
// a counter, no feedback, no events: what a relay costs beyond it is the relay's own. The receivers
// are sockets on loopback that drop. Prints the thread's CPU time a packet for each cipher backend,
// so that the ratio to a relay measured in the same minute means something. `--help` says what can
// be chosen.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <optional>
#include <random>
#include <thread>

#include "bench/support/dropping_receivers.h"
#include "core/codec/opus.h"
#include "core/rtp/header.h"
#include "core/rtp/packetizer.h"
#include "core/srtp/gcm_sealer.h"
#include "core/viewer/train_builder.h"
#include "load/media_filter.h"
#include "net/slate_file.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using bench::CpuTime;
using bench::die;
using bench::Receiver;
using bench::require;

constexpr Flicks kMaxSoundWait = 40ms;                 // until the next picture, at 25 a second
constexpr size_t kHeaderBytes = kMediaRtpHeaderBytes;  // with an extension block for transport-cc
constexpr uint8_t kVideoType = 102;
constexpr uint8_t kAudioType = 111;
constexpr uint8_t kTransportCcId = 2;
constexpr size_t kMaxTogether = 64;

struct Options {
  size_t receivers = 1000;
  std::string slate;
  int rendition = 0;
  std::string backend = "all";
  bool gro = false;
  bool counting = false;
  bool paced = false;
  bool alone = false;
  size_t together = 1;
  bool sound_only = false;
  int rounds = 1;
};

// ---- what is sent

struct Packet {
  ByteSpan payload;
  uint8_t padding_bytes = 0;
  bool sound = false;
  size_t sealed_bytes() const {
    return kHeaderBytes + payload.size() + padding_bytes + kGcmTagBytes;
  }
};
struct Train {
  std::vector<Packet> packets;
  // As the last segment, perhaps shorter; all before it are of one size.
  bool takes(const Packet& packet) const {
    return packets.size() <= kMaxTrainPackets &&
           packets.front().sealed_bytes() == packets.back().sealed_bytes() &&
           packet.sealed_bytes() <= packets.front().sealed_bytes();
  }
};
// What every receiver gets at one instant.
struct Moment {
  Flicks at;
  std::vector<Train> trains;
  bool picture() const { return !trains.front().packets.front().sound; }
};

struct Schedule {
  std::vector<MediaUnitPtr> units;  // what the payloads are part of
  std::list<Bytes> joined;          // as well
  std::vector<Moment> moments;
  size_t packets = 0;
  size_t trains = 0;
  size_t bytes = 0;
};

std::vector<Train> trains_of(const MediaUnit& unit) {
  std::vector<Train> trains;
  for (const MediaPacket& packet : unit.packets) {
    if (trains.empty() || packet.starts_train) trains.emplace_back();
    trains.back().packets.push_back(
        {unit.payload(packet), packet.padding_bytes, !is_video(unit.rendition)});
  }
  return trains;
}

// Two packets of sound in a train, the first one padded when it is the smaller one.
Train pair_of(const MediaUnit& first, const MediaUnit& second) {
  Train train = trains_of(first).front();
  Packet& front = train.packets.front();
  const Packet behind = trains_of(second).front().packets.front();
  if (behind.sealed_bytes() > front.sealed_bytes())
    front.padding_bytes = static_cast<uint8_t>(behind.sealed_bytes() - front.sealed_bytes());
  train.packets.push_back(behind);
  return train;
}

Schedule count(Schedule schedule) {
  for (const Moment& moment : schedule.moments)
    for (const Train& train : moment.trains) {
      ++schedule.trains;
      schedule.packets += train.packets.size();
      for (const Packet& packet : train.packets)
        schedule.bytes += packet.sealed_bytes();
    }
  return schedule;
}

// The one packet that two of sound become, where they do; else both.
std::vector<Packet> joined(const std::vector<const MediaUnit*>& sounds, std::list<Bytes>& kept) {
  std::vector<Packet> packets;
  for (const MediaUnit* sound : sounds)
    packets.push_back(trains_of(*sound).front().packets.front());
  Bytes both;
  if (packets.size() == 2 && opus::join(packets[0].payload, packets[1].payload, both)) {
    kept.push_back(std::move(both));
    packets = {{kept.back(), 0, true}};
  }
  return packets;
}

// Sound rides with the next picture, two packets of it as one, or leaves in pairs where there are
// no pictures, as on a shard with very many viewers.
Schedule make_schedule(std::vector<MediaUnitPtr> units, const Options& options) {
  if (options.sound_only)
    std::erase_if(units, [](const MediaUnitPtr& unit) { return is_video(unit->rendition); });
  std::ranges::stable_sort(units, {}, [](const MediaUnitPtr& unit) { return unit->time; });
  Schedule schedule;
  if (options.sound_only && !options.alone) {
    for (size_t i = 1; i < units.size(); i += 2) {
      std::vector<Packet> packets = joined({units[i - 1].get(), units[i].get()}, schedule.joined);
      Train train =
          packets.size() == 1 ? Train{std::move(packets)} : pair_of(*units[i - 1], *units[i]);
      schedule.moments.push_back({units[i]->time.time_since_epoch(), {std::move(train)}});
    }
    schedule.units = std::move(units);
    return count(std::move(schedule));
  }
  std::vector<const MediaUnit*> waiting;
  const auto send_alone = [&](const MediaUnit& unit) {
    schedule.moments.push_back({unit.time.time_since_epoch(), trains_of(unit)});
  };
  for (const MediaUnitPtr& unit : units) {
    while (!waiting.empty() && unit->time - waiting.front()->time > kMaxSoundWait) {
      send_alone(*waiting.front());
      waiting.erase(waiting.begin());
    }
    if (!is_video(unit->rendition)) {
      if (options.alone) {
        send_alone(*unit);
      } else {
        waiting.push_back(unit.get());
      }
      continue;
    }
    Moment moment{unit->time.time_since_epoch(), trains_of(*unit)};
    for (const Packet& packet : joined(waiting, schedule.joined)) {
      const auto train = std::ranges::find_if(
          moment.trains, [&](const Train& candidate) { return candidate.takes(packet); });
      if (train != moment.trains.end()) {
        train->packets.push_back(packet);
      } else {
        moment.trains.push_back(Train{{packet}});
      }
    }
    waiting.clear();
    schedule.moments.push_back(std::move(moment));
  }
  for (const MediaUnit* sound : waiting)
    send_alone(*sound);
  schedule.units = std::move(units);
  return count(std::move(schedule));
}

// 720p at 30 frames a second and 2 Mbit/s with a keyframe each second; Opus at 64 kbit/s.
std::vector<MediaUnitPtr> synthetic_programme() {
  constexpr int kFrameRate = 30;
  constexpr size_t kKeyframeBytes = 45'000;
  constexpr size_t kFrameBytes = 7'000;
  constexpr size_t kSoundBytes = 160;
  std::vector<MediaUnitPtr> units;
  std::minstd_rand random(1);
  Packetizer video(Generation{1}, RenditionId{0});
  Packetizer sound(Generation{1}, kOpusRendition);
  const auto keep = [&](Parsed<MediaUnit> unit) {
    if (!unit) die("the synthetic programme cannot be packetised");
    units.push_back(std::make_shared<const MediaUnit>(std::move(*unit)));
  };
  const Flicks frame_duration{Flicks::period::den / kFrameRate};
  for (int i = 0; i * frame_duration < kSlateLoop; ++i) {
    const bool keyframe = i % kFrameRate == 0;
    const size_t bytes = keyframe ? kKeyframeBytes : kFrameBytes - 2500 + random() % 5000;
    Bytes annex_b;
    const auto append_nal = [&](uint8_t header, size_t nal_bytes) {
      annex_b.insert(annex_b.end(), {0, 0, 0, 1, header});
      annex_b.insert(annex_b.end(), nal_bytes, 0x55);
    };
    if (keyframe) {
      append_nal(0x67, 24);
      append_nal(0x68, 4);
    }
    append_nal(keyframe ? 0x65 : 0x41, bytes);
    keep(video.h264(annex_b, MediaTime(i * frame_duration)));
  }
  for (Flicks at{}; at < kSlateLoop; at += Flicks(20ms))
    keep(sound.opus(Bytes(kSoundBytes, 0xfc), MediaTime(at)));
  return units;
}

std::vector<MediaUnitPtr> recorded_programme(const std::string& file, int rendition) {
  const auto slate = load_slate(file);
  if (!slate) die(slate.error().message);
  std::vector<MediaUnitPtr> units;
  for (Slate::Position at; at.loop == 0; at = (*slate)->next(at)) {
    MediaUnitPtr unit = (*slate)->unit(at);
    if (unit->rendition.value == rendition || unit->rendition == kOpusRendition)
      units.push_back(std::move(unit));
  }
  return units;
}

// ---- to whom

std::vector<Receiver> make_receivers(const Options& options) {
  if (!options.counting) return bench::make_receivers(options.receivers, options.gro);
  auto opened = MediaFilter::open_extended(
      {.video_type = kVideoType, .audio_type = kAudioType, .transport_cc_id = kTransportCcId});
  if (!opened) die(opened.error().message);
  return bench::make_receivers(options.receivers, options.gro, [&](int socket, uint16_t port) {
    return opened->attach(socket, port).has_value();
  });
}

// ---- the loop

struct Keyed {
  GcmSealer sealer;
  SealedStream video;
  SealedStream sound;
};

std::vector<Keyed> make_keys(size_t count, GcmBackend backend) {
  std::mt19937_64 random(7);
  std::vector<Keyed> keys;
  keys.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    SrtpMasterKey master;
    master.size_bytes = kSrtpKeyBytes + 12;
    std::ranges::generate(master.bytes, [&] { return static_cast<uint8_t>(random()); });
    auto sealer = GcmSealer::create(master, backend);
    if (!sealer) die(sealer.error().message);
    const uint32_t ssrc = static_cast<uint32_t>(2 * i + 1);
    keys.push_back({std::move(*sealer), {ssrc, 0}, {ssrc + 1, 0}});
  }
  return keys;
}

// Seals trains one behind the other until as many wait as leave together.
class Loop {
 public:
  Loop(std::vector<Receiver>& receivers, size_t together)
      : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        receivers_(receivers),
        together_(together),
        buffer_(together * kMaxTrainBytes) {
    const int bytes = 8 << 20;
    require(socket_.get() >= 0, "the sender's socket");
    (void)setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }

  void play(const Moment& moment, std::vector<Keyed>& keys) {
    for (const Train& train : moment.trains) {
      set_segment(train.packets.size() > 1 ? train.packets.front().sealed_bytes() : 0);
      for (size_t i = 0; i < receivers_.size(); ++i) {
        add(seal(train, keys[i]), receivers_[i]);
        if (waiting_ == together_) send();
      }
      send();
    }
  }
  size_t failed_trains() const { return failed_trains_; }

 private:
  iovec seal(const Train& train, Keyed& key) {
    uint8_t* const begin = buffer_.data() + used_bytes_;
    uint8_t* at = begin;
    for (const Packet& packet : train.packets) {
      SealedStream& stream = packet.sound ? key.sound : key.video;
      const uint64_t index = stream.next_index;
      RtpHeader header;
      header.payload_type = packet.sound ? kAudioType : kVideoType;
      header.padding = packet.padding_bytes > 0;
      header.sequence = static_cast<uint16_t>(index);
      header.ssrc = stream.ssrc;
      RtpExtensions extensions;
      extensions.transport_cc = static_cast<uint16_t>(index);
      const size_t header_bytes =
          write_rtp_header(header, {.transport_cc = kTransportCcId}, extensions, at);
      at += key.sealer.seal(stream, index, at, header_bytes,
                            {{}, packet.payload, packet.padding_bytes});
    }
    return {begin, static_cast<size_t>(at - begin)};
  }

  void add(const iovec& train, Receiver& to) {
    used_bytes_ += train.iov_len;
    spans_[waiting_] = train;
    msghdr& message = messages_[waiting_].msg_hdr;
    message = {};
    message.msg_name = &to.address;
    message.msg_namelen = sizeof to.address;
    message.msg_iov = &spans_[waiting_];
    message.msg_iovlen = 1;
    ++waiting_;
  }

  void send() {
    if (waiting_ == 0) return;
    const int sent = waiting_ > 1 ? sendmmsg(socket_.get(), messages_.data(), waiting_, 0)
                                  : sendmsg(socket_.get(), &messages_[0].msg_hdr, 0) > 0;
    failed_trains_ += waiting_ - static_cast<size_t>(std::max(sent, 0));
    waiting_ = 0;
    used_bytes_ = 0;
  }

  void set_segment(size_t bytes) {
    if (bytes == segment_bytes_) return;
    require(cut_sends(socket_.get(), bytes), "UDP_SEGMENT");
    segment_bytes_ = bytes;
  }

  UniqueFd socket_;
  std::vector<Receiver>& receivers_;
  size_t together_;
  Bytes buffer_;
  size_t used_bytes_ = 0;
  unsigned waiting_ = 0;
  std::array<iovec, kMaxTogether> spans_;
  std::array<mmsghdr, kMaxTogether> messages_;
  size_t segment_bytes_ = 0;
  size_t failed_trains_ = 0;
};

struct Contender {
  GcmBackend backend;
  std::vector<Keyed> keys;
  CpuTime used;
  std::vector<double> picture_ms;  // each picture, to all receivers
};

void play(Loop& loop, const Moment& moment, Contender& contender) {
  const CpuTime before = CpuTime::now();
  loop.play(moment, contender.keys);
  const CpuTime used = CpuTime::now() - before;
  contender.used += used;
  if (moment.picture()) contender.picture_ms.push_back(used.total * 1e3);
}

void print(const Options& options, const Schedule& schedule, const Contender& contender) {
  const double times = static_cast<double>(options.receivers) * options.rounds;
  const double packets = times * static_cast<double>(schedule.packets);
  const double played =
      std::chrono::duration<double>(kSlateLoop).count() * static_cast<double>(options.rounds);
  const CpuTime& used = contender.used;
  const double user_share = used.user / (used.user + used.system);
  std::vector<double> pictures = contender.picture_ms;
  std::ranges::sort(pictures);
  const auto picture_ms = [&](size_t percent) {
    return pictures.empty() ? 0 : pictures[(pictures.size() - 1) * percent / 100];
  };
  fmt::print(
      "backend={} us_a_packet={:.3f} user_us={:.3f} system_us={:.3f} us_a_train={:.2f} "
      "mbit_s_a_core={:.0f} cores_at_real_time={:.3f} packets={:.0f} picture_ms_p50={:.2f} "
      "picture_ms_p99={:.2f}\n",
      gcm_backend_name(contender.backend), used.total / packets * 1e6,
      user_share * used.total / packets * 1e6, (1 - user_share) * used.total / packets * 1e6,
      used.total / (times * static_cast<double>(schedule.trains)) * 1e6,
      times * static_cast<double>(schedule.bytes) * 8e-6 / used.total, used.total / played, packets,
      picture_ms(50), picture_ms(99));
}

// The contenders take turns at each moment, so that a machine that slows down slows all of them;
// in real time they play one after the other.
void measure(const Options& options, const Schedule& schedule, std::vector<Receiver>& receivers,
             std::vector<Contender> contenders) {
  Loop loop(receivers, options.together);
  for (Contender& contender : contenders)
    loop.play(schedule.moments.front(), contender.keys);  // caches, and the routes
  if (options.paced) {
    for (Contender& contender : contenders) {
      const auto begin = std::chrono::steady_clock::now();
      for (int round = 0; round < options.rounds; ++round)
        for (const Moment& moment : schedule.moments) {
          std::this_thread::sleep_until(
              begin +
              std::chrono::duration_cast<std::chrono::nanoseconds>(moment.at + round * kSlateLoop));
          play(loop, moment, contender);
        }
    }
  } else {
    for (int round = 0; round < options.rounds; ++round)
      for (const Moment& moment : schedule.moments)
        for (Contender& contender : contenders)
          play(loop, moment, contender);
  }
  for (const Contender& contender : contenders)
    print(options, schedule, contender);
  if (loop.failed_trains() > 0) die(fmt::format("{} trains were not sent", loop.failed_trains()));
}

int run(const Options& options) {
  const Schedule schedule =
      make_schedule(options.slate.empty() ? synthetic_programme()
                                          : recorded_programme(options.slate, options.rendition),
                    options);
  std::vector<Receiver> receivers = make_receivers(options);
  fmt::print(
      "receivers={} together={} gro={} counting={} paced={} moments={} trains={} packets={} "
      "packets_a_train={:.2f} "
      "bytes_a_packet={:.0f} mbit_s={:.2f}\n",
      receivers.size(), options.together, options.gro, options.counting, options.paced,
      schedule.moments.size(), schedule.trains, schedule.packets,
      static_cast<double>(schedule.packets) / static_cast<double>(schedule.trains),
      static_cast<double>(schedule.bytes) / static_cast<double>(schedule.packets),
      static_cast<double>(schedule.bytes) * 8e-6 /
          std::chrono::duration<double>(kSlateLoop).count());
  const auto chosen = options.backend == "preferred" ? preferred_gcm_backend()
                                                     : gcm_backend_from_name(options.backend);
  if (!chosen && options.backend != "all")
    die("--backend: openssl, ipsec-mb, vaes, preferred or all");
  std::vector<Contender> contenders;
  for (const GcmBackend backend : kGcmBackends) {
    if (chosen && *chosen != backend) continue;
    if (is_available(backend)) {
      contenders.push_back({backend, make_keys(receivers.size(), backend), {}});
    } else {
      fmt::print("backend={} is not available here\n", gcm_backend_name(backend));
    }
  }
  measure(options, schedule, receivers, std::move(contenders));
  return 0;
}

}  // namespace
}  // namespace longmen

int main(int argc, char** argv) {
  longmen::Options options;
  CLI::App app("The bare loop: seals and sends 8 s of a programme to many receivers that drop.");
  app.add_option("--receivers", options.receivers, "how many (1000)");
  app.add_option("--slate", options.slate,
                 "a slate's file; without one, synthetic 720p30 2 Mbit/s");
  app.add_option("--rendition", options.rendition, "which rung of the slate (0)");
  app.add_option("--backend", options.backend,
                 "openssl, ipsec-mb, vaes, all, or the one that a relay would prefer: preferred");
  app.add_option("--rounds", options.rounds, "how many times 8 s (1)");
  app.add_option("--together", options.together, "how many trains leave by one call (1)")
      ->check(CLI::Range(size_t{1}, longmen::kMaxTogether));
  app.add_flag("--gro", options.gro, "receivers take trains whole (UDP_GRO)");
  app.add_flag("--counting", options.counting,
               "receivers count what they drop, as those of longmen load do (eBPF; needs root)");
  app.add_flag("--paced", options.paced, "in real time instead of as fast as possible");
  app.add_flag("--sound-only", options.sound_only, "no pictures");
  app.add_flag("--sound-alone", options.alone, "sound does not ride with pictures");
  CLI11_PARSE(app, argc, argv);
  return longmen::run(options);
}
