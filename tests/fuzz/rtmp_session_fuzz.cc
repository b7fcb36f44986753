// A whole connection after the handshake (which is 3 kB of anything and only costs the fuzzer
// time): the first byte says in pieces of which size the rest arrives and whether publishing is
// accepted. Media goes on into a feed, as in the ingest role.
#include <algorithm>
#include <cstdlib>

#include "core/rtmp/flv_feed.h"
#include "core/rtmp/server_session.h"

namespace {

using namespace longmen;

struct Caller {
  rtmp::ServerSession session{"live", 1};
  rtmp::FlvFeed feed;
  bool accepts = true;
  bool closed = false;

  void drain() {
    while (auto event = session.poll_event()) {
      if (closed) std::abort();  // nothing comes after it
      if (std::holds_alternative<rtmp::PublishRequested>(*event)) {
        if (accepts) {
          session.accept_publish();
        } else {
          session.end({"error", rtmp::kPublishDenied, "no"});
        }
      } else if (const auto* media = std::get_if<rtmp::MediaMessage>(&*event)) {
        if (session.stage() != rtmp::ServerSession::Stage::kPublishing) std::abort();
        if (media->payload.size() > rtmp::kMaxMessageBytes) std::abort();
        const auto item = media->video ? feed.video(media->timestamp_ms, media->payload, {})
                                       : feed.audio(media->timestamp_ms, media->payload, {});
        if (!item && !item.error().codec.empty())
          session.end({"error", rtmp::kPublishRejected, item.error().codec});
      } else if (std::holds_alternative<rtmp::SessionClosed>(*event)) {
        closed = true;
      }
    }
    (void)session.take_output();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const uint8_t mode = data[0];
  ByteSpan rest(data + 1, size - 1);
  Caller caller;
  caller.accepts = (mode & 0x80) == 0;
  const size_t piece = (mode & 0x7F) == 0 ? SIZE_MAX : mode & 0x7F;
  Bytes handshake(1 + 2 * rtmp::kHandshakeBytes);
  handshake[0] = 3;
  caller.session.push(handshake);
  while (!rest.empty()) {
    const size_t count = std::min(piece, rest.size());
    caller.session.push(rest.first(count));
    caller.drain();
    rest = rest.subspan(count);
  }
  return 0;
}
