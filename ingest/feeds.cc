#include "ingest/feeds.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json.hpp>

namespace longmen {
namespace {

namespace json = boost::json;

bool has_key(const Channel& channel, const std::string& hash) {
  return std::find(channel.key_hashes.begin(), channel.key_hashes.end(), hash) !=
         channel.key_hashes.end();
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
    end(entry->second, CutReason::kChannelRemoved);
    entry = entries_.erase(entry);
  }
  for (const Channel& channel : channels) {
    Entry& entry = entries_[channel.id];
    if (!entry.feed) entry.feed = std::make_shared<Feed>(channel.id, metrics_);
    entry.channel = channel;
    const Publisher& publisher = entry.feed->publisher();
    if (entry.feed->up() && !publisher.pulled && !has_key(channel, publisher.key_hash))
      end(entry, CutReason::kKeyRevoked);
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
  const Feed& feed = *entry.feed;
  if (feed.up() && !publisher.takes_over)
    return refused(RefusalReason::kAlreadyPublishing, "channel is already publishing");
  if (feed.up() && entry.channel.second_publisher == SecondPublisher::kRefuse) {
    entry.note = fmt::format("refused a second publisher, {}", publisher.sender);
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
  return begin(entries_.at(owner->channel), std::move(publisher));
}

tl::expected<std::unique_ptr<Publication>, PublishRefusal> Feeds::publish_pulled(
    const std::string& channel, Publisher publisher) {
  publisher.pulled = true;
  publisher.takes_over = false;
  const auto entry = entries_.find(channel);
  if (entry == entries_.end())
    return tl::unexpected(PublishRefusal{RefusalReason::kWrongChannel, "there is no such channel"});
  if (entry->second.feed->up())
    return tl::unexpected(
        PublishRefusal{RefusalReason::kAlreadyPublishing, "channel is already publishing"});
  return begin(entry->second, std::move(publisher));
}

void Feeds::wrong_passphrase(const boost::asio::ip::address& from, const Publisher& publisher,
                             Monotonic now) {
  keys_.note_wrong_key(from, now);
  (void)refuse(RefusalReason::kWrongPassphrase, "wrong passphrase, or none", publisher);
}

void Feeds::note(const std::string& channel, std::string words) {
  const auto entry = entries_.find(channel);
  if (entry == entries_.end() || entry->second.feed->up()) return;
  entry->second.note = std::move(words);
  handlers_.status_changed();
}

std::unique_ptr<Publication> Feeds::begin(Entry& entry, Publisher publisher) {
  Feed& feed = *entry.feed;
  if (feed.up()) {
    entry.note = fmt::format("{} took over from {}", publisher.sender, feed.publisher().sender);
    spdlog::warn("{} channel={}", entry.note, feed.channel());
    const auto cut = feed.publisher().cut;
    feed.end();
    metrics_.cut(CutReason::kTakenOver);
    if (cut) cut(CutReason::kTakenOver);
  } else {
    entry.note.clear();
  }
  feed.begin(std::move(publisher));
  spdlog::info("feed is up, by {} from {} ({}) channel={}", feed.publisher().protocol,
               feed.publisher().sender, feed.publisher().encoder, feed.channel());
  auto publication = std::make_unique<Publication>(entry.feed, [this](Feed& gone) { ended(gone); });
  handlers_.feed_changed(feed);
  handlers_.status_changed();
  return publication;
}

void Feeds::end(Entry& entry, CutReason reason) {
  Feed& feed = *entry.feed;
  if (!feed.up()) return;
  const auto cut = feed.publisher().cut;
  spdlog::warn("feed from {} cut: {} channel={}", feed.publisher().sender, cut_reason_name(reason),
               feed.channel());
  feed.end();
  metrics_.cut(reason);
  if (cut) cut(reason);
  handlers_.feed_changed(feed);
  handlers_.status_changed();
}

void Feeds::ended(Feed& feed) {
  spdlog::info("feed from {} ended channel={}", feed.publisher().sender, feed.channel());
  handlers_.feed_changed(feed);
  handlers_.status_changed();
}

void Feeds::set_link(const std::string& channel, std::shared_ptr<Link> link) {
  const auto entry = entries_.find(channel);
  if (entry == entries_.end()) return link->close();
  entry->second.feed->set_link(std::move(link));
}

void Feeds::stop() {
  for (auto& [id, entry] : entries_)
    end(entry, CutReason::kStopping);
}

const Feed* Feeds::find(const std::string& channel) const {
  const auto entry = entries_.find(channel);
  return entry == entries_.end() ? nullptr : entry->second.feed.get();
}

std::string Feeds::status() const {
  json::array feeds;
  std::string text;
  for (const auto& [id, entry] : entries_) {
    if (!entry.feed->up() && entry.note.empty()) continue;
    const Publisher& publisher = entry.feed->publisher();
    json::object feed{{"channel", id}, {"up", entry.feed->up()}};
    if (!text.empty()) text += "; ";
    text += id + ": ";
    if (entry.feed->up()) {
      feed["protocol"] = publisher.protocol;
      feed["sender"] = publisher.sender;
      feed["encoder"] = publisher.encoder;
      text += fmt::format("{} from {}", publisher.protocol, publisher.sender);
    } else {
      text += "no feed";
    }
    if (!entry.note.empty()) {
      feed["note"] = entry.note;
      text += " (" + entry.note + ")";
    }
    feeds.push_back(std::move(feed));
  }
  if (text.empty()) text = "no feed";
  return json::serialize(json::object{{"text", text}, {"feeds", std::move(feeds)}});
}

}  // namespace longmen
