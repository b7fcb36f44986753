// Lets a pipeline that reads a file begin in the middle: what it gives first shows that there is
// something to seek in, and is held; then it seeks, to the keyframe of the place or before it, and
// all that comes from there passes. Knows no unit and no time but its place. One for a pipeline,
// with a lane for each of its sinks. Threads: pass() of those that bring samples; the seek, and
// Missed, on one of GStreamer's; the rest on any.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace longmen {

class SeekGate {
 public:
  // It does not get there: the place lies behind the file's end, where the file is that long; or,
  // without a length, one cannot seek in it. Nothing passes then.
  using Missed = std::function<void(std::optional<std::chrono::milliseconds> length)>;
  SeekGate(std::chrono::milliseconds place, Missed missed)
      : place_(place), missed_(std::move(missed)) {}

  struct Lane {
    SeekGate* gate = nullptr;
    std::atomic<bool> open{false};
  };
  // Before the sink gets anything. The lane lives as long as the sink.
  void watch(GstElement* sink, Lane& lane);
  // Whether a sample of that lane is from the place on; waits for as long as that is not known.
  // `keep` is what holds the gate and its lanes, while it seeks.
  bool pass(GstElement* sink, const Lane& lane, const std::shared_ptr<void>& keep);
  // Nobody waits any more.
  void end();

 private:
  void seek(GstElement* sink);
  static GstPadProbeReturn on_flush(GstPad*, GstPadProbeInfo* info, gpointer lane);

  const std::chrono::milliseconds place_;
  const Missed missed_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool seeks_ = false;
  bool released_ = false;
};

}  // namespace longmen
