#include "gateway/given_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/base/hex.h"
#include "core/base/plain_text.h"
#include "net/disk_write.h"

namespace longmen {
namespace {

tl::unexpected<Error> failed_file(const std::string& path) {
  return fail(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

GivenFile::~GivenFile() {
  if (!kept_ && file_) ::unlink((path_ + ".new").c_str());
}

Result<void> GivenFile::write(std::string_view piece) {
  const std::string temporary = path_ + ".new";
  if (!file_)
    file_ = UniqueFd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file_) return failed_file(temporary);
  const ByteSpan bytes = as_bytes(piece);
  hash_.update(bytes);
  const size_t head = std::min(kHeadBytes - head_.size(), bytes.size());
  head_.insert(head_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(head));
  bytes_ += bytes.size();
  if (!write_fully(file_.get(), piece)) return failed_file(temporary);
  return {};
}

Result<void> GivenFile::keep() {
  if (!file_) return fail(path_ + ": nothing was written");
  if (::fsync(file_.get()) != 0) return failed_file(path_);
  if (std::rename((path_ + ".new").c_str(), path_.c_str()) != 0) return failed_file(path_);
  kept_ = true;
  sync_folder(path_.substr(0, path_.rfind('/') + 1));
  return {};
}

std::string GivenFile::sha256() {
  return lower_hex(hash_.finish());
}

}  // namespace longmen
