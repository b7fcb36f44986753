#include "core/failover/common_time.h"

#include "core/time/floor_div.h"

namespace longmen {
namespace {

int64_t look_number(Flicks source_time) {
  // A timestamp that was rounded down is still of the same look.
  return floor_div((source_time + CommonTime::kSameInstant).count(),
                   CommonTime::kLookEvery.count());
}

}  // namespace

bool CommonTime::wants(ChannelInput input, Flicks source_time) const {
  const auto& looks = inputs_[input].looks;
  return looks.empty() || look_number(looks.back().source_time) != look_number(source_time);
}

void CommonTime::look(ChannelInput input, Flicks source_time, MediaTime time,
                      const LumaLook& look) {
  Of& of = inputs_[input];
  of.offset = time.time_since_epoch() - source_time;
  of.looks.push_back({source_time, look});
  if (of.looks.size() > kKept) of.looks.pop_front();
  for (const Look& other : inputs_[other_of(input)].looks) {
    if (std::chrono::abs(other.source_time - source_time) > kSameInstant) continue;
    alike_ = other.look.is_same_picture_as(look) ? std::min(alike_ + 1, kAlike) : 0;
    return;
  }
}

void CommonTime::forget(ChannelInput input) {
  inputs_[input] = {};
  alike_ = 0;
}

std::optional<Flicks> CommonTime::backup_is_later_by() const {
  const auto& primary = inputs_[ChannelInput::kPrimary].offset;
  const auto& backup = inputs_[ChannelInput::kBackup].offset;
  if (!is_common() || !primary || !backup) return std::nullopt;
  return *backup - *primary;
}

}  // namespace longmen
