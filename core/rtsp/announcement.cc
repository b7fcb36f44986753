#include "core/rtsp/announcement.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/base64.h"
#include "core/codec/aac.h"
#include "core/codec/h264.h"
#include "core/http/fields.h"
#include "core/sdp/sdp.h"

namespace longmen::rtsp {
namespace {

constexpr size_t kMaxShownBytes = 40;  // of what a stranger wrote, in our words
constexpr size_t kMaxConfigBytes = 64;

// Of payload types that need no rtpmap (RFC 3551 §6), those that a sender may well choose.
std::string_view known_map(uint8_t payload_type) {
  switch (payload_type) {
    case 0:
      return "PCMU/8000";
    case 8:
      return "PCMA/8000";
    case 14:
      return "MPA/90000";
    default:
      return {};
  }
}

template <class Number>
std::optional<Number> read_number(std::string_view text, int base = 10) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What follows "FORMAT " in the attribute of that name.
std::string_view value_for(const sdp::Media& media, std::string_view name,
                           std::string_view format) {
  for (const sdp::Attribute& attribute : media.attributes.all()) {
    const std::string_view value = attribute.value;
    if (attribute.name == name && value.starts_with(format) && value.size() > format.size() &&
        value[format.size()] == ' ')
      return trim_spaces(value.substr(format.size()));
  }
  return {};
}

// The value of "name=value" in "a=1; b=2"; values may end with '=' themselves.
std::string_view parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    const size_t end = parameters.find(';');
    const std::string_view one = trim_spaces(parameters.substr(0, end));
    parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
    const size_t equals = one.find('=');
    if (equals != std::string_view::npos && equal_ignoring_case(one.substr(0, equals), name))
      return one.substr(equals + 1);
  }
  return {};
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0 || text.size() > 2 * kMaxConfigBytes) return std::nullopt;
  Bytes bytes;
  for (size_t at = 0; at < text.size(); at += 2) {
    const auto byte = read_number<uint8_t>(text.substr(at, 2), 16);
    if (!byte) return std::nullopt;
    bytes.push_back(*byte);
  }
  return bytes;
}

// "set,set": those that can be read; an encoder that announces none sends them with its pictures.
void append_parameter_sets(std::string_view list, Bytes& out) {
  for (size_t count = 0; !list.empty() && count < h264::kMaxParameterSets; ++count) {
    const size_t end = list.find(',');
    const auto set = from_base64(trim_spaces(list.substr(0, end)));
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    if (set && !set->empty() && set->size() <= h264::kMaxParameterSetBytes)
      h264::append_annex_b(*set, out);
  }
}

Result<void> read_aac(std::string_view parameters, AnnouncedTrack& track) {
  const auto bits = [&](std::string_view name, int least, int most, int& out) {
    const std::string_view text = parameter(parameters, name);
    const auto number = read_number<int>(text);
    if (!text.empty() && (!number || *number < least || *number > most)) return false;
    out = number.value_or(0);
    return true;
  };
  if (!bits("sizelength", 1, 16, track.size_bits) ||
      !bits("indexlength", 0, 16, track.index_bits) ||
      !bits("indexdeltalength", 0, 16, track.index_delta_bits) || track.size_bits == 0)
    return fail("AAC: sizelength, indexlength and indexdeltalength are not 1 to 16 bits");
  const auto config = from_hex(parameter(parameters, "config"));
  if (!config || !aac::read_audio_config(*config))
    return fail("AAC: config is no AudioSpecificConfig that can be decoded");
  track.audio_config = *config;
  return {};
}

Result<void> read_video(std::string_view encoding, std::string_view parameters,
                        AnnouncedTrack& track) {
  track.clock_rate = 90'000;
  if (equal_ignoring_case(encoding, "H264")) {
    if (parameter(parameters, "packetization-mode") == "2")
      return fail("H.264: packetization-mode 2 is not supported");
    append_parameter_sets(parameter(parameters, "sprop-parameter-sets"), track.parameter_sets);
  } else if (equal_ignoring_case(encoding, "H265")) {
    track.video_codec = RtpVideo::kH265;
    const std::string_view difference = parameter(parameters, "sprop-max-don-diff");
    if (!difference.empty() && difference != "0")
      return fail("H.265: sprop-max-don-diff is not supported");
    for (const char* sets : {"sprop-vps", "sprop-sps", "sprop-pps"})
      append_parameter_sets(parameter(parameters, sets), track.parameter_sets);
  } else if (equal_ignoring_case(encoding, "VP8")) {
    track.video_codec = RtpVideo::kVp8;
  } else if (equal_ignoring_case(encoding, "VP9")) {
    track.video_codec = RtpVideo::kVp9;
  } else {
    return fail(fmt::format("video codec {} is not supported; send H.264, H.265, VP8 or VP9",
                            encoding.substr(0, kMaxShownBytes)));
  }
  track.codec = feed_codec_of(track.video_codec);
  return {};
}

Result<void> read_audio(std::string_view encoding, std::string_view parameters, int channels,
                        AnnouncedTrack& track) {
  const auto telephone = [&](FeedCodec codec) -> Result<void> {
    track.codec = codec;
    if (track.clock_rate != 8000 || channels != 1)
      return fail("G.711 is supported at 8000 Hz with one channel");
    return {};
  };
  if (equal_ignoring_case(encoding, "MPEG4-GENERIC")) {
    track.codec = FeedCodec::kAac;
    return read_aac(parameters, track);
  }
  if (equal_ignoring_case(encoding, "OPUS")) {
    track.codec = FeedCodec::kOpus;
    if (track.clock_rate != 48'000) return fail("Opus has a clock rate of 48000");
    return {};
  }
  if (equal_ignoring_case(encoding, "PCMA")) return telephone(FeedCodec::kPcma);
  if (equal_ignoring_case(encoding, "PCMU")) return telephone(FeedCodec::kPcmu);
  return fail(fmt::format(
      "audio codec {} is not supported; send AAC (MPEG4-GENERIC), Opus or G.711 (PCMA, PCMU)",
      encoding.substr(0, kMaxShownBytes)));
}

Result<AnnouncedTrack> read_track(const sdp::Media& media) {
  AnnouncedTrack track;
  track.video = media.kind == "video";
  if (!track.video && media.kind != "audio")
    return fail(fmt::format("a track of kind {} is not supported; send video and audio",
                            media.kind.substr(0, kMaxShownBytes)));
  if (media.protocol != "RTP/AVP" && media.protocol != "RTP/AVPF")
    return fail(
        fmt::format("{} is not supported; send RTP/AVP", media.protocol.substr(0, kMaxShownBytes)));
  const std::string& format = media.formats.front();
  const auto payload_type = read_number<uint8_t>(format);
  if (!payload_type || *payload_type > 127) return fail("a payload type is not 0 to 127");
  track.payload_type = *payload_type;
  if (const std::string* control = media.attributes.first("control")) track.control = *control;

  // "encoding/rate/channels".
  std::string_view map = value_for(media, "rtpmap", format);
  if (map.empty()) map = known_map(track.payload_type);
  const size_t slash = std::min(map.find('/'), map.size());
  const std::string_view encoding = map.substr(0, slash);
  std::string_view rate = map.substr(std::min(slash + 1, map.size()));
  const size_t second = std::min(rate.find('/'), rate.size());
  const auto channels = read_number<int>(rate.substr(std::min(second + 1, rate.size())));
  rate = rate.substr(0, second);
  const auto clock_rate = read_number<uint32_t>(rate);
  if (encoding.empty() || !clock_rate || *clock_rate == 0 || *clock_rate > 192'000)
    return fail(fmt::format("payload type {} has no rtpmap with a clock rate", format));
  track.clock_rate = *clock_rate;
  const std::string_view parameters = value_for(media, "fmtp", format);
  const auto read = track.video ? read_video(encoding, parameters, track)
                                : read_audio(encoding, parameters, channels.value_or(1), track);
  if (!read) return tl::unexpected(read.error());
  return track;
}

}  // namespace

Result<std::vector<AnnouncedTrack>> read_announcement(std::string_view text) {
  const auto description = sdp::parse(text);
  if (!description)
    return fail(fmt::format("the description is malformed: {}", description.error().message));
  std::vector<AnnouncedTrack> tracks;
  for (const sdp::Media& media : description->media) {
    auto track = read_track(media);
    if (!track) return tl::unexpected(track.error());
    for (const AnnouncedTrack& other : tracks)
      if (other.video == track->video)
        return fail(fmt::format("more than one {} track; one is taken", media.kind));
    tracks.push_back(std::move(*track));
  }
  if (tracks.empty()) return fail("the description has neither video nor audio");
  return tracks;
}

}  // namespace longmen::rtsp
