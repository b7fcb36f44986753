// Keeps a bucket as the folder of recordings is, on a thread of its own: uploads files that are
// finished, removes what was removed here, takes away local copies of media when it is told to, and
// after the loss of a disk fetches what makes a recording of what the bucket has. What is done is
// written in each folder (gateway/bucket/bucket_copy.h), so it goes on after any death; what cannot
// be done now is done later, for as long as it takes. Of a recording that goes on, the newest media
// file of each rendition and the index wait for their ends.
// Bounds: one upload at a time, one part of it in memory; kMaxFound recordings are fetched.
// Every event is called on the uploader's thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/recording/local_copies.h"
#include "core/recording/recording_info.h"
#include "gateway/bucket/bucket_copy.h"
#include "gateway/bucket/s3_client.h"

namespace longmen {

struct UploaderSettings {
  std::string root;  // empty: there is nothing to do
  S3Place place;
  S3Patience patience;
  std::chrono::milliseconds look_every{2'000};
  std::chrono::milliseconds longest_wait{60'000};  // after failures
};

struct BucketState {
  enum class Kind { kReady, kAway, kRefused };
  Kind kind = Kind::kReady;
  std::string words;
  bool operator==(const BucketState&) const = default;
};

struct UploaderEvents {
  // Once a round: what there is of each recording that has ended, on this disk and there.
  std::function<void(std::vector<recording::LocalCopy>)> looked;
  // The media of one are in the bucket alone; or not, and they stay.
  std::function<void(const std::string& recording, bool dropped)> dropped;
  // One that this disk did not have; its media are in the bucket.
  std::function<void(recording::RecordingInfo)> found;
  std::function<void(const BucketState&)> state;
};

struct UploaderFigures {
  std::atomic<uint64_t> files{0};          // uploaded
  std::atomic<uint64_t> bytes{0};          // of them
  std::atomic<uint64_t> failures{0};       // uploads that came to nothing, after all tries
  std::atomic<uint64_t> removed{0};        // objects
  std::atomic<uint64_t> dropped{0};        // local copies of recordings
  std::atomic<uint64_t> given_up{0};       // uploads in parts that an earlier process left
  std::atomic<uint64_t> waiting_files{0};  // that are not in the bucket yet
  std::atomic<uint64_t> waiting_bytes{0};
  std::atomic<int64_t> waiting_since_ms{0};  // since 1970, of the oldest one; 0: none waits
  std::atomic<uint64_t> local_bytes{0};      // of all recordings on this disk
  std::atomic<uint64_t> free_bytes{0};       // of its file system
};

class BucketUploader {
 public:
  static constexpr size_t kMaxFound = 100'000;
  // Then it looks anew: what is whole by now may leave, what was removed goes.
  static constexpr std::chrono::seconds kLongestUploads{10};

  explicit BucketUploader(UploaderEvents events);
  ~BucketUploader();  // ends what is under way

  // --- Any thread; none of them waits.
  void set(const UploaderSettings& settings);
  void drop(const std::string& recording);
  // Something has changed that had better not wait for the next round.
  void poke();
  const UploaderFigures& figures() const { return figures_; }

 private:
  struct Waiting {
    std::string recording;
    LocalFile file;
  };
  using Round = S3Result<void>;

  void run(const std::stop_token& stop);
  void round();
  Round begin();
  Round find_lost();
  Round fetch(const std::string& id);
  Round remove_removed();
  Round drop_copies();
  Round drop_copy(const std::string& id);
  Round look();
  Round upload(std::vector<Waiting> waiting);
  S3Result<BucketCopy> copy_of(const std::string& id);
  uint64_t look_at(const std::string& id, std::vector<Waiting>& waiting,
                   std::vector<recording::LocalCopy>& seen);
  Round remove_gone(const std::string& id, const recording::RecordingInfo& info, bool ended,
                    BucketCopy& copy);
  Round check_own(const std::string& id);
  bool must_look_again();
  void set_waiting(const std::vector<Waiting>& waiting);
  void set_state(BucketState state);
  std::string folder(const std::string& id) const { return settings_.root + "/" + id; }

  const UploaderEvents events_;
  UploaderFigures figures_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::optional<UploaderSettings> given_;  // under the mutex
  std::vector<std::string> to_drop_;       // under the mutex
  bool poked_ = false;                     // under the mutex

  // The uploader's thread.
  UploaderSettings settings_;
  std::unique_ptr<S3Client> client_;
  std::string place_;  // as folders name it
  bool begun_ = false;
  int failed_rounds_ = 0;
  std::set<std::string> removing_;  // of which objects are still there
  std::set<std::string> told_;      // what the log was told of once
  // Files that the bucket does not take, by their keys; they hold up no other.
  struct Refused {
    int times = 0;
    std::chrono::steady_clock::time_point next_try{};
    S3Problem problem;
  };
  std::map<std::string, Refused> refused_;
  std::set<std::string> own_;  // recordings of which the bucket has nothing that is another's
  // Those that are in the bucket alone, for as long as nothing in their folders changes.
  struct Settled {
    int64_t changed_ns = 0;  // of the folder
    uint64_t bytes = 0;
  };
  std::map<std::string, Settled> settled_;
  BucketState state_;
  std::mt19937 random_;
  std::jthread thread_;  // last: it calls the others
};

}  // namespace longmen
