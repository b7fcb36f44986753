// What every role process (control, ingest, streamer, relay, gateway) has in common: the link to
// the supervisor, its configuration, the media clock, listening sockets and links to other roles
// handed to it, metrics, orderly stop. A role's main function makes one Role, sets handlers and
// calls run(). All handlers run on the thread of io().
#pragma once

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/node_config.h"
#include "core/node/channel.h"
#include "core/time/media_clock.h"
#include "net/link.h"

namespace longmen {

struct RoleHandlers {
  // First before everything else; again whenever configuration or channels change. Touch only what
  // differs.
  std::function<void(const NodeConfig&, const std::vector<Channel>&)> configure;
  // A bound and listening socket (or bound UDP socket); once a name, for the life of the process.
  std::function<void(const std::string& name, UniqueFd socket)> listen = nullptr;
  // A new link to a peer role; an earlier one to the same peer and channel is dead or dying.
  // `peer` is "control", "ingest", "streamer", "relay" or "gateway"; `channel` is empty for links
  // that are not of one channel. The handler must call link->start().
  std::function<void(const std::string& peer, const std::string& channel,
                     std::shared_ptr<Link> link)>
      link = nullptr;
  // Any other message of the supervisor (kGathered, kNodeState).
  std::function<void(MessageKind, ByteSpan)> message = nullptr;
  // Stop accepting and finish; the process ends at the latest two seconds later, or earlier when
  // the handler calls Role::finished().
  std::function<void()> stop = nullptr;
  // Called before metrics are serialised, to refresh gauges.
  std::function<void()> refresh_metrics = nullptr;
};

class Role {
 public:
  // `channel` is empty but for a streamer. `supervisor` is the inherited end of the link.
  Role(std::string name, std::string channel, UniqueFd supervisor);
  ~Role();

  boost::asio::io_context& io() { return io_; }
  prometheus::Registry& metrics() { return *registry_; }
  const std::string& name() const { return name_; }
  const std::string& channel() const { return channel_; }

  // Runs until stopped; returns the exit code of the process. Dies with the supervisor.
  int run(RoleHandlers handlers);

  void ready();                                        // tells the supervisor once
  void status(std::string_view json);                  // on change
  bool tell(MessageKind kind, std::string_view json);  // to the supervisor
  bool tell(MessageKind kind, ByteSpan body);
  void finished();
  // Refreshed, in Prometheus' text format; on io()'s thread.
  std::string metrics_text();

  // The instant now; safe from any thread.
  Monotonic now() const;
  MediaTime media_now() const;
  MediaTime media_at(Monotonic instant) const;
  const SharedMediaClock& clock() const { return clock_; }

  // io()'s thread tells the supervisor every 100 ms that it lives. A role whose work is on another
  // thread sets own_heartbeat(true) before run() and calls alive() from there: then both must live.
  void own_heartbeat(bool own) { own_heartbeat_ = own; }
  void alive() { alive_ = true; }  // any thread; never blocks

 private:
  void on_supervisor(MessageKind kind, ByteSpan body, UniqueFd descriptor);
  void on_configure(std::string_view text);
  void answer_collect(uint64_t request);
  void beat();
  void begin_stop();

  std::string name_;
  std::string channel_;
  boost::asio::io_context io_{1};  // one thread runs it
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Counter& log_lines_lost_;
  std::shared_ptr<Link> supervisor_;
  boost::asio::steady_timer heartbeat_;
  boost::asio::steady_timer deadline_;
  boost::asio::signal_set signals_;
  RoleHandlers handlers_;
  SharedMediaClock clock_;
  bool own_heartbeat_ = false;
  std::atomic<bool> alive_{false};
  bool stopping_ = false;
  int exit_code_ = 0;
};

}  // namespace longmen
