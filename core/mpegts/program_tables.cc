#include "core/mpegts/program_tables.h"

#include <array>

namespace longmen::mpegts {
namespace {

constexpr uint8_t kAssociationTable = 0x00;
constexpr uint8_t kMapTable = 0x02;
constexpr uint8_t kPrivatePes = 0x06;
constexpr uint8_t kRegistrationTag = 0x05;
constexpr uint8_t kExtensionTag = 0x7F, kOpusExtension = 0x80;

struct Named {
  uint8_t number;
  StreamKind kind;
  const char* codec;
};
// stream_type, table 2-34, and what ATSC and others use of the private range.
constexpr std::array kStreamTypes{
    Named{0x01, StreamKind::kMpegVideo, "MPEG-1 video"},
    Named{0x02, StreamKind::kMpegVideo, "MPEG-2 video"},
    Named{0x03, StreamKind::kMpegAudio, "MPEG audio"},
    Named{0x04, StreamKind::kMpegAudio, "MPEG audio"},
    Named{0x0F, StreamKind::kAacAdts, "AAC"},
    Named{0x10, StreamKind::kOtherVideo, "MPEG-4 video"},
    Named{0x11, StreamKind::kAacLatm, "AAC"},
    Named{0x1B, StreamKind::kH264, "H.264"},
    Named{0x21, StreamKind::kOtherVideo, "JPEG 2000"},
    Named{0x24, StreamKind::kH265, "H.265"},
    Named{0x33, StreamKind::kOtherVideo, "H.266"},
    Named{0x42, StreamKind::kOtherVideo, "AVS video"},
    Named{0x80, StreamKind::kOtherAudio, "LPCM"},
    Named{0x81, StreamKind::kAc3, "AC-3"},
    Named{0x82, StreamKind::kOtherAudio, "DTS"},
    Named{0x87, StreamKind::kEac3, "E-AC-3"},
};
// Descriptors by which DVB names the codec of a private stream.
constexpr std::array kDescriptors{
    Named{0x6A, StreamKind::kAc3, "AC-3"},
    Named{0x7A, StreamKind::kEac3, "E-AC-3"},
    Named{0x7B, StreamKind::kOtherAudio, "DTS"},
};
struct Registered {
  std::string_view identifier;
  StreamKind kind;
  const char* codec;
};
constexpr std::array kRegistrations{
    Registered{"AC-3", StreamKind::kAc3, "AC-3"},
    Registered{"EAC3", StreamKind::kEac3, "E-AC-3"},
    Registered{"Opus", StreamKind::kOpus, "Opus"},
    Registered{"HEVC", StreamKind::kH265, "H.265"},
    Registered{"AV01", StreamKind::kOtherVideo, "AV1"},
    Registered{"BSSD", StreamKind::kOtherAudio, "SMPTE 302M"},
};

void name_by_descriptors(ByteSpan descriptors, ElementaryStream& stream) {
  bool one_opus = true;
  ByteReader reader(descriptors);
  while (reader.remaining() >= 2) {
    const uint8_t tag = reader.u8();
    const ByteSpan body = reader.take(reader.u8());
    if (!reader.ok()) return;
    for (const Named& named : kDescriptors) {
      if (named.number != tag) continue;
      stream.kind = named.kind;
      stream.codec = named.codec;
    }
    // channel_config_code: 1 and 2 are mono and stereo, others several streams in one.
    if (tag == kExtensionTag && body.size() >= 2 && body[0] == kOpusExtension)
      one_opus = body[1] == 1 || body[1] == 2;
    if (tag != kRegistrationTag || body.size() < 4) continue;
    for (const Registered& named : kRegistrations) {
      if (named.identifier != as_text(body.first(4))) continue;
      stream.kind = named.kind;
      stream.codec = named.codec;
    }
  }
  if (stream.kind != StreamKind::kOpus || one_opus) return;
  stream.kind = StreamKind::kOtherAudio;
  stream.codec = "Opus of several streams";
}

ElementaryStream describe(uint16_t pid, uint8_t type, ByteSpan descriptors) {
  ElementaryStream stream;
  stream.pid = pid;
  for (const Named& named : kStreamTypes) {
    if (named.number != type) continue;
    stream.kind = named.kind;
    stream.codec = named.codec;
  }
  if (type == kPrivatePes) name_by_descriptors(descriptors, stream);
  return stream;
}

// table_id 8, syntax 1, 0, reserved 2, length 12, id 16, reserved 2, version 5, current_next 1,
// section_number 8, last_section_number 8. Gives the id.
Parsed<uint16_t> read_header(ByteReader& reader, uint8_t table) {
  const uint8_t table_id = reader.u8();
  const uint16_t syntax_and_length = reader.u16();
  const uint16_t id = reader.u16();
  const bool current = reader.u8() & 1;
  reader.skip(2);
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (table_id != table || !(syntax_and_length & 0x8000)) return drop(DropReason::kUnsupported);
  if (!current) return drop(DropReason::kWrongState);
  return id;
}

}  // namespace

Parsed<std::vector<ProgramEntry>> read_program_association(ByteSpan section) {
  ByteReader reader(section);
  if (const auto id = read_header(reader, kAssociationTable); !id) return drop(id.error());
  std::vector<ProgramEntry> programs;
  while (reader.remaining() >= 4 && programs.size() < kMaxPrograms) {
    const uint16_t number = reader.u16();
    const uint16_t pid = reader.u16() & 0x1FFF;
    if (number != 0) programs.push_back({number, pid});
  }
  return programs;
}

// After the header: reserved 3, PCR_PID 13, reserved 4, program_info_length 12, descriptors; then
// for each stream: type 8, reserved 3, PID 13, reserved 4, ES_info_length 12, descriptors.
Parsed<ProgramMap> read_program_map(ByteSpan section) {
  ByteReader reader(section);
  const auto number = read_header(reader, kMapTable);
  if (!number) return drop(number.error());
  ProgramMap map;
  map.number = *number;
  reader.skip(2);
  reader.skip(reader.u16() & 0x0FFF);
  while (reader.remaining() >= 5 && map.streams.size() < kMaxStreams) {
    const uint8_t type = reader.u8();
    const uint16_t pid = reader.u16() & 0x1FFF;
    const ByteSpan descriptors = reader.take(reader.u16() & 0x0FFF);
    if (!reader.ok()) break;
    map.streams.push_back(describe(pid, type, descriptors));
  }
  if (!reader.ok()) return drop(DropReason::kTruncated);
  return map;
}

}  // namespace longmen::mpegts
