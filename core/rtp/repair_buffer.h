// Puts the packets of one RTP stream in order while what was lost on the way is sent again: hands
// out in sequence what is there, says which packets to ask for and when, and gives one up that was
// asked for too often or is missing for too long; then it goes on with a gap. What comes after its
// turn is a duplicate; kBehindInARow of them that follow each other are a sender that has begun its
// numbers anew, and so does this. It knows no payload, key or socket.
// Bounds: kMaxHeldPackets that are held, as many that are missing (past either all that is missing
// is given up), kMaxRequestsAtOnce at a time. One thread. Order: push() or handle_timeout(), then
// poll() until it gives nothing.
// Source: RFC 4585 §6.2.1 (NACK), RFC 4588 (RTX), RFC 3550 §A.1 (also of who begins anew).
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/rtp/header.h"
#include "core/rtp/ntp_time.h"
#include "core/time/media_time.h"

namespace longmen {

struct RepairOptions {
  std::chrono::nanoseconds first_request = std::chrono::milliseconds(20);  // after the gap was seen
  std::chrono::nanoseconds request_interval = std::chrono::milliseconds(80);
  int max_requests = 6;
  // From when the gap was seen.
  std::chrono::nanoseconds patience = std::chrono::seconds(1);
};

struct RepairCounters {
  uint64_t packets = 0;  // without duplicates
  uint64_t duplicates = 0;
  uint64_t missed = 0;    // that were not there in their turn; some come yet
  uint64_t repaired = 0;  // came when they were sent again
  uint64_t lost = 0;      // given up
};

class RepairBuffer {
 public:
  static constexpr size_t kMaxHeldPackets = 2048;
  static constexpr size_t kMaxRequestsAtOnce = 256;
  static constexpr size_t kBehindInARow = 32;

  struct Packet {
    uint32_t timestamp = 0;
    bool marker = false;
    std::optional<NtpTime> capture_time;
    Bytes payload;     // empty: padding alone
    bool gap = false;  // others are missing before it
  };

  explicit RepairBuffer(RepairOptions options = {}) : options_(options) {}

  // A packet of the stream, or what an RTX packet held: `sequence` is the original one. False: it
  // is a duplicate, or too late. `asked_again`: it came by RTX; a packet that is sent again as it
  // was is known by having been asked for.
  bool push(uint16_t sequence, const RtpHeader& header, ByteSpan payload,
            std::optional<NtpTime> capture_time, bool asked_again, Monotonic now);
  // The next in order, while there is one.
  std::optional<Packet> poll();
  // Gives up what is to be given up, and returns what to ask for, ascending.
  std::vector<uint16_t> handle_timeout(Monotonic now);
  std::optional<Monotonic> next_timeout() const;
  // How long an answer to a request takes; it is not asked for again before.
  void set_request_interval(std::chrono::nanoseconds interval) {
    options_.request_interval = interval;
  }

  const RepairCounters& counters() const { return counters_; }

 private:
  struct Missing {
    Monotonic next_request;
    Monotonic give_up;
    int requests = 0;
  };
  bool begins_behind(int64_t index);
  void restart();
  void give_up_all();

  RepairOptions options_;
  std::map<int64_t, Packet> held_;      // from next_ on
  std::map<int64_t, Missing> missing_;  // from next_ to highest_
  std::optional<int64_t> highest_;
  int64_t next_ = 0;
  bool gap_ = false;
  int64_t last_behind_ = 0;
  size_t behind_in_a_row_ = 0;
  RepairCounters counters_;
};

}  // namespace longmen
