// RTP and RTCP of an authenticated sender of any mind: units of a feed come out in bounds, and
// nothing is kept or asked for without end.
#include "core/base/invariant.h"
#include "core/whip/media_receiver.h"

using namespace longmen;

// Packets one after the other: a byte of which the first bit says RTCP and the rest how many
// milliseconds have passed, a 16-bit length, and its bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace std::chrono_literals;
  whip::MediaOptions options;
  options.video.emplace();
  options.video->payload_type = 102;
  options.video->rtx_payload_type = 103;
  options.video->transport_cc_extension = 3;
  options.video->nack = options.video->pli = true;
  // By the length, so that inputs stay what they were.
  constexpr RtpVideo kCodecs[] = {RtpVideo::kH264, RtpVideo::kVp8, RtpVideo::kVp9};
  options.video->video_codec = kCodecs[size % 3];
  options.audio.emplace();
  options.audio->payload_type = 111;
  options.audio->nack = true;
  Monotonic now(1000s);
  whip::MediaReceiver receiver(options, now);
  ByteReader reader(ByteSpan(data, size));
  while (!reader.at_end()) {
    const uint8_t head = reader.u8();
    now += std::chrono::milliseconds(head & 0x7F);
    const ByteSpan packet = reader.take(reader.u16());
    (void)(head & 0x80 ? receiver.handle_rtcp(packet, now) : receiver.handle_rtp(packet, now));
    if (receiver.next_timeout() <= now) receiver.handle_timeout(now);
    size_t compounds = 0;
    while (const auto compound = receiver.poll_rtcp()) {
      invariant(compound->size() <= 1900, "what is told fits a datagram");
      invariant(++compounds <= 8, "a packet makes few others");
    }
    while (const auto item = receiver.poll_feed(now)) {
      const auto* unit = std::get_if<FeedUnit>(&*item);
      invariant(!unit || (unit->data.size() <= kMaxFeedUnitBytes && unit->arrival <= now),
                "a unit is in bounds and not of the future");
    }
  }
  return 0;
}
