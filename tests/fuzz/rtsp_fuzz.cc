// What a sender that pushes by RTSP may say, of any mind: requests and packets as a connection's
// bytes, and the media of what it has announced. Whatever it says, answers are lines of ours.
#include "core/base/invariant.h"
#include "core/rtsp/record_media.h"
#include "core/rtsp/record_session.h"

using namespace longmen;

namespace {

void answer(rtsp::RecordSession& session, const rtsp::RecordSession::Question& question) {
  const auto* publish = std::get_if<rtsp::RecordSession::PublishAsked>(&question);
  invariant(!publish || !publish->key.empty(), "nobody asks without a key");
  if (std::holds_alternative<rtsp::RecordSession::UdpAsked>(question)) {
    session.accept_udp(40'000);
  } else {
    session.accept();
  }
}

}  // namespace

// The first byte: how many bytes are pushed at a time.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace std::chrono_literals;
  if (size == 0) return 0;
  const size_t piece = size_t{data[0]} + 1;
  ByteSpan bytes(data + 1, size - 1);
  rtsp::MessageReader reader;
  rtsp::RecordSession session("session");
  std::optional<rtsp::RecordMedia> media;
  Monotonic now(1000s);
  while (!bytes.empty()) {
    const size_t taken = std::min(piece, bytes.size());
    reader.push(bytes.first(taken));
    bytes = bytes.subspan(taken);
    auto message = reader.poll();
    for (; message && *message; message = reader.poll()) {
      now += 1ms;
      if (const auto* request = std::get_if<rtsp::Request>(&**message)) {
        if (const auto question = session.handle(*request)) answer(session, *question);
        const std::string output = session.take_output();
        invariant(output.starts_with("RTSP/1.0 ") && output.ends_with("\r\n\r\n") &&
                      output.find("\r\n\r\n") == output.size() - 4,
                  "an answer is one head");
      }
      if (session.stage() == rtsp::RecordSession::Stage::kRecording && !media)
        media.emplace(session.tracks(), 20ms, 1, now);
      const auto* packet = std::get_if<rtsp::Interleaved>(&**message);
      if (!packet || !media) continue;
      // By its channel, whatever was agreed on.
      const size_t track = size_t{packet->channel} / 2 % session.tracks().size();
      (void)(packet->channel % 2 == 0 ? media->handle_rtp(track, packet->packet, now)
                                      : media->handle_rtcp(track, packet->packet, now));
      if (media->next_timeout() <= now) media->handle_timeout(now);
      while (const auto item = media->poll_feed()) {
        const auto* unit = std::get_if<FeedUnit>(&*item);
        invariant(!unit || unit->data.size() <= kMaxFeedUnitBytes, "a unit is in bounds");
      }
      while (media->poll_rtcp()) {
      }
    }
    if (!message) break;
  }
  return 0;
}
