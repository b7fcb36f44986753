// The socket filter of a light viewer as an eBPF program: lets STUN, DTLS and all that is not RTP
// or RTCP pass, counts RTP and RTCP in the entry of the map that the socket's own port names, and
// drops them before they reach the socket's queue. A train that comes as one socket buffer
// (UDP_GRO) is counted segment by segment from two or three looks into it: a run of one stream has
// consecutive sequence numbers. (A packet of another stream that stands exactly where one of the
// run was lost is taken for it; the sum of all streams is right even then.)
// It runs in the sender's time on loopback: every instruction here is paid by the server measured.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <vector>

namespace longmen {

struct FilterStreams {
  uint8_t video_type = 0;  // RTP payload types
  uint8_t audio_type = 0;
  uint8_t repeat_type = 0;
  uint8_t transport_cc_id = 0;     // id of the header extension; 0: not looked for
  bool audio_is_progress = false;  // freezes are those of sound: there is no video
  bool notes_arrivals = false;     // for feedback: costs a line of memory more for each train
};

// `map_fd`: an array of FilterCounters, one for each port, with FilterArrivals behind each when
// they are noted.
std::vector<bpf_insn> make_filter_program(int map_fd, const FilterStreams& streams);

}  // namespace longmen
