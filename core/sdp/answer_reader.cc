#include "core/sdp/answer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/sdp/fingerprint.h"
#include "core/sdp/offer.h"
#include "core/sdp/sdp.h"

namespace longmen::sdp {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text, Number most) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return {};
  return value;
}

std::optional<uint8_t> payload_type_of(std::string_view text) {
  const auto type = number_of<unsigned>(text, 127);
  return type ? std::optional(static_cast<uint8_t>(*type)) : std::nullopt;
}

bool is_rtx(std::string_view encoding) {
  constexpr std::string_view kName = "rtx/";
  return encoding.size() > kName.size() &&
         std::equal(kName.begin(), kName.end(), encoding.begin(),
                    [](char want, char c) { return want == (c | 0x20) || want == c; });
}

// RFC 8839 §5.1: foundation component transport priority address port "typ" type ...
std::optional<AnswerCandidate> read_candidate(std::string_view value) {
  const auto words = words_of(value);
  if (words.size() < 8 || words[6] != "typ" || words[1] != "1") return {};
  AnswerCandidate candidate;
  std::string transport(words[2]);
  std::ranges::transform(transport, transport.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  if (transport != "udp" && transport != "tcp") return {};
  candidate.udp = transport == "udp";
  const auto priority = number_of<uint32_t>(words[3], UINT32_MAX);
  const auto port = number_of<unsigned>(words[5], 65535);
  if (!priority || !port || *port == 0 || !is_word(words[4])) return {};
  candidate.priority = *priority;
  candidate.port = static_cast<uint16_t>(*port);
  candidate.address = words[4];
  return candidate;
}

void read_candidates(const AttributeList& attributes, std::vector<AnswerCandidate>& out) {
  for (const Attribute& attribute : attributes.all()) {
    if (attribute.name != "candidate" || out.size() == kMaxCandidates) continue;
    if (auto candidate = read_candidate(attribute.value)) out.push_back(std::move(*candidate));
  }
}

void read_answered_extensions(const AttributeList& attributes, JoinMedia& media) {
  for (const Attribute& attribute : attributes.all()) {
    if (attribute.name != "extmap") continue;
    const auto words = words_of(attribute.value);
    if (words.size() < 2) continue;
    const auto id = number_of<unsigned>(words[0].substr(0, words[0].find('/')), 14);
    if (!id || *id == 0) continue;
    const auto take = [&](std::string_view uri, std::optional<uint8_t>& into) {
      if (words[1] == uri && !into) into = static_cast<uint8_t>(*id);
    };
    take(kMidExtension, media.mid_extension);
    take(kTransportCcExtension, media.transport_cc_extension);
    take(kPlayoutDelayExtension, media.playout_delay_extension);
    take(kCaptureTimeExtension, media.capture_time_extension);
  }
}

// The payload type that is played is the first of the m= line that is no RTX.
bool read_payload_types(const Media& section, JoinMedia& media) {
  std::vector<uint8_t> repairs;
  for (const Attribute& attribute : section.attributes.all()) {
    if (attribute.name != "rtpmap") continue;
    const auto words = words_of(attribute.value);
    if (words.size() < 2 || !is_rtx(words[1])) continue;
    if (const auto type = payload_type_of(words[0])) repairs.push_back(*type);
  }
  const auto repairs_loss = [&](uint8_t type) {
    return std::ranges::find(repairs, type) != repairs.end();
  };
  bool found = false;
  for (const std::string& format : section.formats) {
    const auto type = payload_type_of(format);
    if (!type || repairs_loss(*type)) continue;
    media.payload_type = *type;
    found = true;
    break;
  }
  if (!found) return false;
  const std::string of_it = fmt::format("apt={}", media.payload_type);
  for (const Attribute& attribute : section.attributes.all()) {
    if (attribute.name != "fmtp" || media.rtx_payload_type) continue;
    const auto words = words_of(attribute.value);
    if (words.size() < 2 || words[1].substr(0, words[1].find(';')) != of_it) continue;
    const auto type = payload_type_of(words[0]);
    if (type && repairs_loss(*type)) media.rtx_payload_type = type;
  }
  return true;
}

void read_feedback(const Media& section, JoinMedia& media) {
  bool transport_cc = false;
  for (const Attribute& attribute : section.attributes.all()) {
    if (attribute.name != "rtcp-fb") continue;
    const auto words = words_of(attribute.value);
    if (words.size() < 2) continue;
    if (words[0] != "*" && payload_type_of(words[0]) != media.payload_type) continue;
    if (words[1] == "transport-cc") transport_cc = true;
    if (words[1] != "nack") continue;
    if (words.size() == 2) media.nack = true;
    if (words.size() > 2 && words[2] == "pli") media.pli = true;
  }
  if (!transport_cc) media.transport_cc_extension.reset();
}

void read_sources(const Media& section, AnsweredMedia& out) {
  for (const Attribute& attribute : section.attributes.all()) {
    const auto words = words_of(attribute.value);
    if (attribute.name == "ssrc-group" && words.size() == 3 && words[0] == "FID") {
      out.ssrc = number_of<uint32_t>(words[1], UINT32_MAX);
      out.rtx_ssrc = number_of<uint32_t>(words[2], UINT32_MAX);
      return;
    }
    if (attribute.name == "ssrc" && !out.ssrc && !words.empty())
      out.ssrc = number_of<uint32_t>(words[0], UINT32_MAX);
  }
}

bool sends(const Description& answer, const Media& section) {
  for (std::string_view direction : {"sendonly", "sendrecv"})
    if (section.attributes.has(direction)) return true;
  for (std::string_view direction : {"recvonly", "inactive"})
    if (section.attributes.has(direction)) return false;
  return !answer.attributes.has("recvonly") && !answer.attributes.has("inactive");
}

std::optional<AnsweredMedia> read_media(const Description& answer, const Media& section) {
  // RFC 9143 §7.3: within a bundle a port of 0 without bundle-only is a rejection.
  if (section.port == 0 || !sends(answer, section)) return {};
  AnsweredMedia out;
  if (!read_payload_types(section, out.media)) return {};
  if (const std::string* mid = section.attributes.first("mid"); mid && is_word(*mid))
    out.media.mid = *mid;
  read_answered_extensions(section.attributes, out.media);
  read_answered_extensions(answer.attributes, out.media);
  read_feedback(section, out.media);
  read_sources(section, out);
  return out;
}

Result<void> read_transport(const Description& answer, const Media& section, WhepAnswer& out) {
  const std::string* ufrag = answer.inherited(section, "ice-ufrag");
  const std::string* pwd = answer.inherited(section, "ice-pwd");
  if (!ufrag || !valid_ice_ufrag(*ufrag)) return fail("ice-ufrag is not 4 to 256 characters");
  if (!pwd || !valid_ice_pwd(*pwd)) return fail("ice-pwd is missing or not 22 to 256 characters");
  out.remote = {*ufrag, *pwd};
  const Fingerprints fingerprints = read_fingerprints(answer, section);
  if (!fingerprints.picked)
    return fail("no fingerprint is a well-formed sha-256, sha-384 or sha-512");
  out.fingerprint = *fingerprints.picked;
  const std::string* setup = answer.inherited(section, "setup");
  if (setup && *setup != "passive") return fail("setup is not passive, though the offer is active");
  out.ice_lite = answer.attributes.has("ice-lite");
  return {};
}

}  // namespace

Result<WhepAnswer> read_whep_answer(std::string_view text) {
  const auto answer = parse(text);
  if (!answer) return tl::unexpected(answer.error());
  WhepAnswer out;
  const Media* transport = nullptr;
  for (const Media& section : answer->media) {
    auto& into = section.kind == "video" ? out.video : out.audio;
    if ((section.kind != "video" && section.kind != "audio") || into) continue;
    into = read_media(*answer, section);
    if (into && !transport) transport = &section;
    if (into) read_candidates(section.attributes, out.candidates);
  }
  if (!transport) return fail("the answer sends neither video nor audio");
  read_candidates(answer->attributes, out.candidates);
  if (auto read = read_transport(*answer, *transport, out); !read)
    return tl::unexpected(read.error());
  return out;
}

}  // namespace longmen::sdp
