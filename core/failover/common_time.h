// Decides whether the two inputs of a channel carry the pictures of one source under one clock (an
// encoder that sends twice, two encoders with a common timecode: core/failover/source_time.h), and
// if so how much later a picture comes by one than by the other. Timestamps alone say little, since
// many encoders begin at zero: so pictures of the same source time are looked at, and have to be
// the same, kAlike times in a row. It knows no streams and holds no pictures. Bounds: kKept looks
// of each. Thread: its owner's.
#pragma once

#include <deque>
#include <optional>

#include "core/failover/luma_look.h"
#include "core/node/channel_input.h"
#include "core/time/media_time.h"

namespace longmen {

class CommonTime {
 public:
  static constexpr Flicks kLookEvery = std::chrono::milliseconds(100);  // by source time
  // RTMP has whole milliseconds, a transport stream 90 kHz.
  static constexpr Flicks kSameInstant = std::chrono::milliseconds(2);
  static constexpr size_t kKept = 24;  // so far apart inputs can be, in kLookEvery
  static constexpr int kAlike = 5;

  // Whether the picture of that source time is one to be looked at: of both inputs the same ones.
  bool wants(ChannelInput input, Flicks source_time) const;
  void look(ChannelInput input, Flicks source_time, MediaTime time, const LumaLook& look);
  // Another feed, or its time is mapped anew.
  void forget(ChannelInput input);

  bool is_common() const { return alike_ >= kAlike; }
  // How much later a picture comes by the backup than by the primary; negative: earlier.
  std::optional<Flicks> backup_is_later_by() const;

 private:
  struct Look {
    Flicks source_time;
    LumaLook look;
  };
  struct Of {
    std::deque<Look> looks;
    std::optional<Flicks> offset;  // media time - source time
  };
  OfInputs<Of> inputs_;
  int alike_ = 0;
};

}  // namespace longmen
