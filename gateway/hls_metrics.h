// The gateway's figures about HLS. What requests are answered is told by the HTTP server's
// (gateway/metrics_page.h), by route. One thread: the io_context's.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <chrono>
#include <string>

#include "core/base/drop_reason.h"

namespace longmen {

class HlsMetrics {
 public:
  explicit HlsMetrics(prometheus::Registry& registry);

  void published(bool gap) { (gap ? gaps_ : parts_).Increment(); }
  void segment_begun(const std::string& channel, const std::string& rendition,
                     std::chrono::system_clock::time_point at);
  void dropped(DropReason reason);
  void set_held(size_t count) { held_.Set(static_cast<double>(count)); }

 private:
  prometheus::Family<prometheus::Counter>& published_;
  prometheus::Counter& parts_;
  prometheus::Counter& gaps_;
  prometheus::Family<prometheus::Gauge>& begun_;
  prometheus::Family<prometheus::Counter>& dropped_;
  prometheus::Gauge& held_;
};

}  // namespace longmen
