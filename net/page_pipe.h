// Sends bytes of mapped files (net/mapped_file.h) to a socket without copying them: their pages are
// put into a pipe, however many files they are of, and moved from there into what the socket has to
// send. The socket has the pages themselves: whoever changes one of their bytes before the peer has
// it changes what the peer gets, so this is for files that are only added to. One pipe for each
// thread; nothing stays in it. Source: vmsplice(2), splice(2).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace longmen {

constexpr size_t kMaxBytesOfPages = 1 << 20;
// How many of them the socket took, which does not wait (O_NONBLOCK). 0: none, or it cannot be done
// here, or something is wrong, of which who copies them hears.
size_t send_pages(int socket, std::span<const std::string_view> pieces);

}  // namespace longmen
