#include "gateway/recording_metrics.h"

#include <string>

namespace longmen {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}
prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

void set(prometheus::Counter& counter, uint64_t value) {
  counter.Increment(static_cast<double>(value) - counter.Value());
}

}  // namespace

RecordingMetrics::RecordingMetrics(prometheus::Registry& registry)
    : parts_(prometheus::BuildCounter()
                 .Name("longmen_recording_parts_total")
                 .Help("Parts that were to be recorded, by what became of them")
                 .Register(registry)),
      written_(parts_.Add({{"result", "written"}})),
      refused_(parts_.Add({{"result", "queue_full"}})),
      left_out_(parts_.Add({{"result", "no_room"}})),
      malformed_(parts_.Add({{"result", "malformed"}})),
      damaged_(parts_.Add({{"result", "damaged"}})),
      bytes_(counter(registry, "longmen_recording_bytes_total", "Media bytes recorded")),
      syncs_(counter(registry, "longmen_recording_syncs_total", "Groups of parts synced")),
      filled_(counter(registry, "longmen_recording_filled_segments_total",
                      "Segments that were holes and came from other nodes")),
      queued_(gauge(registry, "longmen_recording_queued_bytes", "Bytes that wait for the writer")),
      free_(gauge(registry, "longmen_recording_free_bytes",
                  "What the recordings' file system has left")),
      left_(gauge(registry, "longmen_recording_left_seconds",
                  "For so long there is room, at the present rate")),
      state_(prometheus::BuildGauge()
                 .Name("longmen_recording_state")
                 .Help("1 for the recorder's state: off, ready, full, failed")
                 .Register(registry)),
      recordings_(gauge(registry, "longmen_recordings", "Recordings that this node has")),
      writing_(gauge(registry, "longmen_recordings_writing", "Recordings that are being written")) {
}

void RecordingMetrics::refresh(const Recorder& recorder, const Recordings& recordings,
                               const HoleFiller& filler) {
  const WriterFigures& figures = recorder.figures();
  set(written_, figures.parts);
  set(refused_, figures.refused);
  set(left_out_, figures.left_out);
  set(malformed_, figures.malformed);
  set(damaged_, figures.damaged);
  set(bytes_, figures.bytes);
  set(syncs_, figures.syncs);
  set(filled_, filler.filled());
  queued_.Set(static_cast<double>(figures.queued_bytes.load()));
  free_.Set(static_cast<double>(figures.free_bytes.load()));
  const RecorderReport report = recorder.report();
  left_.Set(static_cast<double>(report.seconds_left));
  for (const char* state : {"off", "ready", "full", "failed"})
    state_.Add({{"state", state}}).Set(report.state == state ? 1 : 0);
  recordings_.Set(static_cast<double>(recordings.all().size()));
  size_t writing = 0;
  for (const auto& [id, recording] : recordings.all())
    writing += recording->writing;
  writing_.Set(static_cast<double>(writing));
}

}  // namespace longmen
