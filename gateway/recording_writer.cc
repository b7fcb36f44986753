#include "gateway/recording_writer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <filesystem>

#include "gateway/open_recording.h"
#include "net/state_file.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kLookAtRoomEvery = 500ms;
constexpr auto kTryAgain = 2s;  // what failed
// With less than this, what failed did so for want of room.
constexpr uint64_t kLeastRoom = 1 << 20;

}  // namespace

RecordingWriter::RecordingWriter(WriterEvents events)
    : events_(std::move(events)), thread_([this] { run(); }) {}

RecordingWriter::~RecordingWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

// ---- any thread

void RecordingWriter::set(const WriterSettings& settings) {
  push(settings);
}
void RecordingWriter::open(const recording::RecordingInfo& info) {
  push(OpenOrder{info});
}
void RecordingWriter::close(const recording::RecordingInfo& info) {
  push(CloseOrder{info});
}
void RecordingWriter::rewrite_info(const recording::RecordingInfo& info) {
  push(InfoOrder{info});
}
void RecordingWriter::remove(const std::string& recording) {
  push(RemoveOrder{recording});
}

bool RecordingWriter::write(WriterPart part) {
  const uint64_t bytes = part.bytes->size();
  {
    const std::lock_guard lock(mutex_);
    if (figures_.queued_bytes + bytes > kMaxQueuedBytes || queue_.size() >= kMaxQueuedTasks) {
      ++figures_.refused;
      return false;
    }
    figures_.queued_bytes += bytes;
    queue_.emplace_back(std::move(part));
  }
  wake_.notify_one();
  return true;
}

// Orders are few, and none may be lost.
void RecordingWriter::push(Task task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

// ---- the writer's thread

// What is thrown is of memory, or a library's: whatever it is, recording alone stops.
template <class Work>
void RecordingWriter::guarded(Work work) {
  try {
    work();
  } catch (const std::exception& error) {
    for (auto& [id, wanted] : wanted_)
      failed(wanted, {error.what()});
  }
}

void RecordingWriter::run() {
  prctl(PR_SET_NAME, "recording");
  for (;;) {
    std::deque<Task> tasks = take();
    if (tasks.empty()) break;
    for (Task& task : tasks) {
      guarded([&] { std::visit([this](auto& each) { handle(each); }, task); });
      if (unsynced_parts_ >= kMaxPartsAtOnce) guarded([this] { sync_all(); });
    }
    guarded([this] { sync_all(); });
  }
  for (auto& [id, wanted] : wanted_) {
    if (!wanted.open) continue;
    const auto done = wanted.open->finish(settings_.sync != SyncRule::kOff, true,
                                          [](const recording::RecordedSegment&) {});
    if (!done) spdlog::error("recording={} {}", id, done.error().message);
  }
}

// Nothing: the end.
std::deque<RecordingWriter::Task> RecordingWriter::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  return std::exchange(queue_, {});
}

void RecordingWriter::handle(WriterSettings& settings) {
  if (settings == settings_) return;
  if (settings.root != settings_.root) {
    sync_all();
    wanted_.clear();  // whoever wants them says so again
    std::error_code error;
    std::filesystem::create_directories(settings.root, error);
    finish_removing(settings.root);
  }
  settings_ = settings;
  looked_at_ = {};
}

void RecordingWriter::handle(OpenOrder& order) {
  Wanted& wanted = wanted_[order.info.id];
  wanted.info = std::move(order.info);
  if (!wanted.open) return try_open(wanted);
  if (const auto set = wanted.open->set_info(wanted.info); !set) failed(wanted, set.error());
}

void RecordingWriter::try_open(Wanted& wanted) {
  if (SteadyClock::now() < wanted.next_try || !may_write()) return;
  auto opened = Open::make(folder(wanted.info.id), wanted.info);
  if (!opened) return failed(wanted, opened.error());
  worked();
  wanted.open = std::move(*opened);
  LoadedRecording loaded = wanted.open->loaded();
  figures_.damaged += loaded.damaged;
  if (loaded.found + loaded.damaged > 0)
    spdlog::info("recording={} goes on: {} parts that no index had were found, {} are damaged",
                 wanted.info.id, loaded.found, loaded.damaged);
  events_.opened(wanted.info.id, std::move(loaded));
}

void RecordingWriter::handle(WriterPart& part) {
  figures_.queued_bytes -= part.bytes->size();
  const auto found = wanted_.find(part.recording);
  if (found == wanted_.end()) return;
  Wanted& wanted = found->second;
  if (!may_write()) {
    ++figures_.left_out;
    return;
  }
  if (!wanted.open) try_open(wanted);
  if (!wanted.open) {
    ++figures_.left_out;
    return;
  }
  const auto written = wanted.open->write(part);
  if (!written) {
    ++figures_.left_out;
    return failed(wanted, written.error());
  }
  worked();
  if (written->new_init) events_.init(part.recording, part.record.init, written->new_init);
  if (written->taken == Open::Taken::kMalformed) ++figures_.malformed;
  if (written->taken != Open::Taken::kWritten) return;
  ++figures_.parts;
  figures_.bytes += part.bytes->size();
  ++unsynced_parts_;
}

void RecordingWriter::sync_all() {
  for (auto& [id, wanted] : wanted_) {
    if (!wanted.open) continue;
    const auto tell = [this, &id = id](const recording::RecordedSegment& segment) {
      events_.segment(id, segment);
    };
    const bool durable = settings_.sync == SyncRule::kPart ||
                         (settings_.sync == SyncRule::kSegment && wanted.open->has_finished());
    const auto done = wanted.open->finish(durable, false, tell);
    if (!done) failed(wanted, done.error());
  }
  if (unsynced_parts_ > 0) ++figures_.syncs;
  unsynced_parts_ = 0;
}

void RecordingWriter::handle(CloseOrder& order) {
  Wanted& wanted = wanted_[order.info.id];
  wanted.info = order.info;
  if (!wanted.open) {
    wanted.next_try = {};
    try_open(wanted);
  }
  close(wanted, order.info);
  wanted_.erase(order.info.id);
}

void RecordingWriter::close(Wanted& wanted, const recording::RecordingInfo& info) {
  if (!wanted.open) return events_.closed(info.id, fail(state_.words));
  const auto tell = [&](const recording::RecordedSegment& segment) {
    events_.segment(info.id, segment);
  };
  const auto finished = wanted.open->finish(settings_.sync != SyncRule::kOff, true, tell);
  if (!finished) {
    trouble(finished.error());
    return events_.closed(info.id, tl::unexpected(finished.error()));
  }
  auto closed = wanted.open->close(info);
  if (!closed) trouble(closed.error());
  events_.closed(info.id, std::move(closed));
}

void RecordingWriter::handle(InfoOrder& order) {
  const auto written =
      write_state_file(folder(order.info.id) + "/recording.json", recording::to_json(order.info));
  if (!written) trouble(written.error());
}

void RecordingWriter::handle(RemoveOrder& order) {
  wanted_.erase(order.recording);
  const auto removed = remove_recording(settings_.root, order.recording);
  if (!removed) return trouble(removed.error());
  spdlog::info("recording={} removed", order.recording);
  events_.removed(order.recording);
}

// ---- room

bool RecordingWriter::may_write() {
  if (SteadyClock::now() - looked_at_ >= kLookAtRoomEvery) look_at_room();
  return state_.kind == WriterState::Kind::kReady || trial_;
}

void RecordingWriter::look_at_room() {
  const auto now = SteadyClock::now();
  // What failed is tried again, but not at once.
  if (state_.kind == WriterState::Kind::kFailed && now - looked_at_ < kTryAgain) return;
  looked_at_ = now;
  std::error_code error;
  std::filesystem::create_directories(settings_.root, error);
  const auto [all, unused, free] = std::filesystem::space(settings_.root, error);
  if (error) return trouble({fmt::format("{}: {}", settings_.root, error.message())});
  figures_.free_bytes = free;
  const bool was_full = state_.kind == WriterState::Kind::kFull;
  const uint64_t wanted =
      settings_.reserve_bytes + (was_full ? std::min<uint64_t>(kRoomToResume, all / 10) : 0);
  if (free < wanted || free == 0)
    return set_state({WriterState::Kind::kFull,
                      fmt::format("{} has {} MB left, and {} MB are to stay free", settings_.root,
                                  free >> 20, settings_.reserve_bytes >> 20)});
  if (room_ == 0 || (was_full && room_ < kRoomToResume))
    return set_state(
        {WriterState::Kind::kFull, "what waits for the bucket fills recording.s3.spool_gb"});
  if (state_.kind == WriterState::Kind::kFailed)
    trial_ = true;
  else
    set_state({});
}

void RecordingWriter::failed(Wanted& wanted, const Error& error) {
  wanted.open.reset();
  wanted.next_try = SteadyClock::now() + kTryAgain;
  trouble(error);
}

void RecordingWriter::trouble(const Error& error) {
  trial_ = false;
  looked_at_ = SteadyClock::now();
  std::error_code unknown;
  const uint64_t free = std::filesystem::space(settings_.root, unknown).available;
  const bool full = !unknown && free < settings_.reserve_bytes + kLeastRoom;
  set_state({full ? WriterState::Kind::kFull : WriterState::Kind::kFailed, error.message});
}

void RecordingWriter::worked() {
  if (!std::exchange(trial_, false)) return;
  set_state({});
}

void RecordingWriter::set_state(WriterState state) {
  if (state.kind == state_.kind) return;
  state_ = std::move(state);
  if (state_.kind == WriterState::Kind::kReady)
    spdlog::info("recording goes on");
  else
    spdlog::error("recording has stopped, and the broadcast goes on: {}", state_.words);
  events_.state(state_);
}

}  // namespace longmen
