#include "core/sdp/payload_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace longmen::sdp {
namespace {

constexpr size_t kMaxEchoedParameterBytes = 256;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<uint8_t> read_payload_type(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value > 127 || (value >= 64 && value <= 95)) return std::nullopt;
  return static_cast<uint8_t>(value);
}

// What follows "<format> " in the first attribute of that name that speaks of the format.
std::string_view value_for(const Media& media, std::string_view name, std::string_view format) {
  for (const Attribute& attribute : media.attributes.all()) {
    if (attribute.name != name) continue;
    const std::string_view value = attribute.value;
    if (value.starts_with(format) && value.size() > format.size() && value[format.size()] == ' ') {
      const size_t begin = value.find_first_not_of(' ', format.size());
      if (begin != std::string_view::npos) return value.substr(begin);
    }
  }
  return {};
}

// The value of "name=value" in "a=1; b=2"; names have no case.
std::optional<std::string_view> parameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    const size_t end = parameters.find(';');
    std::string_view one = parameters.substr(0, end);
    parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    const size_t equals = one.find('=');
    if (equals != std::string_view::npos && equal_ignoring_case(one.substr(0, equals), name))
      return one.substr(equals + 1);
  }
  return std::nullopt;
}

// Lower is better; none: a profile that is not played.
std::optional<int> rank_profile(std::string_view profile_level_id) {
  if (equal_ignoring_case(profile_level_id, "42e01f")) return 0;
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(
      profile_level_id.data(), profile_level_id.data() + profile_level_id.size(), value, 16);
  if (error != std::errc{} || end != profile_level_id.data() + profile_level_id.size() ||
      profile_level_id.size() != 6)
    return std::nullopt;
  const uint32_t profile = value >> 16;
  const uint32_t constraints = value >> 8 & 0xff;
  constexpr uint32_t kBaseline = 0x42;
  constexpr uint32_t kMain = 0x4d;
  constexpr uint32_t kHigh = 0x64;
  constexpr uint32_t kConstraintSet0 = 0x80;
  constexpr uint32_t kConstraintSet1 = 0x40;
  if (profile == kBaseline) return constraints & kConstraintSet1 ? 1 : 2;
  if (profile == kMain) return constraints & kConstraintSet0 ? 1 : 3;
  if (profile == kHigh) return 4;
  return std::nullopt;
}

std::optional<uint8_t> find_rtx(const Media& media, std::string_view format) {
  for (const std::string& candidate : media.formats) {
    if (!equal_ignoring_case(value_for(media, "rtpmap", candidate), "rtx/90000")) continue;
    if (parameter(value_for(media, "fmtp", candidate), "apt") != format) continue;
    if (const auto payload_type = read_payload_type(candidate)) return payload_type;
  }
  return std::nullopt;
}

// RFC 4566 §6: "maxptime", in milliseconds, perhaps with a fraction.
bool takes_40_ms(const Media& media) {
  const std::string* most = media.attributes.first("maxptime");
  if (!most) return true;
  unsigned ms = 0;
  const auto [end, error] = std::from_chars(most->data(), most->data() + most->size(), ms);
  return error == std::errc{} && ms >= 40;
}

void read_feedback(const Media& media, std::string_view format, PayloadChoice& choice) {
  for (const Attribute& attribute : media.attributes.all()) {
    if (attribute.name != "rtcp-fb") continue;
    const auto words = words_of(attribute.value);
    if (words.size() < 2 || (words[0] != "*" && words[0] != format)) continue;
    if (words[1] == "nack" && words.size() == 2) choice.nack = true;
    if (words[1] == "nack" && words.size() == 3 && words[2] == "pli") choice.pli = true;
    if (words[1] == "transport-cc") choice.transport_cc = true;
    if (words[1] == "goog-remb") choice.remb = true;
  }
}

}  // namespace

std::optional<PayloadChoice> choose_h264(const Media& media) {
  constexpr std::string_view kDefaultProfileLevelId = "42000a";  // RFC 6184 §8.1
  std::optional<int> best_rank;
  std::string_view best_format;
  PayloadChoice choice;
  for (const std::string& format : media.formats) {
    const auto payload_type = read_payload_type(format);
    if (!payload_type || !equal_ignoring_case(value_for(media, "rtpmap", format), "H264/90000"))
      continue;
    const std::string_view parameters = value_for(media, "fmtp", format);
    if (parameter(parameters, "packetization-mode") != "1") continue;
    const auto profile = parameter(parameters, "profile-level-id");
    const auto rank = rank_profile(profile.value_or(kDefaultProfileLevelId));
    if (!rank || (best_rank && *best_rank <= *rank)) continue;
    best_rank = rank;
    best_format = format;
    choice.payload_type = *payload_type;
    choice.format_parameters =
        parameter(parameters, "level-asymmetry-allowed") == "1" ? "level-asymmetry-allowed=1;" : "";
    choice.format_parameters += "packetization-mode=1";
    if (profile) choice.format_parameters += fmt::format(";profile-level-id={}", *profile);
  }
  if (!best_rank) return std::nullopt;
  read_feedback(media, best_format, choice);
  if (choice.nack) choice.rtx_payload_type = find_rtx(media, best_format);
  return choice;
}

std::optional<PayloadChoice> choose_vpx(const Media& media) {
  for (const std::string& format : media.formats) {
    const auto payload_type = read_payload_type(format);
    const std::string_view encoding = value_for(media, "rtpmap", format);
    const bool vp8 = equal_ignoring_case(encoding, "VP8/90000");
    if (!payload_type || (!vp8 && !equal_ignoring_case(encoding, "VP9/90000"))) continue;
    const auto profile = parameter(value_for(media, "fmtp", format), "profile-id");
    if (!vp8 && profile.value_or("0") != "0") continue;
    PayloadChoice choice;
    choice.payload_type = *payload_type;
    choice.video_codec = vp8 ? RtpVideo::kVp8 : RtpVideo::kVp9;
    if (!vp8 && profile) choice.format_parameters = "profile-id=0";
    read_feedback(media, format, choice);
    if (choice.nack) choice.rtx_payload_type = find_rtx(media, format);
    return choice;
  }
  return std::nullopt;
}

std::optional<PayloadChoice> choose_opus(const Media& media) {
  for (const std::string& format : media.formats) {
    const auto payload_type = read_payload_type(format);
    if (!payload_type || !equal_ignoring_case(value_for(media, "rtpmap", format), "opus/48000/2"))
      continue;
    PayloadChoice choice;
    choice.payload_type = *payload_type;
    const std::string_view parameters = value_for(media, "fmtp", format);
    if (parameters.size() <= kMaxEchoedParameterBytes) choice.format_parameters = parameters;
    // RFC 7587 §6.1: who asks for stereo is told that stereo comes.
    if (parameter(parameters, "stereo") == "1" && !parameter(parameters, "sprop-stereo"))
      choice.format_parameters += ";sprop-stereo=1";
    choice.varied_duration = parameter(parameters, "minptime") && takes_40_ms(media);
    read_feedback(media, format, choice);
    return choice;
  }
  return std::nullopt;
}

}  // namespace longmen::sdp
