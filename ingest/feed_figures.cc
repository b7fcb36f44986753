#include "ingest/feed_figures.h"

#include <boost/json.hpp>
#include <cmath>

namespace longmen {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

json::value per_second(uint64_t count, std::chrono::nanoseconds time, double scale) {
  if (time <= 0ns) return nullptr;
  return std::llround(static_cast<double>(count) * scale /
                      std::chrono::duration<double>(time).count());
}

template <class Duration>
json::value in_ms(const std::optional<Duration>& time) {
  return time ? json::value(*time / 1ms) : json::value(nullptr);
}

json::object since(const PathHealth& before, const PathHealth& now) {
  const auto grown = [&](uint64_t PathHealth::*count) {
    return now.*count > before.*count ? now.*count - before.*count : 0;
  };
  return {{"packets", grown(&PathHealth::packets)},
          {"lost", grown(&PathHealth::lost)},
          {"retransmitted", grown(&PathHealth::retransmitted)},
          {"too_late", grown(&PathHealth::too_late)}};
}

}  // namespace

std::string FeedFigures::look(const Feeds& feeds, Monotonic now) {
  json::array list;
  std::map<std::pair<std::string, ChannelInput>, Before> seen;
  feeds.each_up([&](const Feed& feed) {
    feed.show_age(now);
    const Feed::Figures& figures = feed.figures();
    json::object item{{"channel", feed.channel()}, {"input", name_of(feed.input())}};
    const std::pair of(feed.channel(), feed.input());
    const auto known = before_.find(of);
    const bool seen_before =
        known != before_.end() && known->second.publication == feed.publication();
    const Before before = seen_before ? known->second : Before{};
    if (seen_before) {
      item["kbps"] = per_second(figures.bytes - before.bytes, now - before.at, 8e-3);
      item["fps_10"] = per_second(figures.video_frames - before.video_frames, now - before.at, 10);
    }
    const auto age = [&](const std::optional<Monotonic>& at) {
      return in_ms(at ? std::optional(now - *at) : std::nullopt);
    };
    item["uptime_ms"] = age(figures.first_unit);
    item["keyframe_age_ms"] = age(figures.last_keyframe);
    item["keyframe_interval_ms"] = in_ms(figures.keyframe_interval);
    const auto& round_trip = feed.publisher().round_trip;
    if (figures.path) {
      item["round_trip_ms"] = in_ms(std::optional(figures.path->round_trip));
      item["path"] = since(before.path, *figures.path);
    } else if (round_trip) {
      item["round_trip_ms"] = in_ms(round_trip());
    }
    if (figures.stream_errors)
      item["stream_errors"] = *figures.stream_errors - before.stream_errors;
    list.push_back(std::move(item));
    seen[of] = {feed.publication(),
                figures.bytes,
                figures.video_frames,
                now,
                figures.path.value_or(PathHealth{}),
                figures.stream_errors.value_or(0)};
  });
  before_ = std::move(seen);
  return json::serialize(json::object{{"ingest", std::move(list)}});
}

}  // namespace longmen
