#include "net/disk_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "net/unique_fd.h"

namespace longmen {

bool write_fully(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

void sync_folder(const std::string& folder) {
  if (const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      directory)
    ::fsync(directory.get());
}

}  // namespace longmen
