// Which screens are enrolled, and what each said of itself last: kept in memory, so that a report
// costs a look-up and nothing of the database, which hears of it later, many at once. It decides
// who is silent (no report for kSilentAfter; for longer, where the database alone knows of reports)
// and who is in trouble, and which reports are due to be written down: those whose condition
// changed, and otherwise one every kWriteEvery, so that another node, or this one started again,
// knows it roughly. A report of a time to come, by a clock that was wrong, is none. Knows no
// database and no clock. Bound: the screens that are enrolled, at most kMaxScreens. On the io
// thread; a Presence may go anywhere.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/screen_report.h"
#include "control/screen_table.h"

namespace longmen {

enum class ScreenState {
  kUnenrolled,
  kSilent,     // it has not reported for a while, or never
  kNoPicture,  // or one that stands still
  kNoSound,
  kFine,
};
std::string_view name_of(ScreenState state);
std::optional<ScreenState> screen_state_named(std::string_view name);

// One moment of all enrolled screens.
struct Presence {
  struct Screen {
    std::string site, channel;
    bool test = false;
    int64_t seen_ms = 0;  // 0: never
    bool whole = false;   // the report is as it came, not what the database kept of it
    ScreenReport report;
    ScreenState state = ScreenState::kSilent;
  };
  struct Counts {
    int enrolled = 0, reporting = 0, picture = 0, sound = 0, frozen = 0, silent = 0;
    // Of those that are enrolled, how many are not fine.
    int trouble() const { return enrolled - fine; }
    int fine = 0;
  };
  std::unordered_map<std::string, Screen> screens;  // by id
  std::unordered_map<std::string, Counts> sites;    // by id; those with an enrolled screen
  Counts all;

  ScreenState state_of(const std::string& screen) const;
  Counts counts_of(const std::string& site) const;
};

class ScreenRoll {
 public:
  static constexpr std::chrono::milliseconds kReportEvery{30'000};
  static constexpr std::chrono::milliseconds kSilentAfter{95'000};  // three missed
  static constexpr std::chrono::milliseconds kWriteEvery{300'000};
  // What another node hears of is written that much later, at a report and then in a round, and
  // read here in a round.
  static constexpr std::chrono::milliseconds kSilentElsewhereAfter =
      kSilentAfter + kWriteEvery + 2 * kReportEvery;
  static constexpr std::chrono::milliseconds kPresenceLife{1'000};

  // What the database says now; what was reported here and is newer stays.
  void replace(std::vector<EnrolledScreen> screens, int64_t now_ms);
  void put(EnrolledScreen screen, int64_t now_ms);
  void remove(const std::string& hash);
  const EnrolledScreen* find(const std::string& hash) const;
  size_t size() const { return entries_.size(); }

  // False when no enrolled screen is known by that hash.
  bool report(const std::string& hash, ScreenReport report, int64_t now_ms);

  // What is to be written down now, at most `limit`; the same again until it was.
  std::vector<ScreenTable::Seen> due(int64_t now_ms, size_t limit) const;
  void written(const std::vector<ScreenTable::Seen>& seen);

  // Made anew at most every kPresenceLife.
  std::shared_ptr<const Presence> presence(int64_t now_ms);

 private:
  struct Entry {
    EnrolledScreen screen;
    ScreenReport report;
    bool whole = false;
    int64_t written_ms = 0;
    std::string written_condition;
  };
  static Entry entry_of(EnrolledScreen screen);

  std::unordered_map<std::string, Entry> entries_;  // by hash
  std::shared_ptr<const Presence> presence_;
  int64_t presence_ms_ = 0;
};

}  // namespace longmen
