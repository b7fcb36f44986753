// RTP from outside: header, extensions, and payloads put together to frames of each codec.
#include "core/base/invariant.h"
#include "core/codec/opus.h"
#include "core/media/media_unit.h"
#include "core/rtp/frame_assembler.h"
#include "core/rtp/header.h"

using namespace longmen;

// Packets one after the other, each with a 16-bit length before it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader reader(ByteSpan(data, size));
  FrameAssembler assemblers[] = {FrameAssembler(RtpVideo::kH264), FrameAssembler(RtpVideo::kH265),
                                 FrameAssembler(RtpVideo::kVp8), FrameAssembler(RtpVideo::kVp9)};
  while (!reader.at_end()) {
    const ByteSpan bytes = reader.take(reader.u16());
    const auto packet = read_rtp(bytes);
    if (!packet) continue;
    invariant(packet->header_bytes + packet->payload.size() + packet->padding_bytes == bytes.size(),
              "header, payload and padding make up the packet");
    const RtpExtensionIds ids{.mid = 1, .transport_cc = 2, .playout_delay = 3, .capture_time = 4};
    const RtpExtensions extensions = read_rtp_extensions(*packet, ids);
    invariant(extensions.mid.size() <= kMaxMidBytes, "mid is bounded");
    uint8_t written[kMaxRtpHeaderBytes];
    const size_t written_bytes = write_rtp_header(packet->header, ids, extensions, written);
    const auto again = read_rtp_header(ByteSpan(written, written_bytes));
    invariant(again && again->header.sequence == packet->header.sequence &&
                  read_rtp_extensions(*again, ids).mid == extensions.mid,
              "what is written is read");
    (void)opus::packet_duration(packet->payload);
    for (FrameAssembler& assembler : assemblers) {
      (void)assembler.push(packet->payload);
      if (!packet->header.marker) continue;
      const auto frame = assembler.finish();
      invariant(!frame || (!frame->empty() && frame->size() <= kMaxMediaUnitBytes),
                "a frame is in bounds");
      if (frame) (void)assembler.is_keyframe(*frame);
      assembler.restart();
    }
  }
  return 0;
}
