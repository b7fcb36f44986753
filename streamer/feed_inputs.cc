#include "streamer/feed_inputs.h"

namespace longmen {

void FeedInputs::message(MessageKind kind, ByteSpan body, Monotonic now) {
  switch (kind) {
    case MessageKind::kFeedTrack:
      if (auto read = read_feed_track(body)) return of(read->input).track(std::move(read->track));
      break;
    case MessageKind::kFeedUnit:
      if (const auto read = read_feed_unit(body)) return of(read->input).unit(read->unit, now);
      break;
    case MessageKind::kFeedEnd:
      if (const auto input = read_feed_end(body)) return of(*input).end(now);
      break;
    case MessageKind::kFeedErrors:
      if (const auto errors = read_feed_errors(body))
        return programme_.feed_errors(errors->input, errors->count);
      break;
    default:
      return;
  }
  metrics_.units_dropped.Increment();
}

}  // namespace longmen
