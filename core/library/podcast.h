// The recordings of a series as a podcast: RSS 2.0 with the elements that podcast players and
// directories ask for, an item a recording, whose enclosure is its sound. Addresses are absolute,
// as players need them. Pictures are the recordings' own, the newest one's the podcast's. Pure.
// Source: RSS 2.0 (rssboard.org/rss-specification), RSS Best Practices Profile
// (rssboard.org/rss-profile); Apple, "A Podcaster's Guide to RSS"; RFC 5322 §3.3 (dates).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace longmen::library {

struct Podcast {
  std::string title, description;
  std::string language;  // a tag of BCP 47; empty: kDefaultLanguage
  std::string author;    // whose it is; empty: as the title
  std::string origin;    // "https://node.example:8443"
  std::string self;      // its own path and query there
  std::string query;     // behind other addresses, "token=…"; or empty
};
// Directories take none that does not say.
inline constexpr std::string_view kDefaultLanguage = "zh-CN";
inline constexpr std::string_view kPodcastCategory = "Education";  // of Apple's list

struct Episode {
  std::string recording, title;
  std::vector<std::string> speakers;
  std::string theme, place;
  int64_t end_ms = 0;     // since 1970, when it was recorded
  int64_t length_ms = 0;  // of what is shown of it
  int64_t bytes = 0;      // of its sound; 0: not known
};

std::string podcast_xml(const Podcast& podcast, const std::vector<Episode>& episodes);

}  // namespace longmen::library
