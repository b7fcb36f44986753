// What another node has to know of a recording to serve it from here: whose it is, whether it goes
// on, and what of it is shown, as a digest that changes with whatever may be seen. A plain value
// and its JSON form. Pure.
#pragma once

#include "core/recording/recording_info.h"

namespace longmen::recording {

struct RecordingState {
  std::string channel;
  bool ended = false;
  std::string shown;  // kShownDigits of hexadecimal
  bool operator==(const RecordingState&) const = default;
};
inline constexpr size_t kShownDigits = 32;

RecordingState state_of(const RecordingInfo& info);

std::string to_json(const RecordingState& state);
// The words say what is wrong.
Result<RecordingState> recording_state_from_json(std::string_view json);

}  // namespace longmen::recording
