#include "streamer/libav_complaints.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdarg>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace longmen {
namespace {

// libavutil/log.h.
constexpr int kLibavError = 16, kLibavVerbose = 40;
using LibavCallback = void (*)(void* codec, int level, const char* format, va_list arguments);
using SetLibavCallback = void (*)(LibavCallback);

struct KnownCodecs {
  std::mutex mutex;
  std::map<const void*, LibavComplaints::Count*> counts;
};
KnownCodecs& known_codecs() {
  static KnownCodecs* const codecs = new KnownCodecs;  // threads of libav may outlive main()
  return *codecs;
}

thread_local LibavComplaints::Count* works_for = nullptr;

void on_libav_says(void* codec, int level, const char*, va_list) {
  if (!codec || level > kLibavVerbose) return;
  KnownCodecs& codecs = known_codecs();
  const std::lock_guard lock(codecs.mutex);
  if (works_for &&
      (codecs.counts.size() < LibavComplaints::kMaxCodecs || codecs.counts.contains(codec)))
    codecs.counts[codec] = works_for;
  if (level > kLibavError) return;
  const auto found = codecs.counts.find(codec);
  if (found != codecs.counts.end()) found->second->fetch_add(1, std::memory_order_relaxed);
}

// The file that is loaded already, whatever its version.
std::string loaded_libavutil() {
  std::string path;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* user) {
        const std::string_view name = info->dlpi_name ? info->dlpi_name : "";
        if (name.find("/libavutil.so") == std::string_view::npos) return 0;
        *static_cast<std::string*>(user) = name;
        return 1;
      },
      &path);
  return path;
}

}  // namespace

bool LibavComplaints::listen() {
  const std::string path = loaded_libavutil();
  void* const library = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (!library) return false;
  const auto set = reinterpret_cast<SetLibavCallback>(dlsym(library, "av_log_set_callback"));
  if (set) set(on_libav_says);
  dlclose(library);  // the plug-in keeps it
  return set != nullptr;
}

void LibavComplaints::this_thread_works_for(Count* count) {
  works_for = count;
}

void LibavComplaints::forget(Count* count) {
  KnownCodecs& codecs = known_codecs();
  const std::lock_guard lock(codecs.mutex);
  std::erase_if(codecs.counts, [count](const auto& entry) { return entry.second == count; });
}

}  // namespace longmen
