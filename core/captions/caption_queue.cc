#include "core/captions/caption_queue.h"

#include <algorithm>
#include <utility>

namespace longmen::captions {
namespace {

constexpr int kTripletsASecond = 600;  // 9,600 bit/s, CTA-708 §4.3.6
constexpr size_t kMostOfPicture = 31;  // cc_count has five bits
constexpr uint8_t kValid = 0x04;
constexpr uint8_t kType = 0x03;
constexpr uint8_t kMarker = 0xF8;
constexpr uint8_t kPacketStart = 3, kPacketData = 2;
constexpr uint8_t kNull = 0x80;  // zero with its parity

// Erase Displayed and Non-Displayed Memory of both channels of a field, each twice, with odd
// parity.
constexpr std::array<std::array<uint8_t, 2>, 4> kErase608[] = {
    {{{0x94, 0x2C}, {0x94, 0xAE}, {0x1C, 0x2C}, {0x1C, 0xAE}}},
    {{{0x15, 0x2C}, {0x15, 0xAE}, {0x9D, 0x2C}, {0x9D, 0xAE}}},
};
// Service blocks of one byte, RST, of the six standard services; a packet has an even size.
constexpr uint8_t kReset = 0x8F;
constexpr std::array<uint8_t, 14> kReset708{0x07, 0x21,   kReset, 0x41,   kReset, 0x61,   kReset,
                                            0x81, kReset, 0xA1,   kReset, 0xC1,   kReset, 0x00};

bool is_line21(uint8_t head) {
  return (head & kType) < kPacketData;
}

}  // namespace

CaptionQueue::CaptionQueue(int frames_per_second)
    : most_(std::min<size_t>(kMostOfPicture,
                             static_cast<size_t>(kTripletsASecond / frames_per_second))) {}

void CaptionQueue::push(ByteSpan triplets) {
  for (; triplets.size() >= 3; triplets = triplets.subspan(3)) {
    const uint8_t head = triplets[0];
    if (!(head & kValid)) continue;
    const Triplet triplet{static_cast<uint8_t>(head | kMarker), triplets[1], triplets[2]};
    std::deque<Triplet>& queue = is_line21(head) ? line21_ : dtvcc_;
    queue.push_back(triplet);
    if (queue.size() > kMaxWaiting) {
      queue.pop_front();
      while (!queue.empty() && (queue.front()[0] & kType) == kPacketData)
        queue.pop_front();
    }
    if (!is_line21(head))
      dtvcc_used_ = true;
    else if (triplets[1] != kNull || triplets[2] != kNull)
      field_used_[head & kType] = true;
  }
}

Bytes CaptionQueue::next() const {
  Bytes bytes;
  size_t left = most_;
  for (const std::deque<Triplet>* queue : {&line21_, &dtvcc_}) {
    const size_t count = std::min(queue->size(), left);
    for (size_t i = 0; i < count; ++i)
      bytes.insert(bytes.end(), (*queue)[i].begin(), (*queue)[i].end());
    left -= count;
  }
  return bytes;
}

void CaptionQueue::pop(const Bytes& taken) {
  for (size_t at = 0; at + 3 <= taken.size(); at += 3) {
    std::deque<Triplet>& queue = is_line21(taken[at]) ? line21_ : dtvcc_;
    if (!queue.empty()) queue.pop_front();
  }
}

void CaptionQueue::wipe() {
  line21_.clear();
  dtvcc_.clear();
  for (uint8_t field = 0; field < 2; ++field) {
    if (!std::exchange(field_used_[field], false)) continue;
    for (const auto& command : kErase608[field])
      for (int twice = 0; twice < 2; ++twice)
        line21_.push_back({static_cast<uint8_t>(kMarker | kValid | field), command[0], command[1]});
  }
  if (!std::exchange(dtvcc_used_, false)) return;
  for (size_t i = 0; i < kReset708.size(); i += 2) {
    const uint8_t type = i == 0 ? kPacketStart : kPacketData;
    dtvcc_.push_back(
        {static_cast<uint8_t>(kMarker | kValid | type), kReset708[i], kReset708[i + 1]});
  }
}

}  // namespace longmen::captions
