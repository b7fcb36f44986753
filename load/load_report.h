// What a load run found, and its two forms: a table for people and JSON for programs.
// docs/PERFORMANCE.md says how to read it. Nothing is decided here but the exit code.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/rtp/video_receiver.h"
#include "load/figures.h"
#include "load/join_times.h"
#include "load/load_options.h"
#include "load/process_probe.h"
#include "load/progress.h"

namespace longmen {

struct LoadReport {
  std::string url;
  std::string filter;       // "ebpf" or "classic"
  std::string filter_note;  // why it is not ebpf
  bool gro = true;
  bool interrupted = false;

  // Joins, of the whole run.
  size_t asked = 0;
  size_t joined = 0;
  size_t left = 0;                         // churn
  std::map<std::string, size_t> failures;  // by reason: joins that failed
  std::map<std::string, size_t> broken;    // by reason: viewers that had joined and were lost
  double ramp_seconds = 0;
  JoinFigures ramp;
  JoinFigures churn;  // joins of the measured interval

  // The measured interval.
  double seconds = 0;
  size_t viewers = 0;  // that were measured
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t trains = 0;
  uint64_t expected = 0;
  uint64_t lost = 0;
  uint64_t surplus = 0;
  uint64_t repeats = 0;
  uint64_t others = 0;
  uint64_t short_freezes = 0;
  uint64_t long_freezes = 0;
  Figures media_rate;  // media seconds a second, by viewer
  Figures packet_rate;
  Figures frame_rate;
  Figures frame_spread_ms;  // where it was asked for: by frame, first viewer to last viewer
  uint64_t frames_missed = 0;

  // Full viewers, of their whole life.
  size_t full = 0;
  VideoCounters video;
  Figures latency_ms;
  uint64_t refused_packets = 0;

  // What was sent back.
  uint64_t reports_sent = 0;
  uint64_t feedback_sent = 0;

  // Costs.
  double own_cpu_seconds = 0;               // in the measured interval
  size_t own_pss_kb = 0;                    // after the ramp, less before it
  std::vector<ProcessUsage> server_before;  // the ramp
  std::vector<ProcessUsage> server_begin;   // of the interval
  std::vector<ProcessUsage> server_end;

  double loss_percent() const {
    return expected ? 100.0 * static_cast<double>(lost) / static_cast<double>(expected) : 0;
  }
  size_t failed() const;
  std::optional<double> server_us_per_packet() const;
  std::optional<double> server_kb_per_viewer() const;
};

// 0 well, 1 when a join failed, a viewer was lost, or more media than `max_loss_percent` was.
int exit_code_of(const LoadReport& report, double max_loss_percent);
std::string report_table(const LoadReport& report);
std::string report_json(const LoadReport& report);

}  // namespace longmen
