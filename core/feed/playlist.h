// Which file of a list is to play now, from where in it and until when: files follow each other;
// one with an instant of its own (a cue) begins at that instant, whatever plays then, and what
// stands before it in the list is over. Who comes late, as after a restart, begins where the file
// would be by now, as far as an instant is known to reckon from. It opens no file and reads no
// clock: how long a file is, and that it has ended, is told. Bounds: the list's. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace longmen {

using CueTime = std::chrono::sys_time<std::chrono::milliseconds>;

struct PlaylistItem {
  std::string file;                          // an absolute path
  std::optional<CueTime> at = std::nullopt;  // when it begins; none: after the one before
  std::chrono::milliseconds from{0};         // the first of the file that is wanted
  std::optional<std::chrono::milliseconds> to =
      std::nullopt;  // the first that is not; none: all to its end
  bool operator==(const PlaylistItem&) const = default;
};

class Playlist {
 public:
  // Who is later than this begins in the middle, at the place of that moment.
  static constexpr std::chrono::seconds kLate{1};

  struct Step {
    enum class Kind { kPlay, kWait, kOver };
    Kind kind = Kind::kOver;
    size_t item = 0;                        // of kPlay, and the one that kWait waits for
    std::chrono::milliseconds position{0};  // in its file; kPlay
    CueTime began;                          // when `from` of it was, or would have been, on air
    std::optional<CueTime> until;           // kPlay: it is cut then; kWait: asked again then
  };

  // Preconditions: an item at least; those with an instant in the order of their instants. It
  // repeats only where none has one.
  explicit Playlist(std::vector<PlaylistItem> items, bool repeats = false);

  const std::vector<PlaylistItem>& items() const { return items_; }
  Step begin(CueTime now) const;
  // Behind an item: it has ended, or been cut, or a wait for it is over. `ended`, at `now` or
  // before, is when the next one was to begin.
  Step after(size_t item, CueTime ended, CueTime now) const;
  // Behind an item whose file turned out to be `length` long, which `step` is beyond.
  Step beyond(const Step& step, std::chrono::milliseconds length, CueTime now) const;

 private:
  std::optional<size_t> latest_due(size_t first, CueTime now) const;
  std::optional<CueTime> next_cue(size_t first) const;
  Step play(size_t item, CueTime began, CueTime now) const;

  std::vector<PlaylistItem> items_;
  bool repeats_;
};

}  // namespace longmen
