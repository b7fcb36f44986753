#include "streamer/programme_news.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace longmen {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;

constexpr double kSilence = 1e-5;  // -100 dBFS, and what is below

int64_t epoch_ms(MediaTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

int64_t whole_ms(Flicks time) {
  return std::chrono::round<std::chrono::milliseconds>(time).count();
}

json::value or_null(const std::optional<int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::array names_of(const ConditionSet& conditions) {
  json::array names;
  for (auto condition = kConditions.rbegin(); condition != kConditions.rend(); ++condition) {
    if (conditions.has(*condition)) names.emplace_back(name_of(*condition));
  }
  return names;
}

json::object input_to_json(ChannelInput input, const InputDesk::Input& state) {
  const double peak = std::max<double>(state.peak, kSilence);
  return {{"input", name_of(input)},
          {"conditions", names_of(state.conditions)},
          {"peak_dbfs", std::round(200 * std::log10(peak)) / 10},
          {"hold_ms", whole_ms(state.hold)},
          {"errors", state.errors}};
}

json::value tenths(const std::optional<double>& number) {
  return number ? json::value(std::round(*number * 10) / 10) : json::value(nullptr);
}

json::object sound_to_json(const SoundState& sound) {
  json::array inputs;
  for (const ChannelInput input : kChannelInputs) {
    const SoundState::OfInput& of = sound.inputs[input];
    inputs.push_back(json::object{{"input", name_of(input)},
                                  {"mapping", name_of(of.mapping)},
                                  {"momentary_lufs", tenths(of.momentary_lufs)},
                                  {"short_term_lufs", tenths(of.short_term_lufs)},
                                  {"gain_db", tenths(of.gain_db)}});
  }
  return {{"momentary_lufs", tenths(sound.momentary_lufs)},
          {"short_term_lufs", tenths(sound.short_term_lufs)},
          {"integrated_lufs", tenths(sound.integrated_lufs)},
          {"range_lu", tenths(sound.range_lu)},
          {"true_peak_dbtp", tenths(sound.true_peak_dbtp)},
          {"since_ms", epoch_ms(sound.since)},
          {"session", sound.session},
          {"target_lufs", tenths(sound.target_lufs)},
          {"limited_by_db", tenths(sound.limited_by_db)},
          {"inputs", std::move(inputs)}};
}

json::object switch_to_json(const SwitchReport& report) {
  return {{"at_ms", epoch_ms(report.at)},
          {"from", name_of(report.what.from)},
          {"to", name_of(report.what.to)},
          {"why", report.what.why},
          {"stood_slots", or_null(report.stood_slots)},
          {"jump_slots", or_null(report.jump_slots)},
          {"jump_by", report.jump_slots ? json::value(name_of(report.jump_by)) : nullptr}};
}

std::string words_of_jump(const SwitchReport& report) {
  if (!report.stood_slots) return "";
  std::string words = fmt::format("; the picture stood still for {} slots", *report.stood_slots);
  if (!report.jump_slots) return words + ", nothing in common to tell a jump by";
  words += report.jump_by == InCommon::kTime ? ", " : ", by the sound of both ";
  if (*report.jump_slots == 0) return words + "on the same frame";
  return words + fmt::format("{} frames {}", std::abs(*report.jump_slots),
                             *report.jump_slots > 0 ? "lost" : "repeated");
}

}  // namespace

std::string ProgrammeNews::take(const SwitchReport& report) {
  switches_.push_back(report);
  if (switches_.size() > kKept) switches_.pop_front();
  return fmt::format("{} on air instead of {}: {}{}", name_of(report.what.to),
                     name_of(report.what.from), report.what.why, words_of_jump(report));
}

// The first one; of two, with its language, and the other one inside.
json::object ProgrammeNews::sounds_of(const ProgrammeState& state) const {
  if (state.sounds.empty()) return sound_to_json(SoundState());
  json::object first = sound_to_json(state.sounds.front());
  if (languages_.size() < 2 || state.sounds.size() < 2) return first;
  json::object second = sound_to_json(state.sounds[1]);
  first["language"] = to_json(languages_[0]);
  second["language"] = to_json(languages_[1]);
  first["second"] = std::move(second);
  return first;
}

std::string ProgrammeNews::figures(const ProgrammeState& state, const Held& held) const {
  json::array inputs, switches;
  for (const ChannelInput input : kChannelInputs)
    inputs.push_back(input_to_json(input, state.inputs[input]));
  for (const SwitchReport& report : switches_)
    switches.push_back(switch_to_json(report));
  const auto& later = state.backup_is_later;
  const json::object channel{
      {"channel", channel_},
      {"shown", name_of(state.shown)},
      {"why", state.why},
      {"since_ms", epoch_ms(state.since)},
      {"inputs", std::move(inputs)},
      {"backup_later_ms", later ? json::value(whole_ms(later->by)) : nullptr},
      {"backup_later_by", later ? json::value(name_of(later->what)) : nullptr},
      {"air_delay_ms", held.delay.count()},
      {"held_bytes", held.bytes},
      {"sound", sounds_of(state)},
      {"switches", std::move(switches)}};
  return json::serialize(json::object{{"streamer", json::array{channel}}});
}

// What was shown at that instant.
Shown ProgrammeNews::airs(const ProgrammeState& state, MediaTime made) const {
  Shown shown = state.shown;
  for (auto report = switches_.rbegin(); report != switches_.rend() && report->at > made; ++report)
    shown = report->what.from;
  return shown;
}

std::string ProgrammeNews::status(const ProgrammeState& state, std::chrono::milliseconds delay,
                                  MediaTime now) const {
  std::string text = fmt::format("shows the {}", name_of(state.shown));
  if (!state.why.empty()) text += fmt::format(" ({})", state.why);
  for (const ChannelInput input : kChannelInputs) {
    const auto worst = state.inputs[input].conditions.worst();
    text += fmt::format("; {} {}", name_of(input), worst ? name_of(*worst) : "good");
  }
  json::object status{{"text", text}, {"shown", name_of(state.shown)}};
  if (delay.count() > 0) status["airs"] = name_of(airs(state, now - Flicks(delay)));
  return json::serialize(status);
}

}  // namespace longmen
