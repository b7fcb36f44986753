#include "core/sdp/answer.h"

#include <fmt/format.h>

#include <iterator>

#include "core/sdp/candidate.h"

namespace longmen::sdp {
namespace {

// One MediaStream with one track of each kind (draft-ietf-wish-whep, "Single MediaStream"); tracks
// of one stream are played in step.
constexpr std::string_view kStreamId = "longmen";

using Out = std::back_insert_iterator<std::string>;

std::string_view ip_version(const std::string& address) {
  return address.find(':') == std::string::npos ? "IP4" : "IP6";
}

void write_rejected(const OfferedSection& section, Out out) {
  fmt::format_to(out, "m={} 0 {} {}\r\nc=IN IP4 0.0.0.0\r\n", section.kind, section.protocol,
                 section.first_format);
  if (!section.mid.empty()) fmt::format_to(out, "a=mid:{}\r\n", section.mid);
  fmt::format_to(out, "a=inactive\r\n");
}

void write_extensions(const JoinMedia& media, Out out) {
  const auto write = [&](const std::optional<uint8_t>& id, std::string_view uri) {
    if (id) fmt::format_to(out, "a=extmap:{} {}\r\n", *id, uri);
  };
  write(media.mid_extension, kMidExtension);
  write(media.transport_cc_extension, kTransportCcExtension);
  write(media.playout_delay_extension, kPlayoutDelayExtension);
  write(media.capture_time_extension, kCaptureTimeExtension);
}

void write_payload(const OfferedSection& section, Out out) {
  const JoinMedia& media = section.media;
  const unsigned type = media.payload_type;
  if (section.use == Use::kVideo) {
    fmt::format_to(out, "a=rtpmap:{} {}/90000\r\n", type,
                   name_in(kRtpVideoNames, media.video_codec));
  } else {
    fmt::format_to(out, "a=rtpmap:{} opus/48000/2\r\n", type);
  }
  if (media.transport_cc_extension) fmt::format_to(out, "a=rtcp-fb:{} transport-cc\r\n", type);
  if (section.remb) fmt::format_to(out, "a=rtcp-fb:{} goog-remb\r\n", type);
  if (media.nack) fmt::format_to(out, "a=rtcp-fb:{} nack\r\n", type);
  if (media.pli) fmt::format_to(out, "a=rtcp-fb:{} nack pli\r\n", type);
  if (!section.format_parameters.empty())
    fmt::format_to(out, "a=fmtp:{} {}\r\n", type, section.format_parameters);
  if (media.rtx_payload_type) {
    fmt::format_to(out, "a=rtpmap:{} rtx/90000\r\na=fmtp:{} apt={}\r\n", *media.rtx_payload_type,
                   *media.rtx_payload_type, type);
  }
}

void write_sources(const OfferedSection& section, const JoinAnswer& answer, Out out) {
  const bool video = section.use == Use::kVideo;
  const uint32_t ssrc = video ? answer.video_ssrc : answer.audio_ssrc;
  const std::string_view track = video ? "video" : "audio";
  const auto write_ssrc = [&](uint32_t value) {
    fmt::format_to(out, "a=ssrc:{} cname:{}\r\na=ssrc:{} msid:{} {}\r\n", value, answer.cname,
                   value, kStreamId, track);
  };
  fmt::format_to(out, "a=msid:{} {}\r\n", kStreamId, track);
  const bool rtx = section.media.rtx_payload_type.has_value();
  if (rtx) fmt::format_to(out, "a=ssrc-group:FID {} {}\r\n", ssrc, answer.video_rtx_ssrc);
  write_ssrc(ssrc);
  if (rtx) write_ssrc(answer.video_rtx_ssrc);
}

// What we do with the media.
enum class Part { kSend, kReceive };

// ICE and DTLS attributes are the same in every section of the bundle. RFC 9143 §7.1.3 asks for
// them in the first alone; players that look into each section exist, none minds the repetition.
void write_used(const OfferedSection& section, const JoinAnswer& answer, Part part, bool first,
                Out out) {
  fmt::format_to(out, "m={} {} {} {}", section.kind, answer.port, section.protocol,
                 section.media.payload_type);
  if (section.media.rtx_payload_type) fmt::format_to(out, " {}", *section.media.rtx_payload_type);
  fmt::format_to(out, "\r\nc=IN {} {}\r\n", ip_version(answer.address), answer.address);
  if (!section.mid.empty()) fmt::format_to(out, "a=mid:{}\r\n", section.mid);
  fmt::format_to(out,
                 "a=ice-ufrag:{}\r\n"
                 "a=ice-pwd:{}\r\n"
                 "a=fingerprint:{}\r\n"
                 "a=setup:passive\r\n",
                 answer.ufrag, answer.pwd, answer.fingerprint);
  if (first) fmt::format_to(out, "{}", write_host_candidate(answer.address, answer.port));
  write_extensions(section.media, out);
  fmt::format_to(out, "a={}\r\na=rtcp-mux\r\n", part == Part::kSend ? "sendonly" : "recvonly");
  if (section.reduced_size) fmt::format_to(out, "a=rtcp-rsize\r\n");
  if (section.receiver_rtt && part == Part::kReceive)
    fmt::format_to(out, "a=rtcp-xr:rcvr-rtt=all\r\n");
  write_payload(section, out);
  if (part == Part::kSend) write_sources(section, answer, out);
}

std::string write_answer(const MediaOffer& offer, const JoinAnswer& answer, Part part,
                         uint64_t session_id) {
  std::string text;
  const Out out(text);
  fmt::format_to(out, "v=0\r\no=- {} 1 IN {} {}\r\ns=-\r\nt=0 0\r\n", session_id,
                 ip_version(answer.address), answer.address);
  std::string group;
  for (const OfferedSection& section : offer.sections)
    if (section.bundled) group += " " + section.mid;
  if (!group.empty()) fmt::format_to(out, "a=group:BUNDLE{}\r\n", group);
  fmt::format_to(out, "a=ice-lite\r\na=ice-options:trickle ice2\r\n");
  if (part == Part::kSend) fmt::format_to(out, "a=msid-semantic: WMS {}\r\n", kStreamId);
  bool first = true;
  for (const OfferedSection& section : offer.sections) {
    if (section.use == Use::kRejected) {
      write_rejected(section, out);
      continue;
    }
    write_used(section, answer, part, first, out);
    first = false;
  }
  return text;
}

}  // namespace

std::string write_whep_answer(const MediaOffer& offer, const JoinAnswer& answer,
                              uint64_t session_id) {
  return write_answer(offer, answer, Part::kSend, session_id);
}

std::string write_whip_answer(const MediaOffer& offer, const JoinAnswer& answer,
                              uint64_t session_id) {
  return write_answer(offer, answer, Part::kReceive, session_id);
}

}  // namespace longmen::sdp
