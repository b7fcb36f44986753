#include "cli/check_hls.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "cli/hls_rendition_check.h"

namespace longmen {
namespace {

struct Watched {
  std::string uri;
  std::unique_ptr<HlsRenditionCheck> check;
};

void add_violation(HlsReport& report, std::string section, std::string words) {
  report.add("multivariant",
             {hls::CheckFinding::Weight::kViolation, std::move(section), std::move(words)});
}

bool has_none(const hls::ToldVariant& variant) {
  return variant.closed_captions == "NONE";
}

void check_variants(const hls::ToldMultivariantPlaylist& playlist, HlsReport& report) {
  const bool none = std::ranges::any_of(playlist.variants, has_none);
  for (const hls::ToldVariant& variant : playlist.variants) {
    if (none && !has_none(variant))
      add_violation(report, "4.4.6.2",
                    variant.uri + " has no CLOSED-CAPTIONS=NONE, which another variant has");
    if (!variant.bandwidth) add_violation(report, "4.4.6.2", variant.uri + " has no BANDWIDTH");
    if (variant.average_bandwidth && variant.bandwidth &&
        *variant.average_bandwidth > *variant.bandwidth)
      add_violation(report, "4.4.6.2", variant.uri + " has a greater AVERAGE-BANDWIDTH");
    if (variant.codecs.empty())
      report.add("multivariant",
                 {hls::CheckFinding::Weight::kAdvice, "4.4.6.2", variant.uri + " has no CODECS"});
    const bool known = std::ranges::any_of(
        playlist.sounds, [&](const auto& sound) { return sound.first == variant.audio; });
    if (!variant.audio.empty() && !known)
      add_violation(report, "4.4.6.2.1",
                    fmt::format("{} names the audio group \"{}\", which is not there", variant.uri,
                                variant.audio));
  }
}

// No segment of a variant, with the sound of its group, needs more than its BANDWIDTH.
void check_bandwidth(const hls::ToldMultivariantPlaylist& playlist, const std::vector<Watched>& all,
                     HlsReport& report) {
  const auto peak = [&](const std::string& uri) {
    const auto found = std::ranges::find(all, uri, &Watched::uri);
    return found == all.end() ? 0.0 : found->check->peak_bitrate();
  };
  for (const hls::ToldVariant& variant : playlist.variants) {
    double sound = 0;
    for (const auto& [group, uri] : playlist.sounds) {
      if (group == variant.audio && uri != variant.uri) sound = std::max(sound, peak(uri));
    }
    const double needed = peak(variant.uri) + sound;
    fmt::print("{}: at most {:.0f} bit/s in a segment, BANDWIDTH {}\n", variant.uri, needed,
               variant.bandwidth.value_or(0));
    if (variant.bandwidth && needed > static_cast<double>(*variant.bandwidth))
      add_violation(report, "4.4.6.2",
                    fmt::format("{} has BANDWIDTH {}, and a segment needs {:.0f} bit/s",
                                variant.uri, *variant.bandwidth, needed));
  }
}

int finish(const HlsReport& report) {
  fmt::print("{} playlists, {} parts and segments, {} gaps: {} violations, {} pieces of advice\n",
             report.playlists(), report.media(), report.gaps(), report.violations(),
             report.advice());
  if (report.playlists() == 0) return 2;
  return report.violations() > 0 ? 1 : 0;
}

}  // namespace

int check_hls(const CheckHlsOptions& options) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  HlsFetch fetch(options.insecure);
  const auto fetched = fetch.get(options.url);
  if (!fetched || fetched->status != 200) {
    fmt::print(
        stderr, "{}: {}\n", options.url,
        fetched ? fmt::format("answered with {}", fetched->status) : fetched.error().message);
    return 2;
  }
  HlsReport report;
  std::vector<Watched> all;
  const auto watch = [&](const std::string& uri) {
    if (std::ranges::find(all, uri, &Watched::uri) != all.end()) return;
    all.push_back({uri, std::make_unique<HlsRenditionCheck>(uri, resolve_url(fetched->url, uri),
                                                            options.insecure, report)});
  };
  hls::ToldMultivariantPlaylist playlist;
  if (hls::is_multivariant(fetched->body)) {
    auto read = hls::read_multivariant_playlist(fetched->body);
    if (!read) {
      fmt::print(stderr, "{}: {}\n", options.url, read.error().message);
      return 2;
    }
    playlist = std::move(*read);
    check_variants(playlist, report);
    for (const hls::ToldVariant& variant : playlist.variants)
      watch(variant.uri);
    for (const auto& [group, uri] : playlist.sounds)
      watch(uri);
  } else {
    watch(fetched->url);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  std::vector<std::thread> threads;
  threads.reserve(all.size());
  for (const Watched& each : all)
    threads.emplace_back([&each, until] { each.check->run(until); });
  for (std::thread& thread : threads)
    thread.join();
  check_bandwidth(playlist, all, report);
  return finish(report);
}

}  // namespace longmen
