#include "gateway/open_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace longmen {

std::shared_ptr<MappedFile> OpenFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return nullptr;
  struct stat about {};
  const bool has_name = ::fstat(found->second.file->fd(), &about) == 0 && about.st_nlink > 0;
  return has_name ? found->second.file : nullptr;
}

void OpenFiles::keep(const std::string& path, std::shared_ptr<MappedFile> file) {
  files_.insert_or_assign(path, File{std::move(file), std::chrono::steady_clock::now() + kept_});
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
