#include "core/rtp/repair_buffer.h"

#include <algorithm>

#include "core/time/unwrapper.h"

namespace longmen {

bool RepairBuffer::push(uint16_t sequence, const RtpHeader& header, ByteSpan payload,
                        std::optional<NtpTime> capture_time, bool asked_again, Monotonic now) {
  const int64_t index = highest_ ? unwrap_near<16>(sequence, *highest_) : int64_t{sequence};
  if (!highest_) {
    next_ = index;
    highest_ = index - 1;
  }
  if (index < next_ || held_.contains(index)) {
    if (!asked_again && begins_behind(index)) {
      restart();
      return push(sequence, header, payload, capture_time, false, now);
    }
    ++counters_.duplicates;
    return false;
  }
  behind_in_a_row_ = 0;
  // Of a long jump only the end can be waited for.
  const int64_t ask_from = std::max(*highest_ + 1, index - int64_t{kMaxHeldPackets});
  counters_.lost += static_cast<uint64_t>(std::max<int64_t>(ask_from - *highest_ - 1, 0));
  for (int64_t gap = ask_from; gap < index; ++gap)
    missing_[gap] = {now + options_.first_request, now + options_.patience, 0};
  counters_.missed += static_cast<uint64_t>(std::max<int64_t>(index - *highest_ - 1, 0));
  highest_ = std::max(*highest_, index);
  bool repaired = asked_again;
  if (const auto missing = missing_.find(index); missing != missing_.end()) {
    repaired = repaired || missing->second.requests > 0;
    missing_.erase(missing);
  }
  ++counters_.packets;
  counters_.repaired += repaired;
  held_[index] = {header.timestamp, header.marker, capture_time,
                  Bytes(payload.begin(), payload.end()), false};
  if (held_.size() > kMaxHeldPackets || missing_.size() > kMaxHeldPackets) give_up_all();
  return true;
}

// Repeats come here and there; who counts on behind what was given has begun anew.
bool RepairBuffer::begins_behind(int64_t index) {
  behind_in_a_row_ = index == last_behind_ + 1 ? behind_in_a_row_ + 1 : 1;
  last_behind_ = index;
  return behind_in_a_row_ >= kBehindInARow;
}

void RepairBuffer::restart() {
  counters_.lost += missing_.size();
  held_.clear();
  missing_.clear();
  highest_.reset();
  gap_ = true;
  behind_in_a_row_ = 0;
}

std::optional<RepairBuffer::Packet> RepairBuffer::poll() {
  if (held_.empty()) return std::nullopt;
  const auto first = held_.begin();
  if (!missing_.empty() && missing_.begin()->first < first->first) return std::nullopt;
  Packet packet = std::move(first->second);
  packet.gap = gap_ || first->first != next_;  // what is between was given up
  gap_ = false;
  next_ = first->first + 1;
  held_.erase(first);
  return packet;
}

std::vector<uint16_t> RepairBuffer::handle_timeout(Monotonic now) {
  std::vector<uint16_t> requests;
  for (auto each = missing_.begin(); each != missing_.end();) {
    Missing& missing = each->second;
    const bool due = now >= missing.next_request;
    if (now >= missing.give_up || (due && missing.requests == options_.max_requests)) {
      ++counters_.lost;
      each = missing_.erase(each);
      continue;
    }
    if (due && requests.size() < kMaxRequestsAtOnce) {
      ++missing.requests;
      missing.next_request = now + options_.request_interval;
      requests.push_back(static_cast<uint16_t>(each->first));
    }
    ++each;
  }
  return requests;
}

std::optional<Monotonic> RepairBuffer::next_timeout() const {
  std::optional<Monotonic> next;
  for (const auto& [index, missing] : missing_) {
    const Monotonic due = std::min(missing.next_request, missing.give_up);
    if (!next || due < *next) next = due;
  }
  return next;
}

void RepairBuffer::give_up_all() {
  counters_.lost += missing_.size();
  missing_.clear();
}

}  // namespace longmen
