// Courseware over HTTP: files that are attached to a recording. Whoever may watch the recording
// lists and downloads them, /replay/RECORDING/courseware.json and
// /replay/RECORDING/courseware/FILE, as attachments that no browser runs anything of; the studio
// adds and removes them by /api/v1/recordings/RECORDING/courseware, with control's leave
// (gateway/studio_leave.h), where each is in the audit. They lie in the recording's folder and go
// with it. A file is there when courseware.json says so; one that is not named there, since a
// process died, goes when the next one comes. A download has ranges. Bounds: the configuration's
// per file and recording; kMaxCourseware; one is taken in per recording at a time, kMaxTaking in
// all. One thread: the io_context's; files are the pool's. Source: RFC 6266, CSP 3 (sandbox).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "gateway/given_file.h"
#include "gateway/replay.h"
#include "gateway/studio_leave.h"

namespace longmen {

class CoursewareShelf {
 public:
  static constexpr size_t kMaxTaking = 8;

  using Limits = recording::CoursewareLimits;

  // All outlive it. `changed`: of a recording whose courseware is another.
  CoursewareShelf(Replay& replay, DiskPool& disk, StudioLeave& leave,
                  std::function<void(const std::string& recording)> changed)
      : replay_(replay), disk_(disk), leave_(leave), changed_(std::move(changed)) {}

  void set_limits(const Limits& limits) { limits_ = limits; }
  // Its handlers refer to this object.
  void add_routes(HttpRouter& router, WatchGate& gate);

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using RecordingPtr = Replay::RecordingPtr;
  using Files = std::vector<recording::Courseware>;

  Answer list(HttpRequest request);
  Answer download(HttpRequest request);
  Answer studio_list(HttpRequest request);
  Answer take(HttpRequest request);
  Answer remove(HttpRequest request);

  boost::asio::awaitable<Result<Files>> files_of(RecordingPtr recording);
  boost::asio::awaitable<HttpResponse> take_into(const HttpRequest& request,
                                                 RecordingPtr recording);
  boost::asio::awaitable<tl::expected<void, HttpResponse>> receive(const HttpRequest& request,
                                                                   std::shared_ptr<GivenFile> file,
                                                                   uint64_t most);
  // In one go; what is there afterwards.
  boost::asio::awaitable<Result<Files>> change(RecordingPtr recording,
                                               std::function<void(Files&)> with);

  Replay& replay_;
  DiskPool& disk_;
  StudioLeave& leave_;
  std::function<void(const std::string&)> changed_;
  Limits limits_;
  std::set<std::string> taking_;
  std::shared_ptr<std::mutex> changing_ = std::make_shared<std::mutex>();  // of the pool's threads
};

}  // namespace longmen
