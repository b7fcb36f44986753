#include "load/load_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>

namespace longmen {
namespace json = boost::json;
namespace {

size_t sum_of(const std::map<std::string, size_t>& counts) {
  size_t sum = 0;
  for (const auto& [reason, count] : counts)
    sum += count;
  return sum;
}

double cpu_between(const std::vector<ProcessUsage>& from, const std::vector<ProcessUsage>& to) {
  double seconds = 0;
  for (const ProcessUsage& after : to)
    for (const ProcessUsage& before : from)
      if (before.pid == after.pid) seconds += after.cpu_seconds - before.cpu_seconds;
  return seconds;
}

const ProcessUsage* of_pid(const std::vector<ProcessUsage>& usages, int pid) {
  const auto found = std::ranges::find(usages, pid, &ProcessUsage::pid);
  return found == usages.end() ? nullptr : &*found;
}

// Threads by what they used between two looks, the busiest first; idle ones are left out.
std::vector<ThreadUsage> busy_threads(const ProcessUsage& from, const ProcessUsage& to) {
  std::vector<ThreadUsage> busy;
  for (const auto& [id, thread] : to.threads) {
    const auto before = from.threads.find(id);
    const double used =
        thread.cpu_seconds - (before == from.threads.end() ? 0 : before->second.cpu_seconds);
    if (used > 0) busy.push_back({thread.name, used});
  }
  std::ranges::sort(busy, std::greater(), &ThreadUsage::cpu_seconds);
  return busy;
}

json::value to_json(const Figures& figures) {
  if (figures.count == 0) return nullptr;
  return {{"count", figures.count}, {"min", figures.min}, {"p50", figures.p50},
          {"p95", figures.p95},     {"p99", figures.p99}, {"max", figures.max}};
}

json::object to_json(const std::map<std::string, size_t>& counts) {
  json::object object;
  for (const auto& [reason, count] : counts)
    object[reason] = count;
  return object;
}

json::object to_json(const JoinFigures& joins) {
  return {{"http_wait_ms", to_json(joins.http_wait_ms)},
          {"answer_ms", to_json(joins.answer_ms)},
          {"connected_ms", to_json(joins.connected_ms)},
          {"first_packet_ms", to_json(joins.first_packet_ms)},
          {"keyframe_ms", to_json(joins.keyframe_ms)}};
}

json::object joins_json(const LoadReport& report) {
  json::object joins = to_json(report.ramp);
  joins["asked"] = report.asked;
  joins["joined"] = report.joined;
  joins["failed"] = report.failed();
  joins["left"] = report.left;
  joins["failures"] = to_json(report.failures);
  joins["lost_later"] = to_json(report.broken);
  joins["ramp_seconds"] = report.ramp_seconds;
  return joins;
}

json::object server_json(const LoadReport& report) {
  json::array processes;
  for (const ProcessUsage& end : report.server_end) {
    const ProcessUsage* begin = of_pid(report.server_begin, end.pid);
    const ProcessUsage* before = of_pid(report.server_before, end.pid);
    if (!begin || !before) continue;
    json::array threads;
    for (const ThreadUsage& thread : busy_threads(*begin, end))
      threads.push_back({{"name", thread.name}, {"cpu_seconds", thread.cpu_seconds}});
    processes.push_back({{"pid", end.pid},
                         {"name", end.name},
                         {"cpu_seconds", end.cpu_seconds - begin->cpu_seconds},
                         {"pss_before_kb", before->pss_kb},
                         {"pss_after_kb", begin->pss_kb},
                         {"descriptors_before", before->descriptors},
                         {"descriptors_after", begin->descriptors},
                         {"threads", std::move(threads)}});
  }
  json::object server{{"processes", std::move(processes)},
                      {"cpu_seconds", cpu_between(report.server_begin, report.server_end)}};
  if (const auto us = report.server_us_per_packet()) server["cpu_us_per_packet"] = *us;
  if (const auto kb = report.server_kb_per_viewer()) server["memory_kb_per_viewer"] = *kb;
  return server;
}

using Out = std::back_insert_iterator<std::string>;

void write_row(Out out, std::string_view name, const Figures& figures) {
  if (figures.count == 0) return;
  fmt::format_to(out, "  {:<28}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.1f}\n", name, figures.p50, figures.p95,
                 figures.p99, figures.max);
}

void write_spread(Out out, std::string_view name, const Figures& figures, int digits) {
  if (figures.count == 0) return;
  fmt::format_to(out, "  {:<28}{:>9.{}f}{:>9.{}f}{:>9.{}f}\n", name, figures.min, digits,
                 figures.p50, digits, figures.max, digits);
}

void write_reasons(Out out, std::string_view what, const std::map<std::string, size_t>& reasons) {
  for (const auto& [reason, count] : reasons)
    fmt::format_to(out, "  {} {}: {}\n", count, what, reason);
}

void write_join_figures(Out out, std::string_view when, const JoinFigures& joins) {
  if (joins.http_wait_ms.count == 0) return;
  fmt::format_to(out, "  {:<28}{:>9}{:>9}{:>9}{:>9}\n", when, "p50", "p95", "p99", "max");
  write_row(out, "answer", joins.answer_ms);
  write_row(out, "connected (keys)", joins.connected_ms);
  write_row(out, "first packet", joins.first_packet_ms);
  write_row(out, "first whole keyframe", joins.keyframe_ms);
  // A wait means that the joins were fewer a second than asked for.
  if (joins.http_wait_ms.max >= 1) write_row(out, "(before it, for HTTP)", joins.http_wait_ms);
}

void write_joins(Out out, const LoadReport& report) {
  fmt::format_to(out, "joins: {} asked, {} joined, {} failed", report.asked, report.joined,
                 report.failed());
  if (report.left > 0) fmt::format_to(out, ", {} left again", report.left);
  fmt::format_to(out, ", in {:.1f} s\n", report.ramp_seconds);
  write_reasons(out, "failed", report.failures);
  write_reasons(out, "lost later", report.broken);
  write_join_figures(out, "ms from the POST to", report.ramp);
  write_join_figures(out, "and while measuring", report.churn);
}

void write_media(Out out, const LoadReport& report) {
  const double seconds = std::max(report.seconds, 1e-9);
  fmt::format_to(out, "media: {} viewers, {:.1f} s: {} packets ({:.0f}/s), {:.1f} Mbit/s",
                 report.viewers, report.seconds, report.packets,
                 static_cast<double>(report.packets) / seconds,
                 static_cast<double>(report.bytes) * 8 / seconds / 1e6);
  if (report.trains > 0 && report.gro)
    fmt::format_to(out, ", {:.1f} packets a train",
                   static_cast<double>(report.packets) / static_cast<double>(report.trains));
  fmt::format_to(out, "\n");
  if (report.expected > 0)
    fmt::format_to(out, "  lost {} of {} ({:.4f} %); twice or late {}, by RTX {}, unasked for {}\n",
                   report.lost, report.expected, report.loss_percent(), report.surplus,
                   report.repeats, report.others);
  fmt::format_to(out, "  freezes over {} ms: {}, over {} ms: {}\n", kShortFreezeMs,
                 report.short_freezes, kLongFreezeMs, report.long_freezes);
  fmt::format_to(out, "  {:<28}{:>9}{:>9}{:>9}\n", "by viewer", "min", "median", "max");
  write_spread(out, "media seconds a second", report.media_rate, 3);
  write_spread(out, "frames a second", report.frame_rate, 2);
  write_spread(out, "packets a second", report.packet_rate, 1);
  if (report.frame_spread_ms.count > 0) {
    fmt::format_to(out, "  {:<28}{:>9}{:>9}{:>9}{:>9}   ({} frames, {} missed)\n", "ms", "p50",
                   "p95", "p99", "max", report.frame_spread_ms.count, report.frames_missed);
    write_row(out, "first to last viewer", report.frame_spread_ms);
  }
  if (!report.filter_note.empty())
    fmt::format_to(out, "  the classic filter counts packets and nothing else: {}\n",
                   report.filter_note);
}

void write_full(Out out, const LoadReport& report) {
  if (report.full == 0) return;
  const VideoCounters& video = report.video;
  fmt::format_to(out,
                 "full viewers: {}, {} frames whole ({} keyframes), {} broken, {} not decodable\n"
                 "  packets {}, repaired {}, lost {}, duplicates {}; {} not authentic\n"
                 "  freezes over {} ms: {}, over {} ms: {}\n",
                 report.full, video.frames, video.keyframes, video.broken, video.undecodable,
                 video.packets, video.repaired, video.lost, video.duplicates,
                 report.refused_packets, kShortFreezeMs, video.short_freezes, kLongFreezeMs,
                 video.long_freezes);
  if (report.latency_ms.count == 0) return;
  fmt::format_to(out, "  {:<28}{:>9}{:>9}{:>9}{:>9}\n", "ms", "p50", "p95", "p99", "max");
  write_row(out, "capture to whole keyframe", report.latency_ms);
}

void write_costs(Out out, const LoadReport& report) {
  const auto per_packet = [&](double seconds) {
    return report.packets ? seconds * 1e6 / static_cast<double>(report.packets) : 0;
  };
  if (!report.server_end.empty()) {
    fmt::format_to(out, "server: {:.3f} us a packet", report.server_us_per_packet().value_or(0));
    if (const auto kb = report.server_kb_per_viewer())
      fmt::format_to(out, ", {:.1f} kB a viewer", *kb);
    fmt::format_to(out, "\n");
    for (const ProcessUsage& end : report.server_end) {
      const ProcessUsage* begin = of_pid(report.server_begin, end.pid);
      const ProcessUsage* before = of_pid(report.server_before, end.pid);
      if (!begin || !before) continue;
      fmt::format_to(out, "  {} {}: {:.2f} s of processor, PSS {} -> {} kB, descriptors {} -> {}\n",
                     end.name, end.pid, end.cpu_seconds - begin->cpu_seconds, before->pss_kb,
                     begin->pss_kb, before->descriptors, begin->descriptors);
      for (const ThreadUsage& thread : busy_threads(*begin, end))
        if (thread.cpu_seconds >= 0.01)
          fmt::format_to(out, "    thread {:<18}{:>8.3f} s\n", thread.name, thread.cpu_seconds);
    }
  }
  fmt::format_to(
      out,
      "this client: {:.2f} s of processor ({:.3f} us a packet), {:.1f} kB a viewer; sent "
      "{} reports, {} feedbacks; filter {}{}\n",
      report.own_cpu_seconds, per_packet(report.own_cpu_seconds),
      report.joined ? static_cast<double>(report.own_pss_kb) / static_cast<double>(report.joined)
                    : 0,
      report.reports_sent, report.feedback_sent, report.filter,
      report.gro ? ", trains whole" : ", trains in pieces");
}

}  // namespace

size_t LoadReport::failed() const {
  return sum_of(failures);
}

std::optional<double> LoadReport::server_us_per_packet() const {
  if (server_end.empty() || packets == 0) return {};
  return cpu_between(server_begin, server_end) * 1e6 / static_cast<double>(packets);
}

std::optional<double> LoadReport::server_kb_per_viewer() const {
  if (server_begin.empty() || joined == 0) return {};
  double kb = 0;
  for (const ProcessUsage& after : server_begin) {
    const ProcessUsage* before = of_pid(server_before, after.pid);
    if (!before || before->pss_kb == 0) return {};
    kb += static_cast<double>(after.pss_kb) - static_cast<double>(before->pss_kb);
  }
  return kb / static_cast<double>(joined);
}

int exit_code_of(const LoadReport& report, double max_loss_percent) {
  if (report.failed() > 0 || !report.broken.empty()) return 1;
  return max_loss_percent >= 0 && report.loss_percent() > max_loss_percent ? 1 : 0;
}

std::string report_table(const LoadReport& report) {
  std::string text;
  const Out out(text);
  fmt::format_to(out, "{}{}\n", report.url, report.interrupted ? " (interrupted)" : "");
  write_joins(out, report);
  write_media(out, report);
  write_full(out, report);
  write_costs(out, report);
  return text;
}

std::string report_json(const LoadReport& report) {
  const VideoCounters& video = report.video;
  const json::object object{{"url", report.url},
                            {"interrupted", report.interrupted},
                            {"filter", report.filter},
                            {"gro", report.gro},
                            {"joins", joins_json(report)},
                            {"churn", to_json(report.churn)},
                            {"media",
                             {{"seconds", report.seconds},
                              {"viewers", report.viewers},
                              {"packets", report.packets},
                              {"bytes", report.bytes},
                              {"trains", report.trains},
                              {"expected", report.expected},
                              {"lost", report.lost},
                              {"loss_percent", report.loss_percent()},
                              {"surplus", report.surplus},
                              {"repeats", report.repeats},
                              {"others", report.others},
                              {"freezes_200_ms", report.short_freezes},
                              {"freezes_500_ms", report.long_freezes},
                              {"media_seconds_per_second", to_json(report.media_rate)},
                              {"frames_per_second", to_json(report.frame_rate)},
                              {"packets_per_second", to_json(report.packet_rate)},
                              {"frame_spread_ms", to_json(report.frame_spread_ms)},
                              {"frames_missed", report.frames_missed}}},
                            {"full",
                             {{"viewers", report.full},
                              {"packets", video.packets},
                              {"duplicates", video.duplicates},
                              {"repaired", video.repaired},
                              {"lost", video.lost},
                              {"not_authentic", report.refused_packets},
                              {"frames", video.frames},
                              {"keyframes", video.keyframes},
                              {"broken", video.broken},
                              {"undecodable", video.undecodable},
                              {"freezes_200_ms", video.short_freezes},
                              {"freezes_500_ms", video.long_freezes},
                              {"latency_ms", to_json(report.latency_ms)}}},
                            {"client",
                             {{"cpu_seconds", report.own_cpu_seconds},
                              {"memory_kb", report.own_pss_kb},
                              {"reports_sent", report.reports_sent},
                              {"feedback_sent", report.feedback_sent}}},
                            {"server", server_json(report)}};
  return json::serialize(object) + "\n";
}

}  // namespace longmen
