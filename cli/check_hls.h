// `longmen check-hls URL`: plays the part of a client of a live HLS stream, low latency or not, for
// a while, and holds what the server says and sends against the specification. Any server's.
#pragma once

#include <string>
#include <vector>

namespace longmen {

struct CheckHlsOptions {
  std::string url;  // of a multivariant or a media playlist; http or https
  int seconds = 60;
  std::vector<std::string> fields;  // "Name: value", for the origin of `url`
  bool insecure = false;            // a certificate that cannot be verified is taken
};

// Each finding is a line on standard output, with its time. 0: no violation, 1: some, 2: nothing
// could be checked, or an option is wrong.
int check_hls(const CheckHlsOptions& options);

}  // namespace longmen
