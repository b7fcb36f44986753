// `longmen make-slate`: encodes a channel's slate ahead of time, by the encoders of the live
// programme: 8 s of every rendition, 375 frames of AAC and 400 packets of Opus, with the channel's
// GOPs; so that an idle channel needs no encoder. The file's form: core/media/slate.h reads it.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/node/channel.h"

namespace longmen {

enum class SlateContent {
  kCard,           // the channel's name on a still picture, and silence
  kTestProgramme,  // with grain, so that it fills its bit rate as a camera's picture does: a source
                   // for benchmarks that needs no encoder beside it
};

// The whole file's bytes. About a second of processor time a rung.
Result<Bytes> encode_slate(const Channel& channel, SlateContent content = SlateContent::kCard);

// `channel_json_file` holds a list with one channel (core/node/channel.h). The file appears whole
// or not at all. The exit code of the process; words are logged.
int make_slate(const std::string& channel_json_file, const std::string& out,
               SlateContent content = SlateContent::kCard);

}  // namespace longmen
