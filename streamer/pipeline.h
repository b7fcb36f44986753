// A GStreamer pipeline written as gst-launch-1.0 would take it, with its life and its errors. It
// has no clock: elements run as fast as they are fed, who feeds it decides the pace. Errors are
// kept until asked for; nobody is called back. Owned and destroyed by one thread; failed() and
// element() from any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/result.h"
#include "streamer/gst_ptr.h"

namespace longmen {

class Pipeline {
 public:
  // Threads that yield do long work, picture after picture; on a busy machine sound and packets,
  // which need a moment each, are not to wait for them.
  // Of what the programme can do without, the last in the queue.
  enum class Threads { kPrompt, kYield, kLast };
  static constexpr int kYieldNice = 10;  // of nice(2)
  static constexpr int kLastNice = 19;

  // `name` is for people. The words of an error name the element that is missing or wrong.
  static Result<std::unique_ptr<Pipeline>> parse(const std::string& name,
                                                 const std::string& description,
                                                 Threads threads = Threads::kPrompt);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Of the description ("name=..."), which lives as long as this; asks for one that exists.
  GstElement* element(const char* name) const;

  bool play();
  // Blocks until every streaming thread has ended; no callback runs afterwards.
  void stop();

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  std::string error() const;

 private:
  Pipeline(std::string name, GstElement* pipeline, Threads threads);
  void on_thread(GstMessage* message) const;
  static GstBusSyncReply on_message(GstBus* bus, GstMessage* message, gpointer self);

  std::string name_;
  Threads threads_;
  ElementPtr pipeline_;
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  std::string error_;
};

}  // namespace longmen
