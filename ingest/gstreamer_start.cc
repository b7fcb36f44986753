#include "ingest/gstreamer_start.h"

#include <gst/gst.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace longmen {
namespace {

void log_of_gstreamer(const gchar* domain, GLogLevelFlags level, const gchar* words, gpointer) {
  const bool serious = level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  spdlog::log(serious ? spdlog::level::warn : spdlog::level::debug, "{}: {}",
              domain ? domain : "glib", words ? words : "");
}

struct GstreamerStart {
  std::mutex mutex;
  bool begun = false;
  bool done = false;
  std::vector<std::function<void()>> waiting;
  std::jthread thread;  // last: it uses the rest
};

void start_gstreamer(GstreamerStart& start) {
  g_log_set_default_handler(log_of_gstreamer, nullptr);
  GError* error = nullptr;
  if (!gst_init_check(nullptr, nullptr, &error))
    spdlog::error("GStreamer does not start: {}", error ? error->message : "unknown");
  g_clear_error(&error);
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(start.mutex);
    start.done = true;
    waiting.swap(start.waiting);
  }
  for (const auto& then : waiting)
    then();
}

}  // namespace

void when_gstreamer_has_started(std::function<void()> then) {
  static GstreamerStart start;
  {
    const std::lock_guard lock(start.mutex);
    if (!start.done) {
      start.waiting.push_back(std::move(then));
      if (!std::exchange(start.begun, true))
        start.thread = std::jthread([] { start_gstreamer(start); });
      return;
    }
  }
  then();
}

}  // namespace longmen
