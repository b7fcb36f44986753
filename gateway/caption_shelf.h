// The captions that people give a recording, over HTTP: who may watch it lists them and reads each
// whole, /replay/RECORDING/captions.json and …/captions/zh-Hans.vtt, or by segments as players of
// HLS do, …/captions/zh-Hans/index.m3u8; the studio gives and removes them by
// /api/v1/recordings/RECORDING/captions/LANGUAGE, with control's leave (gateway/studio_leave.h),
// where each is in the audit. WebVTT and SubRip are taken, and WebVTT of our own making is given
// (core/captions/caption_file.h), of what is shown at that moment (core/recording/caption_track.h).
// Only a recording that has ended has captions. Who replaces some names those that it has seen by
// their entity tag; the same once more changes nothing. Bounds: kMaxCaptionBytes a file,
// kMaxCaptionTracks a recording; one is taken in per recording at a time, kMaxTaking in all. One
// thread: the io_context's; files are the pool's. Source: RFC 8216 §3.5, RFC 9110 §13.1.1.
#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "gateway/caption_files.h"
#include "gateway/replay.h"
#include "gateway/studio_leave.h"

namespace longmen {

class CaptionShelf {
 public:
  static constexpr size_t kMaxTaking = 4;

  // All outlive it.
  CaptionShelf(Replay& replay, DiskPool& disk, StudioLeave& leave)
      : replay_(replay), disk_(disk), leave_(leave) {}
  // Its handlers refer to this object.
  void add_routes(HttpRouter& router, WatchGate& gate);

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using RecordingPtr = Replay::RecordingPtr;
  using Tracks = std::vector<recording::CaptionTrack>;

  Answer list(HttpRequest request);
  Answer whole(HttpRequest request);
  Answer playlist_or_segment(HttpRequest request);
  Answer studio_list(HttpRequest request);
  Answer take(HttpRequest request);
  Answer remove(HttpRequest request);

  // With its media, and the track of that language; nothing with `problem` set.
  struct Found {
    RecordingPtr recording;
    recording::CaptionTrack track;
  };
  boost::asio::awaitable<std::optional<Found>> find(const HttpRequest& request,
                                                    std::string language, HttpResponse& problem);
  Answer take_into(const HttpRequest& request, RecordingPtr recording, std::string language);
  // As they are to be kept, of what is shown of it now. Within: what is wrong with the file.
  boost::asio::awaitable<Result<Result<recording::WrittenCaptions>>> read(RecordingPtr recording,
                                                                          std::string language,
                                                                          std::string label,
                                                                          std::string file);
  // The list, with that track or without that language.
  boost::asio::awaitable<Result<void>> change(RecordingPtr recording, std::string language,
                                              std::optional<recording::CaptionTrack> with);

  Replay& replay_;
  DiskPool& disk_;
  StudioLeave& leave_;
  std::set<std::string> taking_;
  std::shared_ptr<std::mutex> changing_ = std::make_shared<std::mutex>();  // of the pool's threads
};

}  // namespace longmen
