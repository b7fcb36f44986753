#include "streamer/gst_setup.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gst/gst.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "streamer/gst_ptr.h"
#include "streamer/libav_complaints.h"

namespace longmen {
namespace {

using Needed = NeededElement;
constexpr std::array kNeeded = {
    Needed{"coreelements", "queue", "libgstreamer1.0-0"},
    Needed{"app", "appsrc", "gstreamer1.0-plugins-base"},
    Needed{"videoconvertscale", "videoscale", "gstreamer1.0-plugins-base"},
    Needed{"audioconvert", "audioconvert", "gstreamer1.0-plugins-base"},
    Needed{"audioresample", "audioresample", "gstreamer1.0-plugins-base"},
    Needed{"opus", "opusenc", "gstreamer1.0-plugins-base"},
    Needed{"audioparsers", "aacparse", "gstreamer1.0-plugins-good"},
    Needed{"deinterlace", "deinterlace", "gstreamer1.0-plugins-good"},
    Needed{"flv", "flvmux", "gstreamer1.0-plugins-good"},
    Needed{"videoparsersbad", "h264parse", "gstreamer1.0-plugins-bad"},
    Needed{"rtmp2", "rtmp2sink", "gstreamer1.0-plugins-bad"},
    Needed{"x264", "x264enc", "gstreamer1.0-plugins-ugly"},
    Needed{"libav", "avdec_h264", "gstreamer1.0-libav"},
};

// Decoders of feeds that are seldom met: without them such a feed has no sound or no picture, and
// the log says so.
constexpr std::array kUseful = {
    Needed{"mpg123", "mpg123audiodec", "gstreamer1.0-plugins-good"},
    Needed{"alaw", "alawdec", "gstreamer1.0-plugins-good"},
    Needed{"mulaw", "mulawdec", "gstreamer1.0-plugins-good"},
    Needed{"vpx", "vp8dec", "gstreamer1.0-plugins-good"},
    Needed{"aom", "av1dec", "gstreamer1.0-plugins-bad"},
};

// For files that people give. Types are found by functions, which are no elements.
constexpr std::array kGivenNeeded = {
    Needed{"playback", "decodebin", "gstreamer1.0-plugins-base"},
    Needed{"videorate", "videorate", "gstreamer1.0-plugins-base"},
    Needed{"videofilter", "videoflip", "gstreamer1.0-plugins-good"},
    Needed{"png", "pngdec", "gstreamer1.0-plugins-good"},
    Needed{"jpeg", "jpegenc", "gstreamer1.0-plugins-good"},
    Needed{"isomp4", "qtdemux", "gstreamer1.0-plugins-good"},
};
constexpr std::array kGivenUseful = {
    Needed{"jpegformat", "jpegparse", "gstreamer1.0-plugins-bad"},
    Needed{"webp", "webpdec", "gstreamer1.0-plugins-bad"},
    Needed{"matroska", "matroskademux", "gstreamer1.0-plugins-good"},
    Needed{"mpegtsdemux", "tsdemux", "gstreamer1.0-plugins-bad"},
    Needed{"avi", "avidemux", "gstreamer1.0-plugins-good"},
    Needed{"ogg", "oggdemux", "gstreamer1.0-plugins-base"},
    Needed{"theora", "theoradec", "gstreamer1.0-plugins-base"},
    Needed{"vorbis", "vorbisdec", "gstreamer1.0-plugins-base"},
    Needed{"vpx", "vp9dec", "gstreamer1.0-plugins-good"},
    Needed{"flac", "flacdec", "gstreamer1.0-plugins-good"},
    Needed{"opusparse", "opusparse", "gstreamer1.0-plugins-bad"},
};
constexpr const char* kTypeFinder = "typefindfunctions";

// Beside the library itself, as distributions have it.
std::filesystem::path plugin_directory() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(&gst_init), &info) || !info.dli_fname) return {};
  std::error_code error;
  const auto library = std::filesystem::canonical(info.dli_fname, error);
  return error ? std::filesystem::path() : library.parent_path() / "gstreamer-1.0";
}

bool have_element(const char* name) {
  GstElementFactory* factory = gst_element_factory_find(name);
  if (factory) gst_object_unref(factory);
  return factory != nullptr;
}

bool load(const std::filesystem::path& directory, const Needed& needed) {
  const auto file = directory / fmt::format("libgst{}.so", needed.plugin);
  GError* error = nullptr;
  GstPlugin* plugin = gst_plugin_load_file(file.c_str(), &error);
  const GErrorPtr owned(error);
  if (plugin) gst_object_unref(plugin);
  return plugin && have_element(needed.element);
}

// What GStreamer's libraries say for developers belongs into our log, not beside it.
void log_of_glib(const gchar* domain, GLogLevelFlags level, const gchar* words, gpointer) {
  const bool serious = level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  spdlog::log(serious ? spdlog::level::warn : spdlog::level::debug, "{}: {}",
              domain ? domain : "glib", words ? words : "");
}

Result<void> set_up_once() {
  g_log_set_default_handler(log_of_glib, nullptr);
  // An administrator who names a plug-in path wants GStreamer's own search.
  const bool own_search =
      std::getenv("GST_PLUGIN_SYSTEM_PATH_1_0") || std::getenv("GST_PLUGIN_PATH_1_0");
  if (!own_search) {
    gst_registry_fork_set_enabled(FALSE);
    setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", 1);
    setenv("GST_REGISTRY_UPDATE", "no", 1);
    setenv("GST_REGISTRY_1_0", "/dev/null", 1);
  }
  GError* error = nullptr;
  if (!gst_init_check(nullptr, nullptr, &error)) {
    const GErrorPtr owned(error);
    return fail(fmt::format("GStreamer does not start: {}", owned ? owned->message : "unknown"));
  }
  const auto directory = plugin_directory();
  bool searched = own_search;
  for (const Needed& needed : kNeeded) {
    if (have_element(needed.element) || load(directory, needed)) continue;
    if (!searched) {
      searched = true;
      gst_registry_scan_path(gst_registry_get(), directory.c_str());
      gst_registry_scan_path(gst_registry_get(), "/usr/lib/gstreamer-1.0");
      if (have_element(needed.element)) continue;
    }
    return fail(fmt::format("GStreamer's element {} is missing; the package {} has it",
                            needed.element, needed.package));
  }
  if (!LibavComplaints::listen())
    spdlog::warn("libav cannot be listened to: pictures of damaged data do not count as errors");
  for (const Needed& useful : kUseful) {
    if (!have_element(useful.element)) (void)load(directory, useful);
  }
  return {};
}

Result<void> set_up_given_once() {
  const auto directory = plugin_directory();
  (void)load(directory, {kTypeFinder, "", ""});
  for (const Needed& needed : kGivenNeeded) {
    if (!have_element(needed.element) && !load(directory, needed))
      return fail(fmt::format("GStreamer's element {} is missing; the package {} has it",
                              needed.element, needed.package));
  }
  for (const auto& list : {std::span<const Needed>(kGivenUseful), std::span<const Needed>(kUseful)})
    for (const Needed& useful : list)
      if (!have_element(useful.element)) (void)load(directory, useful);
  return {};
}

}  // namespace

Result<void> set_up_given_formats() {
  static std::once_flag once;
  static Result<void> result;
  std::call_once(once, [] { result = set_up_given_once(); });
  return result;
}

std::span<const NeededElement> needed_elements() {
  return kNeeded;
}

Result<void> set_up_gstreamer() {
  static std::once_flag once;
  static Result<void> result;
  std::call_once(once, [] { result = set_up_once(); });
  return result;
}

}  // namespace longmen
