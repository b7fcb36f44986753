// Recordings' media that are not on this disk, but in the bucket or another node's, read through a
// bounded cache: blocks of kBlockBytes, each a file, what was used longest ago goes first. Whoever
// asks for a block that is being fetched waits with the others, so one request goes there. A block
// has its name when it is whole and on the disk, so no crash leaves half of one. A disk that takes
// no block holds up nobody: the block is given from memory. Never on the io thread: libcurl and
// files. Bounds: the configuration's bytes; kFetchThreads requests at once, kMaxFetches that wait
// with them, then 503; kReadWithin for who asks. One thread: the io_context's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "gateway/bell.h"
#include "gateway/bucket/s3_client.h"
#include "gateway/disk_pool.h"
#include "net/http_problem.h"
#include "net/mapped_file.h"

namespace longmen {

struct BlockCacheSettings {
  S3Place place;
  std::string directory;  // its own: what else is in it goes
  uint64_t max_bytes = 0;
  uint64_t reserve_bytes = 0;  // that stay free on its file system
  S3Patience patience{std::chrono::milliseconds(3'000), std::chrono::seconds(8), 3,
                      std::chrono::milliseconds(200)};
  bool operator==(const BlockCacheSettings& other) const {
    return place == other.place && directory == other.directory && max_bytes == other.max_bytes &&
           reserve_bytes == other.reserve_bytes;
  }
};

struct BlockCacheFigures {
  uint64_t hits = 0;
  uint64_t fetched = 0;
  uint64_t joined = 0;    // waited for one that was being fetched
  uint64_t failed = 0;    // no block came
  uint64_t refused = 0;   // too many at once
  uint64_t uncached = 0;  // the disk did not take it
  uint64_t fetched_bytes = 0;
  uint64_t evicted = 0;
  uint64_t bytes = 0;  // that it has
};

// A part of a file that is whole: of `bytes` from BlockCache::kBlockBytes times its number on.
struct CachedBlock {
  std::shared_ptr<MappedFile> file;
  uint64_t bytes = 0;
};

class BlockCache {
 public:
  static constexpr uint64_t kBlockBytes = 1 << 20;
  static constexpr size_t kFetchThreads = 6;
  static constexpr size_t kMaxFetches = 256;
  static constexpr int kMaxInMemory = 64;  // blocks that the disk did not take
  static constexpr std::chrono::seconds kReadWithin{20};

  using Block = CachedBlock;
  using BlockResult = tl::expected<Block, HttpProblem>;
  // Gets the block of that number from where it is. Blocking; a fetching thread.
  using Reader = std::function<tl::expected<std::string, HttpProblem>(uint64_t number)>;

  // Both outlive it.
  BlockCache(boost::asio::io_context& io, DiskPool& disk);
  ~BlockCache();

  // What is in the directory is taken over. Without a directory, nothing is to be had.
  void configure(const BlockCacheSettings& settings);
  bool is_on() const { return !settings_.directory.empty(); }
  // Of RECORDING/FILE. 502: the bucket does not give it; 503: not now.
  boost::asio::awaitable<BlockResult> block(std::string name, uint64_t number) {
    return block(std::move(name), number, Reader());
  }
  // The same from elsewhere; the reader's problems are passed on. Where it likes, a block is of
  // another length.
  boost::asio::awaitable<BlockResult> block(std::string name, uint64_t number, Reader reader);
  // Of a recording that is gone.
  void forget(const std::string& recording);
  // Ends what is under way.
  void stop();
  const BlockCacheFigures& figures() const { return figures_; }

 private:
  using BlockId = std::pair<std::string, uint64_t>;
  struct Kept {
    uint64_t bytes = 0;
    std::list<BlockId>::iterator use;
  };
  struct Fetch {
    explicit Fetch(boost::asio::io_context& io) : done(io) {}
    Bell done;
    std::optional<BlockResult> result;
  };
  struct Fetched {
    Block block;
    bool on_disk = false;
  };
  struct Found {
    BlockId id;
    uint64_t bytes = 0;
    int64_t used_ns = 0;
  };
  // Of the fetching threads; shared, since they may be under way when this object goes.
  struct Clients;

  static Result<std::vector<Found>> look_into(const std::string& directory,
                                              const std::string& place);
  static tl::expected<Fetched, HttpProblem> fetch(Clients& clients,
                                                  const BlockCacheSettings& settings,
                                                  const BlockId& id, const Reader& reader);
  static tl::expected<std::string, HttpProblem> read_from_bucket(Clients& clients,
                                                                 const BlockCacheSettings& settings,
                                                                 const BlockId& id);
  void begin_fetch(const BlockId& id, const std::shared_ptr<Fetch>& fetch, Reader reader);
  void on_fetched(const BlockId& id, const std::shared_ptr<Fetch>& fetch,
                  tl::expected<Fetched, HttpProblem> fetched);
  void keep(const BlockId& id, uint64_t bytes);
  void drop(const BlockId& id);
  void make_room();
  static std::string path_of(const BlockId& id, const BlockCacheSettings& settings);

  boost::asio::io_context& io_;
  DiskPool& disk_;
  BlockCacheSettings settings_;
  BlockCacheFigures figures_;
  std::map<BlockId, Kept> kept_;
  std::list<BlockId> uses_;  // longest ago first
  std::map<BlockId, std::shared_ptr<Fetch>> fetching_;
  std::shared_ptr<Clients> clients_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  boost::asio::thread_pool threads_{kFetchThreads};
};

}  // namespace longmen
