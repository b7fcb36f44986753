// The server's half of the RTMP handshake: takes C0, C1 and C2, gives S0, S1 and S2. S1 carries
// version zero, which tells clients that sign C1 ("complex" or digest handshake) to fall back to
// the simple one; S2 repeats C1 as that one demands. C2 is taken unread, as clients in use do not
// all repeat S1 exactly. The encrypted variants (RTMPE) are refused. Holds at most one C1.
// RTMP 1.0 §5.2.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::rtmp {

inline constexpr size_t kHandshakeBytes = 1536;

class Handshake {
 public:
  // The filling of S1 only has to differ from connection to connection; it guards nothing.
  explicit Handshake(uint64_t seed) : seed_(seed) {}

  // Appends what is to be sent to `out`. Returns how many of `bytes` belonged to the handshake.
  Parsed<size_t> push(ByteSpan bytes, Bytes& out);
  bool done() const { return done_; }

 private:
  void answer(Bytes& out);

  uint64_t seed_;
  Bytes received_;  // C0 and C1
  size_t c2_missing_ = kHandshakeBytes;
  bool answered_ = false;
  bool done_ = false;
};

}  // namespace longmen::rtmp
