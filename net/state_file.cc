#include "net/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "net/disk_write.h"
#include "net/unique_fd.h"

namespace longmen {
namespace {

tl::unexpected<Error> failed(const std::string& path, const char* what) {
  return fail(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

}  // namespace

Result<void> write_state_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return failed(temporary, "cannot be written");
  if (!write_fully(file.get(), text)) return failed(temporary, "cannot be written");
  if (::fsync(file.get()) != 0) return failed(temporary, "cannot be synced");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return failed(path, "cannot be renamed");
  sync_folder(path.substr(0, path.rfind('/') + 1));
  return {};
}

Result<std::string> read_state_file(const std::string& path, size_t max_bytes) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed(path, "cannot be read");
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, "cannot be read");
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > max_bytes)
      return fail(fmt::format("{}: larger than {} MiB, which are read", path, max_bytes >> 20));
  }
}

}  // namespace longmen
