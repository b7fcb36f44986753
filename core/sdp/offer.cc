#include "core/sdp/offer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/sdp/fingerprint.h"
#include "core/sdp/payload_choice.h"
#include "core/sdp/sdp.h"

namespace longmen::sdp {
namespace {

constexpr size_t kMaxMidBytes = 64;
// What is wanted of a sender's Opus (RFC 7587 §6.1, §7.1): both channels; nothing is made of FEC.
constexpr std::string_view kWantedOpus = "minptime=10;stereo=1";

tl::unexpected<Refusal> refuse(int status, std::string words) {
  return tl::unexpected(Refusal{status, std::move(words)});
}

// Why a media section is not played. The order is that of blame: when nothing can be played, the
// greatest of all sections' obstacles is told.
enum class Obstacle { kNone, kNotMedia, kOff, kDirection, kNoRtcpMux, kCodec };

// What one who makes an offer does with the media.
enum class Offerer { kPlayer, kSender };

Obstacle obstacle_before_codec(const Description& offer, const Media& media, Offerer offerer) {
  if (media.kind != "video" && media.kind != "audio") return Obstacle::kNotMedia;
  if (!media.protocol.ends_with("RTP/SAVPF") && !media.protocol.ends_with("RTP/SAVP"))
    return Obstacle::kNotMedia;
  // RFC 9143 §6: port 0 with bundle-only is not a section switched off.
  if (media.port == 0 && !media.attributes.has("bundle-only")) return Obstacle::kOff;
  const std::string_view own = offerer == Offerer::kPlayer ? "recvonly" : "sendonly";
  const std::string_view other = offerer == Offerer::kPlayer ? "sendonly" : "recvonly";
  for (std::string_view direction : {own, std::string_view("sendrecv")})
    if (media.attributes.has(direction)) return Obstacle::kNone;
  for (std::string_view direction : {other, std::string_view("inactive")})
    if (media.attributes.has(direction)) return Obstacle::kDirection;
  for (std::string_view direction : {other, std::string_view("inactive")})
    if (offer.attributes.has(direction)) return Obstacle::kDirection;
  return Obstacle::kNone;  // RFC 8866 §6.7: sendrecv is the default
}

// Lets `visit(id, uri)` see the extensions that the offerer is willing to receive, or send, with
// ids that fit the one-byte form.
template <class Visit>
void for_each_extension(const AttributeList& attributes, Offerer offerer, Visit visit) {
  const std::string_view own = offerer == Offerer::kPlayer ? "recvonly" : "sendonly";
  for (const Attribute& attribute : attributes.all()) {
    if (attribute.name != "extmap") continue;
    const auto words = words_of(attribute.value);
    if (words.size() < 2) continue;
    const size_t slash = words[0].find('/');
    const std::string_view direction =
        slash == std::string_view::npos ? std::string_view("sendrecv") : words[0].substr(slash + 1);
    if (direction != "sendrecv" && direction != own) continue;
    const std::string_view number = words[0].substr(0, slash);
    unsigned id = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
    if (error != std::errc{} || end != number.data() + number.size()) continue;
    if (id >= 1 && id <= 14) visit(static_cast<uint8_t>(id), words[1]);
  }
}

void read_extensions(const AttributeList& attributes, Offerer offerer, JoinMedia& media) {
  for_each_extension(attributes, offerer, [&](uint8_t id, std::string_view uri) {
    if (uri == kMidExtension && !media.mid_extension) media.mid_extension = id;
    if (uri == kTransportCcExtension && !media.transport_cc_extension)
      media.transport_cc_extension = id;
    if (offerer == Offerer::kSender) return;
    if (uri == kPlayoutDelayExtension && !media.playout_delay_extension)
      media.playout_delay_extension = id;
    if (uri == kCaptureTimeExtension && !media.capture_time_extension)
      media.capture_time_extension = id;
  });
}

void take_payload(const Description& offer, const Media& media, Offerer offerer,
                  const PayloadChoice& choice, OfferedSection& section) {
  section.use = section.kind == "video" ? Use::kVideo : Use::kAudio;
  section.format_parameters = choice.format_parameters;
  if (offerer == Offerer::kSender && section.use == Use::kAudio)
    section.format_parameters = kWantedOpus;
  section.reduced_size = media.attributes.has("rtcp-rsize");
  if (const std::string* reports = media.attributes.first("rtcp-xr"); reports)
    section.receiver_rtt = reports->find("rcvr-rtt=") != std::string::npos;
  JoinMedia& join = section.media;
  join.mid = section.mid;
  join.payload_type = choice.payload_type;
  join.video_codec = choice.video_codec;
  join.rtx_payload_type = choice.rtx_payload_type;
  join.nack = choice.nack;
  join.pli = choice.pli;
  join.varied_duration = choice.varied_duration;
  read_extensions(media.attributes, offerer, join);
  read_extensions(offer.attributes, offerer, join);
  if (section.mid.empty()) join.mid_extension.reset();
  if (!choice.transport_cc) join.transport_cc_extension.reset();
  section.remb = choice.remb && !join.transport_cc_extension;
}

// The mids of the offer's first BUNDLE group.
std::vector<std::string> bundle_group(const Description& offer) {
  for (const Attribute& attribute : offer.attributes.all()) {
    if (attribute.name != "group") continue;
    const auto words = words_of(attribute.value);
    if (!words.empty() && words[0] == "BUNDLE") return {words.begin() + 1, words.end()};
  }
  return {};
}

Refusal nothing_playable(Obstacle worst) {
  switch (worst) {
    case Obstacle::kCodec:
      return {406, "no codec in common: the channel is H.264 (packetization-mode=1) and Opus"};
    case Obstacle::kNoRtcpMux:
      return {422, "the offer's media sections lack rtcp-mux"};
    case Obstacle::kDirection:
      return {422, "the offer's media sections must be recvonly or sendrecv to be played"};
    case Obstacle::kNone:
    case Obstacle::kNotMedia:
    case Obstacle::kOff:
      break;
  }
  return {406, "the offer asks for neither video nor audio over DTLS-SRTP"};
}

// Sets section.use where it can be played, and says why not where it cannot.
Obstacle choose_payload(const Description& offer, const Media& media, Offerer offerer,
                        OfferedSection& section) {
  const Obstacle obstacle = obstacle_before_codec(offer, media, offerer);
  if (obstacle != Obstacle::kNone) return obstacle;
  if (!media.attributes.has("rtcp-mux")) return Obstacle::kNoRtcpMux;
  auto choice = media.kind == "video" ? choose_h264(media) : choose_opus(media);
  if (!choice && media.kind == "video" && offerer == Offerer::kSender) choice = choose_vpx(media);
  if (!choice) return Obstacle::kCodec;
  take_payload(offer, media, offerer, *choice, section);
  return Obstacle::kNone;
}

tl::expected<std::string, Refusal> read_mid(const Media& media, const MediaOffer& read_so_far) {
  const std::string* mid = media.attributes.first("mid");
  if (!mid) return std::string();
  if (!is_word(*mid) || mid->size() > kMaxMidBytes) return refuse(400, "a mid is not a token");
  for (const OfferedSection& other : read_so_far.sections)
    if (other.mid == *mid) return refuse(400, fmt::format("mid \"{}\" occurs twice", *mid));
  return *mid;
}

std::optional<JoinMedia> media_of(const MediaOffer& offer, Use use) {
  for (const OfferedSection& section : offer.sections)
    if (section.use == use) return section.media;
  return std::nullopt;
}

tl::expected<OfferedSection, Refusal> begin_section(const Media& media,
                                                    const MediaOffer& read_so_far) {
  OfferedSection section;
  section.kind = media.kind;
  section.protocol = media.protocol;
  section.first_format = media.formats.front();
  auto mid = read_mid(media, read_so_far);
  if (!mid) return tl::unexpected(mid.error());
  section.mid = std::move(*mid);
  return section;
}

tl::expected<void, Refusal> read_players_sections(const Description& offer, MediaOffer& out) {
  Obstacle worst = Obstacle::kNone;
  bool has_video = false;
  bool has_audio = false;
  bool video_codec_missing = false;
  for (const Media& media : offer.media) {
    auto section = begin_section(media, out);
    if (!section) return tl::unexpected(section.error());
    bool& taken = media.kind == "video" ? has_video : has_audio;
    if (!taken) {
      const Obstacle obstacle = choose_payload(offer, media, Offerer::kPlayer, *section);
      worst = std::max(worst, obstacle);
      if (obstacle == Obstacle::kCodec && media.kind == "video") video_codec_missing = true;
      taken = taken || section->use != Use::kRejected;
    }
    out.sections.push_back(std::move(*section));
  }
  if (!has_video && !has_audio) return tl::unexpected(nothing_playable(worst));
  if (!has_video && video_codec_missing) return tl::unexpected(nothing_playable(Obstacle::kCodec));
  return {};
}

Refusal not_received(const Media& media, Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kCodec:
      return {422, fmt::format("no {} codec in common: send {}", media.kind,
                               media.kind == "video"
                                   ? "H.264 (packetization-mode=1), VP8 or VP9 (profile 0)"
                                   : "Opus")};
    case Obstacle::kNoRtcpMux:
      return {422, "the offer's media sections lack rtcp-mux"};
    case Obstacle::kDirection:
      return {422, "the offer's media sections must be sendonly or sendrecv to be received"};
    case Obstacle::kNone:
    case Obstacle::kNotMedia:
    case Obstacle::kOff:
      break;
  }
  return {422, "only video and audio over DTLS-SRTP are taken"};
}

// A section that is switched off is no error; one that could not be received is.
tl::expected<void, Refusal> read_senders_sections(const Description& offer, MediaOffer& out) {
  for (const Media& media : offer.media) {
    auto section = begin_section(media, out);
    if (!section) return tl::unexpected(section.error());
    const Obstacle obstacle = choose_payload(offer, media, Offerer::kSender, *section);
    if (obstacle != Obstacle::kNone && obstacle != Obstacle::kOff)
      return tl::unexpected(not_received(media, obstacle));
    if (section->use != Use::kRejected && media_of(out, section->use))
      return refuse(422, fmt::format("more than one {} is offered", media.kind));
    out.sections.push_back(std::move(*section));
  }
  if (!out.video() && !out.audio())
    return refuse(422, "the offer has neither video nor audio over DTLS-SRTP");
  return {};
}

// Both played sections share one transport: decides who is bundled and whose ICE and DTLS
// attributes count (RFC 9143 §7.3: the first of the group that is not bundle-only).
tl::expected<const Media*, Refusal> choose_transport(const Description& offer, MediaOffer& out) {
  const std::vector<std::string> group = bundle_group(offer);
  const auto in_group = [&](const std::string& mid) {
    return !mid.empty() && std::ranges::find(group, mid) != group.end();
  };
  size_t played = 0;
  size_t bundled = 0;
  for (OfferedSection& section : out.sections) {
    if (section.use == Use::kRejected) continue;
    ++played;
    section.bundled = in_group(section.mid);
    bundled += section.bundled;
  }
  if (played > 1 && bundled != played)
    return refuse(422, "video and audio must be in one BUNDLE group");

  const auto transport_of = [&](bool of_played) -> const Media* {
    for (size_t index = 0; index < offer.media.size(); ++index) {
      const OfferedSection& section = out.sections[index];
      const bool eligible = of_played ? section.use != Use::kRejected : in_group(section.mid);
      if (eligible && offer.inherited(offer.media[index], "ice-ufrag")) return &offer.media[index];
    }
    return nullptr;
  };
  const Media* transport = transport_of(true);
  if (!transport && bundled > 0) transport = transport_of(false);
  if (!transport) return refuse(400, "the offer has no ice-ufrag");
  return transport;
}

tl::expected<void, Refusal> read_transport(const Description& offer, const Media& media,
                                           MediaOffer& out) {
  if (offer.attributes.has("ice-lite"))
    return refuse(422, "an ICE-lite peer cannot reach this ICE-lite server");
  const std::string* ufrag = offer.inherited(media, "ice-ufrag");
  const std::string* pwd = offer.inherited(media, "ice-pwd");
  if (!ufrag || !valid_ice_ufrag(*ufrag))
    return refuse(400, "ice-ufrag is not 4 to 256 characters");
  if (!pwd || !valid_ice_pwd(*pwd))
    return refuse(400, "ice-pwd is missing or not 22 to 256 characters");
  out.remote = {*ufrag, *pwd};

  const Fingerprints fingerprints = read_fingerprints(offer, media);
  if (!fingerprints.any) return refuse(400, "the offer has no fingerprint: DTLS-SRTP is required");
  if (!fingerprints.picked)
    return refuse(422, "no fingerprint is a well-formed sha-256, sha-384 or sha-512");
  out.fingerprint = *fingerprints.picked;

  // RFC 8842 §5.3: the server takes the passive part; RFC 4145 §4: the default is active.
  const std::string* setup = offer.inherited(media, "setup");
  if (setup && *setup != "actpass" && *setup != "active")
    return refuse(422, "setup must be actpass or active: the server is DTLS passive");
  return {};
}

}  // namespace

std::optional<JoinMedia> MediaOffer::video() const {
  return media_of(*this, Use::kVideo);
}
std::optional<JoinMedia> MediaOffer::audio() const {
  return media_of(*this, Use::kAudio);
}

namespace {

tl::expected<MediaOffer, Refusal> read_offer(std::string_view text, Offerer offerer) {
  const auto description = parse(text);
  if (!description)
    return refuse(400, fmt::format("the offer is malformed: {}", description.error().message));
  if (description->media.empty()) return refuse(400, "the offer has no media section");
  MediaOffer offer;
  const auto sections = offerer == Offerer::kPlayer ? read_players_sections(*description, offer)
                                                    : read_senders_sections(*description, offer);
  if (!sections) return tl::unexpected(sections.error());
  const auto transport = choose_transport(*description, offer);
  if (!transport) return tl::unexpected(transport.error());
  if (auto read = read_transport(*description, **transport, offer); !read)
    return tl::unexpected(read.error());
  return offer;
}

}  // namespace

tl::expected<MediaOffer, Refusal> read_whep_offer(std::string_view text) {
  return read_offer(text, Offerer::kPlayer);
}

tl::expected<MediaOffer, Refusal> read_whip_offer(std::string_view text) {
  return read_offer(text, Offerer::kSender);
}

void fill_join_request(const MediaOffer& offer, JoinRequest& request) {
  request.remote_ufrag = offer.remote.ufrag;
  request.remote_pwd = offer.remote.pwd;
  request.fingerprint = offer.fingerprint;
  request.video = offer.video();
  request.audio = offer.audio();
}

}  // namespace longmen::sdp
