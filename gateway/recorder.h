// Which channel is recorded, into which recording, and what is done with recordings. It watches
// what the channels' live HLS publishes and hands each part to the writer, begins with what the
// live window still has, so that nothing is lost while a file is opened or a disk was full for less
// than that, and takes what came too late to be live. It decides when a recording ends and what
// goes by age and space, withdraws what emergency cuts take back, and carries out what control
// orders. Nothing here waits for a disk. One thread: the io_context's. Bounds: the writer's;
// kMaxEarly late parts of a channel whose recording is being opened; kMaxEnded recordings of each
// channel that are remembered.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "config/node_config.h"
#include "core/node/recording_order.h"
#include "core/recording/recording_plan.h"
#include "gateway/bucket/recording_bucket.h"
#include "gateway/hls.h"
#include "gateway/recording_writer.h"
#include "gateway/recordings.h"

namespace longmen {

class Recorder {
 public:
  static constexpr size_t kMaxEarly = 1024;
  static constexpr size_t kMaxEnded = 8;  // of a channel, that are remembered

  struct Clocks {
    const SharedMediaClock& media;
    std::function<int64_t()> wall_ms;  // since 1970
  };

  // All outlive it.
  Recorder(boost::asio::io_context& io, Clocks clocks, Recordings& recordings, Hls& hls);
  // Outlives it; before all else.
  void set_bucket(RecordingBucket& bucket);

  void configure(const NodeConfig& config, const std::vector<Channel>& channels);
  // Begins nothing more; what is queued is written before this object is gone.
  void stop();

  // --- Of what is published (Hls::Kept).
  void handle_published(const HlsChannel& channel, const hls::LiveChannel::Published& part);
  void handle_late(const HlsChannel& channel, hls::LiveChannel::Late late);

  // --- Getters.
  // That the channel's media goes into now, or whose session can still be opened again; null: none.
  std::shared_ptr<Recording> recording_of(std::string_view channel) const;
  // Those of the channel that ended last, the latest first.
  std::vector<std::shared_ptr<Recording>> ended_of(std::string_view channel) const;
  const WriterFigures& figures() const { return writer_->figures(); }
  const WriterState& state() const { return state_; }
  uint64_t holes() const { return holes_; }  // parts that were not on air, or not written
  RecorderReport report() const;
  // What is to go by its age, or to make room; oldest first.
  std::vector<std::string> expired() const;

  // --- What control is told, and orders.
  // At most kMaxReportsAtOnce of those that changed since they were told last.
  std::vector<RecordingReport> take_reports();
  // They did not arrive.
  void give_back(const std::vector<RecordingReport>& reports);
  void report_all();
  // One that is new here, or of which something is otherwise that control shows.
  void report_again(const std::string& id);
  void handle_order(const RecordingOrder& order);

  // --- What another node had of one that has ended: written as if it had come late, and closed
  // again. False: it is being written, or is to go.
  bool fill_holes(const std::shared_ptr<Recording>& recording, std::vector<WriterPart> parts);

 private:
  using RecordingPtr = std::shared_ptr<Recording>;

  WriterEvents events();
  void begin();
  void tick();
  void apply();
  void apply(const Channel& channel);
  RecordingPtr recording_for(const Channel& channel, const recording::RecordingPlan& plan,
                             const recording::RecordingInfo& made);
  void take_back_cuts(const RecordingPtr& recording);
  int64_t taken_back_until(const std::string& channel) const;
  // That is shown, and has changed.
  void note_change(Recording& recording, const recording::RecordedSegment& segment) const;
  // The first segment that live HLS still has of that rendition, or of any; INT64_MAX: none.
  int64_t live_from(const std::string& channel, std::optional<RenditionId> of = {}) const;
  void keep_info(const RecordingPtr& recording);
  // For control, when it has ended and whenever something else is shown of it.
  void measure_sound(const RecordingPtr& recording);
  void end(const RecordingPtr& recording);
  void remember_ended(const RecordingPtr& recording);
  void end_forgotten();
  void remove_old();
  void keep_room();
  void fill(const std::string& channel);
  void push_late(const Recording& recording, const hls::LiveChannel::Late& late);
  void push(const Recording& recording, size_t track, const recording::PartRecord& record,
            SharedBytes bytes, const cmaf::InitSegmentPtr& init, bool late);
  void changed(const RecordingPtr& recording);
  RecordingReport report_of(const Recording& recording) const;
  MediaTime now() const;

  void on_opened(const std::string& id, LoadedRecording loaded);
  void on_init(const std::string& id, uint64_t init, std::shared_ptr<const Bytes> bytes);
  void on_segment(const std::string& id, recording::RecordedSegment segment);
  void on_closed(const std::string& id, Result<recording::RecordingInfo> info);
  void on_removed(const std::string& id);

  boost::asio::io_context& io_;
  Clocks clocks_;
  Recordings& recordings_;
  Hls& hls_;
  RecordingBucket* bucket_ = nullptr;  // null: there is none
  NodeConfig::Recording settings_;
  std::chrono::milliseconds reopen_within_{};
  std::vector<Channel> channels_;
  std::map<std::string, std::string, std::less<>> active_;  // channel to recording
  // What came too late to be live and too early to be written, by channel.
  std::map<std::string, std::deque<hls::LiveChannel::Late>, std::less<>> early_;
  std::set<std::string> ending_;  // that the writer is to close
  std::map<std::string, std::deque<RecordingPtr>, std::less<>> ended_;  // by channel
  std::set<std::string> to_report_;
  std::vector<RecordingReport> gone_;
  WriterState state_;
  uint64_t holes_ = 0;
  bool configured_ = false;
  bool begun_ = false;  // with what there is
  bool stopped_ = false;
  std::chrono::steady_clock::time_point house_kept_{};
  std::chrono::steady_clock::time_point reported_growth_{};
  boost::asio::steady_timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what the writer posts
  std::unique_ptr<RecordingWriter> writer_;                     // last: its thread calls the others
};

}  // namespace longmen
