#include "gateway/hls_metrics.h"

#include <string>

namespace longmen {

HlsMetrics::HlsMetrics(prometheus::Registry& registry)
    : published_(prometheus::BuildCounter()
                     .Name("longmen_hls_parts_total")
                     .Help("HLS parts published, whole or as gaps")
                     .Register(registry)),
      parts_(published_.Add({{"result", "whole"}})),
      gaps_(published_.Add({{"result", "gap"}})),
      begun_(
          prometheus::BuildGauge()
              .Name("longmen_hls_segment_begun_timestamp_seconds")
              .Help("When the first part of a rendition's newest segment was published, Unix time")
              .Register(registry)),
      dropped_(prometheus::BuildCounter()
                   .Name("longmen_dropped_total")
                   .Help("What came and was discarded on purpose, by reason")
                   .Register(registry)),
      held_(prometheus::BuildGauge()
                .Name("longmen_hls_held_requests")
                .Help("Requests that wait for an HLS part")
                .Register(registry)
                .Add({})) {}

void HlsMetrics::segment_begun(const std::string& channel, const std::string& rendition,
                               std::chrono::system_clock::time_point at) {
  begun_.Add({{"channel", channel}, {"rendition", rendition}})
      .Set(std::chrono::duration<double>(at.time_since_epoch()).count());
}

void HlsMetrics::dropped(DropReason reason) {
  dropped_.Add({{"reason", std::string(drop_reason_name(reason))}}).Increment();
}

}  // namespace longmen
