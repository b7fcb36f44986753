#include "cli/hls_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace longmen {
namespace {

std::string wall_clock() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms.count() % 1000);
}

}  // namespace

void HlsReport::add(const std::string& url, const hls::CheckFinding& finding) {
  const bool violation = finding.weight == hls::CheckFinding::Weight::kViolation;
  ++(violation ? violations_ : advice_);
  const std::string line = finding.line > 0 ? fmt::format(":{}", finding.line) : "";
  const bool of_apple = finding.section.starts_with("Apple");  // others are of the draft
  const std::lock_guard lock(mutex_);
  fmt::print("{} {} {}{} {}{}: {}\n", wall_clock(), violation ? "VIOLATION" : "advice", url, line,
             of_apple ? "" : "§", finding.section, finding.words);
  std::fflush(stdout);
}

void HlsReport::handle_playlist(const hls::RenditionAgreement::Answer& answer,
                                const hls::ToldMediaPlaylist& playlist) {
  const std::lock_guard lock(agreement_mutex_);
  for (const auto& finding : agreement_.handle_playlist(answer, playlist))
    add(answer.url, finding);
}

void HlsReport::handle_media(const std::string& url, int64_t discontinuities, double date_s,
                             double media_s) {
  const std::lock_guard lock(agreement_mutex_);
  for (const auto& finding : agreement_.handle_media(url, discontinuities, date_s, media_s))
    add(url, finding);
}

}  // namespace longmen
