#include "net/udp_options.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cstring>

namespace longmen {
namespace {

// The forced size ignores the system's limit and needs privilege; the plain one does what it can.
void set_buffer(int socket, int forced_option, int plain_option, int bytes) {
  if (setsockopt(socket, SOL_SOCKET, forced_option, &bytes, sizeof bytes) == 0) return;
  setsockopt(socket, SOL_SOCKET, plain_option, &bytes, sizeof bytes);
}

}  // namespace

void set_send_buffer(int socket, int bytes) {
  set_buffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}

void set_receive_buffer(int socket, int bytes) {
  set_buffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}

void take_trains_whole(int socket, bool whole) {
  const int on = whole ? 1 : 0;
  (void)setsockopt(socket, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
}

bool cut_sends(int socket, size_t bytes) {
  const int value = static_cast<int>(bytes);
  return setsockopt(socket, SOL_UDP, UDP_SEGMENT, &value, sizeof value) == 0;
}

size_t segment_bytes(msghdr& message, size_t message_bytes) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_UDP || control->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(control), sizeof segment);
    if (segment > 0) return static_cast<size_t>(segment);
  }
  return message_bytes;
}

}  // namespace longmen
