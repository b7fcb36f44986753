// What a second of a channel's sound costs between its decoders and its encoders: measuring one
// input and what goes on air, levelling, limiting. The time of an iteration is that of one second
// of sound, so 10 ms of it are 1 % of a processor. The yardstick is libebur128 alone, measuring the
// same.
#include <benchmark/benchmark.h>

#include <random>

#include "streamer/programme_sound.h"

namespace longmen {
namespace {

constexpr int64_t kChunkFrames = 1024;  // of AAC
constexpr int64_t kChunks = 47;         // a second

std::vector<float> loud_noise(float amplitude) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> noise(-amplitude, amplitude);
  std::vector<float> samples(2 * kChunkFrames);
  float low = 0;
  for (float& sample : samples)
    sample = low = 0.7F * low + 0.3F * noise(random);
  return samples;
}

void meter_alone(benchmark::State& state) {
  const auto chunk = loud_noise(0.5F);
  LoudnessMeter meter(LoudnessMeter::Of::kProgramme);
  for (auto _ : state) {
    for (int64_t i = 0; i < kChunks; ++i)
      meter.add(chunk);
    benchmark::DoNotOptimize(meter.momentary_lufs());
  }
}
BENCHMARK(meter_alone)->Unit(benchmark::kMillisecond);

void programme(benchmark::State& state, std::optional<double> target, float amplitude) {
  const auto chunk = loud_noise(amplitude);
  ProgrammeSound sound;
  SoundRules rules;
  rules.target_lufs = target;
  sound.set_rules(rules);
  SampleIndex next = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < kChunks; ++i) {
      sound.arrived(ChannelInput::kPrimary, chunk, false);
      benchmark::DoNotOptimize(sound.put_out(ChannelInput::kPrimary, next, chunk));
      next += kChunkFrames;
    }
    benchmark::DoNotOptimize(sound.take_state());
  }
}
BENCHMARK_CAPTURE(programme, measured, std::nullopt, 0.5F)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(programme, levelled, -24, 0.5F)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(programme, limited, -14, 3.0F)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace longmen

BENCHMARK_MAIN();
