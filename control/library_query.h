// The library: which recordings are found by words, series, theme, speaker, place, channel and
// time, the latest first, a page at a time. A search is the meeting of lists of the index
// (control/library_index.h): the shortest one is gone through in the order of time, and each of the
// others asked whether it has the same recording. So what is found soon costs little, and what is
// found nowhere costs the shortest list. Every function throws as SOCI does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/recording_table.h"
#include "core/library/search_text.h"

namespace longmen {

inline constexpr int kMaxLibraryPage = 100;
inline constexpr size_t kMaxFoundChapters = 5;  // shown of a recording
inline constexpr int kMaxShownFacets = 200;     // of a kind

// A place in the order of a search.
struct LibraryPlace {
  int64_t start_ms = 0;
  int64_t number = 0;
};
std::string to_text(const LibraryPlace& place);
std::optional<LibraryPlace> library_place(std::string_view text);

struct LibraryQuery {
  RecordingAudience audience;
  library::Search search;
  std::string series, theme, channel;  // ids
  std::string speaker, place;          // names, as people write them
  int64_t from_ms = INT64_MIN;         // that began then or later
  int64_t to_ms = INT64_MAX;           // that began before it
  std::optional<LibraryPlace> behind;
  int limit = kMaxLibraryPage;
};

struct FoundChapter {
  int64_t at_ms = 0;  // on the media clock
  std::string title;
};
struct FoundRecording {
  StoredRecording recording;
  std::vector<FoundChapter> chapters;  // that have what was searched
};
boost::json::object found_to_json(const FoundRecording& found);

struct LibraryPage {
  std::vector<FoundRecording> found;
  std::optional<LibraryPlace> next;  // there may be more
};

// How many recordings are filed under what, the most first.
struct FacetCount {
  std::string value;  // an id, or nothing
  std::string shown;
  int64_t recordings = 0;
};

class LibrarySearch {
 public:
  explicit LibrarySearch(soci::session& sql) : sql_(sql) {}
  LibraryPage page(const LibraryQuery& query);
  std::vector<FacetCount> facets(const RecordingAudience& audience, std::string_view kind);

 private:
  struct Hit {
    std::string id;
    LibraryPlace place;
  };
  // Shortest first, as far as it is worth knowing; nothing when one of them is empty.
  std::vector<std::string> shortest_first(const std::vector<std::string>& grams);
  std::vector<std::string> channels_of(const RecordingAudience& audience);
  // Whether most recordings are of other channels than these.
  bool are_few(const std::vector<std::string>& channels);
  // Of these channels; of any when there are none.
  std::vector<Hit> hits(const LibraryQuery& query, const std::vector<std::string>& channels);
  void add_chapters(const library::Search& search, std::vector<FoundRecording>& found);

  soci::session& sql_;
};

}  // namespace longmen
