// The peak and the average segment bit rate of one media playlist, of its segments as they come.
// The peak is that of any segments in a row that last 0.5 to 1.5 target durations together. Bounds:
// kMaxInARow. Source: draft-pantos-hls-rfc8216bis §4.1, §4.4.4.8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace longmen::hls {

class SegmentBitRates {
 public:
  static constexpr size_t kMaxInARow = 1000;

  void add(double duration_s, double bits, double target_duration_s);
  // What comes next does not follow what was before.
  void interrupt() { row_.clear(); }

  double peak() const { return peak_; }  // bits a second; 0: nothing is long enough
  double average() const { return duration_s_ > 0 ? bits_ / duration_s_ : 0; }
  double duration_s() const { return duration_s_; }

 private:
  struct Segment {
    double duration_s = 0, bits = 0;
  };
  std::deque<Segment> row_;  // the newest last
  double peak_ = 0, bits_ = 0, duration_s_ = 0;
};

// Whether EXT-X-BITRATE is no less than 90 % and no more than 110 % of a segment's. §4.4.4.8.
bool is_near_bit_rate(int64_t told_kbps, double bits, double duration_s);

}  // namespace longmen::hls
