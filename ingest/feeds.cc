#include "ingest/feeds.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json.hpp>

namespace longmen {
namespace {

namespace json = boost::json;

bool has_key(const Channel& channel, ChannelInput input, const std::string& hash) {
  const auto& hashes = keys_of(channel, input);
  return std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
}

// "main" of the primary, "main (backup)".
std::string place_name(const Feed& feed) {
  return feed.input() == ChannelInput::kPrimary ? feed.channel() : feed.channel() + " (backup)";
}

}  // namespace

Publication::~Publication() {
  if (!current()) return;
  feed_->end();
  ended_(*feed_);
}

void Publication::track(const FeedTrack& track) {
  if (current()) feed_->track(track);
}

void Publication::unit(const FeedUnit& unit) {
  if (current()) feed_->unit(unit);
}

void Publication::measured(const PathHealth& health) {
  if (current()) feed_->measured(health);
}

void Publication::stream_errors(StreamError kind, uint64_t count) {
  if (current()) feed_->stream_errors(kind, count);
}

Feeds::~Feeds() {
  for (auto& [id, entry] : entries_) {
    if (entry.link) entry.link->close();
  }
}

void Feeds::configure(const std::vector<Channel>& channels, int wrong_keys_per_minute) {
  keys_.configure(channels);
  keys_.set_wrong_keys_per_minute(wrong_keys_per_minute);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const bool stays = std::any_of(channels.begin(), channels.end(), [&](const Channel& channel) {
      return channel.id == entry->first;
    });
    if (stays) {
      ++entry;
      continue;
    }
    for (Place& place : entry->second.places)
      end(place, CutReason::kChannelRemoved);
    if (entry->second.link) entry->second.link->close();
    entry = entries_.erase(entry);
  }
  for (const Channel& channel : channels) {
    Entry& entry = entries_[channel.id];
    entry.channel = channel;
    for (const ChannelInput input : kChannelInputs) {
      Place& place = entry.places[input];
      if (!place.feed) place.feed = std::make_shared<Feed>(channel.id, input, metrics_);
      const Publisher& publisher = place.feed->publisher();
      if (place.feed->up() && !publisher.pulled && !has_key(channel, input, publisher.key_hash))
        end(place, CutReason::kKeyRevoked);
    }
  }
}

PublishRefusal Feeds::refuse(RefusalReason reason, const char* words, const Publisher& publisher) {
  metrics_.refused(reason);
  // Who goes on guessing after being barred, or asks again and again whether the channel is free
  // by now, does not fill the log.
  const bool quiet = reason == RefusalReason::kTooManyWrongKeys || !publisher.takes_over;
  spdlog::log(quiet ? spdlog::level::debug : spdlog::level::warn,
              "{} sender {} refused: {} (key not shown)", publisher.protocol, publisher.sender,
              words);
  return {reason, words};
}

tl::expected<StreamKeyOwner, PublishRefusal> Feeds::admit(std::string_view key,
                                                          const boost::asio::ip::address& from,
                                                          const Publisher& publisher,
                                                          std::string_view channel, Monotonic now) {
  const auto refused = [&](RefusalReason reason, const char* words) {
    return tl::unexpected(refuse(reason, words, publisher));
  };
  auto owner = keys_.check(from, key, now);
  if (!owner && owner.error() == StreamKeyRefusal::kTooManyWrongKeys)
    return refused(RefusalReason::kTooManyWrongKeys,
                   "too many wrong stream keys from this address; try again in a minute");
  if (!owner) return refused(RefusalReason::kWrongKey, "wrong stream key");
  if (!channel.empty() && channel != owner->channel)
    return refused(RefusalReason::kWrongChannel, "the stream key is another channel's");
  Entry& entry = entries_.at(owner->channel);
  Place& place = entry.places[owner->input];
  const Feed& feed = *place.feed;
  if (feed.up() && !publisher.takes_over)
    return refused(RefusalReason::kAlreadyPublishing, "channel is already publishing");
  if (feed.up() && entry.channel.second_publisher == SecondPublisher::kRefuse) {
    place.note = fmt::format("refused a second publisher, {}", publisher.sender);
    handlers_.status_changed();
    return refused(RefusalReason::kAlreadyPublishing, "channel is already publishing");
  }
  return std::move(*owner);
}

tl::expected<std::unique_ptr<Publication>, PublishRefusal> Feeds::publish(
    std::string_view key, const boost::asio::ip::address& from, Publisher publisher,
    Monotonic now) {
  const auto owner = admit(key, from, publisher, {}, now);
  if (!owner) return tl::unexpected(owner.error());
  publisher.key_hash = owner->key_hash;
  return begin(entries_.at(owner->channel).places[owner->input], std::move(publisher));
}

tl::expected<std::unique_ptr<Publication>, PublishRefusal> Feeds::publish_pulled(
    const std::string& channel, ChannelInput input, Publisher publisher) {
  publisher.pulled = true;
  publisher.takes_over = false;
  const auto entry = entries_.find(channel);
  if (entry == entries_.end())
    return tl::unexpected(PublishRefusal{RefusalReason::kWrongChannel, "there is no such channel"});
  Place& place = entry->second.places[input];
  if (place.feed->up())
    return tl::unexpected(
        PublishRefusal{RefusalReason::kAlreadyPublishing, "channel is already publishing"});
  return begin(place, std::move(publisher));
}

void Feeds::wrong_passphrase(const boost::asio::ip::address& from, const Publisher& publisher,
                             Monotonic now) {
  keys_.note_wrong_key(from, now);
  (void)refuse(RefusalReason::kWrongPassphrase, "wrong passphrase, or none", publisher);
}

void Feeds::note(const std::string& channel, ChannelInput input, std::string words) {
  const auto entry = entries_.find(channel);
  if (entry == entries_.end() || entry->second.places[input].feed->up()) return;
  entry->second.places[input].note = std::move(words);
  handlers_.status_changed();
}

std::unique_ptr<Publication> Feeds::begin(Place& place, Publisher publisher) {
  Feed& feed = *place.feed;
  if (feed.up()) {
    place.note = fmt::format("{} took over from {}", publisher.sender, feed.publisher().sender);
    spdlog::warn("{} channel={} input={}", place.note, feed.channel(), name_of(feed.input()));
    const auto cut = feed.publisher().cut;
    feed.end();
    metrics_.cut(CutReason::kTakenOver);
    if (cut) cut(CutReason::kTakenOver);
  } else {
    place.note.clear();
  }
  feed.begin(std::move(publisher));
  spdlog::info("feed is up, by {} from {} ({}) channel={} input={}", feed.publisher().protocol,
               feed.publisher().sender, feed.publisher().encoder, feed.channel(),
               name_of(feed.input()));
  auto publication = std::make_unique<Publication>(place.feed, [this](Feed& gone) { ended(gone); });
  handlers_.feed_changed(feed);
  handlers_.status_changed();
  return publication;
}

void Feeds::end(Place& place, CutReason reason) {
  Feed& feed = *place.feed;
  if (!feed.up()) return;
  const auto cut = feed.publisher().cut;
  spdlog::warn("feed from {} cut: {} channel={} input={}", feed.publisher().sender,
               cut_reason_name(reason), feed.channel(), name_of(feed.input()));
  feed.end();
  metrics_.cut(reason);
  if (cut) cut(reason);
  handlers_.feed_changed(feed);
  handlers_.status_changed();
}

void Feeds::ended(Feed& feed) {
  spdlog::info("feed from {} ended channel={} input={}", feed.publisher().sender, feed.channel(),
               name_of(feed.input()));
  handlers_.feed_changed(feed);
  handlers_.status_changed();
}

void Feeds::set_link(const std::string& channel, std::shared_ptr<Link> link) {
  const auto found = entries_.find(channel);
  if (found == entries_.end()) return link->close();
  Entry& entry = found->second;
  if (entry.link) entry.link->close();
  entry.link = std::move(link);
  // Not the entry: it may be gone when the link says something.
  using OfBoth = OfInputs<std::weak_ptr<Feed>>;
  const OfBoth feeds{
      {entry.places[ChannelInput::kPrimary].feed, entry.places[ChannelInput::kBackup].feed}};
  entry.link->start(
      [feeds, from = entry.link.get()](MessageKind kind, ByteSpan, UniqueFd) {
        if (kind != MessageKind::kFeedAgain) return;
        for (const auto& weak : feeds) {
          if (const auto feed = weak.lock(); feed && feed->has(from)) feed->send_again();
        }
      },
      [feeds, lost = entry.link.get()] {
        for (const auto& weak : feeds) {
          if (const auto feed = weak.lock()) feed->link_closed(lost);
        }
      });
  for (Place& place : entry.places)
    place.feed->attach(entry.link);
}

void Feeds::stop() {
  for (auto& [id, entry] : entries_) {
    for (Place& place : entry.places)
      end(place, CutReason::kStopping);
  }
}

const Feed* Feeds::find(const std::string& channel, ChannelInput input) const {
  const auto entry = entries_.find(channel);
  return entry == entries_.end() ? nullptr : entry->second.places[input].feed.get();
}

std::string Feeds::status() const {
  json::array feeds;
  std::string text;
  const auto add = [&](const Place& place) {
    if (!place.feed->up() && place.note.empty()) return;
    const Publisher& publisher = place.feed->publisher();
    json::object feed{{"channel", place.feed->channel()},
                      {"input", name_of(place.feed->input())},
                      {"up", place.feed->up()}};
    if (!text.empty()) text += "; ";
    text += place_name(*place.feed) + ": ";
    if (place.feed->up()) {
      feed["protocol"] = publisher.protocol;
      feed["sender"] = publisher.sender;
      feed["encoder"] = publisher.encoder;
      text += fmt::format("{} from {}", publisher.protocol, publisher.sender);
    } else {
      text += "no feed";
    }
    if (!place.note.empty()) {
      feed["note"] = place.note;
      text += " (" + place.note + ")";
    }
    feeds.push_back(std::move(feed));
  };
  for (const auto& [id, entry] : entries_) {
    for (const Place& place : entry.places)
      add(place);
  }
  if (text.empty()) text = "no feed";
  return json::serialize(json::object{{"text", text}, {"feeds", std::move(feeds)}});
}

}  // namespace longmen
