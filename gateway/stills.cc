#include "gateway/stills.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>

#include "net/state_file.h"

namespace longmen {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;
using recording::RecordedPart;
using recording::RecordedSegment;
using recording::StillIndex;
using recording::StillKind;
using recording::WantedStill;

constexpr auto kLookEvery = 2s;
// Of what goes on, a process for several pictures: most of its time is its start.
constexpr size_t kWorthAProcess = 3;
constexpr auto kLongestUnmade = 30s;
constexpr int kAloneBeforeGivenUp = 2;
constexpr size_t kMaxSettled = 32'768;
constexpr const char* kAllMade = "stills.done";

std::optional<WantedStill> keyframe_of(const Recording& recording, size_t track, int64_t number,
                                       StillKind kind) {
  const RecordedSegment* segment = recording.media->tracks[track].find(number);
  if (!segment || segment->parts.empty()) return {};
  const RecordedPart& part = segment->parts.front();
  if (part.bytes == 0 || !part.independent || part.samples.empty()) return {};
  return WantedStill{kind,
                     number,
                     fmt::format("init-{}.mp4", recording::init_name_of(segment->init)),
                     media_file_name(recording.info.tracks[track].name, segment->file()),
                     part.offset + part.bytes - part.media_bytes,
                     part.samples.front().bytes};
}

// After a failure one at a time, the next one each time, so that the one that is at fault is found;
// what failed alone twice is given up.
void pick(int failed, const std::map<int64_t, int>& alone, std::vector<WantedStill>& missing) {
  for (WantedStill& still : missing) {
    const auto before = alone.find(still.media_sequence);
    still.give_up = before != alone.end() && before->second >= kAloneBeforeGivenUp;
  }
  const bool given_up = std::ranges::any_of(missing, &WantedStill::give_up);
  if (given_up) std::erase_if(missing, [](const WantedStill& each) { return !each.give_up; });
  if (failed == 0 || given_up) return;
  const WantedStill one = missing[static_cast<size_t>(failed - 1) % missing.size()];
  missing.assign(1, one);
}

}  // namespace

Stills::Stills(asio::io_context& io, Recordings& recordings, DiskPool& disk, std::string executable)
    : io_(io),
      recordings_(recordings),
      disk_(disk),
      executable_(std::move(executable)),
      bell_(io) {}

void Stills::configure(int every_s) {
  every_s_ = every_s;
  if (stopped_ || std::exchange(running_, true)) return;
  asio::co_spawn(io_, run(), asio::detached);
}

void Stills::stop() {
  stopped_ = true;
  bell_.ring();
}

asio::awaitable<void> Stills::run() {
  while (!stopped_) {
    co_await bell_.wait(std::chrono::steady_clock::now() + kLookEvery);
    if (stopped_) break;
    if (every_s_ == 0 || !recordings_.is_listed()) continue;
    const std::set<std::string> asked = std::exchange(asked_, {});
    for (const std::string& id : asked) {
      const RecordingPtr recording = recordings_.find(id);
      if (recording && !stopped_) co_await look_at(recording, true);
    }
    const std::vector<std::string> others = due();
    for (const std::string& id : others) {
      const RecordingPtr recording = recordings_.find(id);
      if (recording && !stopped_ && !asked.contains(id)) co_await look_at(recording, false);
    }
  }
  running_ = false;
}

// What is being recorded, and the next one of all.
std::vector<std::string> Stills::due() {
  std::vector<std::string> ids;
  for (const auto& [id, recording] : recordings_.all())
    if (recording->writing) ids.push_back(id);
  auto next = recordings_.all().upper_bound(swept_);
  if (next == recordings_.all().end()) next = recordings_.all().begin();
  if (next == recordings_.all().end()) return ids;
  swept_ = next->first;
  if (!next->second->writing) ids.push_back(swept_);
  return ids;
}

asio::awaitable<void> Stills::look_at(RecordingPtr recording, bool asked) {
  const std::string id = recording->info.id;
  const Instant now = std::chrono::steady_clock::now();
  const auto before = attempts_.find(id);
  const Attempts attempts = before == attempts_.end() ? Attempts() : before->second;
  if (recording->removed || recording->dropped || now < attempts.not_before) co_return;
  const auto settled = settled_.find(id);
  if (settled != settled_.end() && settled->second == recording->version) co_return;
  const std::string done = recording->folder + "/" + kAllMade;
  const auto exists = [done]() -> Result<bool> {
    std::error_code error;
    return std::filesystem::exists(done, error);
  };
  if (!asked && !recording->writing) {
    const Result<bool> all_made = co_await disk_.run(exists);
    if (all_made.value_or(true)) co_return;
  }
  if (stopped_) co_return;
  const StillIndexPtr made = co_await made_of(recording);
  if (stopped_) co_return;
  const Result<void> loaded = co_await recordings_.load(recording);
  if (!made || !loaded || !recording->media || recording->removed || stopped_) co_return;
  std::vector<WantedStill> missing = missing_of(*recording, *made);
  const bool goes_on = recording->writing && recording->info.end_ms == 0;
  const size_t wanted = missing.size();
  const auto there = [folder = recording->folder,
                      missing]() mutable -> Result<std::vector<WantedStill>> {
    std::erase_if(missing, [&folder](const WantedStill& still) {
      std::error_code error;
      return !std::filesystem::exists(folder + "/" + still.file, error);
    });
    return missing;
  };
  if (wanted > 0) {
    auto here = co_await disk_.run(there);
    if (!here || stopped_ || recording->removed) co_return;
    missing = std::move(*here);
  }
  // Its media may be somewhere else alone.
  if (missing.empty() && !recording->writing) {
    if (settled_.size() >= kMaxSettled) settled_.erase(settled_.begin());
    settled_[id] = recording->version;
    if (wanted > 0) co_return;
  }
  if (missing.empty()) {
    if (goes_on || recording->writing) co_return;
    const auto say = [done] { return write_state_file(done, "all\n"); };
    (void)co_await disk_.run(say);
    co_return;
  }
  const bool waits = goes_on && !asked && missing.size() < kWorthAProcess &&
                     !made->stills.empty() && !made->posters.empty() &&
                     now - attempts.last < kLongestUnmade;
  if (!waits) co_await make(recording, std::move(missing));
}

std::vector<WantedStill> Stills::missing_of(const Recording& recording,
                                            const StillIndex& made) const {
  std::vector<WantedStill> missing;
  const auto plan = planner()(recording.info, *recording.media);
  if (!plan) return missing;
  const size_t small = *recording::still_track(recording.info);
  for (const int64_t number : plan->wanted) {
    if (missing.size() == recording::kMaxStillsInJob) return missing;
    if (made.stills.contains(number)) continue;
    if (auto still = keyframe_of(recording, small, number, StillKind::kStill))
      missing.push_back(std::move(*still));
  }
  const auto poster =
      recording::choose_poster(recording.info, recording.media->tracks[small], *plan, made);
  if (!poster || made.posters.contains(*poster)) return missing;
  const size_t large = *recording::poster_track(recording.info);
  auto still = keyframe_of(recording, large, *poster, StillKind::kPoster);
  if (!still) still = keyframe_of(recording, small, *poster, StillKind::kPoster);
  if (still && missing.size() < recording::kMaxStillsInJob) missing.push_back(std::move(*still));
  return missing;
}

asio::awaitable<void> Stills::make(RecordingPtr recording, std::vector<WantedStill> missing) {
  const std::string id = recording->info.id;
  if (attempts_.size() >= kMaxAsked && !attempts_.contains(id))
    attempts_.erase(
        std::ranges::min_element(attempts_, {}, [](const auto& each) { return each.second.last; }));
  pick(attempts_[id].failed, attempts_[id].alone, missing);
  const std::vector<WantedStill> tried = missing;
  attempts_[id].last = std::chrono::steady_clock::now();
  std::vector<std::string> arguments{
      "longmen", "make-stills", "--job-json",
      recording::to_json(recording::StillJob{recording->folder, std::move(missing)})};
  const auto end = co_await run_helper(executable_, std::move(arguments), kLongestRun);
  indexes_.erase(id);
  ++runs_;
  if (stopped_) co_return;
  const StillIndexPtr made = co_await made_of(recording);
  const bool progress = made && std::ranges::any_of(tried, [&made](const WantedStill& each) {
                          return made->of(each.kind).contains(each.media_sequence);
                        });
  Attempts& attempts = attempts_[id];
  if (end && *end == HelperEnd::kWell && progress) {
    attempts.failed = 0;
    // There may be more of them, and a poster among them.
    if (asked_.size() < kMaxAsked) asked_.insert(id);
    if (tried.size() == recording::kMaxStillsInJob) bell_.ring();
    co_return;
  }
  if (stopped_) co_return;
  if (tried.size() == 1) ++attempts.alone[tried.front().media_sequence];
  attempts.failed = std::min(attempts.failed + 1, 12);
  const std::chrono::seconds pause =
      std::min<std::chrono::seconds>(kLongestPause, 1s * (1 << attempts.failed));
  attempts.not_before = std::chrono::steady_clock::now() + pause;
  spdlog::warn("recording={} its stills are not made, and tried again in {} s: {}", id,
               pause.count(),
               !end                       ? end.error().message
               : *end == HelperEnd::kLate ? "the process took too long"
                                          : "the process failed");
}

asio::awaitable<StillIndexPtr> Stills::made_of(RecordingPtr recording) {
  const std::string id = recording->info.id;
  if (const auto known = indexes_.find(id); known != indexes_.end()) co_return known->second;
  const uint64_t runs = runs_;
  const auto read = [path = recording->folder + "/" +
                            recording::kPackName]() -> Result<StillIndexPtr> {
    FileSource pack(path);
    return std::make_shared<const StillIndex>(recording::scan_still_pack(pack));
  };
  const auto index = co_await disk_.run(read);
  if (!index) co_return nullptr;
  // What a process has added meanwhile may not be in it.
  if (runs == runs_) {
    if (indexes_.size() >= kMaxIndexes) indexes_.erase(indexes_.begin());
    indexes_[id] = *index;
  }
  co_return *index;
}

void Stills::ask_for(const Recording& recording) {
  if (asked_.size() < kMaxAsked) asked_.insert(recording.info.id);
}

std::optional<recording::StillPlan> Stills::Planner::operator()(
    const recording::RecordingInfo& info, const RecordingMedia& media) const {
  const auto track = recording::still_track(info);
  if (every_s == 0 || !track || *track >= media.tracks.size()) return {};
  return recording::plan_stills(info, media.tracks[*track], every_s);
}

}  // namespace longmen
