#include "control/screen_roll.h"

#include <algorithm>
#include <array>

namespace longmen {
namespace {

constexpr std::array<std::string_view, 5> kStates{"unenrolled", "silent", "no_picture", "no_sound",
                                                  "fine"};

// 0, never, where it is of a time to come.
int64_t possible(int64_t seen_ms, int64_t now_ms) {
  return seen_ms > now_ms + kClockSlack.count() ? 0 : seen_ms;
}

ScreenState state_at(const Presence::Screen& screen, int64_t now_ms) {
  const auto silent_after =
      screen.whole ? ScreenRoll::kSilentAfter : ScreenRoll::kSilentElsewhereAfter;
  if (now_ms - possible(screen.seen_ms, now_ms) > silent_after.count()) return ScreenState::kSilent;
  if (!screen.report.picture || screen.report.frozen) return ScreenState::kNoPicture;
  if (!screen.report.sound) return ScreenState::kNoSound;
  return ScreenState::kFine;
}

void count(Presence::Counts& counts, const Presence::Screen& screen) {
  ++counts.enrolled;
  if (screen.state == ScreenState::kSilent) {
    ++counts.silent;
    return;
  }
  ++counts.reporting;
  counts.picture += screen.report.picture && !screen.report.frozen;
  counts.sound += screen.report.sound;
  counts.frozen += screen.report.frozen;
  counts.fine += screen.state == ScreenState::kFine;
}

}  // namespace

std::string_view name_of(ScreenState state) {
  return kStates[static_cast<size_t>(state)];
}

std::optional<ScreenState> screen_state_named(std::string_view name) {
  const auto found = std::find(kStates.begin(), kStates.end(), name);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<ScreenState>(found - kStates.begin());
}

ScreenState Presence::state_of(const std::string& screen) const {
  const auto found = screens.find(screen);
  return found == screens.end() ? ScreenState::kUnenrolled : found->second.state;
}

Presence::Counts Presence::counts_of(const std::string& site) const {
  const auto found = sites.find(site);
  return found == sites.end() ? Counts{} : found->second;
}

ScreenRoll::Entry ScreenRoll::entry_of(EnrolledScreen screen) {
  Entry entry;
  entry.report = report_of(screen.condition);
  entry.written_ms = screen.seen_ms;
  entry.written_condition = screen.condition;
  entry.screen = std::move(screen);
  return entry;
}

void ScreenRoll::put(EnrolledScreen screen, int64_t now_ms) {
  screen.seen_ms = possible(screen.seen_ms, now_ms);
  const auto known = entries_.find(screen.hash);
  // What a presence says of it besides its report, which is as old as that may be.
  const bool same = known != entries_.end() && known->second.screen.same_place(screen);
  if (!same) presence_.reset();
  if (known == entries_.end() || known->second.screen.screen != screen.screen) {
    const std::string hash = screen.hash;
    entries_.insert_or_assign(hash, entry_of(std::move(screen)));
    return;
  }
  Entry& entry = known->second;
  if (screen.seen_ms > entry.screen.seen_ms) {  // another node heard of it later
    entry = entry_of(std::move(screen));
    return;
  }
  const int64_t seen_ms = entry.screen.seen_ms;
  entry.screen = std::move(screen);
  entry.screen.seen_ms = seen_ms;
}

void ScreenRoll::replace(std::vector<EnrolledScreen> screens, int64_t now_ms) {
  std::unordered_map<std::string, Entry> before;
  before.swap(entries_);
  entries_.reserve(screens.size());
  for (EnrolledScreen& screen : screens) {
    if (auto known = before.extract(screen.hash); !known.empty()) {
      Entry& entry = known.mapped();
      entry.screen.seen_ms = possible(entry.screen.seen_ms, now_ms);
      entry.written_ms = possible(entry.written_ms, now_ms);
      entries_.insert(std::move(known));
    }
    put(std::move(screen), now_ms);
  }
  presence_.reset();
}

void ScreenRoll::remove(const std::string& hash) {
  if (entries_.erase(hash) > 0) presence_.reset();
}

const EnrolledScreen* ScreenRoll::find(const std::string& hash) const {
  const auto found = entries_.find(hash);
  return found == entries_.end() ? nullptr : &found->second.screen;
}

bool ScreenRoll::report(const std::string& hash, ScreenReport report, int64_t now_ms) {
  const auto found = entries_.find(hash);
  if (found == entries_.end()) return false;
  Entry& entry = found->second;
  entry.report = std::move(report);
  entry.whole = true;
  entry.screen.seen_ms = now_ms;
  return true;
}

std::vector<ScreenTable::Seen> ScreenRoll::due(int64_t now_ms, size_t limit) const {
  std::vector<ScreenTable::Seen> due;
  for (const auto& [hash, entry] : entries_) {
    if (due.size() == limit) break;
    const int64_t seen_ms = entry.screen.seen_ms;
    if (!entry.whole || seen_ms <= entry.written_ms) continue;
    const std::string condition = condition_of(entry.report);
    if (condition == entry.written_condition && now_ms - entry.written_ms < kWriteEvery.count())
      continue;
    due.push_back({hash, seen_ms, condition});
  }
  return due;
}

void ScreenRoll::written(const std::vector<ScreenTable::Seen>& seen) {
  for (const ScreenTable::Seen& each : seen) {
    const auto found = entries_.find(each.hash);
    if (found == entries_.end()) continue;
    found->second.written_ms = each.seen_ms;
    found->second.written_condition = each.condition;
  }
}

std::shared_ptr<const Presence> ScreenRoll::presence(int64_t now_ms) {
  const bool fresh =
      presence_ && now_ms >= presence_ms_ && now_ms - presence_ms_ < kPresenceLife.count();
  if (fresh) return presence_;
  auto made = std::make_shared<Presence>();
  made->screens.reserve(entries_.size());
  for (const auto& [hash, entry] : entries_) {
    Presence::Screen screen{entry.screen.site,    entry.screen.channel, entry.screen.test,
                            entry.screen.seen_ms, entry.whole,          entry.report};
    screen.state = state_at(screen, now_ms);
    count(made->sites[screen.site], screen);
    count(made->all, screen);
    made->screens.emplace(entry.screen.screen, std::move(screen));
  }
  presence_ = std::move(made);
  presence_ms_ = now_ms;
  return presence_;
}

}  // namespace longmen
