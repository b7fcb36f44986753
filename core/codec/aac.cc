#include "core/codec/aac.h"

#include <algorithm>
#include <array>

#include "core/codec/bit_reader.h"

namespace longmen::aac {
namespace {

constexpr std::array<int, 13> kSampleRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                           22050, 16000, 12000, 11025, 8000,  7350};
constexpr uint32_t kExplicitRate = 15;
constexpr int kMaxSampleRate = 96'000;
constexpr uint32_t kEscapedObject = 31;
constexpr uint32_t kSbrSync = 0x2b7;
constexpr uint32_t kPsSync = 0x548;
// Channels of channel configuration 0..15; 0: not spoken here.
constexpr std::array<uint8_t, 16> kChannels{0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8, 0};

uint32_t read_object_type(BitReader& reader) {
  const uint32_t type = reader.bits(5);
  return type == kEscapedObject ? 32 + reader.bits(6) : type;
}

// 0: a reserved index, or beyond every rate in use.
int read_sample_rate(BitReader& reader) {
  const uint32_t index = reader.bits(4);
  if (index == kExplicitRate) {
    const int rate = static_cast<int>(reader.bits(24));
    return rate <= kMaxSampleRate ? rate : 0;
  }
  return index < kSampleRates.size() ? kSampleRates[index] : 0;
}

// The backward-compatible signalling behind the core's configuration, §1.6.5.2.
void read_sync_extension(BitReader& reader, AudioConfig& config) {
  if (reader.remaining_bits() < 16 || reader.bits(11) != kSbrSync) return;
  if (read_object_type(reader) != kObjectSbr || !reader.flag()) return;
  const int rate = read_sample_rate(reader);
  if (!reader.ok() || rate == 0) return;
  config.sbr = true;
  config.sbr_sample_rate = rate;
  if (reader.remaining_bits() >= 12 && reader.bits(11) == kPsSync) config.ps = reader.flag();
}

class BitWriter {
 public:
  explicit BitWriter(Bytes& out) : out_(out) {}
  void bits(uint32_t value, int count) {
    while (count-- > 0) {
      if (used_ % 8 == 0) out_.push_back(0);
      out_.back() = static_cast<uint8_t>(out_.back() | (value >> count & 1) << (7 - used_ % 8));
      ++used_;
    }
  }
  void sample_rate(int rate) {
    for (size_t i = 0; i < kSampleRates.size(); ++i)
      if (kSampleRates[i] == rate) return bits(static_cast<uint32_t>(i), 4);
    bits(kExplicitRate, 4);
    bits(static_cast<uint32_t>(rate), 24);
  }

 private:
  Bytes& out_;
  size_t used_ = 0;
};

}  // namespace

Parsed<AudioConfig> read_audio_config(ByteSpan bytes) {
  BitReader reader(bytes);
  AudioConfig config;
  uint32_t object_type = read_object_type(reader);
  config.sample_rate = read_sample_rate(reader);
  const uint32_t channel_configuration = reader.bits(4);
  if (object_type == kObjectSbr || object_type == kObjectPs) {
    config.sbr = true;
    config.ps = object_type == kObjectPs;
    config.sbr_sample_rate = read_sample_rate(reader);
    if (reader.ok() && config.sbr_sample_rate == 0) return drop(DropReason::kMalformed);
    object_type = read_object_type(reader);
  }
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (config.sample_rate == 0) return drop(DropReason::kMalformed);
  if (object_type < 1 || object_type > 4) return drop(DropReason::kUnsupported);
  config.object_type = static_cast<uint8_t>(object_type);
  config.channels = kChannels[channel_configuration];
  if (config.channels == 0) return drop(DropReason::kUnsupported);

  // GASpecificConfig, ISO/IEC 14496-3 §4.4.1.
  config.frame_samples = reader.flag() ? 960 : kFrameSamples;
  if (reader.flag()) reader.skip(14);  // dependsOnCoreCoder
  reader.skip(1);                      // extensionFlag
  if (!reader.ok()) return drop(DropReason::kTruncated);
  if (!config.sbr) read_sync_extension(reader, config);
  return config;
}

bool has_frequency_index(int sample_rate) {
  return std::ranges::find(kSampleRates, sample_rate) != kSampleRates.end();
}

Bytes write_audio_config(const AudioConfig& config) {
  Bytes out;
  BitWriter writer(out);
  const uint32_t channel_configuration = config.channels == 8   ? 7
                                         : config.channels == 7 ? 11
                                                                : config.channels;
  if (config.sbr) {
    writer.bits(config.ps ? kObjectPs : kObjectSbr, 5);
    writer.sample_rate(config.sample_rate);
    writer.bits(channel_configuration, 4);
    writer.sample_rate(config.sbr_sample_rate);
    writer.bits(config.object_type, 5);
  } else {
    writer.bits(config.object_type, 5);
    writer.sample_rate(config.sample_rate);
    writer.bits(channel_configuration, 4);
  }
  writer.bits(config.frame_samples == 960 ? 1 : 0, 1);
  writer.bits(0, 2);
  return out;
}

std::string codec_string(const AudioConfig& config) {
  if (config.ps) return "mp4a.40.29";
  if (config.sbr) return "mp4a.40.5";
  return "mp4a.40." + std::to_string(config.object_type);
}

}  // namespace longmen::aac
