// What libav's decoders complain of, told apart by decoder: pictures made of damaged data. Elements
// of GStreamer say nothing of those, since libav hands them over all the same; it says so in its
// log alone, from the decoder's own thread or from one of those that decode slices for it. Whose
// codec that is, is learnt from what the codec says on the thread of its pipeline, which it does
// before its first picture. GStreamer's plug-in keeps its library to itself, so it is asked of the
// loader. Bounds: kMaxCodecs; an error of one that is not known is nobody's. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace longmen {

class LibavComplaints {
 public:
  static constexpr size_t kMaxCodecs = 256;
  using Count = std::atomic<uint64_t>;

  // Once the plug-in is loaded. False: there is no libav here to be listened to.
  static bool listen();
  // The calling thread works for a pipeline whose errors are counted there; null: for none.
  static void this_thread_works_for(Count* count);
  // It ends: nothing is counted there any more.
  static void forget(Count* count);
};

}  // namespace longmen
