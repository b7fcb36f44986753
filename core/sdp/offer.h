// The offer of a WHEP player or a WHIP sender: decides which of its media sections are used and
// with which payload types, or why the offer is refused. The first usable video section takes
// H.264 (of a sender VP8 or VP9 where that is not offered), the first usable audio section Opus. Of
// a player's all others are rejected in their place by the answer; a player that wants video but
// not H.264 is refused (sound alone would look like a fault); one that wants video and other audio
// than Opus gets the video. Of a sender's every section must be usable, and one of a kind: nobody
// is to believe that what he sends is seen (RFC 9725 §4.4.2, §4.4.3). It does not know channels,
// relays or HTTP beyond the status number. transport_cc_extension is set only where the feedback
// was offered too, rtx_payload_type only where nack was. Source: draft-ietf-wish-whep, RFC 9725,
// RFC 8829 (JSEP), RFC 8843 (BUNDLE), RFC 6184 §8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ice/ice_credentials.h"
#include "core/node/join.h"

namespace longmen::sdp {

// Why an offer is refused, for the HTTP answer.
struct Refusal {
  int status = 400;   // 400 malformed, 406 nothing in common, 422 well-formed and of no use here
  std::string words;  // for a person; no trailing full stop
};

// The chosen header extensions' addresses.
inline constexpr std::string_view kMidExtension = "urn:ietf:params:rtp-hdrext:sdes:mid";
inline constexpr std::string_view kTransportCcExtension =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
inline constexpr std::string_view kPlayoutDelayExtension =
    "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
inline constexpr std::string_view kCaptureTimeExtension =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";

enum class Use : uint8_t { kRejected, kVideo, kAudio };

// One media section of the offer, in its place, with what the answer needs to repeat of it.
struct OfferedSection {
  Use use = Use::kRejected;
  std::string kind;
  std::string protocol;
  std::string first_format;       // what a rejected section repeats
  std::string mid;                // empty: the offer names none
  bool bundled = false;           // in the group that the answer accepts
  JoinMedia media;                // valid unless rejected
  std::string format_parameters;  // of the chosen payload type, as the answer states them
  bool remb = false;              // offered, and transport-cc was not
  bool reduced_size = false;      // rtcp-rsize
  bool receiver_rtt = false;      // a sender's: it answers reference times (RFC 3611 §5.1)
};

struct MediaOffer {
  std::vector<OfferedSection> sections;
  IceCredentials remote;
  std::string fingerprint;  // "sha-256 AA:BB:..."; sha-256 preferred, then -384, -512

  std::optional<JoinMedia> video() const;
  std::optional<JoinMedia> audio() const;
};

tl::expected<MediaOffer, Refusal> read_whep_offer(std::string_view text);
tl::expected<MediaOffer, Refusal> read_whip_offer(std::string_view text);

// Fills remote_ufrag, remote_pwd, fingerprint, video and audio; leaves the rest alone.
void fill_join_request(const MediaOffer& offer, JoinRequest& request);

}  // namespace longmen::sdp
