#include "control/studio_news.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <set>

#include "core/node/json_fields.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr int64_t kFiguresStaleMs = 3'500;  // figures come once a second
constexpr int64_t kOldKeyframeMs = 10'000;  // nobody can join a picture for so long
constexpr double kLossyPercent = 3;
constexpr double kMissingPercent = 0.5;  // of a feed: pictures break
constexpr size_t kSamplesOfAMinute = 60;
constexpr size_t kLossSeconds = 10;
constexpr uint64_t kFewPackets = 500;  // of which a percentage says nothing

json::value number_or_null(const std::optional<int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::value tenths(const std::optional<double>& number) {
  return number ? json::value(std::round(*number * 10) / 10) : json::value(nullptr);
}

json::value session_brief(const std::optional<Session>& session) {
  if (!session) return nullptr;
  return json::object{{"id", session->id},
                      {"title", session->title},
                      {"live_ms", session->life.live_ms},
                      {"end_ms", session->life.planned_end_ms}};
}

void take_path(const JsonFields& item, FeedPath& path) {
  if (!item.object().contains("path")) path.forget_counts();
  item.inside("path", [&](const JsonFields& counts) {
    FeedPath::Counts second;
    counts.read("packets", second.packets);
    counts.read("lost", second.lost);
    counts.read("retransmitted", second.retransmitted);
    counts.read("too_late", second.too_late);
    path.add(second);
  });
  std::optional<uint64_t> errors;
  item.read("stream_errors", errors);
  errors ? path.add_errors(*errors) : path.forget_errors();
}

}  // namespace

std::string_view name_of(TallyState state) {
  switch (state) {
    case TallyState::kOnAir:
      return "on_air";
    case TallyState::kPreview:
      return "preview";
    case TallyState::kOff:
      break;
  }
  return "off";
}

// ---- what is told

void StudioNews::take_node_state(const NodeState& node, int64_t now_ms) {
  std::set<std::string> channels;
  for (const auto& [channel, on_air] : node.on_air)
    channels.insert(channel);
  for (const auto& [channel, feeds] : node.inputs)
    channels.insert(channel);
  for (const NodeState::Role& role : node.roles) {
    const auto before = std::find_if(node_.roles.begin(), node_.roles.end(), [&](const auto& each) {
      return each.role == role.role && each.channel == role.channel;
    });
    if (before == node_.roles.end() || before->restarts >= role.restarts) continue;
    for (const std::string& channel : channels) {
      if (role.channel.empty() || role.channel == channel)
        note(channel, now_ms, "process", role.role, role.last_end);
    }
    Notice again = notice("process", role.channel, now_ms, role.role);
    again.who = role.role;
    again.detail = role.last_end;
    board_.add(std::move(again));
  }
  node_ = node;
  node_at_ms_ = now_ms;
  for (const std::string& channel : channels) {
    if (!known_.contains(channel) && known_.size() >= kMaxChannels) continue;
    Known& known = known_[channel];
    for (const ChannelInput input : kChannelInputs)
      note_feed(channel, input, now_ms);
    const std::string source = node_.source_of(channel);
    if (source == known.source) continue;
    const bool first = known.source.empty();
    known.source = source;
    known.source_since_ms = now_ms;
    if (!first) note(channel, now_ms, "on_air", "", source);
  }
  for (auto& [channel, known] : known_) {
    if (channels.contains(channel)) continue;
    for (const ChannelInput input : kChannelInputs)
      note_feed(channel, input, now_ms);
  }
  follow_node(now_ms);
}

void StudioNews::note_feed(const std::string& channel, ChannelInput input, int64_t now_ms) {
  KnownFeed& known = known_[channel].feeds[input];
  const NodeState::Feed* const feed = node_.feed(channel, input);
  if ((feed != nullptr) == known.up) return;
  known.up = feed != nullptr;
  known.since_ms = now_ms;
  const bool primary = input == ChannelInput::kPrimary;
  if (!feed) return note(channel, now_ms, primary ? "feed_down" : "backup_down");
  note(channel, now_ms, primary ? "feed_up" : "backup_up", "", feed->protocol + " " + feed->sender);
}

// Switches that are told again and again are noted once.
void StudioNews::take_streamer(const std::string& channel, const JsonFields& item, Known& known,
                               int64_t now_ms) {
  StreamerFigures& streamer = known.streamer;
  streamer.at_ms = now_ms;
  streamer.inputs = item.object();
  streamer.inputs.erase("channel");
  item.each("inputs", [&](const JsonFields& each) {
    std::string named;
    each.read("input", named);
    const auto input = channel_input_named(named);
    if (!input) return;
    OfInput& of = streamer.of[*input];
    each.read("errors", of.errors);
    const auto* const peak = each.object().if_contains("peak_dbfs");
    of.peak_10.reset();
    if (peak && peak->is_number())
      of.peak_10 = static_cast<int32_t>(std::lround(peak->to_number<double>() * 10));
  });
  streamer.inputs.erase("switches");
  item.each("switches", [&](const JsonFields& each) {
    int64_t at_ms = 0;
    each.read("at_ms", at_ms);
    if (at_ms <= streamer.last_switch_ms) return;
    streamer.last_switch_ms = at_ms;
    json::object more = each.object();
    more.erase("at_ms");
    note(channel, at_ms, "switch", "", "", std::move(more));
  });
}

void StudioNews::take_figures(std::string_view text, int64_t now_ms) {
  const auto fields = JsonFields::parse(text);
  if (!fields) return;
  const auto of = [this](const JsonFields& item) -> Known* {
    std::string channel;
    item.read("channel", channel);
    if (channel.empty()) return nullptr;
    if (!known_.contains(channel) && known_.size() >= kMaxChannels) return nullptr;
    return &known_[channel];
  };
  fields->each("ingest", [&](const JsonFields& item) {
    Known* const known = of(item);
    if (!known) return;
    std::string named = "primary";
    item.read("input", named);
    const auto input = channel_input_named(named);
    if (!input) return;
    FeedFigures& feed = known->feeds[*input].figures;
    feed = {};
    feed.at_ms = now_ms;
    item.read("kbps", feed.kbps);
    item.read("keyframe_age_ms", feed.keyframe_age_ms);
    item.read("keyframe_interval_ms", feed.keyframe_interval_ms);
    item.read("round_trip_ms", feed.round_trip_ms);
    item.read("uptime_ms", feed.uptime_ms);
    std::optional<int64_t> fps_10;
    item.read("fps_10", fps_10);
    if (fps_10) feed.fps = static_cast<double>(*fps_10) / 10;
    take_path(item, known->feeds[*input].path);
  });
  fields->each("streamer", [&](const JsonFields& item) {
    std::string channel;
    item.read("channel", channel);
    if (Known* const known = of(item)) take_streamer(channel, item, *known, now_ms);
  });
  fields->each("relay", [&](const JsonFields& item) {
    Known* const known = of(item);
    if (!known) return;
    RelayFigures relay;
    relay.at_ms = now_ms;
    item.inside("webrtc", [&](const JsonFields& by_rendition) {
      for (const auto& [name, value] : by_rendition.object()) {
        uint64_t count = 0;
        by_rendition.read(name, count);
        relay.webrtc[std::string(name)] = count;
      }
    });
    item.read("preview_viewers", relay.preview_viewers);
    item.read("packets", relay.packets);
    item.read("nacked", relay.nacked);
    item.read("late_stops", relay.late_stops);
    known->relay = relay;
    known->minute.push_back(relay);
    if (known->minute.size() > kSamplesOfAMinute) known->minute.pop_front();
  });
  if (fields->object().contains("gateway")) {
    for (auto& [channel, known] : known_)
      known.hls = {now_ms, 0};  // who has viewers is named
  }
  fields->each("gateway", [&](const JsonFields& item) {
    Known* const known = of(item);
    if (!known) return;
    known->hls.at_ms = now_ms;
    item.read("hls", known->hls.viewers);
  });
}

void StudioNews::take_view(StudioView view, int64_t now_ms) {
  if (has_view_) {
    for (const auto& now : view.channels) {
      if (const auto* before = find(now.channel.id)) note_changes(*before, now, now_ms);
    }
  }
  view_ = std::move(view);
  has_view_ = true;
  std::erase_if(known_, [this](const auto& entry) { return !find(entry.first); });
  follow_view(now_ms);
}

void StudioNews::note_changes(const StudioView::OfChannel& before, const StudioView::OfChannel& now,
                              int64_t now_ms) {
  const std::string& channel = now.channel.id;
  if (before.air.row.version != now.air.row.version) {
    note(channel, now_ms, "order", now.air.row.changed_by,
         std::string(in_force(now.air, now.live.has_value()).reason));
  }
  const std::string was = before.live ? before.live->id : "";
  const std::string is = now.live ? now.live->id : "";
  if (was == is) return;
  if (before.live) note(channel, now_ms, "session_ended", "", before.live->title);
  if (now.live) note(channel, now_ms, "session_live", now.live->row.changed_by, now.live->title);
}

// Errors are those since the last sample; a feed that came anew counts from zero.
StudioNews::InputSample StudioNews::sample_of(const KnownFeed& of, OfInput* told, int64_t now_ms) {
  InputSample sample;
  const FeedFigures& feed = of.figures;
  if (now_ms - feed.at_ms < kFiguresStaleMs) {
    if (feed.kbps) sample.kbps = static_cast<int32_t>(*feed.kbps);
    if (feed.fps) sample.fps_10 = static_cast<int32_t>(std::lround(*feed.fps * 10));
    if (feed.round_trip_ms) sample.round_trip_ms = static_cast<int32_t>(*feed.round_trip_ms);
    if (feed.keyframe_age_ms) sample.keyframe_age_ms = static_cast<int32_t>(*feed.keyframe_age_ms);
    if (const auto percent = of.path.percent())
      sample.lost_10 = static_cast<int32_t>(std::lround(percent->lost * 10));
  }
  if (!told) return sample;
  if (told->peak_10) sample.quieter_by_10 = std::max(0, -*told->peak_10);
  if (!told->errors) return sample;
  const uint64_t before = told->counted.value_or(*told->errors);
  const uint64_t since = *told->errors >= before ? *told->errors - before : *told->errors;
  sample.errors = static_cast<int32_t>(std::min<uint64_t>(since, INT32_MAX));
  told->counted = told->errors;
  return sample;
}

void StudioNews::tick(int64_t now_ms) {
  follow_node(now_ms);
  follow_view(now_ms);
  for (auto& [channel, known] : known_) {
    Sample sample;
    sample.at_ms = now_ms;
    const bool told = now_ms - known.streamer.at_ms < kFiguresStaleMs;
    for (const ChannelInput input : kChannelInputs) {
      const KnownFeed& feed = known.feeds[input];
      if (!feed.up) continue;
      sample.inputs[input] = sample_of(feed, told ? &known.streamer.of[input] : nullptr, now_ms);
    }
    uint64_t viewers = known.hls.viewers;
    for (const auto& [rendition, count] : known.relay.webrtc)
      viewers += count;
    if (now_ms - known.relay.at_ms < kFiguresStaleMs)
      sample.viewers = static_cast<int32_t>(viewers);
    known.history.push_back(sample);
    if (known.history.size() > kHistory) known.history.pop_front();
  }
}

uint64_t StudioNews::arrive(const std::string& channel, const std::string& name,
                            std::string_view role, int64_t now_ms) {
  if (people_.size() >= kMaxPeople) return 0;
  const bool alone = std::none_of(people_.begin(), people_.end(), [&](const auto& entry) {
    return entry.second.channel == channel && entry.second.name == name;
  });
  people_[++last_person_] = {channel, name, std::string(role), now_ms};
  if (alone) note(channel, now_ms, "arrived", name);
  return last_person_;
}

void StudioNews::leave(uint64_t person, int64_t now_ms) {
  const auto found = people_.find(person);
  if (found == people_.end()) return;
  const Person gone = found->second;
  people_.erase(found);
  const bool last = std::none_of(people_.begin(), people_.end(), [&](const auto& entry) {
    return entry.second.channel == gone.channel && entry.second.name == gone.name;
  });
  if (last) note(gone.channel, now_ms, "left", gone.name);
}

void StudioNews::note(const std::string& channel, int64_t now_ms, std::string kind, std::string who,
                      std::string detail, json::object more) {
  if (!known_.contains(channel) && known_.size() >= kMaxChannels) return;
  auto& events = known_[channel].events;
  events.push_back(
      {++last_event_, now_ms, std::move(kind), std::move(who), std::move(detail), std::move(more)});
  if (events.size() > kMaxEvents) events.pop_front();
}

// ---- what is shown

const StudioView::OfChannel* StudioNews::find(const std::string& channel) const {
  const auto found = std::find_if(view_.channels.begin(), view_.channels.end(),
                                  [&](const auto& of) { return of.channel.id == channel; });
  return found == view_.channels.end() ? nullptr : &*found;
}

const StudioNews::Known* StudioNews::known(const std::string& channel) const {
  const auto found = known_.find(channel);
  return found == known_.end() ? nullptr : &found->second;
}

TallyState StudioNews::tally(const std::string& channel) const {
  if (!node_.has_feed(channel)) return TallyState::kOff;
  return node_.source_of(channel) == "live" ? TallyState::kOnAir : TallyState::kPreview;
}

json::object StudioNews::tally_json(const std::string& channel, int64_t now_ms) const {
  const auto* of = find(channel);
  return {{"channel", channel},
          {"name", of ? of->channel.name : channel},
          {"state", name_of(tally(channel))},
          {"now_ms", now_ms}};
}

json::object StudioNews::wall(int64_t now_ms) const {
  json::array channels;
  for (const auto& of : view_.channels)
    channels.push_back(tile(of, now_ms));
  return {{"now_ms", now_ms}, {"node", node_json(now_ms)}, {"channels", std::move(channels)}};
}

json::object StudioNews::node_json(int64_t now_ms) const {
  json::array down;
  for (const NodeState::Role& role : node_.roles) {
    if (role.state != "ready" && role.role != "make-slate")
      down.push_back(
          json::object{{"role", role.role}, {"channel", role.channel}, {"state", role.state}});
  }
  return {{"name", node_.name},
          {"heard_ms", node_at_ms_ == 0 ? json::value(nullptr) : json::value(now_ms - node_at_ms_)},
          {"not_ready", std::move(down)}};
}

json::object StudioNews::tile(const StudioView::OfChannel& of, int64_t now_ms) const {
  const std::string& id = of.channel.id;
  const Known* const known = this->known(id);
  const auto on_air = node_.on_air.find(id);
  json::array renditions;
  for (const VideoRung& rung : of.channel.video)
    renditions.emplace_back(rung.name);
  json::object shown = air_to_json(of.air, of.live.has_value());
  shown.erase("channel");
  // What the relay obeys by now, which may be a moment behind the order.
  shown["obeyed"] = on_air == node_.on_air.end() || on_air->second.rule.empty()
                        ? json::value(nullptr)
                        : json::value(on_air->second.rule);
  return {
      {"id", id},
      {"name", of.channel.name},
      {"source", node_.source_of(id)},
      {"source_since_ms", known && known->source_since_ms > 0 ? json::value(known->source_since_ms)
                                                              : json::value(nullptr)},
      {"tally", name_of(tally(id))},
      {"air", std::move(shown)},
      {"delay",
       json::object{{"delay_ms", of.delay.delay.count()}, {"version", of.delay.row.version}}},
      {"feed", feed_json(id, ChannelInput::kPrimary, now_ms)},
      {"backup", feed_json(id, ChannelInput::kBackup, now_ms)},
      {"inputs", inputs_json(id, now_ms)},
      {"viewers", viewers_json(id, now_ms)},
      {"renditions", std::move(renditions)},
      {"session", session_brief(of.live)},
      {"people", people_at(id)},
      {"trouble", trouble(of, now_ms)}};
}

json::value StudioNews::inputs_json(const std::string& channel, int64_t now_ms) const {
  const Known* const known = this->known(channel);
  if (!known || !node_.shown.contains(channel) || now_ms - known->streamer.at_ms >= kFiguresStaleMs)
    return nullptr;
  return known->streamer.inputs;
}

json::value StudioNews::feed_json(const std::string& channel, ChannelInput input,
                                  int64_t now_ms) const {
  const NodeState::Feed* const feed = node_.feed(channel, input);
  const Known* const of_channel = this->known(channel);
  if (!feed) return nullptr;
  const KnownFeed* const known = of_channel ? &of_channel->feeds[input] : nullptr;
  FeedFigures figures;
  std::optional<FeedPath::Percent> percent;
  std::optional<int64_t> errors;
  if (known && now_ms - known->figures.at_ms < kFiguresStaleMs) {
    figures = known->figures;
    percent = known->path.percent();
    errors = known->path.errors_of_last_minute();
  }
  const auto share = [&](double FeedPath::Percent::*of) {
    return tenths(percent ? std::optional((*percent).*of) : std::nullopt);
  };
  return json::object{{"protocol", feed->protocol},
                      {"sender", feed->sender},
                      {"encoder", feed->encoder},
                      {"since_ms", known ? json::value(known->since_ms) : json::value(nullptr)},
                      {"kbps", number_or_null(figures.kbps)},
                      {"fps", tenths(figures.fps)},
                      {"keyframe_age_ms", number_or_null(figures.keyframe_age_ms)},
                      {"keyframe_interval_ms", number_or_null(figures.keyframe_interval_ms)},
                      {"round_trip_ms", number_or_null(figures.round_trip_ms)},
                      {"lost_percent", share(&FeedPath::Percent::lost)},
                      {"retransmitted_percent", share(&FeedPath::Percent::retransmitted)},
                      {"too_late_percent", share(&FeedPath::Percent::too_late)},
                      {"stream_errors_last_minute", number_or_null(errors)},
                      {"uptime_ms", number_or_null(figures.uptime_ms)}};
}

std::optional<double> StudioNews::loss_percent(const Known& known, int64_t now_ms) const {
  if (known.minute.size() < 2 || now_ms - known.relay.at_ms >= kFiguresStaleMs) return std::nullopt;
  const RelayFigures& now = known.minute.back();
  const RelayFigures& then =
      known.minute[known.minute.size() - std::min(known.minute.size(), kLossSeconds + 1)];
  // A relay that was started again counts from zero.
  if (now.packets < then.packets || now.nacked < then.nacked) return std::nullopt;
  const uint64_t packets = now.packets - then.packets;
  if (packets < kFewPackets) return std::nullopt;
  return 100.0 * static_cast<double>(now.nacked - then.nacked) / static_cast<double>(packets);
}

json::object StudioNews::viewers_json(const std::string& channel, int64_t now_ms) const {
  const Known* const known = this->known(channel);
  const auto on_air = node_.on_air.find(channel);
  json::value webrtc = nullptr, hls = nullptr;
  if (on_air != node_.on_air.end() && on_air->second.viewers) webrtc = *on_air->second.viewers;
  if (known && now_ms - known->hls.at_ms < kFiguresStaleMs) hls = known->hls.viewers;
  return {{"webrtc", std::move(webrtc)}, {"hls", std::move(hls)}};
}

json::array StudioNews::trouble(const StudioView::OfChannel& of, int64_t now_ms) const {
  json::array list;
  const std::string& id = of.channel.id;
  const Known* const known = this->known(id);
  const bool up = node_.has_feed(id);
  const std::string source = node_.source_of(id);
  if (of.air.cut) list.emplace_back("cut");
  if (!of.air.cut && of.air.cut_asked.stands(now_ms)) list.emplace_back("cut_asked");
  if (!up && (of.live || of.air.order == OrderedAir::kPrimary)) list.emplace_back("no_feed");
  // A programme that is held before it airs has its session's beginning on air later.
  if (of.live && now_ms >= of.live->life.live_ms && up && source != "live" && !of.air.cut)
    list.emplace_back("live_not_on_air");
  if (source == "none") list.emplace_back("no_picture");
  // An operator who ordered the backup knows.
  const auto shown = node_.shown.find(id);
  const bool on_backup = shown != node_.shown.end() && shown->second == "backup";
  if (up && on_backup && of.air.order != OrderedAir::kBackup) list.emplace_back("on_backup");
  const KnownFeed* const feed = known ? &known->feeds[ChannelInput::kPrimary] : nullptr;
  if (feed && feed->up && now_ms - feed->figures.at_ms < kFiguresStaleMs) {
    const FeedFigures& figures = feed->figures;
    if (figures.fps && *figures.fps < 1) list.emplace_back("feed_stalled");
    if (figures.keyframe_age_ms && *figures.keyframe_age_ms > kOldKeyframeMs)
      list.emplace_back("old_keyframe");
    if (const auto percent = feed->path.percent(); percent && percent->too_late > kMissingPercent)
      list.emplace_back("feed_loss");
  }
  if (known) {
    if (const auto loss = loss_percent(*known, now_ms); loss && *loss > kLossyPercent)
      list.emplace_back("loss");
  }
  const bool down = std::any_of(node_.roles.begin(), node_.roles.end(), [&](const auto& role) {
    return role.state != "ready" && role.role != "make-slate" && role.role != "control" &&
           (role.channel.empty() || role.channel == id);
  });
  if (down) list.emplace_back("process");
  return list;
}

json::array StudioNews::people_at(const std::string& channel) const {
  std::map<std::string, const Person*> by_name;
  for (const auto& [number, person] : people_) {
    if (person.channel != channel) continue;
    const Person*& first = by_name[person.name];
    if (!first || person.since_ms < first->since_ms) first = &person;
  }
  json::array list;
  for (const auto& [name, person] : by_name)
    list.push_back(
        json::object{{"name", name}, {"role", person->role}, {"since_ms", person->since_ms}});
  return list;
}

std::optional<json::object> StudioNews::of_channel(const std::string& channel,
                                                   int64_t now_ms) const {
  const auto* of = find(channel);
  if (!of) return std::nullopt;
  json::object object = wall(now_ms);
  json::object detail{{"id", channel}};
  const auto session = [&](const std::optional<Session>& each) {
    return each ? json::value(session_to_json(*each, view_.reopen_within)) : json::value(nullptr);
  };
  detail["live"] = session(of->live);
  detail["next"] = session(of->next);
  detail["reopenable"] = session(of->reopenable);
  json::array chapters;
  for (const Chapter& chapter : of->chapters)
    chapters.push_back(chapter_to_json(chapter));
  detail["chapters"] = std::move(chapters);
  json::array events;
  json::object by_rendition;
  json::value loss = nullptr, late = nullptr, preview = nullptr;
  if (const Known* const known = this->known(channel)) {
    for (auto event = known->events.rbegin(); event != known->events.rend(); ++event) {
      json::object told = event->more;
      told["number"] = event->number;
      told["at_ms"] = event->at_ms;
      told["kind"] = event->kind;
      told["who"] = event->who;
      told["detail"] = event->detail;
      events.push_back(std::move(told));
    }
    if (now_ms - known->relay.at_ms < kFiguresStaleMs) {
      for (const auto& [name, count] : known->relay.webrtc)
        by_rendition[name] = count;
      preview = known->relay.preview_viewers;
      const uint64_t then = known->minute.front().late_stops, now = known->relay.late_stops;
      if (now >= then) late = now - then;
    }
    loss = tenths(loss_percent(*known, now_ms));
  }
  detail["watching"] = json::object{{"by_rendition", std::move(by_rendition)},
                                    {"preview", std::move(preview)},
                                    {"loss_percent", std::move(loss)},
                                    {"picture_stops_last_minute", std::move(late)}};
  detail["events"] = std::move(events);
  object["channel"] = std::move(detail);
  return object;
}

json::object StudioNews::sound(const std::string& channel, int64_t now_ms) const {
  const json::value inputs = inputs_json(channel, now_ms);
  const json::value* const told =
      inputs.is_object() ? inputs.as_object().if_contains("sound") : nullptr;
  return {{"sound", told ? *told : json::value(nullptr)}};
}

json::object StudioNews::history(const std::string& channel) const {
  json::array at, viewers;
  OfInputs<json::object> inputs;
  const auto put = [](json::value& list, int32_t value, int32_t scale = 1) {
    json::array& values = list.get_array();
    if (value < 0) {
      values.emplace_back(nullptr);
    } else if (scale == 1) {
      values.emplace_back(value);
    } else {
      values.emplace_back(static_cast<double>(value) / scale);
    }
  };
  for (json::object& of : inputs) {
    for (const char* name :
         {"kbps", "fps", "round_trip_ms", "lost_percent", "keyframe_age_ms", "errors", "peak_dbfs"})
      of[name] = json::array();
  }
  static const std::deque<Sample> kNone;
  const Known* const known = this->known(channel);
  for (const Sample& sample : known ? known->history : kNone) {
    at.emplace_back(sample.at_ms);
    viewers.push_back(sample.viewers < 0 ? json::value(nullptr) : json::value(sample.viewers));
    for (const ChannelInput input : kChannelInputs) {
      const InputSample& one = sample.inputs[input];
      json::object& of = inputs[input];
      put(of["kbps"], one.kbps);
      put(of["fps"], one.fps_10, 10);
      put(of["round_trip_ms"], one.round_trip_ms);
      put(of["lost_percent"], one.lost_10, 10);
      put(of["keyframe_age_ms"], one.keyframe_age_ms);
      put(of["errors"], one.errors);
      put(of["peak_dbfs"], one.quieter_by_10, -10);
    }
  }
  // The primary's once more where they were before there were two.
  const json::object& primary = inputs[ChannelInput::kPrimary];
  json::object history;
  for (const char* name : {"kbps", "fps", "round_trip_ms", "lost_percent"})
    history[name] = primary.at(name);
  history["at_ms"] = std::move(at);
  history["viewers"] = std::move(viewers);
  json::object by_name;
  for (const ChannelInput input : kChannelInputs)
    by_name[name_of(input)] = std::move(inputs[input]);
  history["inputs"] = std::move(by_name);
  return history;
}

}  // namespace longmen
