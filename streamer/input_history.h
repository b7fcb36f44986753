// What was decoded of one input of a channel and has not been put on the programme: all of it while
// the input is on air and held (below), else the last of it, from which the programme goes on when
// it goes to that input. Of two inputs with a common time the faster one is held for the
// difference, so that a slot shows the same picture whichever of them it is taken from; what is
// released has its media time put off by as much. Bounds: kMaxPictures, kMaxSounds; the oldest make
// room. Thread: the programme's.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/time/media_time.h"
#include "streamer/gst_ptr.h"

namespace longmen {

class InputHistory {
 public:
  static constexpr Flicks kKept = std::chrono::milliseconds(400);
  static constexpr Flicks kMaxHold = std::chrono::milliseconds(500);
  static constexpr size_t kMaxPictures = 48, kMaxSounds = 256;

  struct Picture {
    BufferPtr buffer;
    MediaTime time;
    Flicks source_time{0};  // as it comes, the feed's timestamp
  };
  struct Sound {
    std::vector<float> samples;  // left and right interleaved, 48 kHz
    MediaTime time;
  };

  // --- Handlers.
  void push(Picture picture) { keep(pictures_, std::move(picture), kMaxPictures); }
  void push(Sound sound) { keep(sounds_, std::move(sound), kMaxSounds); }
  // Of an input that is not on air: what it has beyond the last kKept is of no use.
  void forget_old(MediaTime now) {
    drop_before(pictures_, now - kKept - hold_);
    drop_before(sounds_, now - kKept - hold_);
  }
  // Another feed.
  void clear() {
    pictures_.clear();
    sounds_.clear();
    hold_ = Flicks(0);
  }
  void set_hold(Flicks hold) { hold_ = hold; }

  // --- Polls: what is to be shown and heard by now, in order.
  std::optional<Picture> poll_picture(MediaTime now) { return take(pictures_, now); }
  std::optional<Sound> poll_sound(MediaTime now) { return take(sounds_, now); }

  // --- Getters.
  Flicks hold() const { return hold_; }
  // When a poll has something again that is there already.
  std::optional<MediaTime> next_release() const {
    if (hold_ == Flicks(0)) return std::nullopt;
    std::optional<MediaTime> next;
    if (!pictures_.empty()) next = pictures_.front().time + hold_;
    if (!sounds_.empty()) {
      const MediaTime sound = sounds_.front().time + hold_;
      next = std::min(next.value_or(sound), sound);
    }
    return next;
  }

 private:
  template <class T>
  static void keep(std::deque<T>& list, T item, size_t most) {
    if (list.size() == most) list.pop_front();
    list.push_back(std::move(item));
  }
  template <class T>
  static void drop_before(std::deque<T>& list, MediaTime time) {
    while (!list.empty() && list.front().time < time)
      list.pop_front();
  }
  template <class T>
  std::optional<T> take(std::deque<T>& list, MediaTime now) {
    // Without a hold nothing waits: the retimers know what is early.
    if (list.empty() || (hold_ > Flicks(0) && list.front().time + hold_ > now)) return std::nullopt;
    std::optional<T> item = std::move(list.front());
    list.pop_front();
    item->time += hold_;
    return item;
  }

  std::deque<Picture> pictures_;
  std::deque<Sound> sounds_;
  Flicks hold_{0};
};

}  // namespace longmen
