// The gateway's figures about recording, taken from the recorder when somebody asks. One thread:
// the io_context's.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "gateway/hole_filler.h"
#include "gateway/recorder.h"

namespace longmen {

class RecordingMetrics {
 public:
  explicit RecordingMetrics(prometheus::Registry& registry);

  void refresh(const Recorder& recorder, const Recordings& recordings, const HoleFiller& filler);

 private:
  prometheus::Family<prometheus::Counter>& parts_;
  prometheus::Counter& written_;
  prometheus::Counter& refused_;
  prometheus::Counter& left_out_;
  prometheus::Counter& malformed_;
  prometheus::Counter& damaged_;
  prometheus::Counter& bytes_;
  prometheus::Counter& syncs_;
  prometheus::Counter& filled_;
  prometheus::Gauge& queued_;
  prometheus::Gauge& free_;
  prometheus::Gauge& left_;
  prometheus::Family<prometheus::Gauge>& state_;
  prometheus::Gauge& recordings_;
  prometheus::Gauge& writing_;
};

}  // namespace longmen
