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
    if (entry.feed->up() && !has_key(channel, entry.feed->publisher().key_hash))
      end(entry, CutReason::kKeyRevoked);
  }
}

tl::expected<std::unique_ptr<Publication>, PublishRefusal> Feeds::publish(
    std::string_view key, const boost::asio::ip::tcp::endpoint& from, Publisher publisher,
    Monotonic now) {
  const auto refuse = [&](RefusalReason reason, const char* words) {
    metrics_.refused(reason);
    // Who goes on guessing after being barred, or asks again and again whether the channel is free
    // by now, does not fill the log.
    const bool quiet = reason == RefusalReason::kTooManyWrongKeys || !publisher.takes_over;
    spdlog::log(quiet ? spdlog::level::debug : spdlog::level::warn,
                "{} sender {} refused: {} (key not shown)", publisher.protocol, publisher.sender,
                words);
    return tl::unexpected(PublishRefusal{reason, words});
  };
  const auto owner = keys_.check(from.address(), key, now);
  if (!owner && owner.error() == StreamKeyRefusal::kTooManyWrongKeys)
    return refuse(RefusalReason::kTooManyWrongKeys,
                  "too many wrong stream keys from this address; try again in a minute");
  if (!owner) return refuse(RefusalReason::kWrongKey, "wrong stream key");

  Entry& entry = entries_.at(owner->channel);
  Feed& feed = *entry.feed;
  if (feed.up() && !publisher.takes_over)
    return refuse(RefusalReason::kAlreadyPublishing, "channel is already publishing");
  if (feed.up() && entry.channel.second_publisher == SecondPublisher::kRefuse) {
    entry.note = fmt::format("refused a second publisher, {}", publisher.sender);
    handlers_.status_changed();
    return refuse(RefusalReason::kAlreadyPublishing, "channel is already publishing");
  }
  if (feed.up()) {
    entry.note = fmt::format("{} took over from {}", publisher.sender, feed.publisher().sender);
    spdlog::warn("{} channel={}", entry.note, owner->channel);
    const auto cut = feed.publisher().cut;
    feed.end();
    metrics_.cut(CutReason::kTakenOver);
    if (cut) cut(CutReason::kTakenOver);
  } else {
    entry.note.clear();
  }
  publisher.key_hash = owner->key_hash;
  feed.begin(std::move(publisher));
  spdlog::info("feed is up, by {} from {} ({}) channel={}", feed.publisher().protocol,
               feed.publisher().sender, feed.publisher().encoder, owner->channel);
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
