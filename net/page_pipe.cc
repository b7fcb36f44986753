#include "net/page_pipe.h"

#include <fcntl.h>

#include "net/io_vectors.h"
#include "net/unique_fd.h"

namespace longmen {
namespace {

constexpr int kPipeBytes = 1 << 20;  // the most that everybody may have (pipe(7), pipe-max-size)

struct PagePipe {
  UniqueFd out, in, nowhere;

  PagePipe() {
    int ends[2];
    if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return;
    out = UniqueFd(ends[0]);
    in = UniqueFd(ends[1]);
    ::fcntl(in.get(), F_SETPIPE_SZ, kPipeBytes);  // refused: it takes less at once
    nowhere = UniqueFd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  }
  explicit operator bool() const { return static_cast<bool>(nowhere); }

  // False: it may still have some of them.
  bool empty(size_t bytes) const {
    while (bytes > 0) {
      const ssize_t gone =
          ::splice(out.get(), nullptr, nowhere.get(), nullptr, bytes, SPLICE_F_NONBLOCK);
      if (gone <= 0) return false;
      bytes -= static_cast<size_t>(gone);
    }
    return true;
  }
};

void take_front(std::span<iovec>& left, size_t bytes) {
  while (!left.empty() && bytes >= left.front().iov_len) {
    bytes -= left.front().iov_len;
    left = left.subspan(1);
  }
  if (left.empty()) return;
  left.front().iov_base = static_cast<char*>(left.front().iov_base) + bytes;
  left.front().iov_len -= bytes;
}

}  // namespace

size_t send_pages(int socket, std::span<const std::string_view> pieces) {
  thread_local PagePipe pipe;
  IoVectors vectors;
  size_t room = kMaxBytesOfPages;
  add_pieces(vectors, pieces, room);
  size_t sent = 0;
  for (std::span<iovec> left = vectors; !left.empty() && pipe;) {
    const ssize_t put = ::vmsplice(pipe.in.get(), left.data(), left.size(), SPLICE_F_NONBLOCK);
    if (put <= 0) break;
    const auto all = static_cast<size_t>(put);
    const ssize_t moved =
        ::splice(pipe.out.get(), nullptr, socket, nullptr, all, SPLICE_F_NONBLOCK);
    const size_t went = moved < 0 ? 0 : static_cast<size_t>(moved);
    sent += went;
    if (!pipe.empty(all - went)) pipe = PagePipe();
    if (went < all) break;
    take_front(left, went);
  }
  return sent;
}

}  // namespace longmen
