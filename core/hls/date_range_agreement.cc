#include "core/hls/date_range_agreement.h"

#include <fmt/format.h>

namespace longmen::hls {

// A delta update may leave ranges out.
void DateRangeAgreement::handle(const std::string& url, double asked_s,
                                const ToldMediaPlaylist& playlist) {
  if (playlist.skipped || playlist.date_ranges.size() > kMaxRanges) return;
  if (renditions_.size() >= kMaxRenditions && !renditions_.contains(url)) return;
  Rendition& rendition = renditions_[url];
  rendition.ranges = playlist.date_ranges;
  rendition.asked_s = asked_s;
  if (rendition.ranges.empty()) return rendition.missing.clear();
  const double apart_s =
      kTargetsApart * static_cast<double>(playlist.target_duration_s.value_or(1));
  for (const auto& [other_url, other] : renditions_) {
    if (&other != &rendition) compare(url, rendition, other_url, other, apart_s);
  }
}

void DateRangeAgreement::compare(const std::string& url, Rendition& rendition,
                                 const std::string& other_url, const Rendition& other,
                                 double apart_s) {
  for (const auto& [id, attributes] : other.ranges) {
    const auto found = rendition.ranges.find(id);
    if (found == rendition.ranges.end()) {
      const auto since = rendition.missing.try_emplace({other_url, id}, rendition.asked_s).first;
      if (rendition.missing.size() > kMaxRanges)
        rendition.missing.erase(since);
      else if (other.asked_s >= since->second + apart_s)
        findings_.violation(
            "6.2.4", fmt::format("the date range \"{}\" of {} is not in {}", id, other_url, url));
      continue;
    }
    rendition.missing.erase({other_url, id});
    for (const auto& [name, value] : attributes) {
      const auto here = found->second.find(name);
      if (here != found->second.end() && here->second != value)
        findings_.violation(
            "6.2.4", fmt::format("the date range \"{}\" has the {} {}, and in {} it is {}", id,
                                 name, here->second, other_url, value));
    }
  }
}

}  // namespace longmen::hls
