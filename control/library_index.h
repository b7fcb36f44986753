// By what recordings are found: an index of grams (core/library/search_text.h) over the titles,
// speakers, series, themes, places and chapters of recordings, in tables of the database, so that
// it is the same on SQLite and PostgreSQL. Each gram has its recordings in the order of their
// times; so have series, themes, speakers, places and channels ("facets"), and all recordings
// together: a search is the meeting of a few such lists, however many recordings there are.
// Whoever writes what is indexed says which recordings it is about; that costs a row. What was
// withdrawn of a recording, or trimmed off, does not lead to it. The index follows soon after, many
// at a time, by whoever calls catch_up(): so an operator's order never waits for it, nor fails with
// it. What has not changed is not written. Bounds: kMaxGrams of a recording. Every function throws
// as SOCI does; transactions are the caller's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/library/search_text.h"

namespace soci {
class session;
}

namespace longmen {

struct StoredRecording;

inline constexpr int kIndexedAtOnce = 200;

// One of the things by which recordings are filed: `value` is an id, or a name that was folded.
struct LibraryFacet {
  static constexpr std::string_view kSeries = "series", kTheme = "theme", kSpeaker = "speaker",
                                    kPlace = "place", kChannel = "channel";
  std::string kind, value;
  std::string shown;  // for people
  // Among the grams, of which none has a colon.
  std::string gram() const { return kind + ":" + value; }
  bool operator==(const LibraryFacet& other) const = default;
};
// The list of all recordings.
inline constexpr std::string_view kEverything = "*";

class LibraryIndex {
 public:
  explicit LibraryIndex(soci::session& sql) : sql_(sql) {}

  void mark_recording(const std::string& id);
  void mark_session(const std::string& id);
  void mark_series(const std::string& id);
  void mark_channel(const std::string& id);
  void mark_theme(const std::string& id);
  void mark_all();

  // Of those that were marked, as many at most; how many it were.
  int catch_up(int limit = kIndexedAtOnce);
  // What another version of this code has indexed is done away with, and marked. Whether there was.
  bool renew_form();

 private:
  struct Document {
    int64_t number = 0;
    std::string channel;
    int64_t start_ms = 0;
    std::string folded;
    std::vector<LibraryFacet> facets;
    library::Grams grams() const;
  };
  using Documents = std::map<std::string, Document>;
  struct Changes;

  void mark_where(const std::string& condition, const std::string& value);
  std::vector<std::string> take_marked(int limit);
  Documents wanted(const std::vector<std::string>& ids);
  Documents known(const std::vector<std::string>& ids);
  std::map<std::string, std::string> chapters_of(const std::vector<StoredRecording>& recordings);
  void write_document(const std::string& id, Document& document);
  void write(const Changes& changes);

  soci::session& sql_;
};

}  // namespace longmen
