// What a programme's streamer tells of its inputs and of what is on air, in words for the log and
// `longmen status`, and as figures for the studio. It keeps the last switches, so that whoever
// reads the figures now and then misses none. Bounds: kKept switches. Thread: the io_context's.
#pragma once

#include <boost/json/object.hpp>
#include <deque>
#include <string>

#include "streamer/programme.h"

namespace longmen {

class ProgrammeNews {
 public:
  static constexpr size_t kKept = 16;

  // `languages`: of each of the channel's sounds, when it has two.
  explicit ProgrammeNews(std::string channel, std::vector<SoundLanguage> languages = {})
      : channel_(std::move(channel)), languages_(std::move(languages)) {}

  // In words: "backup on air instead of primary: no_data; 1 slot repeated, on the same frame".
  std::string take(const SwitchReport& report);
  // What of the programme is made and not on air yet.
  struct Held {
    std::chrono::milliseconds delay{0};
    size_t bytes = 0;
  };
  // Body of kFigures: {"streamer":[{"channel":...}]}.
  std::string figures(const ProgrammeState& state, const Held& held) const;
  // Body of kStatus at an instant; the same as long as nothing changes. "shown" is what is made;
  // where that is held before it airs, "airs" is what is on air meanwhile.
  std::string status(const ProgrammeState& state, std::chrono::milliseconds delay,
                     MediaTime now) const;

 private:
  Shown airs(const ProgrammeState& state, MediaTime made) const;
  boost::json::object sounds_of(const ProgrammeState& state) const;

  std::string channel_;
  std::vector<SoundLanguage> languages_;
  std::deque<SwitchReport> switches_;  // the latest last
};

}  // namespace longmen
