#include "gateway/bucket/bucket_metrics.h"

namespace longmen {
namespace {

prometheus::Counter& bucket_counter(prometheus::Registry& registry, const char* name,
                                    const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}
prometheus::Gauge& bucket_gauge(prometheus::Registry& registry, const char* name,
                                const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

void set_counter(prometheus::Counter& counter, uint64_t value) {
  counter.Increment(static_cast<double>(value) - counter.Value());
}

}  // namespace

BucketMetrics::BucketMetrics(prometheus::Registry& registry)
    : state_(prometheus::BuildGauge()
                 .Name("longmen_bucket_state")
                 .Help("1 for the state of the recordings' bucket: off, ready, away, refused")
                 .Register(registry)),
      waiting_bytes_(bucket_gauge(registry, "longmen_bucket_waiting_bytes",
                                  "Of recordings, what is to be uploaded")),
      waiting_files_(bucket_gauge(registry, "longmen_bucket_waiting_files",
                                  "Files of recordings that are to be uploaded")),
      waiting_seconds_(bucket_gauge(registry, "longmen_bucket_waiting_seconds",
                                    "For so long the oldest of them has waited")),
      local_bytes_(bucket_gauge(registry, "longmen_bucket_spool_bytes",
                                "What recordings take on this disk, uploaded or not")),
      uploaded_files_(bucket_counter(registry, "longmen_bucket_uploads_total",
                                     "Files that are whole in the bucket")),
      uploaded_bytes_(
          bucket_counter(registry, "longmen_bucket_uploaded_bytes_total", "Of those files")),
      failed_uploads_(bucket_counter(registry, "longmen_bucket_upload_failures_total",
                                     "Uploads that came to nothing after all tries")),
      removed_(bucket_counter(registry, "longmen_bucket_removed_objects_total",
                              "Objects of recordings that were removed")),
      dropped_(bucket_counter(registry, "longmen_bucket_local_copies_dropped_total",
                              "Recordings whose media left this disk for the bucket alone")),
      blocks_(prometheus::BuildCounter()
                  .Name("longmen_bucket_cache_reads_total")
                  .Help("Blocks of recordings that were asked of the cache, by what became of them")
                  .Register(registry)),
      fetched_bytes_(bucket_counter(registry, "longmen_bucket_fetched_bytes_total",
                                    "Read from the bucket for players")),
      evicted_(bucket_counter(registry, "longmen_bucket_cache_evicted_total",
                              "Blocks that made room for others")),
      cache_bytes_(
          bucket_gauge(registry, "longmen_bucket_cache_bytes", "What the cache has on disk")) {}

void BucketMetrics::refresh(const RecordingBucket& bucket) {
  const BucketReport report = bucket.report();
  for (const char* state : {"off", "ready", "away", "refused"})
    state_.Add({{"state", state}}).Set(report.state == state ? 1 : 0);
  const UploaderFigures& uploads = bucket.uploads();
  waiting_bytes_.Set(static_cast<double>(report.waiting_bytes));
  waiting_files_.Set(static_cast<double>(uploads.waiting_files.load()));
  waiting_seconds_.Set(static_cast<double>(report.waiting_seconds));
  local_bytes_.Set(static_cast<double>(uploads.local_bytes.load()));
  set_counter(uploaded_files_, uploads.files);
  set_counter(uploaded_bytes_, uploads.bytes);
  set_counter(failed_uploads_, uploads.failures);
  set_counter(removed_, uploads.removed);
  set_counter(dropped_, uploads.dropped);
  const BlockCacheFigures& reads = bucket.reads();
  for (const auto& [result, count] : {std::pair("hit", reads.hits),
                                      {"fetched", reads.fetched},
                                      {"joined", reads.joined},
                                      {"failed", reads.failed},
                                      {"refused", reads.refused},
                                      {"uncached", reads.uncached}})
    set_counter(blocks_.Add({{"result", result}}), count);
  set_counter(fetched_bytes_, reads.fetched_bytes);
  set_counter(evicted_, reads.evicted);
  cache_bytes_.Set(static_cast<double>(reads.bytes));
}

}  // namespace longmen
