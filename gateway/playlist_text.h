// The text of a playlist, or of whatever else is told of media, and how it is answered: written and
// compressed once for all who ask where it is kept, and sent as the client takes it.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/bytes.h"
#include "net/gzip.h"
#include "net/http_message.h"

namespace longmen {

inline constexpr std::string_view kPlaylistType = "application/vnd.apple.mpegurl";

struct PlaylistText {
  std::shared_ptr<const Bytes> plain;
  std::shared_ptr<const Bytes> gzip;
};
PlaylistText packed(std::string_view text);

// So many segments of a long list are written before others get their turn: some milliseconds.
inline constexpr int kSegmentsAtOnce = 1000;

// A text whose beginning stays: that is compressed once, and the whole costs a copy, and its end.
class GrowingText {
 public:
  void append(std::string_view text);
  // What was appended with `end` behind it, which is not kept.
  PlaylistText with_end(std::string_view end) const;

 private:
  Bytes plain_;
  GrowingGzip gzip_;
};

// What is said of a text besides.
struct TextFields {
  std::string_view cache_control;
  std::string_view type = kPlaylistType;
  bool by_player = false;  // goes_down_to_sound() decided what is in it
};
HttpResponse text_response(const HttpRequest& request, const PlaylistText& text,
                           const TextFields& fields);
// Of one that is kept by nobody.
HttpResponse text_response(const HttpRequest& request, std::string_view text,
                           const TextFields& fields);

// Apple's players go down to sound alone where a line carries no picture. Others leave such a
// variant out, or stumble: VLC 3 takes it for one more picture, and has no sound then. So it is
// shown to Apple's alone, but for Apple TV, which is to have none (HLS Authoring Specification,
// tvOS), and to who asks for it: ?sound_alone=1.
bool goes_down_to_sound(const HttpRequest& request);

}  // namespace longmen
