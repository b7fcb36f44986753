#include "gateway/bucket/block_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <mutex>

#include "net/disk_write.h"
#include "net/state_file.h"

namespace longmen {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPartSuffix = ".part";
constexpr const char* kPlaceName = "place";

// Beside its place first, then on the disk, then under its name.
std::shared_ptr<MappedFile> write_block(const std::string& path, std::string_view content) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  const std::string part = path + std::string(kPartSuffix);
  UniqueFd file(::open(part.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
  const bool written = file && write_fully(file.get(), content) && ::fdatasync(file.get()) == 0 &&
                       ::rename(part.c_str(), path.c_str()) == 0;
  if (written) return std::make_shared<MappedFile>(std::move(file));
  ::unlink(part.c_str());
  return nullptr;
}

// Null: there are as many as may be.
std::shared_ptr<MappedFile> block_in_memory(std::string_view content,
                                            const std::shared_ptr<std::atomic<int>>& count) {
  if (++*count > BlockCache::kMaxInMemory) {
    --*count;
    return nullptr;
  }
  UniqueFd file(::memfd_create("longmen-block", MFD_CLOEXEC));
  const bool written = file && write_fully(file.get(), content);
  std::shared_ptr<MappedFile> block(new MappedFile(std::move(file)), [count](MappedFile* of) {
    delete of;
    --*count;
  });
  return written ? block : nullptr;
}

HttpProblem problem_of(const S3Problem& problem) {
  if (problem.passes) return {503, "the bucket that has this recording cannot be reached just now"};
  return {502, problem.status == 404 ? "the bucket does not have this part of the recording"
                                     : "the bucket that has this recording refuses it"};
}

}  // namespace

struct BlockCache::Clients {
  std::stop_source stop;
  std::mutex mutex;
  std::vector<std::unique_ptr<S3Client>> idle;
  std::shared_ptr<std::atomic<int>> in_memory = std::make_shared<std::atomic<int>>(0);

  std::unique_ptr<S3Client> take(const BlockCacheSettings& settings) {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto client = std::move(idle.back());
        idle.pop_back();
        return client;
      }
    }
    return std::make_unique<S3Client>(settings.place, settings.patience, stop.get_token());
  }
  void give_back(std::unique_ptr<S3Client> client) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(client));
  }
};

BlockCache::BlockCache(asio::io_context& io, DiskPool& disk)
    : io_(io), disk_(disk), clients_(std::make_shared<Clients>()) {}

BlockCache::~BlockCache() {
  stop();
  threads_.join();
}

void BlockCache::stop() {
  clients_->stop.request_stop();
  threads_.stop();
}

void BlockCache::configure(const BlockCacheSettings& settings) {
  if (settings == settings_) return;
  const bool elsewhere =
      settings.directory != settings_.directory || !(settings.place == settings_.place);
  if (!(settings.place == settings_.place)) {  // what is under way is of another bucket
    clients_->stop.request_stop();
    clients_ = std::make_shared<Clients>();
    fetching_.clear();
  }
  settings_ = settings;
  if (!elsewhere) return make_room();
  kept_.clear();
  uses_.clear();
  figures_.bytes = 0;
  if (!is_on()) return;
  const auto take_over = [](BlockCache& cache, std::string directory,
                            std::weak_ptr<bool> alive) -> asio::awaitable<void> {
    const std::string place = name_of_place(cache.settings_.place);
    const auto work = [directory, place] { return look_into(directory, place); };
    const auto found = co_await cache.disk_.run(work);
    if (alive.expired() || directory != cache.settings_.directory) co_return;
    if (!found) co_return spdlog::warn("{}", found.error().message);
    for (const Found& each : *found)
      if (!cache.kept_.contains(each.id)) cache.keep(each.id, each.bytes);
    cache.make_room();
  };
  asio::co_spawn(io_, take_over(*this, settings_.directory, std::weak_ptr<bool>(alive_)),
                 asio::detached);
}

// Those that were used longest ago first, as far as their files say.
Result<std::vector<BlockCache::Found>> BlockCache::look_into(const std::string& directory,
                                                             const std::string& place) {
  std::vector<Found> found;
  std::error_code error;
  const std::string of = directory + "/" + kPlaceName;
  if (read_state_file(of).value_or("") != place) {  // blocks of another bucket
    fs::remove_all(directory, error);
    fs::create_directories(directory, error);
    if (auto written = write_state_file(of, place); !written)
      return tl::unexpected(written.error());
  }
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    struct stat about {};
    const std::string path = entry->path();
    if (::lstat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    const std::string name = entry->path().lexically_relative(directory);
    const size_t dot = name.rfind('.');
    Found block;
    bool good = dot != std::string::npos;
    if (good) {
      const char* const end = name.data() + name.size();
      const auto [at, wrong] = std::from_chars(name.data() + dot + 1, end, block.id.second);
      good = wrong == std::errc() && at == end;
      block.id.first = name.substr(0, dot);
    }
    if (!good) {
      // What a crash left in the middle.
      if (name.ends_with(kPartSuffix)) ::unlink(path.c_str());
      continue;
    }
    block.bytes = static_cast<uint64_t>(about.st_size);
    block.used_ns = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec;
    found.push_back(std::move(block));
  }
  if (error) return fail(fmt::format("{}: {}", directory, error.message()));
  std::ranges::sort(found, {}, &Found::used_ns);
  return found;
}

std::string BlockCache::path_of(const BlockId& id, const BlockCacheSettings& settings) {
  return fmt::format("{}/{}.{}", settings.directory, id.first, id.second);
}

asio::awaitable<BlockCache::BlockResult> BlockCache::block(std::string name, uint64_t number,
                                                           Reader reader) {
  if (!is_on())
    co_return tl::unexpected(
        HttpProblem{503, "the recording is in a bucket that this node does not know"});
  const BlockId id(std::move(name), number);
  if (const auto known = kept_.find(id); known != kept_.end()) {
    uses_.splice(uses_.end(), uses_, known->second.use);
    const uint64_t bytes = known->second.bytes;
    const auto work = [path = path_of(id, settings_),
                       bytes]() -> Result<std::shared_ptr<MappedFile>> {
      UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      struct stat about {};
      if (!file || ::fstat(file.get(), &about) != 0 ||
          static_cast<uint64_t>(about.st_size) != bytes)
        return std::shared_ptr<MappedFile>();  // somebody else removed it
      // So that another process finds what was used last.
      const timespec now[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
      (void)::futimens(file.get(), now);
      return std::make_shared<MappedFile>(std::move(file));
    };
    auto opened = co_await disk_.run(work);
    if (!opened) co_return tl::unexpected(HttpProblem{503, "the disk does not keep up"});
    if (*opened) {
      ++figures_.hits;
      co_return Block{std::move(*opened), bytes};
    }
    drop(id);
  }
  std::shared_ptr<Fetch> fetch;
  if (const auto other = fetching_.find(id); other != fetching_.end()) {
    fetch = other->second;
    ++figures_.joined;
  } else {
    if (fetching_.size() >= kMaxFetches) {
      ++figures_.refused;
      co_return tl::unexpected(HttpProblem{503, "too much is being fetched at once"});
    }
    fetch = std::make_shared<Fetch>(io_);
    fetching_[id] = fetch;
    begin_fetch(id, fetch, std::move(reader));
  }
  const auto deadline = std::chrono::steady_clock::now() + kReadWithin;
  while (!fetch->result && std::chrono::steady_clock::now() < deadline)
    co_await fetch->done.wait(deadline);
  if (!fetch->result)
    co_return tl::unexpected(HttpProblem{503, "what has the recording does not keep up"});
  co_return *fetch->result;
}

void BlockCache::begin_fetch(const BlockId& id, const std::shared_ptr<Fetch>& fetch,
                             Reader reader) {
  asio::post(threads_, [this, alive = std::weak_ptr<bool>(alive_), &io = io_, clients = clients_,
                        settings = settings_, id, fetch, reader = std::move(reader)] {
    tl::expected<Fetched, HttpProblem> fetched =
        tl::unexpected(HttpProblem{503, "a part of the recording could not be fetched"});
    try {
      fetched = BlockCache::fetch(*clients, settings, id, reader);
    } catch (const std::exception& error) {  // of memory, or a library's
      spdlog::error("{}: {}", id.first, error.what());
    }
    asio::post(io, [this, alive, id, fetch, fetched = std::move(fetched)]() mutable {
      if (!alive.expired()) on_fetched(id, fetch, std::move(fetched));
    });
  });
}

// On a fetching thread.
tl::expected<BlockCache::Fetched, HttpProblem> BlockCache::fetch(Clients& clients,
                                                                 const BlockCacheSettings& settings,
                                                                 const BlockId& id,
                                                                 const Reader& reader) {
  const auto content = reader ? reader(id.second) : read_from_bucket(clients, settings, id);
  if (!content) return tl::unexpected(content.error());
  Fetched fetched;
  fetched.block.bytes = content->size();
  std::error_code unknown;
  const auto space = fs::space(settings.directory, unknown);
  // Recording comes first.
  const bool room = unknown || space.available >= settings.reserve_bytes + content->size();
  if (room) fetched.block.file = write_block(path_of(id, settings), *content);
  fetched.on_disk = fetched.block.file != nullptr;
  if (!fetched.on_disk) fetched.block.file = block_in_memory(*content, clients.in_memory);
  if (!fetched.block.file)
    return tl::unexpected(HttpProblem{503, "there is no room for a part of the recording"});
  return fetched;
}

tl::expected<std::string, HttpProblem> BlockCache::read_from_bucket(
    Clients& clients, const BlockCacheSettings& settings, const BlockId& id) {
  auto client = clients.take(settings);
  auto range = client->get(id.first, id.second * kBlockBytes, kBlockBytes);
  clients.give_back(std::move(client));
  if (range) return std::move(range->content);
  spdlog::warn("{}", range.error().words);
  return tl::unexpected(problem_of(range.error()));
}

void BlockCache::on_fetched(const BlockId& id, const std::shared_ptr<Fetch>& fetch,
                            tl::expected<Fetched, HttpProblem> fetched) {
  const auto mine = fetching_.find(id);
  // Forgotten meanwhile: who waits gets it, nobody else.
  const bool wanted = mine != fetching_.end() && mine->second == fetch;
  if (wanted) fetching_.erase(mine);
  if (!fetched) {
    ++figures_.failed;
    fetch->result = tl::unexpected(fetched.error());
  } else {
    ++figures_.fetched;
    figures_.fetched_bytes += fetched->block.bytes;
    if (!fetched->on_disk) ++figures_.uncached;
    if (fetched->on_disk && wanted) keep(id, fetched->block.bytes);
    if (fetched->on_disk && !wanted && !kept_.contains(id))
      asio::post(threads_, [path = path_of(id, settings_)] { ::unlink(path.c_str()); });
    fetch->result = std::move(fetched->block);
  }
  fetch->done.ring();
  make_room();
}

void BlockCache::keep(const BlockId& id, uint64_t bytes) {
  drop(id);
  uses_.push_back(id);
  kept_[id] = {bytes, std::prev(uses_.end())};
  figures_.bytes += bytes;
}

// Its file stays.
void BlockCache::drop(const BlockId& id) {
  const auto known = kept_.find(id);
  if (known == kept_.end()) return;
  figures_.bytes -= known->second.bytes;
  uses_.erase(known->second.use);
  kept_.erase(known);
}

void BlockCache::make_room() {
  std::vector<std::string> gone;
  while (figures_.bytes > settings_.max_bytes && !uses_.empty()) {
    const BlockId oldest = uses_.front();
    gone.push_back(path_of(oldest, settings_));
    drop(oldest);
    ++figures_.evicted;
  }
  if (gone.empty()) return;
  asio::post(threads_, [gone = std::move(gone)] {
    for (const std::string& path : gone)
      ::unlink(path.c_str());
  });
}

void BlockCache::forget(const std::string& recording) {
  const std::string begin = recording + "/";
  const BlockId first(begin, 0);
  for (auto each = kept_.lower_bound(first);
       each != kept_.end() && each->first.first.starts_with(begin);)
    drop((each++)->first);
  for (auto each = fetching_.lower_bound(first);
       each != fetching_.end() && each->first.first.starts_with(begin);)
    each = fetching_.erase(each);
  if (!is_on()) return;
  asio::post(threads_, [folder = settings_.directory + "/" + recording] {
    std::error_code error;
    fs::remove_all(folder, error);
  });
}

}  // namespace longmen
