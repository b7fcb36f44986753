#include "core/rtp/h265_assembler.h"

#include <utility>

#include "core/codec/h264.h"
#include "core/codec/h265.h"
#include "core/media/media_unit.h"

namespace longmen {
namespace {

using h264::append_annex_b;

Parsed<void> append_h265_aggregate(ByteSpan payload, Bytes& out) {
  ByteReader reader(payload.subspan(h265::kNalHeaderBytes));
  if (reader.at_end()) return drop(DropReason::kTruncated);
  while (!reader.at_end()) {
    const ByteSpan nal = reader.take(reader.u16());
    if (!reader.ok()) return drop(DropReason::kTruncated);
    if (nal.size() < h265::kNalHeaderBytes) return drop(DropReason::kMalformed);
    append_annex_b(nal, out);
  }
  return {};
}

}  // namespace

Parsed<void> H265Assembler::push(ByteSpan payload) {
  if (payload.size() <= h265::kNalHeaderBytes) return drop(DropReason::kTruncated);
  // An aggregate may turn two bytes of length into four of start code.
  if (annex_b_.size() + 2 * payload.size() + 4 > kMaxMediaUnitBytes)
    return drop(DropReason::kTooLarge);
  const uint8_t type = h265::nal_type(payload[0]);
  if (type == h265::kFragmentation) return push_fragment(payload);
  if (in_fragment_) return drop(DropReason::kMalformed);
  if (type == h265::kAggregation) return append_h265_aggregate(payload, annex_b_);
  if (type > h265::kFragmentation) return drop(DropReason::kUnsupported);  // PACI, and unspecified
  append_annex_b(payload, annex_b_);
  return {};
}

// |S|E| type | behind the payload header, whose type the NAL unit has not.
Parsed<void> H265Assembler::push_fragment(ByteSpan payload) {
  constexpr size_t kHeaderBytes = h265::kNalHeaderBytes + 1;
  if (payload.size() <= kHeaderBytes) return drop(DropReason::kTruncated);
  const uint8_t head = payload[2];
  const bool start = head & h264::kFuStart;
  if (start == in_fragment_) return drop(DropReason::kMalformed);
  if (start) {
    const uint8_t header[] = {static_cast<uint8_t>((payload[0] & 0x81) | (head & 0x3F) << 1),
                              payload[1]};
    append_annex_b(header, annex_b_);
  }
  const ByteSpan part = payload.subspan(kHeaderBytes);
  annex_b_.insert(annex_b_.end(), part.begin(), part.end());
  in_fragment_ = !(head & h264::kFuEnd);
  return {};
}

Parsed<Bytes> H265Assembler::finish() {
  if (in_fragment_ || annex_b_.empty()) return drop(DropReason::kTruncated);
  return std::exchange(annex_b_, {});
}

}  // namespace longmen
