// What every UDP socket here asks of the kernel, and what a message that it received says: buffers,
// trains that arrive as one (UDP_GRO) and how they are to be cut. Linux socket(7), udp(7).
#pragma once

#include <sys/socket.h>

#include <cstddef>

namespace longmen {

// Both ask for `bytes`; past the system's limit with privilege, else up to it.
void set_send_buffer(int socket, int bytes);
void set_receive_buffer(int socket, int bytes);
// Whether trains are to arrive as one message. Refused by kernels before 5.0: then datagrams come
// one by one.
void take_trains_whole(int socket, bool whole);
// From here on the kernel cuts what is longer than `bytes` into datagrams of that size; 0: it does
// not. False with errno when it refuses.
bool cut_sends(int socket, size_t bytes);
// Of a received message of `message_bytes`: the size of its datagrams (but the last, perhaps) when
// it is a train, else its own.
size_t segment_bytes(msghdr& message, size_t message_bytes);

}  // namespace longmen
