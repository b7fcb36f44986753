// The test programme: a studio in a process of its own. It draws a moving picture with the marker,
// makes its sound, encodes both and sends them by RTMP, as a real encoder would; when the server
// goes away it comes back, for ever, with a back-off of 0.25 to 2 s; a server that refuses it for
// another's sake (take_over=no) is asked again until its turn has come. Pictures that cannot be
// sent are not made (never queued). Ends on SIGTERM or SIGINT.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/media/picture_size.h"

namespace longmen {

struct TestFeedOptions {
  std::string
      url;  // rtmp://HOST[:PORT]/live/STREAM_KEY; "?take_over=no": yields to any other sender
  std::string fps = "30000/1001";
  std::string size = "1280x720";
  std::string channel_name = "书记龙门阵 Secretary Talk";
};

struct FrameRate {
  int numerator = 0;
  int denominator = 1;
  bool operator==(const FrameRate&) const = default;
};
Result<FrameRate> parse_frame_rate(const std::string& text);      // "30", "30000/1001"; 1 to 120
Result<PictureSize> parse_picture_size(const std::string& text);  // "1280x720"

// The exit code of the process: 0 after a signal, 2 when it could not start.
int run_test_feed(const TestFeedOptions& options);

}  // namespace longmen
