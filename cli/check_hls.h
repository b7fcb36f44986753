// `longmen check-hls URL`: plays the part of a client of a live HLS stream, low latency or not, for
// a while, and holds what the server says and sends against the specification. Any server's.
#pragma once

#include <string>

namespace longmen {

struct CheckHlsOptions {
  std::string url;  // of a multivariant or a media playlist; http or https
  int seconds = 60;
  bool insecure = false;  // a certificate that cannot be verified is taken
};

// Each finding is a line on standard output, with its time. 0: no violation, 1: some, 2: nothing
// could be checked.
int check_hls(const CheckHlsOptions& options);

}  // namespace longmen
