// The recordings that this node has: what each is, at any time; and what is in it, read from its
// folder when somebody asks, and kept for as long as there is room for it. One that is being
// written is kept in any case. Whoever asks for one that is being read waits with the others.
// Bounds: of those that nobody writes kMaxLoaded with kMaxLoadedSegments in all, a kilobyte each
// (12 hours of four renditions), or a single one. One thread: the io_context's; folders are read by
// the pool.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>

#include "core/recording/caption_track.h"
#include "gateway/bell.h"
#include "gateway/disk_pool.h"
#include "gateway/open_files.h"
#include "gateway/recording_files.h"

namespace longmen {

class BlockCache;

// What is in a recording, as it was read or as far as it was written.
struct RecordingMedia {
  std::vector<recording::RecordedTrack> tracks;  // as in the info
  recording::InitBytes inits;
};

struct Recording {
  recording::RecordingInfo info;
  std::string folder;
  int courseware = 0;  // files that are attached
  std::vector<recording::CaptionTrack> captions;
  bool writing = false;
  bool removed = false;      // it is to go: nobody is shown anything of it
  bool dropped = false;      // its media are in the bucket alone: nothing is written to it any more
  uint64_t version = 1;      // grows with whatever changes
  uint64_t withdrawals = 0;  // how often what may be seen of it has changed
  // Null: not read. That of one that nobody writes is never changed.
  std::shared_ptr<RecordingMedia> media;
  BlockCache* far = nullptr;        // by which what is not on this disk is read; may be null
  std::shared_ptr<OpenFiles> open;  // where its files may be open
  uint64_t live_changes = 0;  // of the version's, those of segments that live HLS still has itself
  int64_t sound_bytes = -1;   // of the download of its sound; -1: it was not looked at
  int64_t live_from = 0;      // the first segment that live HLS has of any rendition

  // Grows when something changes that live HLS does not have any more: whatever is before
  // `live_from`.
  uint64_t past_version() const { return version - live_changes; }
};

class Recordings {
 public:
  static constexpr size_t kMaxLoaded = 16;
  static constexpr size_t kMaxLoadedSegments = 216'000;

  Recordings(boost::asio::io_context& io, DiskPool& disk)
      : io_(io), disk_(disk), open_files_(std::make_shared<OpenFiles>(io)) {}
  // Outlives it; before all else.
  void set_far(BlockCache& far) { far_ = &far; }

  // What is in the folder of recordings; once, before all else.
  boost::asio::awaitable<void> list(std::string root);
  bool is_listed() const { return listed_; }
  const std::string& root() const { return root_; }

  using ById = std::map<std::string, std::shared_ptr<Recording>, std::less<>>;
  const ById& all() const { return all_; }
  // Null: there is none.
  std::shared_ptr<Recording> find(std::string_view id) const;
  std::shared_ptr<Recording> add(const recording::RecordingInfo& info);
  void forget(std::string_view id);
  // With its media. The words are for whoever looks at the log.
  boost::asio::awaitable<Result<void>> load(std::shared_ptr<Recording> recording);
  // The same for what has its media: nobody need wait. False: load() has to be asked.
  bool use(const Recording& recording);
  // How long the download of its sound is; 0: it has none.
  boost::asio::awaitable<Result<int64_t>> sound_bytes(std::shared_ptr<Recording> recording);

 private:
  struct Reading {
    explicit Reading(boost::asio::io_context& io) : done(io) {}
    Bell done;
  };
  void make_room(const Recording& for_this);

  // Who waits for a disk may be woken when this is gone: by nobody's request, too.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  boost::asio::io_context& io_;
  DiskPool& disk_;
  BlockCache* far_ = nullptr;
  std::shared_ptr<OpenFiles> open_files_;
  std::string root_;
  bool listed_ = false;
  ById all_;
  std::map<std::string, std::shared_ptr<Reading>> reading_;
  std::map<std::string, uint64_t> used_;  // by id, of those that were read: when
  uint64_t uses_ = 0;
};

}  // namespace longmen
