// Writes recordings, on a thread of its own. Whoever hands it a part never waits: what does not fit
// the queue is refused, and is a hole. It decides
// - when what was written is durable: media are synced in groups, each as large as what came during
//   the sync before it, then the index, so that the index never says what is not there;
// - when a segment is finished: it is whole, or has been left behind; then it is hashed from what
//   the file has, and told;
// - what happens when the disk is full or broken: media files go back to their last whole part, the
//   broadcast is not held up, nothing is written until there is room again (the reserve, and
//   kRoomToResume), and what came meanwhile is a hole.
// A recording that is there is gone on with: its torn end is cut off, what it has is not written
// again. Bounds: kMaxQueuedBytes, kMaxQueuedTasks. Every event is called on the writer's thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "core/base/shared_bytes.h"
#include "core/cmaf/init_segment.h"
#include "gateway/recording_files.h"

namespace longmen {

enum class SyncRule { kPart, kSegment, kOff };

struct WriterSettings {
  std::string root;
  SyncRule sync = SyncRule::kPart;
  uint64_t reserve_bytes = 0;  // that stay free on the file system
  bool operator==(const WriterSettings&) const = default;
};

struct WriterState {
  enum class Kind { kReady, kFull, kFailed };
  Kind kind = Kind::kReady;
  std::string words;  // about what is wrong
  bool operator==(const WriterState&) const = default;
};

struct WriterPart {
  std::string recording;
  size_t track = 0;
  recording::PartRecord record;
  SharedBytes bytes;
  cmaf::InitSegmentPtr init;
  bool late = false;  // it was not on air
};

struct WriterEvents {
  // It is being written from now on; what it has already.
  std::function<void(const std::string& recording, LoadedRecording)> opened;
  std::function<void(const std::string& recording, uint64_t init, std::shared_ptr<const Bytes>)>
      init;
  std::function<void(const std::string& recording, recording::RecordedSegment)> segment;
  // Its end is known and the manifest is there; or why not, and closing it may be tried again.
  std::function<void(const std::string& recording, Result<recording::RecordingInfo>)> closed;
  std::function<void(const std::string& recording)> removed;
  std::function<void(const WriterState&)> state;
};

struct WriterFigures {
  std::atomic<uint64_t> parts{0};      // written
  std::atomic<uint64_t> bytes{0};      // of them
  std::atomic<uint64_t> refused{0};    // the queue was full
  std::atomic<uint64_t> left_out{0};   // the disk was full or broken
  std::atomic<uint64_t> malformed{0};  // no chunks of ours
  std::atomic<uint64_t> damaged{0};    // found damaged when a recording was opened
  std::atomic<uint64_t> syncs{0};
  std::atomic<uint64_t> queued_bytes{0};
  std::atomic<uint64_t> free_bytes{0};  // of the file system, when it was looked at last
};

class RecordingWriter {
 public:
  static constexpr uint64_t kMaxQueuedBytes = 96 << 20;
  static constexpr size_t kMaxQueuedTasks = 65'536;
  static constexpr size_t kMaxPartsAtOnce = 256;
  // Above the reserve, before it goes on; or a tenth of a small file system.
  static constexpr uint64_t kRoomToResume = 64 << 20;
  // Behind the newest one of its rendition, a segment that is not whole is told as it is.
  static constexpr int64_t kSegmentsToWait = 10;

  explicit RecordingWriter(WriterEvents events);
  ~RecordingWriter();  // what is queued is written first

  // --- Any thread; none of them waits for a disk.
  void set(const WriterSettings& settings);
  // Makes it, or goes on with what is there. Again: what it is, is written anew.
  void open(const recording::RecordingInfo& info);
  bool write(WriterPart part);
  // Its end is `info.end_ms`, or, when that is 0, where its media end.
  void close(const recording::RecordingInfo& info);
  // One that is not being written, with other words about it.
  void rewrite_info(const recording::RecordingInfo& info);
  void remove(const std::string& recording);
  // So many bytes may be written, whatever the file system has; looked at as that is.
  void set_room(uint64_t bytes) { room_ = bytes; }
  const WriterFigures& figures() const { return figures_; }

 private:
  class Open;
  struct OpenOrder {
    recording::RecordingInfo info;
  };
  struct CloseOrder {
    recording::RecordingInfo info;
  };
  struct InfoOrder {
    recording::RecordingInfo info;
  };
  struct RemoveOrder {
    std::string recording;
  };
  using Task =
      std::variant<WriterSettings, OpenOrder, WriterPart, CloseOrder, InfoOrder, RemoveOrder>;
  // One that is to be written; without `open`, what keeps it from that may pass.
  struct Wanted {
    recording::RecordingInfo info;
    std::unique_ptr<Open> open;
    std::chrono::steady_clock::time_point next_try{};
  };

  void push(Task task);
  void run();
  std::deque<Task> take();
  template <class Work>
  void guarded(Work work);
  void handle(WriterSettings& settings);
  void handle(OpenOrder& order);
  void handle(WriterPart& part);
  void handle(CloseOrder& order);
  void handle(InfoOrder& order);
  void handle(RemoveOrder& order);
  void try_open(Wanted& wanted);
  void close(Wanted& wanted, const recording::RecordingInfo& info);
  void sync_all();
  bool may_write();
  void look_at_room();
  // What was not synced is not trusted: it is opened anew, later.
  void failed(Wanted& wanted, const Error& error);
  void trouble(const Error& error);
  void worked();
  void set_state(WriterState state);
  std::string folder(const std::string& recording) const {
    return settings_.root + "/" + recording;
  }

  const WriterEvents events_;
  WriterFigures figures_;
  std::atomic<uint64_t> room_{UINT64_MAX};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;  // under the mutex
  bool stopping_ = false;   // under the mutex

  // The writer's thread.
  WriterSettings settings_;
  std::map<std::string, Wanted> wanted_;
  WriterState state_;
  std::chrono::steady_clock::time_point looked_at_{};
  bool trial_ = false;  // after a failure: the next write shows whether it is over
  size_t unsynced_parts_ = 0;
  std::thread thread_;
};

}  // namespace longmen
