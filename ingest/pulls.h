// The feeds that this node fetches by itself: keeps one source for each pull of the configuration,
// starts it again when it ends, later each time up to kLongestWait (a source that gave something
// for kStable starts afresh), and leaves a channel alone that somebody else sends to, or that it
// has nothing for at the time. A reload touches what differs. Bounds: kMaxPulls. One thread.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>

#include "ingest/pull_source.h"

namespace longmen {

class Pulls {
 public:
  static constexpr std::chrono::milliseconds kFirstWait{500};
  static constexpr std::chrono::seconds kLongestWait{30};
  static constexpr std::chrono::seconds kStable{10};
  static constexpr std::chrono::seconds kLookAgain{1};  // whether the channel is free

  using MakeSource = std::function<std::unique_ptr<PullSource>(const PullConfig&, PullHandlers)>;
  // `make`: another way to make sources, for tests.
  Pulls(boost::asio::io_context& io, Feeds& feeds, IngestMetrics& metrics,
        MakeSource make = nullptr);
  ~Pulls();

  void configure(const std::vector<PullConfig>& pulls);
  void stop();

 private:
  struct Pull;
  std::unique_ptr<PullSource> make_source(const PullConfig& config, PullHandlers handlers);
  void try_again(Pull& pull, std::chrono::milliseconds after);
  void begin(Pull& pull);
  Publication* place(Pull& pull);
  void rests(Pull& pull, CueTime until);
  void ended(Pull& pull, const std::string& why, bool well);
  void end(Pull& pull);

  boost::asio::io_context& io_;
  Feeds& feeds_;
  IngestMetrics& metrics_;
  MakeSource make_;
  std::list<Pull> pulls_;
};

}  // namespace longmen
