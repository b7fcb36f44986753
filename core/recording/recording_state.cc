#include "core/recording/recording_state.h"

#include <boost/json/serialize.hpp>

#include "core/base/sha256.h"
#include "core/node/json_fields.h"

namespace longmen::recording {
namespace json = boost::json;

RecordingState state_of(const RecordingInfo& info) {
  const std::string seen =
      json::serialize(json::array{info.start_ms, info.end_ms, range_to_json(info.shown),
                                  ranges_to_json(info.withdrawn), ranges_to_json(info.cuts)});
  return {info.channel, info.end_ms != 0, sha256_hex(seen).substr(0, kShownDigits)};
}

std::string to_json(const RecordingState& state) {
  return json::serialize(
      json::object{{"channel", state.channel}, {"ended", state.ended}, {"shown", state.shown}});
}

Result<RecordingState> recording_state_from_json(std::string_view text) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return tl::unexpected(fields.error());
  RecordingState state;
  fields->read("channel", state.channel);
  fields->read("ended", state.ended);
  fields->read("shown", state.shown);
  // It becomes a folder's name.
  const bool good = state.shown.size() == kShownDigits &&
                    state.shown.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (state.channel.empty() || !good) return fail("it is no recording's state");
  return state;
}

}  // namespace longmen::recording
