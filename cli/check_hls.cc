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
#include "core/hls/multivariant_rules.h"
#include "core/hls/playlist_text_rules.h"
#include "core/hls/tag_rules.h"

namespace longmen {
namespace {

struct Watched {
  std::string uri;
  std::unique_ptr<HlsRenditionCheck> check;
};

// No segment of a variant, with the sound of its group, needs more than its BANDWIDTH.
void check_bandwidth(const hls::ToldMultivariantPlaylist& playlist, const std::vector<Watched>& all,
                     const std::string& url, HlsReport& report) {
  const auto peak = [&](const std::string& uri) {
    const auto found = std::ranges::find(all, uri, &Watched::uri);
    return found == all.end() ? 0.0 : found->check->peak_bitrate();
  };
  for (const hls::ToldVariant& variant : playlist.variants) {
    double sound = 0;
    for (const hls::ToldRendition& each : playlist.renditions) {
      if (each.type == "AUDIO" && each.group == variant.audio && each.uri != variant.uri)
        sound = std::max(sound, peak(each.uri));
    }
    const double needed = peak(variant.uri) + sound;
    fmt::print("{}: at most {:.0f} bit/s in a segment, BANDWIDTH {}\n", variant.uri, needed,
               variant.bandwidth.value_or(0));
    if (variant.bandwidth && needed > static_cast<double>(*variant.bandwidth))
      report.add(url, {hls::CheckFinding::Weight::kViolation, "4.4.6.2",
                       fmt::format("{} has BANDWIDTH {}, and a segment needs {:.0f} bit/s",
                                   variant.uri, *variant.bandwidth, needed),
                       variant.line});
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
  using Of = HlsRenditionCheck::Of;
  const auto watch = [&](const std::string& uri, Of of) {
    if (uri.empty() || std::ranges::find(all, uri, &Watched::uri) != all.end()) return;
    all.push_back({uri, std::make_unique<HlsRenditionCheck>(of, resolve_url(fetched->url, uri),
                                                            options.insecure, report)});
  };
  hls::ToldMultivariantPlaylist playlist;
  if (hls::is_multivariant(fetched->body)) {
    hls::CheckFindings findings;
    hls::check_playlist_text(fetched->body, hls::PlaylistKind::kMultivariant, findings);
    hls::check_tags(fetched->body, findings);
    auto read = hls::read_multivariant_playlist(fetched->body);
    if (read) hls::check_multivariant(*read, findings);
    for (const auto& finding : findings.take())
      report.add(fetched->url, finding);
    if (!read) {
      fmt::print(stderr, "{}: {}\n", options.url, read.error().message);
      return 2;
    }
    playlist = std::move(*read);
    for (const hls::ToldVariant& variant : playlist.variants)
      watch(variant.uri, Of::kMedia);
    for (const hls::ToldRendition& each : playlist.renditions)
      watch(each.uri, each.type == "SUBTITLES" ? Of::kSubtitles : Of::kMedia);
  } else {
    watch(fetched->url, Of::kMedia);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  std::vector<std::thread> threads;
  threads.reserve(all.size());
  for (const Watched& each : all)
    threads.emplace_back([&each, until] { each.check->run(until); });
  for (std::thread& thread : threads)
    thread.join();
  check_bandwidth(playlist, all, fetched->url, report);
  return finish(report);
}

}  // namespace longmen
