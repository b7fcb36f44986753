// What ingest says of a channel's feeds, taken apart: each message belongs to one of the two
// inputs. Thread: the io_context's.
#pragma once

#include "net/message.h"
#include "streamer/feed_input.h"
#include "streamer/input_previews.h"

namespace longmen {

class FeedInputs {
 public:
  // `previews` may be null; they outlive this.
  FeedInputs(const Channel& channel, const AirClock& clock, Programme& programme,
             StreamerMetrics& metrics, InputPreviews* previews = nullptr)
      : programme_(programme),
        metrics_(metrics),
        primary_(ChannelInput::kPrimary, channel, clock, programme, metrics,
                 previews ? &previews->primary : nullptr),
        backup_(ChannelInput::kBackup, channel, clock, programme, metrics,
                previews ? &previews->backup : nullptr) {}

  // A new link: the feeds' times may be others.
  void begin(Monotonic now) {
    primary_.begin(now);
    backup_.begin(now);
  }
  void message(MessageKind kind, ByteSpan body, Monotonic now);

 private:
  FeedInput& of(ChannelInput input) { return input == ChannelInput::kPrimary ? primary_ : backup_; }

  Programme& programme_;
  StreamerMetrics& metrics_;
  FeedInput primary_;
  FeedInput backup_;
};

}  // namespace longmen
