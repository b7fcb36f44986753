// The programme's way to the gateway, which makes HLS of it: pictures and AAC of the last kKept, so
// that a gateway that has just come can go on where the one before it was, and then live. Opus is
// for others. A unit that a full link does not take is lost, and the part that it is in becomes a
// gap. Bounds: kMaxKeptBytes; beyond them the oldest goes. Threads: the output may be called from
// any; all else belongs to the io_context's thread. Must outlive what calls the output, and the
// io_context must not run after this is gone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <string>

#include "net/link.h"
#include "streamer/programme_encoder.h"

namespace longmen {

class GatewayOutlet {
 public:
  // Players without low latency are 3 s behind, and a gateway is back within one; within
  // RestartBackoff::kLongest and one when it dies again and again.
  static constexpr Flicks kKept = std::chrono::seconds(8);
  static constexpr size_t kMaxKeptBytes = 12 << 20;  // a link's queue takes 16 MiB

  explicit GatewayOutlet(boost::asio::io_context& io) : io_(io) {}

  // For a programme that begins; what an earlier one still has under way is left out.
  ProgrammeEncoder::Outputs begin();
  // It has been started.
  void attach(std::shared_ptr<Link> link);

 private:
  struct Kept {
    MediaTime time;
    Bytes message;
  };

  void on_announced(const GenerationAnnouncement& announcement);
  void on_unit(Kept unit);

  boost::asio::io_context& io_;
  uint64_t programme_ = 0;
  std::shared_ptr<Link> link_;
  std::string announcement_;  // empty: not yet
  std::deque<Kept> kept_;     // as they came
  size_t kept_bytes_ = 0;
};

}  // namespace longmen
