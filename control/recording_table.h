// The table of recordings, as the gateways report them, with what people want of them: keep for
// ever, remove, withdraw ranges. The files are the gateways'; a row outlives its channel and its
// session. Each wish has the next number of all, by which a gateway asks for what is new. Every
// function throws as SOCI does; transactions are the caller's.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/row_version.h"
#include "core/node/recording_order.h"

namespace longmen {

inline constexpr int kMaxRecordingPage = 200;

struct WithdrawnRange {
  recording::TimeRange range;
  int64_t made_ms = 0;
  std::string made_by;
  bool by_cut = false;  // of an emergency cut
};

struct StoredRecording {
  RecordingReport report;  // title and series as the session has them now, if it is there
  std::string node;
  std::string channel_name;  // empty: the channel is gone
  std::vector<std::string> speakers;
  std::string theme, place;
  std::string language;             // a tag, or empty
  std::string series_id, theme_id;  // or empty
  bool keep = false;
  recording::TimeRange shown;  // that it was trimmed to; {0, 0}: all of it
  int64_t removed_ms = 0;      // somebody has said so; 0: nobody has
  std::vector<WithdrawnRange> withdrawn;
  RowVersion row;

  // From when to when its replay shows it: what it was trimmed to, of its own time. Until 0: it
  // goes on.
  recording::TimeRange replayed() const;
};
// What anybody may know, and what the studio shows besides.
boost::json::object public_recording_to_json(const StoredRecording& recording);
boost::json::object recording_to_json(const StoredRecording& recording);

// Which channels' recordings whoever asks may see.
struct RecordingAudience {
  bool everything = false;  // somebody who has an account
  std::string channel;      // of which there is leave to watch, beside the open ones; or empty
};

struct RecordingQuery {
  RecordingAudience audience;
  std::string id, channel, series;  // empty: any; the series' id
  int64_t before_ms = INT64_MAX;    // that began before it
  int limit = kMaxRecordingPage;
};

class RecordingTable {
 public:
  explicit RecordingTable(soci::session& sql) : sql_(sql) {}

  std::optional<StoredRecording> by_id(const std::string& id);
  // Without what is withdrawn of them, in no order. Not more than a statement takes.
  std::vector<StoredRecording> of_ids(const std::vector<std::string>& ids);
  // That are there, the latest first; what is withdrawn of them is for who may see everything.
  std::vector<StoredRecording> page(const RecordingQuery& query);
  // What is shown of none of them, by their ids.
  std::map<std::string, std::vector<recording::TimeRange>> withdrawn_of_all(
      const std::vector<std::string>& ids);
  // What a node says of its own. One that is gone and comes back is there again, whoever removed
  // it.
  void report(const std::string& node, const RecordingReport& report, int64_t now_ms);

  // Wishes; the row's version is the next one.
  void set_keep(const std::string& id, bool keep, const RowVersion& row);
  void set_shown(const std::string& id, const recording::TimeRange& shown, const RowVersion& row);
  void set_removed(const std::string& id, const RowVersion& row);
  void withdraw(const std::string& id, const recording::TimeRange& range, const Actor& actor,
                const RowVersion& row);
  void give_back(const std::string& id, const RowVersion& row);

  // Also those that have gone.
  std::vector<std::string> clips_of(const std::string& source);

  // The chapters of a session are others, or how long its series is kept.
  void order_chapters(const std::string& session);
  void order_series(const std::string& series);

  int64_t newest_order();
  // Behind that number, all that are wished, in full, kMaxOrdersAtOnce at most: the rest is behind
  // the answer's number. For every node: several may have recorded the same session.
  RecordingSyncResponse orders(int64_t known);

 private:
  std::vector<StoredRecording> select(const std::string& condition,
                                      const std::vector<std::string>& texts, int64_t number);
  std::vector<WithdrawnRange> withdrawn_of(const std::string& id);
  std::vector<recording::TimeRange> ranges_of(const std::string& id, const std::string& condition);
  void add_cuts(const std::string& node, const RecordingReport& report, int64_t now_ms);
  int next_position(const std::string& id);
  void inherit_withdrawals(const RecordingReport& clip, int64_t now_ms);
  void touch(const std::string& id, const RowVersion& row);
  void order_all(const std::string& condition, const std::string& value);
  soci::session& sql_;
};

}  // namespace longmen
