#include "gateway/file_body.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace longmen {
namespace asio = boost::asio;
namespace {

struct Opened {
  std::shared_ptr<MappedFile> file;  // null: it is not there
  std::string bytes;
};

// Blocking.
Result<std::string> read_range(const MappedFile& file, const std::string& path, uint64_t offset,
                               size_t count) {
  std::string bytes(count, '\0');
  size_t have = 0;
  while (have < count) {
    const ssize_t got =
        ::pread(file.fd(), bytes.data() + have, count - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    if (got == 0) return fail(fmt::format("{}: shorter than its index says", path));
    have += static_cast<size_t>(got);
  }
  return bytes;
}

// Blocking. `file`: null, or the one that is open; where `anew`, it may be another one by now.
Result<Opened> open_and_read(std::shared_ptr<MappedFile> file, bool anew, const std::string& path,
                             uint64_t offset, size_t count) {
  if (file) {
    auto bytes = read_range(*file, path, offset, count);
    if (bytes) return Opened{std::move(file), std::move(*bytes)};
    if (!anew) return tl::unexpected(bytes.error());
  }
  UniqueFd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened && errno == ENOENT) return Opened{};
  if (!opened) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
  file = std::make_shared<MappedFile>(std::move(opened));
  auto bytes = read_range(*file, path, offset, count);
  if (!bytes) return tl::unexpected(bytes.error());
  return Opened{std::move(file), std::move(*bytes)};
}

// RECORDING/FILE.
std::string far_name(const std::string& path) {
  const size_t file = path.rfind('/');
  const size_t folder = file == std::string::npos || file == 0 ? file : path.rfind('/', file - 1);
  return folder == std::string::npos ? path : path.substr(folder + 1);
}

}  // namespace

FileBody::FileBody(DiskPool& disk, std::vector<FilePiece> pieces, StillShown still_shown)
    : disk_(disk), pieces_(std::move(pieces)), still_shown_(std::move(still_shown)) {
  for (const FilePiece& piece : pieces_)
    if (piece.file && piece.file->file) keep_open({piece.file, piece.file->file});
}

asio::awaitable<tl::expected<void, HttpProblem>> FileBody::begin() {
  if (!first_) first_ = co_await read_next();
  if (!*first_) co_return tl::unexpected(first_->error());
  co_return tl::expected<void, HttpProblem>();
}

asio::awaitable<HttpBodyPiece> FileBody::read() {
  if (still_shown_ && !still_shown_())
    co_return tl::unexpected(HttpProblem{410, "this was taken back meanwhile"});
  if (first_) {
    HttpBodyPiece first = std::move(*first_);
    first_.reset();
    co_return first;
  }
  co_return co_await read_next();
}

asio::awaitable<HttpBodyPiece> FileBody::read_next() {
  std::string bytes;
  for (;;) {
    const size_t room = kMaxBodyPieceBytes - bytes.size();
    if (!go_on() || room == 0) co_return bytes;
    FilePiece piece = pieces_[next_];
    piece.offset += position_;
    piece.bytes = std::min<uint64_t>(piece.bytes - position_, room);
    // No further than a block goes.
    if (piece.file && piece.file->far)
      piece.bytes =
          std::min(piece.bytes, BlockCache::kBlockBytes - piece.offset % BlockCache::kBlockBytes);
    if (append(bytes, piece.bytes)) continue;
    if (!bytes.empty()) co_return bytes;
    position_ += piece.bytes;
    if (far_ || piece.file->reader) co_return co_await read_from_far(std::move(piece));
    co_return co_await read_from_disk(std::move(piece));
  }
}

bool FileBody::go_on() {
  while (next_ < pieces_.size() && position_ == pieces_[next_].bytes) {
    ++next_;
    position_ = 0;
  }
  return next_ < pieces_.size();
}

std::vector<MappedBytes> FileBody::take_mapped() {
  std::vector<MappedBytes> taken;
  if (first_ || (still_shown_ && !still_shown_())) return taken;
  uint64_t room = kMaxMappedBytesAtOnce;
  while (go_on() && room > 0 && taken.size() < kMaxTaken) {
    const FilePiece& piece = pieces_[next_];
    const uint64_t from = piece.offset + position_;
    uint64_t bytes = std::min(piece.bytes - position_, room);
    const OpenFile* const open = piece.memory ? nullptr : find(piece, from);
    if (!open) break;
    bytes = open->file->at_hand(from - open->first, bytes);
    if (bytes == 0) break;
    taken.push_back({open->file->bytes(from - open->first, bytes), open->file});
    position_ += bytes;
    room -= bytes;
  }
  return taken;
}

bool FileBody::append(std::string& to, size_t count) {
  const FilePiece& piece = pieces_[next_];
  const uint64_t from = piece.offset + position_;
  if (piece.memory) {
    to += as_text(*piece.memory).substr(from, count);
  } else {
    const OpenFile* const open = find(piece, from);
    if (!open) return false;
    const size_t before = to.size();
    to.resize(before + count);
    iovec into{to.data() + before, count};
    const ssize_t got =
        ::preadv2(open->file->fd(), &into, 1, static_cast<off_t>(from - open->first), RWF_NOWAIT);
    if (got != static_cast<ssize_t>(count)) {
      to.resize(before);
      return false;
    }
  }
  position_ += count;
  return true;
}

FileBody::OpenFile* FileBody::find(const FilePiece& piece, uint64_t offset) {
  const auto found = std::ranges::find_if(files_, [&](const OpenFile& each) {
    return each.of == piece.file && each.first <= offset && offset < each.end;
  });
  if (found != files_.end()) return &*found;
  auto open = piece.file->open ? piece.file->open->find(piece.file->path) : nullptr;
  if (!open) return nullptr;
  keep_open({piece.file, std::move(open)});
  return &files_.back();
}

void FileBody::keep_open(OpenFile file) {
  std::erase_if(
      files_, [&](const OpenFile& each) { return each.of == file.of && each.first == file.first; });
  if (files_.size() == kMaxFiles) files_.erase(files_.begin());
  files_.push_back(std::move(file));
}

asio::awaitable<HttpBodyPiece> FileBody::read_from_disk(FilePiece piece) {
  const OpenFile* const open = find(piece, piece.offset);
  const std::shared_ptr<MappedFile> known = open ? open->file : nullptr;
  // Named, not a temporary: GCC 12 destroys captures of temporaries in a co_await twice.
  const auto work = [known, of = piece.file, offset = piece.offset, bytes = piece.bytes] {
    return open_and_read(known, of->open != nullptr, of->path, offset, bytes);
  };
  auto opened = co_await disk_.run(work);
  if (!opened) co_return tl::unexpected(HttpProblem{500, opened.error().message});
  if (!opened->file) {
    std::erase_if(files_, [&](const OpenFile& each) { return each.of == piece.file; });
    if (!piece.file->far || !piece.file->far->is_on())
      co_return tl::unexpected(HttpProblem{500, piece.file->path + ": is not there"});
    far_ = true;
    co_return co_await read_from_far(std::move(piece));
  }
  if (opened->file != known) {
    if (piece.file->open) piece.file->open->keep(piece.file->path, opened->file);
    keep_open({piece.file, std::move(opened->file)});
  }
  co_return std::move(opened->bytes);
}

asio::awaitable<HttpBodyPiece> FileBody::read_from_far(FilePiece piece) {
  if (const OpenFile* const open = find(piece, piece.offset))
    co_return co_await read_open(*open, piece.offset, piece.bytes);
  const uint64_t number = piece.offset / BlockCache::kBlockBytes;
  const ServedFile& of = *piece.file;
  auto block = co_await of.far->block(far_name(of.path), number, of.reader);
  if (!block) co_return tl::unexpected(block.error());
  OpenFile open{piece.file, std::move(block->file), number * BlockCache::kBlockBytes, 0};
  open.end = open.first + block->bytes;
  if (piece.offset + piece.bytes > open.end)
    co_return tl::unexpected(
        HttpProblem{502, of.path + ": there is less of it than its index says"});
  keep_open(open);
  co_return co_await read_open(std::move(open), piece.offset, piece.bytes);
}

asio::awaitable<HttpBodyPiece> FileBody::read_open(OpenFile file, uint64_t offset, size_t bytes) {
  const auto work = [file, offset, bytes] {
    return read_range(*file.file, file.of->path, offset - file.first, bytes);
  };
  auto read = co_await disk_.run(work);
  if (!read) co_return tl::unexpected(HttpProblem{500, read.error().message});
  co_return std::move(*read);
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
