// An HTTP body that is ranges of files, one after the other: segments of a recording, a download.
// What the page cache has is sent from there, or read at once on the io thread, without waiting
// (RWF_NOWAIT); what must come from the disk, and every opening of a file, is the pool's. A file
// that is shorter than it should be ends the response in the middle, so that nobody takes half for
// a whole. A file that is not on this disk is read from its bucket, or another node, block by
// block, through the cache (gateway/bucket/block_cache.h). Bounds: a piece of kMaxBodyPieceBytes,
// kMaxFiles open files.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/bucket/block_cache.h"
#include "gateway/disk_pool.h"
#include "gateway/open_files.h"
#include "net/http_message.h"
#include "net/mapped_file.h"

namespace longmen {

// A file that pieces are of.
struct ServedFile {
  std::string path;                            // of a recording's file: …/RECORDING/FILE
  BlockCache* far = nullptr;                   // where it is when it is not on this disk; or null
  BlockCache::Reader reader = nullptr;         // by which `far` alone has it; or empty
  std::shared_ptr<MappedFile> file = nullptr;  // what `path` stands for, open already; or null
  // Where it may be open. Null: nobody keeps it, or it is written to.
  std::shared_ptr<OpenFiles> open = nullptr;
};

inline std::shared_ptr<ServedFile> served_file(std::string path) {
  auto file = std::make_shared<ServedFile>();
  file->path = std::move(path);
  return file;
}

struct FilePiece {
  std::shared_ptr<const Bytes> memory;  // or:
  std::shared_ptr<const ServedFile> file;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};
inline FilePiece whole_piece(std::shared_ptr<const Bytes> memory) {
  const uint64_t bytes = memory->size();
  return {std::move(memory), nullptr, 0, bytes};
}

class FileBody : public HttpBody {
 public:
  static constexpr size_t kMaxFiles = 4;  // a download goes to and fro between pictures and sound

  // Whether what is being sent may still be seen; may be empty. Not: the response ends in the
  // middle.
  using StillShown = std::function<bool()>;

  // Outlived by the pool.
  FileBody(DiskPool& disk, std::vector<FilePiece> pieces, StillShown still_shown);
  boost::asio::awaitable<HttpBodyPiece> read() override;
  std::vector<MappedBytes> take_mapped() override;
  // Reads the first piece ahead, so that what is wrong with it can be answered instead.
  boost::asio::awaitable<tl::expected<void, HttpProblem>> begin();

 private:
  static constexpr size_t kMaxTaken = 63;  // with a head, what one call sends

  // What of a file is open: all of it, or a block.
  struct OpenFile {
    std::shared_ptr<const ServedFile> of;
    std::shared_ptr<MappedFile> file;
    uint64_t first = 0;
    uint64_t end = UINT64_MAX;
  };

  // Goes on to the next piece where one is through. False: there is none.
  bool go_on();
  // What is at hand of the next piece, at most `bytes`; nothing: the disk has it.
  bool append(std::string& to, size_t bytes);
  boost::asio::awaitable<HttpBodyPiece> read_next();
  boost::asio::awaitable<HttpBodyPiece> read_from_disk(FilePiece piece);
  boost::asio::awaitable<HttpBodyPiece> read_from_far(FilePiece piece);
  boost::asio::awaitable<HttpBodyPiece> read_open(OpenFile file, uint64_t offset, size_t bytes);
  OpenFile* find(const FilePiece& piece, uint64_t offset);
  void keep_open(OpenFile file);

  DiskPool& disk_;
  std::vector<FilePiece> pieces_;
  StillShown still_shown_;
  size_t next_ = 0;
  uint64_t position_ = 0;  // in that piece
  std::vector<OpenFile> files_;
  bool far_ = false;  // its files are not on this disk
  std::optional<HttpBodyPiece> first_;
};

// A response whose body they are.
void set_file_body(HttpResponse& response, DiskPool& disk, std::vector<FilePiece> pieces,
                   FileBody::StillShown still_shown = nullptr);

}  // namespace longmen
