#include "gateway/open_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace longmen {

std::shared_ptr<MappedFile> OpenFiles::find(std::string_view path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return nullptr;
  File& known = found->second;
  const auto now = std::chrono::steady_clock::now();
  if (now - known.looked_at < trusted_) return known.file;
  struct stat about {};
  if (::fstat(known.file->fd(), &about) != 0 || about.st_nlink == 0) return nullptr;
  known.looked_at = now;
  return known.file;
}

void OpenFiles::keep(const std::string& path, std::shared_ptr<MappedFile> file) {
  const auto now = std::chrono::steady_clock::now();
  files_.insert_or_assign(path, File{std::move(file), now + kept_, now});
  if (files_.size() > kMaxFiles) files_.erase(oldest());
  if (files_.size() == 1) let_go_in_time();
}

OpenFiles::Files::const_iterator OpenFiles::oldest() const {
  return std::ranges::min_element(files_, {}, [](const auto& entry) { return entry.second.until; });
}

void OpenFiles::let_go_in_time() {
  timer_.expires_at(oldest()->second.until);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self) return;
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(self->files_, [now](const auto& entry) { return entry.second.until <= now; });
    if (!self->files_.empty()) self->let_go_in_time();
  });
}

}  // namespace longmen
