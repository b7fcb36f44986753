// Pieces of bytes as the kernel's calls take them.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <cstddef>
#include <span>
#include <string_view>

namespace longmen {

using IoVectors = boost::container::static_vector<iovec, 64>;

// As many of the pieces as there are places for, and no more than `room` bytes, which it takes.
inline void add_pieces(IoVectors& to, std::span<const std::string_view> pieces, size_t& room) {
  for (const std::string_view piece : pieces) {
    if (room == 0 || to.size() == to.capacity()) return;
    to.push_back({const_cast<char*>(piece.data()), std::min(piece.size(), room)});
    room -= to.back().iov_len;
  }
}

}  // namespace longmen
