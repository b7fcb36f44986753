// What of the studio's news is told to webhooks: how things stand, held against how they stood when
// they were told last.
#include <fmt/format.h>

#include <charconv>

#include "control/studio_news.h"

namespace longmen {
namespace {

// Of a session that is live: its id, its version when it was seen first, its title.
std::string session_mark(const Session& session) {
  return fmt::format("{}/{}/{}", session.id, session.row.version, session.title);
}

std::string_view session_of_mark(std::string_view mark) {
  return mark.substr(0, mark.find('/'));
}

std::string title_of_mark(std::string_view mark) {
  const size_t first = mark.find('/');
  const size_t second = first == std::string_view::npos ? first : mark.find('/', first + 1);
  return second == std::string_view::npos ? "" : std::string(mark.substr(second + 1));
}

// Nothing: it is of no channel, or another node's.
std::optional<std::string_view> channel_of_subject(std::string_view subject,
                                                   std::string_view node) {
  if (const std::string own = node_subject(node, ""); subject.starts_with(own))
    subject.remove_prefix(own.size());
  const size_t slash = subject.find('/');
  const std::string_view kind = subject.substr(0, slash);
  if (kind != "feed" && kind != "source" && kind != "switch" && kind != "order" &&
      kind != "session")
    return std::nullopt;
  const std::string_view rest = subject.substr(slash + 1);
  return rest.substr(0, rest.find('/'));
}

int64_t number_of_mark(const std::string& mark) {
  int64_t number = 0;
  std::from_chars(mark.data(), mark.data() + mark.size(), number);
  return number;
}

}  // namespace

Notice StudioNews::notice(std::string_view kind, const std::string& channel, int64_t at_ms,
                          std::string_view which) const {
  Notice made;
  made.kind = kind;
  made.channel = channel;
  made.node = node_.name;
  made.at_ms = at_ms;
  made.id = notice_id(fmt::format("{}/{}/{}/{}/{}", kind, node_.name, channel, which, at_ms));
  return made;
}

void StudioNews::take_recorder(const RecorderReport& report, int64_t now_ms) {
  const auto follow = [&](const char* subject, const std::string& state, const char* good,
                          const std::string& words) {
    if (!board_.follow(node_subject(node_.name, subject), state, good ? good : state)) return;
    Notice told = notice("recorder", "", now_ms, subject);
    told.detail = state;
    told.more["words"] = words;
    board_.add(std::move(told));
  };
  const std::string& state = report.state;
  const bool stopped = state == "full" || state == "failed";
  follow("recorder", state, stopped ? "ready" : nullptr, report.words);
  // Of the bucket, with its name in front: "bucket_away".
  const BucketReport& bucket = report.bucket;
  const bool away = bucket.state == "away" || bucket.state == "refused";
  follow("bucket", away ? "bucket_" + bucket.state : "bucket_ready",
         away ? "bucket_ready" : nullptr, bucket.words);
}

void StudioNews::follow_node(int64_t now_ms) {
  if (!board_.begun() || node_at_ms_ == 0) return;
  for (const auto& [channel, known] : known_) {
    follow_feeds(channel, now_ms);
    const std::string source = node_.source_of(channel);
    if (board_.follow(node_subject(node_.name, "source/" + channel), source, source)) {
      Notice told = notice("on_air", channel, now_ms);
      told.detail = source;
      board_.add(std::move(told));
    }
    follow_switches(channel, known);
  }
}

void StudioNews::follow_feeds(const std::string& channel, int64_t now_ms) {
  for (const ChannelInput input : kChannelInputs) {
    const NodeState::Feed* const feed = node_.feed(channel, input);
    const std::string subject =
        node_subject(node_.name, fmt::format("feed/{}/{}", channel, name_of(input)));
    if (!board_.follow(subject, feed ? "up" : "down", "down")) continue;
    const bool primary = input == ChannelInput::kPrimary;
    Notice told =
        notice(feed ? (primary ? "feed_up" : "backup_up") : (primary ? "feed_down" : "backup_down"),
               channel, now_ms);
    if (feed) told.detail = feed->protocol + " " + feed->sender;
    board_.add(std::move(told));
  }
}

// A streamer repeats its last switches: those since the one that was told last are new.
void StudioNews::follow_switches(const std::string& channel, const Known& known) {
  const std::string subject = node_subject(node_.name, "switch/" + channel);
  const std::string last = std::to_string(known.streamer.last_switch_ms);
  const auto mark = board_.mark(subject);
  if (mark && known.streamer.last_switch_ms <= number_of_mark(*mark)) return;
  if (!board_.follow(subject, last, last)) return;
  for (const Event& event : known.events) {
    if (event.kind != "switch" || event.at_ms <= number_of_mark(*mark)) continue;
    Notice told = notice("switch", channel, event.at_ms);
    told.more = event.more;
    board_.add(std::move(told));
  }
}

void StudioNews::follow_view(int64_t now_ms) {
  if (!board_.begun() || !has_view_) return;
  board_.forget_unless([this](std::string_view subject) {
    const auto channel = channel_of_subject(subject, node_.name);
    return !channel || find(std::string(*channel)) != nullptr;
  });
  for (const auto& of : view_.channels) {
    const std::string version = std::to_string(of.air.row.version);
    if (board_.follow("order/" + of.channel.id, version, version)) {
      Notice told = notice("order", of.channel.id, of.air.row.changed_ms);
      told.id =
          notice_id(fmt::format("order/{}/{}/{}", of.channel.id, version, of.air.row.changed_ms));
      told.who = of.air.row.changed_by;
      told.detail = in_force(of.air, of.live.has_value()).reason;
      board_.add(std::move(told));
    }
    follow_session(of, now_ms);
  }
}

void StudioNews::follow_session(const StudioView::OfChannel& of, int64_t now_ms) {
  const std::string subject = "session/" + of.channel.id;
  const std::string before = board_.mark(subject).value_or("");
  const std::string is = of.live ? of.live->id : "";
  if (is == session_of_mark(before)) return;
  const std::string mark = of.live ? session_mark(*of.live) : "";
  if (!board_.follow(subject, mark, "")) return;
  if (!before.empty()) {
    Notice told = notice("session_ended", of.channel.id, now_ms);
    told.id = notice_id("session_ended/" + before);
    told.detail = title_of_mark(before);
    told.more["session"] = std::string(session_of_mark(before));
    board_.add(std::move(told));
  }
  if (!of.live) return;
  Notice told = notice("session_live", of.channel.id, now_ms);
  told.id = notice_id("session_live/" + mark);
  told.who = of.live->row.changed_by;
  told.detail = of.live->title;
  told.more["session"] = of.live->id;
  told.more["live_ms"] = of.live->life.live_ms;
  board_.add(std::move(told));
}

}  // namespace longmen
