#include "load/whep_offer.h"

#include <fmt/format.h>

#include <iterator>

#include "core/sdp/offer.h"

namespace longmen {
namespace {

void write_section(std::string_view kind, std::string_view types, std::string_view mid,
                   const IceCredentials& local, const std::string& fingerprint, std::string& text) {
  const std::back_insert_iterator out(text);
  fmt::format_to(out,
                 "m={} 9 UDP/TLS/RTP/SAVPF {}\r\n"
                 "c=IN IP4 0.0.0.0\r\n"
                 "a=rtcp:9 IN IP4 0.0.0.0\r\n"
                 "a=ice-ufrag:{}\r\n"
                 "a=ice-pwd:{}\r\n"
                 "a=ice-options:trickle\r\n"
                 "a=fingerprint:{}\r\n"
                 "a=setup:active\r\n"
                 "a=mid:{}\r\n"
                 "a=recvonly\r\n"
                 "a=rtcp-mux\r\n"
                 "a=rtcp-rsize\r\n",
                 kind, types, local.ufrag, local.pwd, fingerprint, mid);
  fmt::format_to(out, "a=extmap:{} {}\r\n", kOfferedExtensions.mid, sdp::kMidExtension);
  fmt::format_to(out, "a=extmap:{} {}\r\n", kOfferedExtensions.transport_cc,
                 sdp::kTransportCcExtension);
  fmt::format_to(out, "a=extmap:{} {}\r\n", kOfferedExtensions.playout_delay,
                 sdp::kPlayoutDelayExtension);
  fmt::format_to(out, "a=extmap:{} {}\r\n", kOfferedExtensions.capture_time,
                 sdp::kCaptureTimeExtension);
}

}  // namespace

std::string write_load_offer(const IceCredentials& local, const std::string& fingerprint,
                             bool audio_only) {
  std::string text = fmt::format(
      "v=0\r\n"
      "o=- 4611686018427387905 2 IN IP4 127.0.0.1\r\n"
      "s=-\r\n"
      "t=0 0\r\n"
      "a=group:BUNDLE {}\r\n"
      "a=extmap-allow-mixed\r\n"
      "a=msid-semantic: WMS\r\n",
      audio_only ? "1" : "0 1");
  const std::back_insert_iterator out(text);
  if (!audio_only) {
    write_section("video", fmt::format("{} {}", kOfferedVideoType, kOfferedRepeatType), "0", local,
                  fingerprint, text);
    fmt::format_to(out,
                   "a=rtpmap:{0} H264/90000\r\n"
                   "a=rtcp-fb:{0} transport-cc\r\n"
                   "a=rtcp-fb:{0} ccm fir\r\n"
                   "a=rtcp-fb:{0} nack\r\n"
                   "a=rtcp-fb:{0} nack pli\r\n"
                   "a=fmtp:{0} level-asymmetry-allowed=1;packetization-mode=1;"
                   "profile-level-id=42e01f\r\n"
                   "a=rtpmap:{1} rtx/90000\r\n"
                   "a=fmtp:{1} apt={0}\r\n",
                   kOfferedVideoType, kOfferedRepeatType);
  }
  write_section("audio", fmt::format("{}", kOfferedAudioType), "1", local, fingerprint, text);
  fmt::format_to(out,
                 "a=rtpmap:{0} opus/48000/2\r\n"
                 "a=rtcp-fb:{0} transport-cc\r\n"
                 "a=fmtp:{0} minptime=10;useinbandfec=1\r\n",
                 kOfferedAudioType);
  return text;
}

}  // namespace longmen
