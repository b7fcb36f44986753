// Recordings that leave and arrive as packages (core/package/package_head.h), and clips, by
// /api/v1, with control's leave (gateway/studio_leave.h). A package is sent as it is made and
// checked as it comes; it is a recording when all of it is there, on the disk and filed by control.
// One that is here already, to the last segment, is refused by name before its media was sent.
// Bounds: one package is taken in at a time; kMaxExports leave. One thread: the io_context's; files
// are the pool's.
#pragma once

#include <functional>
#include <memory>

#include "gateway/package_intake.h"
#include "gateway/replay.h"
#include "gateway/studio_leave.h"

namespace longmen {

class Packages {
 public:
  static constexpr int kMaxExports = 4;

  // All outlive it. `arrived`: a recording is there that was not.
  Packages(Recordings& recordings, Replay& replay, DiskPool& disk, StudioLeave& leave,
           std::function<void(const std::string& recording)> arrived)
      : recordings_(recordings),
        replay_(replay),
        disk_(disk),
        leave_(leave),
        arrived_(std::move(arrived)) {}

  void set_reserve(uint64_t bytes) { reserve_bytes_ = bytes; }
  // Of what arrives; those of who attaches a file are the same.
  void set_courseware_limits(const recording::CoursewareLimits& limits) { courseware_ = limits; }
  // Its handlers refer to this object.
  void add_routes(HttpRouter& router);

 private:
  using Answer = boost::asio::awaitable<HttpResponse>;
  using IntakePtr = std::shared_ptr<PackageIntake>;

  Answer send(HttpRequest request);
  Answer take(HttpRequest request);
  Answer clip(HttpRequest request);

  Answer take_in(const HttpRequest& request, std::string channel);
  // Until it is whole; or what the sender is told.
  boost::asio::awaitable<tl::expected<void, HttpResponse>> receive(const HttpRequest& request,
                                                                   IntakePtr intake);
  // Of which the same is shown; or empty.
  boost::asio::awaitable<std::string> find_same(IntakePtr intake);
  boost::asio::awaitable<void> unfile(const HttpRequest& request, std::string session);
  void add(const recording::RecordingInfo& info, size_t courseware,
           std::vector<recording::CaptionTrack> captions);

  Recordings& recordings_;
  Replay& replay_;
  DiskPool& disk_;
  StudioLeave& leave_;
  std::function<void(const std::string&)> arrived_;
  uint64_t reserve_bytes_ = 0;
  recording::CoursewareLimits courseware_;
  bool taking_ = false;
  std::shared_ptr<int> exports_ = std::make_shared<int>(0);
};

}  // namespace longmen
