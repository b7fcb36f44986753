#include "streamer/input_desk.h"

#include <algorithm>
#include <utility>

#include "core/time/floor_div.h"
#include "streamer/picture_look.h"
#include "streamer/picture_timecode.h"

namespace longmen {
namespace {

constexpr float kPeakFall = 0.97F;  // a chunk of 20 ms: 13 dB a second

int64_t nearest(Flicks time, Flicks unit) {
  return floor_div((time + unit / 2).count(), unit.count());
}

}  // namespace

std::string_view name_of(InCommon common) {
  return common == InCommon::kTime ? "time" : "sound";
}

InputDesk::InputDesk(FrameGrid grid, I420Layout layout, const FailoverRules& rules)
    : grid_(grid),
      layout_(layout),
      rules_(rules),
      watches_{{InputWatch(rules), InputWatch(rules)}},
      choice_(rules) {}

void InputDesk::set_rules(const FailoverRules& rules) {
  rules_ = rules;
  choice_.set_rules(rules);
  for (InputWatch& watch : watches_)
    watch.set_rules(rules);
}

void InputDesk::has_track(ChannelInput input, bool video, Monotonic now) {
  watches_[input].has_track(video, now);
}

void InputDesk::end(ChannelInput input) {
  watches_[input].end();
  histories_[input].clear();
  states_[input] = {};
  stepped(input);
}

void InputDesk::stepped(ChannelInput input) {
  sources_[input].forget();
  common_.forget(input);
  common_sound_.forget(input);
  // What was known of the one that has gone holds for the switch away from it.
  if (!last_new_ || last_new_->input == input) return;
  last_new_->common = false;
  last_new_->backup_later.reset();
}

void InputDesk::errors(ChannelInput input, uint32_t count, Monotonic now) {
  watches_[input].errors(count, now);
  states_[input].errors += count;
}

void InputDesk::picture(ChannelInput input, InputHistory::Picture picture, Monotonic now) {
  const auto source =
      sources_[input].picture(picture.source_time, timecode_of(picture.buffer.get()));
  if (source.another) {
    common_.forget(input);
    if (last_new_ && last_new_->input == input) last_new_->common = false;
  }
  picture.source_time = source.time;
  std::optional<LumaLook> look;
  if (common_.wants(input, source.time)) look = look_at(picture.buffer.get(), layout_);
  if (look) common_.look(input, source.time, picture.time, *look);
  watches_[input].picture(look ? &*look : nullptr, now);
  histories_[input].push(std::move(picture));
}

void InputDesk::sound(ChannelInput input, InputHistory::Sound sound, float peak, Monotonic now) {
  watches_[input].sound(peak, now);
  states_[input].peak = std::max(states_[input].peak * kPeakFall, peak);
  common_sound_.sound(input, sound.time, sound.samples);
  histories_[input].push(std::move(sound));
}

bool InputDesk::decide(Monotonic now, MediaTime media_now) {
  OfInputs<ConditionSet> conditions;
  for (const ChannelInput input : kChannelInputs)
    conditions[input] = states_[input].conditions = watches_[input].look(now);
  const ChannelInput before = choice_.input();
  if (const auto switched = choice_.decide(conditions, now)) measure(*switched, now, media_now);
  if (measuring_ && now >= measuring_->until) {
    reports_.push_back(measuring_->report);
    measuring_.reset();
  }
  const bool another = choice_.input() != before;
  const bool held_otherwise = line_up();
  histories_[other_of(choice_.input())].forget_old(media_now);
  return another || held_otherwise;
}

// The faster one waits for the slower one. What is on air is held for the sake of a jump that would
// be seen alone, since holding it is a jump by itself.
bool InputDesk::line_up() {
  bool on_air_changed = false;
  if (const auto later = common_.backup_is_later_by()) {
    const ChannelInput faster = *later > Flicks(0) ? ChannelInput::kPrimary : ChannelInput::kBackup;
    const Flicks wanted = std::chrono::abs(*later);
    for (const ChannelInput input : kChannelInputs) {
      InputHistory& history = histories_[input];
      Flicks hold = input == faster && wanted <= InputHistory::kMaxHold ? wanted : Flicks(0);
      if (input == choice_.input()) {
        const Flicks bearable =
            history.hold() == Flicks(0) ? kBearableJump * grid_.slot_duration() : Flicks(kHoldStep);
        if (std::chrono::abs(hold - history.hold()) <= bearable) hold = history.hold();
        on_air_changed = hold != history.hold();
      }
      history.set_hold(hold);
    }
  }
  for (const ChannelInput input : kChannelInputs)
    states_[input].hold = histories_[input].hold();
  return on_air_changed;
}

void InputDesk::measure(const InputSwitch& what, Monotonic now, MediaTime media_now) {
  if (measuring_) reports_.push_back(measuring_->report);
  measuring_ = Measuring{{.what = what, .at = media_now}, now + kMeasuredWithin};
  if (what.from == Shown::kSlate) last_new_.reset();
  if (what.to != Shown::kSlate) return;
  reports_.push_back(measuring_->report);
  measuring_.reset();
}

void InputDesk::shown(SlotIndex slot, ChannelInput input, Flicks source_time) {
  if (measuring_ && input == choice_.input()) {
    if (last_new_) measure_jump(measuring_->report, slot, source_time);
    reports_.push_back(measuring_->report);
    measuring_.reset();
  }
  // One of the input that was left may come after it has gone, with its feed's time.
  const bool left = input != choice_.input();
  LastNew last{slot, input, source_time};
  last.hold = states_[input].hold;
  if (!left) {
    last.common = common_.is_common();
    last.backup_later = common_sound_.backup_is_later_by();
  } else if (last_new_) {
    last.common = last_new_->common;
    last.backup_later = last_new_->backup_later;
  }
  last_new_ = last;
}

void InputDesk::measure_jump(SwitchReport& report, SlotIndex slot, Flicks source_time) const {
  const ChannelInput now = choice_.input();
  report.stood_slots = slot - last_new_->slot - 1;
  if (last_new_->common) {
    const int64_t passed = nearest(source_time - last_new_->source_time, grid_.slot_duration());
    report.jump_slots = passed - (slot - last_new_->slot);
    report.jump_by = InCommon::kTime;
  } else if (last_new_->backup_later && last_new_->input != now) {
    const Flicks later =
        now == ChannelInput::kBackup ? *last_new_->backup_later : -*last_new_->backup_later;
    const Flicks back = later + states_[now].hold - last_new_->hold;
    report.jump_slots = nearest(-back, grid_.slot_duration());
    report.jump_by = InCommon::kSound;
  }
}

std::optional<BackupLater> InputDesk::backup_is_later() const {
  if (const auto by = common_.backup_is_later_by()) return BackupLater{*by, InCommon::kTime};
  if (const auto by = common_sound_.backup_is_later_by()) return BackupLater{*by, InCommon::kSound};
  return std::nullopt;
}

std::optional<SwitchReport> InputDesk::poll_report() {
  if (reports_.empty()) return std::nullopt;
  SwitchReport report = reports_.front();
  reports_.pop_front();
  return report;
}

bool InputDesk::hides_picture() const {
  if (choice_.order()) return false;
  const ConditionSet& conditions = states_[choice_.input()].conditions;
  return std::any_of(kConditions.begin(), kConditions.end(), [&](Condition condition) {
    return condition != Condition::kNoData && conditions.has(condition) &&
           rules_.of(condition).to_slate;
  });
}

}  // namespace longmen
