// The feeds of all channels, and who may publish when: a key that fits decides the channel and
// which of its two inputs; a second publisher of an input is refused or takes over as the channel
// says (one that does not want another's place is always refused); a publisher whose key or channel
// goes away is cut. Knows no protocol. Bounds: a feed an input, kMaxChannels. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "core/node/channel.h"
#include "ingest/feed.h"
#include "ingest/stream_keys.h"

namespace longmen {

// The right to fill a feed, held by the one who publishes; gone when destroyed. It outlives being
// taken over: then it does nothing.
class Publication {
 public:
  Publication(std::shared_ptr<Feed> feed, std::function<void(Feed&)> ended)
      : feed_(std::move(feed)), number_(feed_->publication()), ended_(std::move(ended)) {}
  ~Publication();
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  const std::string& channel() const { return feed_->channel(); }
  ChannelInput input() const { return feed_->input(); }
  void track(const FeedTrack& track);
  void unit(const FeedUnit& unit);
  void measured(const PathHealth& health);
  void stream_errors(StreamError kind, uint64_t count);

 private:
  bool current() const { return feed_->up() && feed_->publication() == number_; }

  std::shared_ptr<Feed> feed_;
  uint64_t number_;
  std::function<void(Feed&)> ended_;
};

struct PublishRefusal {
  RefusalReason reason;
  const char* words;  // for the sender
};

struct FeedsHandlers {
  std::function<void(const Feed&)> feed_changed;  // up() or publisher() did
  std::function<void()> status_changed;           // status() did
};

class Feeds {
 public:
  Feeds(IngestMetrics& metrics, FeedsHandlers handlers)
      : metrics_(metrics), handlers_(std::move(handlers)) {}
  ~Feeds();
  Feeds(const Feeds&) = delete;
  Feeds& operator=(const Feeds&) = delete;

  void configure(const std::vector<Channel>& channels, int wrong_keys_per_minute);

  // Whether that publisher would be let in now; one that is not is counted and logged. `channel` is
  // what the sender says that the key is of, or empty.
  tl::expected<StreamKeyOwner, PublishRefusal> admit(std::string_view key,
                                                     const boost::asio::ip::address& from,
                                                     const Publisher& publisher,
                                                     std::string_view channel, Monotonic now);
  // `publisher.key_hash` is filled in here. On success the publication before, if any, has ended.
  tl::expected<std::unique_ptr<Publication>, PublishRefusal> publish(
      std::string_view key, const boost::asio::ip::address& from, Publisher publisher,
      Monotonic now);
  // What the node fetches by itself: it has no key and never takes another's place.
  tl::expected<std::unique_ptr<Publication>, PublishRefusal> publish_pulled(
      const std::string& channel, ChannelInput input, Publisher publisher);
  // A sender whose key was right and whose passphrase was not: it counts as a wrong key.
  void wrong_passphrase(const boost::asio::ip::address& from, const Publisher& publisher,
                        Monotonic now);

  // Why an input that has no feed has none, for status().
  void note(const std::string& channel, ChannelInput input, std::string words);

  // To the streamer of a channel. Ignored (and so closed) when there is no such channel.
  void set_link(const std::string& channel, std::shared_ptr<Link> link);
  void stop();

  const Feed* find(const std::string& channel, ChannelInput input = ChannelInput::kPrimary) const;
  // `visit(const Feed&)`, for those that are up.
  template <class Visit>
  void each_up(Visit visit) const {
    for (const auto& [id, entry] : entries_) {
      for (const Place& place : entry.places) {
        if (place.feed->up()) visit(*place.feed);
      }
    }
  }
  // {"text":"...","feeds":[{"channel":...,"input":...,"sender":...}]}
  std::string status() const;

 private:
  struct Place {
    std::shared_ptr<Feed> feed;
    std::string note;  // what last happened to a second publisher, or to a pull
  };
  struct Entry {
    Channel channel;
    OfInputs<Place> places;
    std::shared_ptr<Link> link;  // to the streamer, of both
  };
  std::unique_ptr<Publication> begin(Place& place, Publisher publisher);
  PublishRefusal refuse(RefusalReason reason, const char* words, const Publisher& publisher);
  void end(Place& place, CutReason reason);
  void ended(Feed& feed);

  IngestMetrics& metrics_;
  FeedsHandlers handlers_;
  StreamKeys keys_;
  std::map<std::string, Entry> entries_;
};

}  // namespace longmen
