// `longmen make-slate`: encodes a channel's slate ahead of time, by the encoders of the live
// programme: a loop of every rendition, 375 frames of AAC and 400 packets of Opus in 8 s, with the
// channel's GOPs; so that an idle channel needs no encoder. The file's form: core/media/slate.h
// reads it. What is in it: the card, or a still or a clip that somebody gave and that was looked at
// when it came (streamer/check_slate.h). That is encoded by a process that yields to all others.
// `longmen record-programme` puts the test programme into such a file.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/node/channel.h"
#include "core/slate/slate_plan.h"

namespace longmen {

enum class SlateContent {
  kCard,           // the channel's name, and perhaps a title, on a still picture, and silence
  kGiven,          // what somebody gave: a still in silence, or a clip
  kTestProgramme,  // with grain, so that it fills its bit rate as a camera's picture does: a source
                   // for benchmarks that needs no encoder beside it
};

struct SlateWish {
  SlateContent content = SlateContent::kCard;
  SlateSource source;      // the card's title; what is in the file that was given
  std::string given_file;  // of kGiven
};

// The whole file's bytes. About a second of processor time a rung for 8 s.
Result<Bytes> encode_slate(const Channel& channel, const SlateWish& wish = {});

struct MakeSlateOptions {
  // A file that holds a list with one channel (core/node/channel.h); empty: one of the defaults.
  std::string channel_json;
  std::string source_json;  // one that holds a SlateSource; empty: the plain card
  std::string given;        // the file that was given
  std::string out;          // appears whole or not at all
  bool test_programme = false;
};
// The exit code of the process; words are logged.
int make_slate(const MakeSlateOptions& options);

}  // namespace longmen
