#include "streamer/streamer_metrics.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace longmen {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& channel,
                             const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(
      {{"channel", channel}});
}

// Silence has no loudness; a gauge has to have a value.
void set_loudness(prometheus::Gauge& to, const std::optional<double>& lufs) {
  to.Set(lufs.value_or(LoudnessMeter::kSilenceLufs));
}

const prometheus::Histogram::BucketBoundaries kLatencySeconds = {
    0.002, 0.004, 0.006, 0.008, 0.012, 0.016, 0.024, 0.032, 0.048, 0.064, 0.096, 0.128, 0.256};

}  // namespace

StreamerMetrics::StreamerMetrics(prometheus::Registry& registry, const Channel& channel)
    : switch_repeated(counter(registry, channel.id, "longmen_streamer_switch_repeated_total",
                              "Slots in which the picture stood still at a switch of inputs")),
      switch_lost(counter(registry, channel.id, "longmen_streamer_switch_lost_total",
                          "Pictures skipped at a switch between inputs with a common time")),
      slots(counter(registry, channel.id, "longmen_streamer_slots_total",
                    "Slots of the channel's frame grid")),
      repeated(counter(registry, channel.id, "longmen_streamer_repeated_total",
                       "Slots that showed the picture before again")),
      dropped(counter(registry, channel.id, "longmen_streamer_dropped_total",
                      "Slots that were not encoded because the encoders were behind")),
      slate(counter(registry, channel.id, "longmen_streamer_slate_slots_total",
                    "Slots that showed the slate")),
      silence(counter(registry, channel.id, "longmen_streamer_silent_samples_total",
                      "Samples of silence put in for missing sound")),
      sound_splices(counter(registry, channel.id, "longmen_streamer_sound_splices_total",
                            "Cuts in running sound")),
      pictures_unused(counter(registry, channel.id, "longmen_streamer_pictures_unused_total",
                              "Decoded pictures that were never shown")),
      units_dropped(counter(registry, channel.id, "longmen_streamer_feed_units_dropped_total",
                            "Access units of the feed that were not decoded")),
      decoder_restarts(counter(registry, channel.id, "longmen_streamer_decoder_restarts_total",
                               "Decoders made anew after an error or another configuration")),
      feed_steps(counter(registry, channel.id, "longmen_streamer_feed_steps_total",
                         "Times the feed's clock was mapped anew")),
      overlay_seconds(counter(registry, channel.id, "longmen_streamer_overlay_seconds_total",
                              "Time in which logo, text and mark were laid over pictures")),
      channel_(channel.id),
      switches_(prometheus::BuildCounter()
                    .Name("longmen_streamer_switches_total")
                    .Help("Switches of what is shown, by where to and why")
                    .Register(registry)) {
  auto& on_air = prometheus::BuildGauge()
                     .Name("longmen_streamer_shown")
                     .Help("What the streamer shows of the channel: 1 for one of them")
                     .Register(registry);
  for (const Shown shown : kShown)
    shown_[static_cast<size_t>(shown)] =
        &on_air.Add({{"channel", channel.id}, {"what", std::string(name_of(shown))}});
  auto& conditions = prometheus::BuildGauge()
                         .Name("longmen_streamer_input_condition")
                         .Help("What is wrong with an input of the channel")
                         .Register(registry);
  auto& encoding = prometheus::BuildGauge()
                       .Name("longmen_streamer_preview_encoding")
                       .Help("Whether the preview of an input is encoded: somebody watches it")
                       .Register(registry);
  auto& left_out = prometheus::BuildCounter()
                       .Name("longmen_streamer_preview_dropped_total")
                       .Help("Pictures of an input that its preview left out, being behind")
                       .Register(registry);
  auto& errors = prometheus::BuildCounter()
                     .Name("longmen_streamer_input_errors_total")
                     .Help("Errors of an input: of its stream, its path and its decoding")
                     .Register(registry);
  for (const ChannelInput input : kChannelInputs) {
    const prometheus::Labels of{{"channel", channel.id}, {"input", std::string(name_of(input))}};
    input_errors[input] = &errors.Add(of);
    preview_encoding[input] = &encoding.Add(of);
    preview_dropped[input] = &left_out.Add(of);
    for (const Condition condition : kConditions) {
      conditions_[input][static_cast<size_t>(condition)] =
          &conditions.Add({{"channel", channel.id},
                           {"input", std::string(name_of(input))},
                           {"condition", std::string(name_of(condition))}});
    }
  }
  const auto gauge = [&](const char* name, const char* help) {
    return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(
        {{"channel", channel.id}});
  };
  air_delay_ = gauge("longmen_streamer_air_delay_seconds",
                     "For how long what is made is held before it airs");
  held_bytes_ = gauge("longmen_streamer_held_bytes", "What is held before it airs");
  held_left_out_ = &counter(registry, channel.id, "longmen_streamer_held_left_out_total",
                            "Units that were not held, and so will not air, for want of room");
  held_dropped_ = &counter(registry, channel.id, "longmen_streamer_held_dropped_total",
                           "Units that were held when the channel was cut, and never air");
  const std::vector<SoundLanguage> languages = languages_on_air(channel.sound);
  if (languages.empty()) add_sound(registry, "");
  for (const SoundLanguage& language : languages)
    add_sound(registry, language.tag);
  show(std::vector<SoundState>(sounds_.size()));
  auto& bytes = prometheus::BuildCounter()
                    .Name("longmen_encoder_bytes_total")
                    .Help("Bytes that came out of an encoder")
                    .Register(registry);
  auto& latency = prometheus::BuildHistogram()
                      .Name("longmen_encode_latency_seconds")
                      .Help("From the slot's picture to its encoded form")
                      .Register(registry);
  auto add = [&](RenditionId id, const std::string& name, bool video) {
    const prometheus::Labels labels = {{"channel", channel.id}, {"rendition", name}};
    renditions_[id] = {&bytes.Add(labels), video ? &latency.Add(labels, kLatencySeconds) : nullptr};
  };
  for (size_t i = 0; i < channel.video.size(); ++i)
    add(RenditionId{static_cast<uint8_t>(i)}, channel.video[i].name, true);
  for (size_t sound = 0; sound < sounds_.size(); ++sound) {
    const std::string number = sound == 0 ? "" : std::to_string(sound + 1);
    add(opus_rendition(sound), "opus" + number, false);
    add(aac_rendition(sound), "aac" + number, false);
  }
}

void StreamerMetrics::add_sound(prometheus::Registry& registry, const std::string& language) {
  OfSound& of = sounds_.emplace_back();
  const auto labels = [&](prometheus::Labels more) {
    more["channel"] = channel_;
    if (!language.empty()) more["language"] = language;
    return more;
  };
  const auto gauges = [&](const char* name, const char* help) -> auto& {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  };
  const auto add = [&](auto& family, const prometheus::Labels& more) {
    return gauges_of_sounds_.emplace_back(family, &family.Add(labels(more))).gauge;
  };
  auto& loudness = gauges("longmen_streamer_loudness_lufs",
                          "Loudness of what goes on air and of each input; -70: silence");
  const auto add_loudness = [&](std::string_view whose, const char* window) {
    return add(loudness, {{"of", std::string(whose)}, {"window", window}});
  };
  const auto both_windows = [&](std::string_view whose) {
    return Loudness{add_loudness(whose, "momentary"), add_loudness(whose, "short_term")};
  };
  of.on_air = both_windows("programme");
  of.integrated = add_loudness("programme", "integrated");
  auto& gains = gauges("longmen_streamer_levelling_gain_db",
                       "By how much an input is made louder to be as loud as the target");
  for (const ChannelInput input : kChannelInputs) {
    of.inputs[input] = both_windows(name_of(input));
    of.gains[input] = add(gains, {{"input", std::string(name_of(input))}});
  }
  of.range = add(gauges("longmen_streamer_loudness_range_lu",
                        "Loudness range of the programme since its session went live"),
                 {});
  of.true_peak = add(gauges("longmen_streamer_true_peak_dbtp",
                            "Highest true peak of the programme since its session went live"),
                     {});
  of.limited = &prometheus::BuildCounter()
                    .Name("longmen_streamer_limited_samples_total")
                    .Help("Samples that the true-peak limiter took down")
                    .Register(registry)
                    .Add(labels({}));
}

StreamerMetrics::~StreamerMetrics() {
  for (const GaugeOfSound& of : gauges_of_sounds_)
    of.family.Remove(of.gauge);
}

void StreamerMetrics::switched(const InputSwitch& what) {
  switches_
      .Add({{"channel", channel_},
            {"to", std::string(name_of(what.to))},
            {"why", std::string(what.why)}})
      .Increment();
}

void StreamerMetrics::show(Shown shown, const OfInputs<ConditionSet>& conditions) {
  for (const Shown each : kShown)
    shown_[static_cast<size_t>(each)]->Set(each == shown ? 1 : 0);
  for (const ChannelInput input : kChannelInputs) {
    for (const Condition condition : kConditions)
      conditions_[input][static_cast<size_t>(condition)]->Set(conditions[input].has(condition));
  }
}

void StreamerMetrics::held(std::chrono::milliseconds delay, size_t bytes, uint64_t left_out,
                           uint64_t thrown_away) {
  air_delay_->Set(std::chrono::duration<double>(delay).count());
  held_bytes_->Set(static_cast<double>(bytes));
  held_left_out_->Increment(static_cast<double>(left_out) - held_left_out_->Value());
  held_dropped_->Increment(static_cast<double>(thrown_away) - held_dropped_->Value());
}

void StreamerMetrics::show(const std::vector<SoundState>& sounds) {
  for (size_t i = 0; i < std::min(sounds.size(), sounds_.size()); ++i)
    show(sounds_[i], sounds[i]);
}

void StreamerMetrics::show(OfSound& of, const SoundState& sound) {
  set_loudness(*of.on_air.momentary, sound.momentary_lufs);
  set_loudness(*of.on_air.short_term, sound.short_term_lufs);
  set_loudness(*of.integrated, sound.integrated_lufs);
  of.range->Set(sound.range_lu.value_or(0));
  set_loudness(*of.true_peak, sound.true_peak_dbtp);
  for (const ChannelInput input : kChannelInputs) {
    set_loudness(*of.inputs[input].momentary, sound.inputs[input].momentary_lufs);
    set_loudness(*of.inputs[input].short_term, sound.inputs[input].short_term_lufs);
    of.gains[input]->Set(sound.inputs[input].gain_db);
  }
  of.limited->Increment(static_cast<double>(
      sound.limited_frames - std::exchange(of.limited_frames, sound.limited_frames)));
}

void StreamerMetrics::encoded(RenditionId rendition, size_t bytes, Monotonic offered) {
  encoded(rendition, bytes);
  const std::chrono::duration<double> latency = std::chrono::steady_clock::now() - offered;
  renditions_.at(rendition).latency->Observe(latency.count());
}

void StreamerMetrics::encoded(RenditionId rendition, size_t bytes) {
  renditions_.at(rendition).bytes->Increment(static_cast<double>(bytes));
}

}  // namespace longmen
