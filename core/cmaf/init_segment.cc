#include "core/cmaf/init_segment.h"

#include <functional>

#include "core/base/sha256.h"
#include "core/cmaf/box_writer.h"
#include "core/cmaf/track_grid.h"
#include "core/sound/sound_language.h"

namespace longmen::cmaf {
namespace {

constexpr size_t kNameDigits = 16;
constexpr uint32_t kFixedOne = 0x00010000;           // 16.16
constexpr uint32_t kTrackEnabledInMovie = 0x000003;  // tkhd: enabled, in movie
// esds: ISO/IEC 14496-1 §7.2.6.
constexpr uint8_t kEsDescriptor = 3;
constexpr uint8_t kDecoderConfigDescriptor = 4;
constexpr uint8_t kDecoderSpecificInfo = 5;
constexpr uint8_t kSlConfigDescriptor = 6;
constexpr uint8_t kMpeg4Audio = 0x40;
constexpr uint8_t kAudioStream = 5 << 2 | 1;  // streamType, upStream 0, reserved 1
constexpr uint8_t kSlForMp4 = 2;

struct Track {
  bool video = false;
  uint32_t timescale = 0;
  int width = 0;
  int height = 0;
  std::function<void(BoxWriter&)> sample_entry;
  std::string_view language;  // BCP 47; or empty
};

void write_matrix(BoxWriter& out) {
  for (const uint32_t value : {kFixedOne, 0U, 0U, 0U, kFixedOne, 0U, 0U, 0U, 0x40000000U})
    out.u32(value);
}

void write_file_type(BoxWriter& out) {
  out.box("ftyp", [&] {
    out.text("iso6");
    out.u32(0);
    out.text("iso6");
    out.text("cmfc");
  });
}

void write_movie_header(BoxWriter& out) {
  out.full_box("mvhd", 0, 0, [&] {
    out.zeros(8);  // creation, modification: the bytes depend on nothing but the track
    out.u32(1000);
    out.u32(0);  // duration: in the fragments
    out.u32(kFixedOne);
    out.u16(0x0100);  // volume
    out.zeros(10);
    write_matrix(out);
    out.zeros(24);
    out.u32(kTrackId + 1);
  });
}

void write_track_header(BoxWriter& out, const Track& track) {
  out.full_box("tkhd", 0, kTrackEnabledInMovie, [&] {
    out.zeros(8);
    out.u32(kTrackId);
    out.u32(0);
    out.u32(0);  // duration
    out.zeros(8);
    out.u16(0);  // layer
    out.u16(0);  // alternate group
    out.u16(track.video ? 0 : 0x0100);
    out.u16(0);
    write_matrix(out);
    out.u32(static_cast<uint32_t>(track.width) << 16);
    out.u32(static_cast<uint32_t>(track.height) << 16);
  });
}

void write_sample_table(BoxWriter& out, const Track& track) {
  out.box("stbl", [&] {
    out.full_box("stsd", 0, 0, [&] {
      out.u32(1);
      track.sample_entry(out);
    });
    for (const char* empty : {"stts", "stsc"})
      out.full_box(empty, 0, 0, [&] { out.u32(0); });
    out.full_box("stsz", 0, 0, [&] { out.zeros(8); });
    out.full_box("stco", 0, 0, [&] { out.u32(0); });
  });
}

void write_media(BoxWriter& out, const Track& track) {
  out.box("mdia", [&] {
    out.full_box("mdhd", 0, 0, [&] {
      out.zeros(8);
      out.u32(track.timescale);
      out.u32(0);
      out.u16(packed_language(track.language));
      out.u16(0);
    });
    out.full_box("hdlr", 0, 0, [&] {
      out.u32(0);
      out.text(track.video ? "vide" : "soun");
      out.zeros(12);
      out.text(track.video ? "video" : "sound");
      out.u8(0);
    });
    out.box("minf", [&] {
      if (track.video)
        out.full_box("vmhd", 0, 1, [&] { out.zeros(8); });
      else
        out.full_box("smhd", 0, 0, [&] { out.zeros(4); });
      out.box("dinf", [&] {
        out.full_box("dref", 0, 0, [&] {
          out.u32(1);
          out.full_box("url ", 0, 1, [] {});  // the media is in this file
        });
      });
      write_sample_table(out, track);
    });
  });
}

InitSegmentPtr make_init(const Track& track, std::string codec) {
  auto init = std::make_shared<InitSegment>();
  BoxWriter out(init->bytes);
  write_file_type(out);
  out.box("moov", [&] {
    write_movie_header(out);
    out.box("trak", [&] {
      write_track_header(out, track);
      write_media(out, track);
    });
    out.box("mvex", [&] {
      out.full_box("trex", 0, 0, [&] {
        out.u32(kTrackId);
        out.u32(1);     // sample description
        out.zeros(12);  // each fragment has durations, sizes and flags of its own
      });
    });
  });
  init->name = sha256_hex(ByteSpan(init->bytes)).substr(0, kNameDigits);
  init->codec = std::move(codec);
  return init;
}

// Behind the record of the High profiles: 14496-15 §5.3.3.1.2.
void write_chroma_tail(BoxWriter& out, const h264::SequenceParameters& sps) {
  if (!h264::has_chroma_format(sps.profile_idc)) return;
  out.u8(0xfc | sps.chroma_format);
  out.u8(0xf8 | (sps.luma_bits - 8));
  out.u8(0xf8 | (sps.chroma_bits - 8));
  out.u8(0);  // SPS extensions
}

void write_avc1(BoxWriter& out, const h264::DecoderConfiguration& configuration,
                const h264::SequenceParameters& sps) {
  out.box("avc1", [&] {
    out.zeros(6);
    out.u16(1);  // data reference
    out.zeros(16);
    out.u16(static_cast<uint64_t>(sps.width));
    out.u16(static_cast<uint64_t>(sps.height));
    out.u32(0x00480000);  // 72 dpi
    out.u32(0x00480000);
    out.u32(0);
    out.u16(1);  // frames a sample
    out.zeros(32);
    out.u16(24);      // depth
    out.u16(0xffff);  // no colour table
    out.box("avcC", [&] {
      out.bytes(h264::write_decoder_configuration(configuration));
      write_chroma_tail(out, sps);
    });
  });
}

// A descriptor's length in one byte: all here are shorter than 128.
template <class Fill>
void write_descriptor(Bytes& out, uint8_t tag, Fill fill) {
  Bytes body;
  fill(body);
  ByteWriter writer(out);
  writer.u8(tag);
  writer.u8(body.size());
  writer.bytes(body);
}

Bytes elementary_stream(const aac::AudioConfig& config) {
  Bytes descriptor;
  write_descriptor(descriptor, kEsDescriptor, [&](Bytes& es) {
    ByteWriter(es).u16(kTrackId);
    ByteWriter(es).u8(0);
    write_descriptor(es, kDecoderConfigDescriptor, [&](Bytes& decoder) {
      ByteWriter writer(decoder);
      writer.u8(kMpeg4Audio);
      writer.u8(kAudioStream);
      writer.u24(0);  // buffer, and rates: not known, which is allowed; the playlist tells them
      writer.u32(0);
      writer.u32(0);
      write_descriptor(decoder, kDecoderSpecificInfo,
                       [&](Bytes& specific) { specific = aac::write_audio_config(config); });
    });
    write_descriptor(es, kSlConfigDescriptor, [](Bytes& sl) { sl.push_back(kSlForMp4); });
  });
  return descriptor;
}

void write_mp4a(BoxWriter& out, const aac::AudioConfig& config) {
  out.box("mp4a", [&] {
    out.zeros(6);
    out.u16(1);  // data reference
    out.zeros(8);
    out.u16(config.channels);
    out.u16(16);  // bits
    out.zeros(4);
    out.u32(kAudioTimescale << 16);
    out.full_box("esds", 0, 0, [&] { out.bytes(elementary_stream(config)); });
  });
}

}  // namespace

Parsed<InitSegmentPtr> make_video_init(const h264::DecoderConfiguration& configuration) {
  if (configuration.sps.empty() || configuration.pps.empty()) return drop(DropReason::kMalformed);
  const auto sps = h264::parse_sps(configuration.sps.front());
  if (!sps) return drop(sps.error());
  const auto codec = h264::codec_string(configuration.sps.front());
  if (!codec) return drop(codec.error());
  Track track{true, kVideoTimescale, sps->width, sps->height, nullptr, {}};
  track.sample_entry = [&](BoxWriter& out) { write_avc1(out, configuration, *sps); };
  return make_init(track, *codec);
}

InitSegmentPtr make_audio_init(const aac::AudioConfig& config, std::string_view language) {
  Track track{false, kAudioTimescale, 0, 0, nullptr, language};
  track.sample_entry = [&](BoxWriter& out) { write_mp4a(out, config); };
  return make_init(track, aac::codec_string(config));
}

}  // namespace longmen::cmaf
