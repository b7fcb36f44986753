// The gateway's figures about the bucket of its recordings, taken when somebody asks. One thread:
// the io_context's.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "gateway/bucket/recording_bucket.h"

namespace longmen {

class BucketMetrics {
 public:
  explicit BucketMetrics(prometheus::Registry& registry);

  void refresh(const RecordingBucket& bucket);

 private:
  prometheus::Family<prometheus::Gauge>& state_;
  prometheus::Gauge& waiting_bytes_;
  prometheus::Gauge& waiting_files_;
  prometheus::Gauge& waiting_seconds_;
  prometheus::Gauge& local_bytes_;
  prometheus::Counter& uploaded_files_;
  prometheus::Counter& uploaded_bytes_;
  prometheus::Counter& failed_uploads_;
  prometheus::Counter& removed_;
  prometheus::Counter& dropped_;
  prometheus::Family<prometheus::Counter>& blocks_;
  prometheus::Counter& fetched_bytes_;
  prometheus::Counter& evicted_;
  prometheus::Gauge& cache_bytes_;
};

}  // namespace longmen
