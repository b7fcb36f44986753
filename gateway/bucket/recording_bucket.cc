#include "gateway/bucket/recording_bucket.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

namespace longmen {
namespace asio = boost::asio;
namespace {

// Above the reserve: recording is not to stop while something could leave.
constexpr uint64_t kRoomToKeep = 1 << 30;

std::string_view name_of(BucketState::Kind kind) {
  switch (kind) {
    case BucketState::Kind::kReady:
      return "ready";
    case BucketState::Kind::kAway:
      return "away";
    case BucketState::Kind::kRefused:
      return "refused";
  }
  return {};
}

}  // namespace

RecordingBucket::RecordingBucket(asio::io_context& io, DiskPool& disk, Recordings& recordings,
                                 std::function<int64_t()> wall_ms)
    : io_(io),
      recordings_(recordings),
      wall_ms_(std::move(wall_ms)),
      cache_(io, disk),
      uploader_(std::make_unique<BucketUploader>(events())) {
  recordings_.set_far(cache_);
}

// The uploader calls on its own thread; here all is done on ours, and nothing after the end.
UploaderEvents RecordingBucket::events() {
  const auto post = [this](auto handler) {
    return [this, handler, alive = std::weak_ptr<bool>(alive_)](auto... values) {
      asio::post(io_, [this, handler, alive, ... values = std::move(values)]() mutable {
        if (!alive.expired()) (this->*handler)(std::move(values)...);
      });
    };
  };
  UploaderEvents events;
  events.looked = post(&RecordingBucket::on_looked);
  events.dropped = post(&RecordingBucket::on_dropped);
  events.found = post(&RecordingBucket::on_lost_found);
  events.state = [this, alive = std::weak_ptr<bool>(alive_)](const BucketState& state) {
    asio::post(io_, [this, alive, state] {
      if (!alive.expired()) state_ = state;
    });
  };
  return events;
}

void RecordingBucket::configure(const NodeConfig& config, const std::string& root) {
  bucket_ = config.recording.s3;
  const S3Place place = place_of(bucket_, config.node_name);
  UploaderSettings settings;
  BlockCacheSettings reads;
  if (bucket_.is_on()) {
    settings.root = root;
    settings.place = place;
    reads.place = place;
    // A folder of its own, whatever else is where it is: blocks of another bucket go with it.
    reads.directory = (bucket_.cache_directory.empty() ? config.data_dir + "/replay-cache"
                                                       : bucket_.cache_directory) +
                      "/longmen-blocks";
    reads.reserve_bytes =
        (static_cast<uint64_t>(config.recording.reserve_mb) << 20) + kRoomToKeep / 2;
    reads.max_bytes = static_cast<uint64_t>(bucket_.cache_gb) * 1'000'000'000;
    if (bucket_.endpoint.starts_with("http://"))
      spdlog::warn("recordings travel to {} without TLS", bucket_.endpoint);
  }
  cache_.configure(reads);
  // Configurations come with every change of a channel.
  if (settings.root == uploading_from_ && settings.place == uploading_to_) return;
  uploading_from_ = settings.root;
  uploading_to_ = settings.place;
  uploader_->set(settings);
}

void RecordingBucket::stop() {
  cache_.stop();
}

uint64_t RecordingBucket::spool_room() const {
  if (!is_on() || bucket_.spool_gb == 0) return UINT64_MAX;
  const uint64_t bound = static_cast<uint64_t>(bucket_.spool_gb) * 1'000'000'000;
  const uint64_t used = uploads().local_bytes;
  return used < bound ? bound - used : 0;
}

void RecordingBucket::drop_copies(uint64_t reserve_bytes) {
  if (!is_on() || state_.kind != BucketState::Kind::kReady) return;
  std::vector<recording::LocalCopy> all;
  for (recording::LocalCopy copy : copies_) {
    const auto recording = recordings_.find(copy.id);
    if (!recording || recording->removed || recording->dropped || dropping_.contains(copy.id))
      continue;
    copy.writing = recording->writing;
    copy.end_ms = recording->info.end_ms;
    all.push_back(std::move(copy));
  }
  recording::LocalCopyRule rule;
  rule.keep_ms = std::chrono::milliseconds(std::chrono::hours(bucket_.keep_local_hours)).count();
  const uint64_t free = uploads().free_bytes;
  const uint64_t room = std::min(free > reserve_bytes ? free - reserve_bytes : 0, spool_room());
  // Once for each look at the disk, and not while something is on its way out.
  if (measured_ && dropping_.empty() && room < kRoomToKeep) {
    rule.needed_bytes = kRoomToKeep - room;
    measured_ = false;
  }
  for (const std::string& id : recording::copies_to_drop(std::move(all), rule, wall_ms_())) {
    // From now on nothing is written to it.
    recordings_.find(id)->dropped = true;
    dropping_.insert(id);
    uploader_->drop(id);
  }
}

void RecordingBucket::forget(const std::string& recording) {
  if (!is_on()) return;
  cache_.forget(recording);
  uploader_->poke();
}

void RecordingBucket::on_looked(std::vector<recording::LocalCopy> copies) {
  copies_ = std::move(copies);
  measured_ = dropping_.empty();
}

void RecordingBucket::on_dropped(const std::string& id, bool dropped) {
  dropping_.erase(id);
  if (const auto recording = recordings_.find(id)) recording->dropped = dropped;
}

void RecordingBucket::on_lost_found(recording::RecordingInfo info) {
  if (recordings_.find(info.id)) return;
  recordings_.add(info)->dropped = true;
  if (on_found_) on_found_();
}

BucketReport RecordingBucket::report() const {
  BucketReport report;
  if (!is_on()) return report;
  report.state = name_of(state_.kind);
  report.words = state_.words;
  report.waiting_bytes = uploads().waiting_bytes;
  const int64_t since_ms = uploads().waiting_since_ms;
  if (since_ms > 0) report.waiting_seconds = std::max<int64_t>(0, (wall_ms_() - since_ms) / 1000);
  return report;
}

}  // namespace longmen
