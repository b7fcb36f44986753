// The supervisor of a node: binds the sockets, runs one process per role and one streamer per
// channel that has a feed, starts again what dies or hangs, hands out configuration, clock and the
// links between roles, and is the one place where the node's state is known (`longmen status`).
// It sees no media and parses nothing that comes from outside but the configuration file.
// One thread. Source: docs/ARCHITECTURE.md, "Processes".
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <functional>
#include <map>
#include <memory>

#include "config/node_config.h"
#include "core/node/air_line.h"
#include "core/time/media_clock_keeper.h"
#include "supervisor/gathering.h"
#include "supervisor/listeners.h"
#include "supervisor/slate_queue.h"
#include "supervisor/state_writer.h"
#include "supervisor/supervised.h"

namespace longmen {

struct SupervisorOptions {
  NodeConfig config;
  std::string config_file;  // read again on SIGHUP; empty: SIGHUP changes nothing
  // Processes beside the roles, started when all roles are ready, with addresses filled in by
  // `arguments`; the demo's test feed. They understand --log-level and --log-format.
  struct Helper {
    std::string name;
    std::function<std::vector<std::string>(const Listeners&)> arguments;
  };
  std::vector<Helper> helpers;
  std::function<void(const Listeners&)> on_ready;  // once, when viewers can be served
};

class Supervisor {
 public:
  explicit Supervisor(SupervisorOptions options);
  ~Supervisor();

  // Until SIGTERM or SIGINT, or until it cannot start (words in the log); the exit code.
  int run();

 private:
  using Key = std::string;  // "relay", "streamer/main"
  static constexpr const char* kSlateMaker = "make-slate";
  static constexpr std::chrono::seconds kStreamerIdles{10};  // without a feed, then it is ended
  static constexpr std::chrono::seconds kStopLimit{4};       // then what still runs is killed
  // So long, at most, the node is not ready for the sake of a channel without a picture.
  static constexpr std::chrono::seconds kPictureWait{30};
  static Key streamer_key(const std::string& channel) { return "streamer/" + channel; }
  static Monotonic now() { return std::chrono::steady_clock::now(); }

  Result<void> begin();
  // Processes.
  Supervised& want(const Key& key, std::string role, std::string channel, bool linked = true);
  void start(Supervised& process);
  void start_later(Supervised& process, std::chrono::milliseconds delay);
  bool is_wanted(const Supervised& process) const;
  void introduce(Supervised& process);
  void connect(Supervised& one, Supervised& other);
  void ended(Supervised& process, int wait_status);
  void slate_maker_ended(Supervised& maker, bool well);
  void stop_process(Supervised& process);
  void forget_when_stopped(const Supervised& process);
  void forget_streamer(const std::string& channel);
  void reap();
  void watch();
  // What they say.
  void on_message(Supervised& process, MessageKind kind, ByteSpan body);
  void on_feed(ByteSpan body);
  void feed_gone(const std::string& channel, ChannelInput input);
  bool has_feed(const std::string& channel) const;  // of any input
  std::chrono::milliseconds air_delay_of(const std::string& channel) const;
  void send_gathered();
  void on_channels(ByteSpan body);
  // True: something waits that did not before.
  bool keep_orders(std::vector<Channel>& channels);
  void keep_channels();  // for a start without control
  void put_orders_into_force();
  void await_orders();
  void drop_removed_channels();
  bool is_channel(const std::string& id) const;
  void check_pictures();
  void check_ready();
  std::vector<std::string> without_picture() const;
  // What they are told.
  void warn_of_ignored_seeds();
  static std::vector<Channel> seeded_channels(const NodeConfig& config);
  std::string configuration(std::string_view role) const;
  std::string metrics() const;
  void configure(const Key& role);
  void configure_all();
  void publish_state();
  void advance_clock();
  void hand_out_clock(const MediaClockSchedule& schedule);
  // The rest of the node.
  void reload();
  // Slates (supervisor_slates.cc).
  struct SlateJob {
    std::string file;
    std::string channel;
    SlateSource source;
  };
  std::string slate_path(const Channel& channel, const SlateSource& source = {}) const;
  // `programme`: a hash of what is encoded how.
  std::string slate_path(const std::string& programme, const SlateSource& source) const;
  std::string given_path(const SlateSource& source) const;
  // What is to be made, most urgent first; fills in what there is. `changed`: something was.
  std::vector<SlateJob> missing_slates(bool& changed);
  void make_slates();
  void start_slate_maker(const SlateJob& job);
  void look_at_slates_in(std::chrono::nanoseconds time);
  boost::json::array slate_states() const;
  void remove_old_slates() const;
  void begin_stop(const char* why);
  void check_stopped();
  void accept_status();
  boost::json::object state() const;

  SupervisorOptions options_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  boost::asio::signal_set child_signal_;
  boost::asio::steady_timer watch_timer_;
  boost::asio::steady_timer clock_timer_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer slate_timer_;
  boost::asio::steady_timer picture_timer_;
  boost::asio::steady_timer order_timer_;
  boost::asio::posix::stream_descriptor status_socket_;
  UniqueFd lock_;
  Listeners listeners_;
  std::vector<Channel> channels_;
  std::map<std::string, AirLine> air_;  // by channel
  std::map<Key, Supervised> processes_;
  std::map<std::pair<std::string, ChannelInput>, boost::json::object> feeds_;  // up ones
  std::map<std::string, boost::json::object> on_air_;                          // by channel
  Gathering gathering_;
  SlateQueue slates_;
  std::vector<SlateJob> slate_jobs_;  // that wait, or are under way
  bool slate_files_wait_ = false;     // for what control has not written yet
  std::optional<MediaClockKeeper> clock_;
  std::optional<StateWriter> clock_file_;
  Monotonic clock_saved_;
  MediaClockSchedule schedule_;
  std::string clock_alarm_;
  std::vector<std::string> ignored_seeds_;  // words that the log has already
  Monotonic last_watch_;
  uint64_t config_version_ = 0;
  bool pictures_ready_ = false;  // every channel has one, or is not waited for
  bool helpers_started_ = false;
  bool ready_ = false;
  bool stopping_ = false;
  int exit_code_ = 0;
};

}  // namespace longmen
