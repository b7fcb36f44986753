// Turns the bytes of an MPEG transport stream into the tracks and units of a feed: finds packets,
// follows the tables to one programme, takes one stream of pictures (H.264 before H.265 before
// MPEG-2) and one of sound (AAC before MPEG audio before AC-3 before Opus), the first of its kind,
// and gives their access units with the programme's own time, unwrapped. Everything that is damaged
// or missing is left out whole and counted; nothing that a sender does ends it. Knows no socket, no
// container above (SRT, RTP, UDP) and no clock. Order: push(), then poll_event() until it gives
// nothing. Bounds: two streams with a packet of kMaxPesBytes each, tables of
// core/mpegts/program_tables.h, less than one transport packet kept over; the events of one push.
// One thread. Source: ITU-T H.222.0 (ISO/IEC 13818-1) §2.4; ETSI TS 101 154.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/mpegts/aac_units.h"
#include "core/mpegts/opus_units.h"
#include "core/mpegts/pes_assembler.h"
#include "core/mpegts/program_clock.h"
#include "core/mpegts/program_tables.h"
#include "core/mpegts/section_assembler.h"
#include "core/mpegts/whole_units.h"

namespace longmen::mpegts {

// The programme has pictures, or sound, and none of them in a codec that is spoken here. Told once
// for each table that says so.
struct UnsupportedCodec {
  bool video = false;
  bool alone = false;  // nothing else of the programme is spoken here either
  std::string codec;
};

// Which programme was found, and its streams; again whenever that changes. For people.
struct ProgramFound {
  uint16_t number = 0;
  std::string streams;  // "H.264 on 256, AAC on 257"
};

// The programme that is wanted is not in the stream; again when its list of programmes changes. Of
// a list in several sections it is not told.
struct ProgramMissing {
  std::string there;  // "7, 9"; for people
};

using DemuxerEvent =
    std::variant<FeedTrack, FeedUnit, ProgramFound, ProgramMissing, UnsupportedCodec>;

struct DemuxerCounters {
  uint64_t packets = 0;
  uint64_t lost = 0;      // places where the continuity counter jumped
  uint64_t damaged = 0;   // packets and sections that cannot be right
  uint64_t left_out = 0;  // PES packets that were not whole or not understood
  uint64_t resyncs = 0;   // times that packets had to be searched for
};

class Demuxer {
 public:
  // The first programme of the stream, when there is no `program`.
  explicit Demuxer(std::optional<uint16_t> program = std::nullopt) : wanted_(program) {}

  // Any number of bytes; packets may lie across two calls.
  void push(ByteSpan bytes, Monotonic arrival);
  // Bytes are missing between the last call and the next: of what lay across them nothing is kept.
  void lose() { partial_.clear(); }
  std::optional<DemuxerEvent> poll_event();

  const DemuxerCounters& counters() const { return counters_; }
  // Since the last call, by reason.
  std::array<uint32_t, size_t(DropReason::kCount)> take_dropped();

 private:
  // Whether packets of one PID are missing.
  struct Continuity {
    enum class Seen { kNext, kRepeated, kAfterLoss };
    Seen see(const TsPacket& packet);
    std::optional<uint8_t> last;
    bool repeated = false;
  };
  struct Table {
    SectionAssembler sections;
    Continuity continuity;
  };
  struct Track {
    ElementaryStream stream;
    Continuity continuity;
    PesAssembler pes;
    ProgramClock::Track times;
    std::variant<H264Units, AacUnits, OpusUnits, WholeUnits> units;
  };

  void take_packet(ByteSpan bytes, Monotonic arrival);
  void take_table(Table& table, const TsPacket& packet, bool map);
  void take_program_association(ByteSpan section);
  void take_program_map(ByteSpan section);
  void tell_missing(const std::vector<ProgramEntry>& programs);
  void follow(std::unique_ptr<Track>& track, const ElementaryStream* stream);
  void take_media(Track& track, const TsPacket& packet, Monotonic arrival);
  void take_pes(Track& track, const PesPacket& pes);
  void drop_one(DropReason reason, uint64_t DemuxerCounters::*counter);

  std::optional<uint16_t> wanted_;
  Bytes partial_;
  bool in_sync_ = false;
  Table association_;
  std::optional<ProgramEntry> program_;
  std::optional<std::string> told_missing_;
  Table map_;
  Bytes known_map_;
  ProgramClock clock_;
  std::unique_ptr<Track> video_;
  std::unique_ptr<Track> audio_;
  std::vector<FeedItem> items_;
  std::deque<DemuxerEvent> events_;
  DemuxerCounters counters_;
  std::array<uint32_t, size_t(DropReason::kCount)> dropped_{};
};

}  // namespace longmen::mpegts
