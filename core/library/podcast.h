// The recordings of a series as a podcast: RSS 2.0 with the elements that podcast players read, an
// item a recording, whose enclosure is its sound. Addresses are absolute, as players need them.
// Pure. Source: RSS 2.0 (cyber.harvard.edu/rss); Apple, "A Podcaster's Guide to RSS"; RFC 5322
// §3.3 (dates).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longmen::library {

struct Podcast {
  std::string title, description, language;  // the last may be empty
  std::string origin;                        // "https://node.example:8443"
  std::string query;                         // behind addresses, "token=…"; or empty
};
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
