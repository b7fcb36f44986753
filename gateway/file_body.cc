#include "gateway/file_body.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace longmen {
namespace asio = boost::asio;
namespace {

struct Opened {
  std::shared_ptr<UniqueFd> file;
  std::string bytes;
};

// Blocking.
Result<Opened> open_and_read(std::shared_ptr<UniqueFd> file, const std::string& path,
                             uint64_t offset, size_t count) {
  if (!file) {
    file = std::make_shared<UniqueFd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!*file) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  Opened opened{std::move(file), std::string(count, '\0')};
  size_t have = 0;
  while (have < count) {
    const ssize_t got = ::pread(opened.file->get(), opened.bytes.data() + have, count - have,
                                static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    if (got == 0) return fail(fmt::format("{}: shorter than its index says", path));
    have += static_cast<size_t>(got);
  }
  return opened;
}

}  // namespace

asio::awaitable<HttpBodyPiece> FileBody::read() {
  if (still_shown_ && !still_shown_())
    co_return tl::unexpected(HttpProblem{410, "this was taken back meanwhile"});
  std::string bytes;
  for (;;) {
    while (next_ < pieces_.size() && position_ == pieces_[next_].bytes) {
      ++next_;
      position_ = 0;
    }
    const size_t room = kMaxBodyPieceBytes - bytes.size();
    if (next_ == pieces_.size() || room == 0) co_return bytes;
    const size_t count = std::min<uint64_t>(pieces_[next_].bytes - position_, room);
    if (append(bytes, count)) continue;
    if (!bytes.empty()) co_return bytes;
    const std::string path = pieces_[next_].path;
    const uint64_t from = pieces_[next_].offset + position_;
    position_ += count;
    co_return co_await read_from_disk(path, from, count);
  }
}

bool FileBody::append(std::string& to, size_t count) {
  const FilePiece& piece = pieces_[next_];
  const uint64_t from = piece.offset + position_;
  if (piece.memory) {
    to += as_text(*piece.memory).substr(from, count);
  } else {
    const auto file = find(piece.path);
    if (!file) return false;
    const size_t before = to.size();
    to.resize(before + count);
    iovec into{to.data() + before, count};
    const ssize_t got = ::preadv2(file->get(), &into, 1, static_cast<off_t>(from), RWF_NOWAIT);
    if (got != static_cast<ssize_t>(count)) {
      to.resize(before);
      return false;
    }
  }
  position_ += count;
  return true;
}

std::shared_ptr<UniqueFd> FileBody::find(const std::string& path) const {
  const auto found = std::ranges::find(files_, path, &OpenFile::path);
  return found == files_.end() ? nullptr : found->file;
}

asio::awaitable<HttpBodyPiece> FileBody::read_from_disk(std::string path, uint64_t offset,
                                                        size_t bytes) {
  const auto known = find(path);
  // Named, not a temporary: GCC 12 destroys captures of temporaries in a co_await twice.
  const auto work = [known, path, offset, bytes] {
    return open_and_read(known, path, offset, bytes);
  };
  auto opened = co_await disk_.run(work);
  if (!opened) co_return tl::unexpected(HttpProblem{500, opened.error().message});
  if (!known) {
    if (files_.size() == kMaxFiles) files_.erase(files_.begin());
    files_.push_back({path, std::move(opened->file)});
  }
  co_return std::move(opened->bytes);
}

void set_file_body(HttpResponse& response, DiskPool& disk, std::vector<FilePiece> pieces,
                   FileBody::StillShown still_shown) {
  uint64_t bytes = 0;
  for (const FilePiece& piece : pieces)
    bytes += piece.bytes;
  response.stream_bytes = bytes;
  response.stream = std::make_shared<FileBody>(disk, std::move(pieces), std::move(still_shown));
}

}  // namespace longmen
