// The feed of one input of a channel: takes tracks and access units from whoever publishes, counts
// them, keeps what a decoder needs to begin (tracks, and the units since the last keyframe), and
// passes all on to the channel's streamer while there is a link to it, which both inputs share. A
// new link gets tracks and kept units first, and again when the streamer asks (kFeedAgain), and the
// publisher is asked for a keyframe where that can be done. When the link's queue is full, video is
// left out up to the next keyframe, audio unit by unit. Knows no protocol: publishers of every way
// in look the same here. Bounds: kMaxKeptBytes kept (more: nothing is kept until the next
// keyframe). One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/feed/feed_unit.h"
#include "ingest/ingest_metrics.h"
#include "net/link.h"

namespace longmen {

inline constexpr size_t kMaxKeptBytes = 32 << 20;
inline constexpr std::chrono::milliseconds kErrorsToldEvery{200};

// Of what comes from files: it is not happening now.
inline constexpr std::string_view kFilesProtocol = "files";

// Someone who sends a feed, by whatever way in.
struct Publisher {
  std::string
      protocol;  // "rtmp", "rtmps", "srt", "whip"; of pulls "udp", "rtp", "rtsp", "hls", "files"
  std::string sender;   // "127.0.0.1:5000"
  std::string encoder;  // as it names itself; may be empty
  std::string key_hash;
  // The node wants it to go: it tells its peer why and closes. Its publication has ended already.
  std::function<void(CutReason)> cut;
  // Of its connection; empty, or nothing, where that is not known.
  std::function<std::optional<std::chrono::milliseconds>()> round_trip = nullptr;
  bool takes_over = true;  // false: it waits for its turn, whatever the channel's rule
  bool pulled = false;     // by the node itself, by its configuration: it has no key
  // Asks it for a keyframe; empty where that cannot be done.
  std::function<void()> keyframe = nullptr;
};

class Feed : public std::enable_shared_from_this<Feed> {
 public:
  Feed(std::string channel, ChannelInput input, IngestMetrics& metrics);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  const std::string& channel() const { return channel_; }
  ChannelInput input() const { return input_; }
  bool up() const { return up_; }
  const Publisher& publisher() const { return publisher_; }  // of the feed that is or was up
  uint64_t publication() const { return publication_; }      // counts begin()s
  // Of the feed that is or was up, since its begin().
  struct Figures {
    uint64_t bytes = 0;
    uint64_t video_frames = 0;
    std::optional<Monotonic> first_unit, last_keyframe;
    std::optional<std::chrono::nanoseconds> keyframe_interval;  // between the last two
    // Of ways in that count their packets, as they told last.
    std::optional<PathHealth> path;
    // Of ways in with a transport stream: what was wrong with it. What had to be left out for it is
    // not counted again.
    std::optional<uint64_t> stream_errors;
  };
  const Figures& figures() const { return figures_; }
  // In the metrics, what only time changes.
  void show_age(Monotonic now) const;

  // Precondition: not up.
  void begin(Publisher publisher);
  void track(const FeedTrack& track);
  void unit(const FeedUnit& unit);
  void end();
  // Of the path of the feed that is up.
  void measured(const PathHealth& health);
  void stream_errors(StreamError kind, uint64_t count);

  // It has been started, and its end is told; who made it closes it.
  void attach(std::shared_ptr<Link> link);
  void link_closed(const Link* link) {
    if (link_.get() == link) link_.reset();
  }
  void send_again() {
    if (link_) send_kept();
  }
  bool linked() const { return link_ != nullptr; }
  bool has(const Link* link) const { return link_.get() == link; }
  size_t kept_bytes() const { return kept_bytes_; }

 private:
  struct Kept {
    FeedCodec codec;
    Bytes wire;
  };
  void count(const FeedUnit& unit);
  void keep(const FeedUnit& unit, const Bytes& wire);
  void drop_kept();
  // False when the queue was full, or the link is gone: then there is none any more.
  bool send(MessageKind kind, ByteSpan body);
  bool send_tracks();
  void send_kept();
  void ask_for_keyframe() const;
  void pass_on(const FeedUnit& unit, const Bytes& wire);
  void overflow();
  bool send_end();
  void tell_errors(Monotonic now);

  std::string channel_;
  ChannelInput input_;
  IngestMetrics& metrics_;
  ChannelCounters counters_;
  Publisher publisher_;
  bool up_ = false;
  uint64_t publication_ = 0;
  Figures figures_;

  Bytes video_track_;  // wire form; empty: no such track
  Bytes audio_track_;
  std::vector<Kept> kept_;
  size_t kept_bytes_ = 0;

  std::shared_ptr<Link> link_;
  bool needs_keyframe_ = true;  // the link may not have video before one
  bool overflowed_ = false;     // ... because its queue was full
  bool tracks_unsent_ = false;  // they found the queue full
  bool end_unsent_ = false;
  uint32_t untold_errors_ = 0;
  Monotonic errors_told_;
};

}  // namespace longmen
