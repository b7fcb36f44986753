// The ingest role without its process: feeds, a listener on a free port of loopback, and at the
// other end of a link what a streamer would get. One thread: run_until() runs the io_context.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <spawn.h>
#include <sys/wait.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "ingest/rtmp_listener.h"
#include "tests/support/rtmp_client.h"

extern char** environ;

namespace longmen::test {

inline Channel make_channel(const std::string& id, const std::vector<std::string>& keys,
                            SecondPublisher second = SecondPublisher::kRefuse,
                            const std::vector<std::string>& backup_keys = {}) {
  Channel channel;
  channel.id = id;
  channel.name = id;
  channel.video = default_ladder();
  channel.second_publisher = second;
  for (const std::string& key : keys)
    channel.key_hashes.push_back(stream_key_hash(key));
  for (const std::string& key : backup_keys)
    channel.backup_key_hashes.push_back(stream_key_hash(key));
  return channel;
}

// The streamer's end of a feed's link.
struct Received {
  std::vector<FeedTrack> tracks;
  std::vector<FeedUnit> units;
  int ends = 0;
  uint32_t errors = 0;
  // 'T' track, 'K' keyframe, 'v' other video, 'a' audio, 'E' end; in `backup_order` what is of the
  // backup.
  std::string order, backup_order;

  void take(MessageKind kind, ByteSpan body) {
    if (kind == MessageKind::kFeedTrack) {
      const auto track = read_feed_track(body);
      ASSERT_TRUE(track);
      tracks.push_back(track->track);
      order_of(track->input) += 'T';
    } else if (kind == MessageKind::kFeedUnit) {
      const auto read = read_feed_unit(body);
      ASSERT_TRUE(read);
      const FeedUnit& unit = read->unit;
      order_of(read->input) += !is_video(unit.codec) ? 'a' : unit.keyframe ? 'K' : 'v';
      units.push_back(unit);
    } else if (kind == MessageKind::kFeedEnd) {
      const auto input = read_feed_end(body);
      ASSERT_TRUE(input);
      ++ends;
      order_of(*input) += 'E';
    } else if (kind == MessageKind::kFeedErrors) {
      const auto read = read_feed_errors(body);
      ASSERT_TRUE(read);
      errors += read->count;
    }
  }
  std::string& order_of(ChannelInput input) {
    return input == ChannelInput::kPrimary ? order : backup_order;
  }
  std::vector<FeedUnit> of(FeedCodec codec) const {
    std::vector<FeedUnit> found;
    for (const FeedUnit& unit : units) {
      if (unit.codec == codec) found.push_back(unit);
    }
    return found;
  }
};

// A program that sends to the listener; killed, by its own id, with the object.
class Sender {
 public:
  explicit Sender(std::vector<std::string> arguments) {
    char name[] = "/tmp/longmen-sender-XXXXXX";
    const int log = ::mkstemp(name);
    log_file_ = name;
    ::close(log);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, name, O_WRONLY | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 2, 1);
    std::vector<char*> words;
    for (std::string& argument : arguments)
      words.push_back(argument.data());
    words.push_back(nullptr);
    if (::posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Sender() {
    if (pid_ > 0 && !ended()) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::unlink(log_file_.c_str());
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  bool ended() {
    if (pid_ <= 0 || done_) return true;
    done_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
    return done_;
  }
  void kill() const { ::kill(pid_, SIGKILL); }
  bool succeeded() const { return done_ && WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }
  std::string log() const {
    std::stringstream text;
    text << std::ifstream(log_file_).rdbuf();
    return text.str();
  }

 private:
  pid_t pid_ = -1;
  bool done_ = false;
  int status_ = 0;
  std::string log_file_;
};

class IngestTest : public testing::Test {
 protected:
  void start(std::vector<Channel> channels, RtmpDeadlines deadlines = {}) {
    channels_ = std::move(channels);
    feeds_.configure(channels_, wrong_keys_per_minute_);
    listener_.emplace(io_, feeds_, metrics_, deadlines);
    boost::asio::ip::tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
    port_ = acceptor.local_endpoint().port();
    ASSERT_TRUE(listener_->start(UniqueFd(acceptor.release())));
  }
  void TearDown() override {
    listener_.reset();
    feeds_.stop();
    for (auto& link : peers_)
      link->close();
    io_.restart();
    io_.poll();
  }

  // A link as the supervisor would make it; what comes out of it goes to `received`.
  std::shared_ptr<Link> connect_link(const std::string& channel, Received& received,
                                     size_t queue_bytes = kDefaultLinkQueueBytes) {
    auto ends = Link::pair();
    auto peer = std::make_shared<Link>(io_, std::move(ends->second));
    peer->start(
        [&received](MessageKind kind, ByteSpan body, UniqueFd) { received.take(kind, body); },
        [] {});
    peers_.push_back(peer);
    feeds_.set_link(channel, std::make_shared<Link>(io_, std::move(ends->first), queue_bytes));
    return peer;
  }

  template <class Condition>
  bool run_until(Condition condition,
                 std::chrono::milliseconds limit = std::chrono::milliseconds(8000)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  // All that is ready now.
  void settle() {
    io_.restart();
    while (io_.run_one_for(std::chrono::milliseconds(20)) > 0) {
    }
  }

  std::string url(const std::string& key) const {
    return "rtmp://127.0.0.1:" + std::to_string(port_) + "/live/" + key;
  }

  boost::asio::io_context io_{1};
  prometheus::Registry registry_;
  IngestMetrics metrics_{registry_};
  std::vector<std::string> changes_;
  int status_changes_ = 0;
  int wrong_keys_per_minute_ = 10;
  Feeds feeds_{metrics_,
               {[this](const Feed& feed) {
                  changes_.push_back(feed.channel() + (feed.up() ? " up" : " down"));
                },
                [this] { ++status_changes_; }}};
  std::vector<Channel> channels_;
  std::optional<RtmpListener> listener_;
  std::vector<std::shared_ptr<Link>> peers_;
  uint16_t port_ = 0;
};

// A sender of hand-made bytes, on a socket of its own.
class RawSender {
 public:
  // `from`: another address of this machine, as another machine has.
  RawSender(boost::asio::io_context& io, uint16_t port, const char* from = "127.0.0.1")
      : socket_(io, {boost::asio::ip::make_address(from), 0}) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    socket_.non_blocking(true);
  }
  void send(const Bytes& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
  }
  // Reads what has come; true when the server has hung up.
  bool closed() {
    Bytes buffer(65536);
    while (true) {
      boost::system::error_code error;
      const size_t count = socket_.read_some(boost::asio::buffer(buffer), error);
      for (auto& message : client.read(ByteSpan(buffer).first(count)))
        answers.push_back(std::move(message));
      if (error == boost::asio::error::would_block) return false;
      if (error) {
        last_error = error;
        return true;
      }
    }
  }
  std::string status(std::string_view property) {
    (void)closed();
    return RtmpClient::information(answers, "onStatus", property);
  }
  void hang_up() { socket_.close(); }

  RtmpClient client;
  std::vector<rtmp::Message> answers;
  boost::system::error_code last_error;

 private:
  boost::asio::ip::tcp::socket socket_;
};

}  // namespace longmen::test
