#include "cli/check_hls.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "cli/hls_rendition_check.h"
#include "core/hls/multivariant_rules.h"
#include "core/hls/playlist_text_rules.h"
#include "core/hls/playlist_variables.h"
#include "core/hls/tag_rules.h"
#include "core/hls/variant_media_rules.h"

namespace longmen {
namespace {

struct Watched {
  std::string uri;
  std::unique_ptr<HlsRenditionCheck> check;
};

// What was read of the media, against what the multivariant playlist says.
void check_variants(const hls::ToldMultivariantPlaylist& playlist, const std::vector<Watched>& all,
                    const std::string& url, HlsReport& report) {
  hls::ReadMediaByUri media;
  for (const Watched& each : all)
    media.emplace(each.uri, each.check->read());
  for (const hls::ToldVariant& variant : playlist.variants) {
    const auto needed = hls::needed_by(variant, playlist, media);
    fmt::print("{}: {:.0f} bit/s at most, BANDWIDTH {}; {:.0f} on average, AVERAGE-BANDWIDTH {}\n",
               variant.uri, needed.peak, variant.bandwidth.value_or(0), needed.average,
               variant.average_bandwidth.value_or(0));
  }
  hls::CheckFindings findings;
  hls::check_variant_media(playlist, media, findings);
  for (const auto& finding : findings.take())
    report.add(url, finding);
}

Result<std::vector<HttpFieldLine>> read_fields(const std::vector<std::string>& lines) {
  std::vector<HttpFieldLine> fields;
  for (const std::string& line : lines) {
    auto field = read_field_line(line);
    if (!field) return fail("--header: " + field.error().message);
    fields.push_back(std::move(*field));
  }
  return fields;
}

struct ReadMultivariant {
  hls::ToldMultivariantPlaylist playlist;
  hls::PlaylistVariables variables;
};
Result<ReadMultivariant> read_multivariant(const HlsFetched& fetched, HlsReport& report) {
  hls::CheckFindings findings;
  auto told = hls::substitute_variables(
      fetched.body, {hls::PlaylistKind::kMultivariant, fetched.url, nullptr}, findings);
  if (!told) return tl::unexpected(told.error());
  hls::check_playlist_text(told->text, hls::PlaylistKind::kMultivariant, findings);
  hls::check_tags(told->text, findings);
  auto read = hls::read_multivariant_playlist(told->text);
  if (read) hls::check_multivariant(*read, findings);
  for (const auto& finding : findings.take())
    report.add(fetched.url, finding);
  if (!read) return tl::unexpected(read.error());
  return ReadMultivariant{std::move(*read), std::move(told->variables)};
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
  const auto fields = read_fields(options.fields);
  if (!fields) {
    fmt::print(stderr, "{}\n", fields.error().message);
    return 2;
  }
  const HlsAccess access(options.url, *fields, options.insecure);
  HlsFetch fetch(access);
  const auto fetched = fetch.get(options.url);
  if (!fetched || fetched->status != 200) {
    fmt::print(
        stderr, "{}: {}\n", options.url,
        fetched ? fmt::format("answered with {}", fetched->status) : fetched.error().message);
    return 2;
  }
  HlsReport report;
  ReadMultivariant multivariant;
  const bool has_variants = hls::is_multivariant(fetched->body);
  if (has_variants) {
    auto read = read_multivariant(*fetched, report);
    if (!read) {
      fmt::print(stderr, "{}: {}\n", options.url, read.error().message);
      return 2;
    }
    multivariant = std::move(*read);
  }
  std::vector<Watched> all;
  using Of = HlsRenditionCheck::Of;
  const auto watch = [&](const std::string& uri, Of of) {
    if (uri.empty() || std::ranges::find(all, uri, &Watched::uri) != all.end()) return;
    all.push_back({uri, std::make_unique<HlsRenditionCheck>(
                            of, resolve_url(fetched->url, uri), access,
                            has_variants ? &multivariant.variables : nullptr, report)});
  };
  for (const hls::ToldVariant& variant : multivariant.playlist.variants)
    watch(variant.uri, Of::kMedia);
  for (const hls::ToldRendition& each : multivariant.playlist.renditions)
    watch(each.uri, each.type == "SUBTITLES" ? Of::kSubtitles : Of::kMedia);
  if (!has_variants) watch(fetched->url, Of::kMedia);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  std::vector<std::thread> threads;
  threads.reserve(all.size());
  for (const Watched& each : all)
    threads.emplace_back([&each, until] { each.check->run(until); });
  for (std::thread& thread : threads)
    thread.join();
  check_variants(multivariant.playlist, all, fetched->url, report);
  return finish(report);
}

}  // namespace longmen
