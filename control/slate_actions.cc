#include "control/slate_actions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "control/channel_table.h"
#include "control/session_table.h"
#include "control/text_rules.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr size_t kMaxNameBytes = 200;
constexpr size_t kNamedUses = 3;

std::string shown(const GivenSlate& slate) {
  return json::serialize(slate_to_json(slate));
}

Decided<GivenSlate> find_seen(soci::session& sql, const ScheduleContext& context,
                              const std::string& channel, const std::string& id,
                              const SeenVersion& seen) {
  auto slate = SlateTable(sql).by_id(id);
  if (!slate || slate->channel != channel)
    return refuse(404, fmt::format("the channel has no slate \"{}\"", id));
  if (auto stale = outdated(sql, seen, slate->row, {"slate", id}, context.settings.zone))
    return tl::unexpected(*stale);
  return *slate;
}

// Where it would be missing, in words.
std::vector<std::string> uses_of(soci::session& sql, const GivenSlate& slate) {
  std::vector<std::string> uses;
  if (const auto channel = ChannelTable(sql).by_id(slate.channel)) {
    for (const SlateOccasion occasion : kSlateOccasions)
      if (channel->slate_choice.on[occasion] == slate.id)
        uses.push_back(fmt::format("the channel shows it as \"{}\"", name_of(occasion)));
  }
  const AirRow air = AirTable(sql).of(slate.channel);
  if (air.order == OrderedAir::kSlate && air.order_slate == slate.id)
    uses.emplace_back("it is on air by order");
  if ((air.cut || !air.cut_asked.id.empty()) && air.cut_slate == slate.id)
    uses.emplace_back("an emergency cut shows it");
  size_t sessions = 0;
  for (const Session& session : SessionTable(sql).to_come_with_slates(slate.channel)) {
    const auto& chosen = session.slates.values;
    if (std::find(chosen.begin(), chosen.end(), slate.id) == chosen.end()) continue;
    if (++sessions <= kNamedUses)
      uses.push_back(fmt::format("the session \"{}\" shows it", session.title));
  }
  if (sessions > kNamedUses)
    uses.push_back(fmt::format("{} more sessions show it", sessions - kNamedUses));
  return uses;
}

Decided<bool> check_name(const std::string& name) {
  if (const auto fault = fault_of_title("name", name, kMaxNameBytes)) return refuse(422, *fault);
  return true;
}

using OfChannel = std::map<std::string, SessionOfPlan>;

// One of each channel at most: of those in that state the one at `start`. CROSS JOIN, so that
// SQLite goes by channels, too, of which there are few, and by the index of their sessions.
OfChannel sessions_by(soci::session& sql, const char* at, const char* state,
                      const std::string& start) {
  OfChannel sessions;
  std::string channel, slates;
  SessionOfPlan session;
  const std::string query = fmt::format(
      "SELECT sessions.channel_id, sessions.title, sessions.slates, sessions.{} FROM channels CROSS"
      " JOIN sessions WHERE sessions.channel_id = channels.id AND sessions.state = '{}' AND"
      " sessions.start_ms = ({})",
      at, state, start);
  soci::statement rows = (sql.prepare << query, soci::into(channel), soci::into(session.title),
                          soci::into(slates), soci::into(session.at_ms));
  rows.execute();
  while (rows.fetch()) {
    session.chosen = chosen_slates_in(slates);
    sessions.try_emplace(channel, session);
  }
  return sessions;
}

std::optional<SessionOfPlan> of(const OfChannel& sessions, const std::string& channel) {
  const auto found = sessions.find(channel);
  if (found == sessions.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Decided<bool> check_room_for_slate(soci::session& sql, const std::string& channel,
                                   const std::string& name) {
  if (auto checked = check_name(name); !checked) return checked;
  if (!ChannelTable(sql).version_of(channel))
    return refuse(404, fmt::format("there is no channel \"{}\"", channel));
  if (SlateTable(sql).of_channel(channel).size() >= kMaxSlates)
    return refuse(
        409,
        fmt::format("the channel has {} slates, and no more are possible; remove one", kMaxSlates));
  return true;
}

Decided<GivenSlate> add_slate(soci::session& sql, const ScheduleContext& context, GivenSlate slate,
                              ByteSpan thumbnail) {
  SlateTable table(sql);
  for (const GivenSlate& other : table.of_channel(slate.channel)) {
    if (other.sha256 != slate.sha256) continue;
    if (other.name == slate.name) return other;
    return refuse(409, fmt::format("the channel has this file already, as \"{}\"", other.name));
  }
  if (auto room = check_room_for_slate(sql, slate.channel, slate.name); !room)
    return tl::unexpected(room.error());
  slate.row = RowVersion::first(context.actor);
  table.insert(slate, thumbnail);
  append_audit(sql, context.actor, "slate.create", slate.id, "", shown(slate));
  return slate;
}

Decided<GivenSlate> rename_slate(soci::session& sql, const ScheduleContext& context,
                                 const std::string& channel, const std::string& id,
                                 const SeenVersion& seen, const std::string& name) {
  const auto before = find_seen(sql, context, channel, id, seen);
  if (!before) return before;
  if (auto checked = check_name(name); !checked) return tl::unexpected(checked.error());
  GivenSlate after = *before;
  after.name = name;
  if (after.name == before->name) return after;
  after.row = before->row.next(context.actor);
  SlateTable(sql).update(after);
  append_audit(sql, context.actor, "slate.change", id, shown(*before), shown(after));
  return after;
}

Decided<GivenSlate> remove_slate(soci::session& sql, const ScheduleContext& context,
                                 const std::string& channel, const std::string& id,
                                 const SeenVersion& seen) {
  const auto slate = find_seen(sql, context, channel, id, seen);
  if (!slate) return slate;
  const auto uses = uses_of(sql, *slate);
  if (!uses.empty()) return refuse(409, fmt::format("the slate stays: {}", fmt::join(uses, "; ")));
  SlateTable(sql).remove(id);
  append_audit(sql, context.actor, "slate.remove", id, shown(*slate), "");
  return slate;
}

Decided<bool> check_slate_of(soci::session& sql, const std::string& channel,
                             const std::string& id) {
  const auto slate = SlateTable(sql).by_id(id);
  if (!slate || slate->channel != channel)
    return refuse(422, fmt::format("slate: the channel has no slate \"{}\"", id.substr(0, 64)));
  return true;
}

Decided<bool> check_chosen(soci::session& sql, const std::string& channel,
                           const ChosenSlates& chosen) {
  for (const SlateOccasion occasion : kSlateOccasions) {
    const std::string& id = chosen[occasion];
    if (id.empty()) continue;
    if (auto checked = check_slate_of(sql, channel, id); !checked)
      return refuse(422, fmt::format("slates.{}: the channel has no slate \"{}\"",
                                     name_of(occasion), id.substr(0, 64)));
  }
  return true;
}

void plan_all_slates(soci::session& sql, std::vector<Channel>& channels,
                     const std::map<std::string, AirRow>& orders) {
  const auto library = SlateTable(sql).by_channel();
  const auto edge_of = [](const char* edge, const char* state) {
    return fmt::format(
        "SELECT {}(own.start_ms) FROM sessions AS own WHERE own.channel_id = channels.id"
        " AND own.state = '{}'",
        edge, state);
  };
  // What is to come begins no longer than a session before the last one that was.
  const std::string last_start = edge_of("MAX", "ended");
  const std::string next_start =
      edge_of("MIN", "scheduled") +
      fmt::format(" AND own.start_ms >= COALESCE(({}), 0) - {}",
                  "SELECT MAX(past.start_ms) FROM sessions AS past WHERE past.channel_id ="
                  " channels.id AND past.state = 'ended'",
                  kLongestSession.count());
  const OfChannel live = sessions_by(sql, "live_ms", "live", edge_of("MAX", "live"));
  const OfChannel next = sessions_by(sql, "start_ms", "scheduled", next_start);
  const OfChannel last = sessions_by(sql, "ended_ms", "ended", last_start);
  for (Channel& channel : channels) {
    SlateSituation situation;
    situation.channel = channel.slate_choice;
    situation.live = of(live, channel.id);
    situation.next = of(next, channel.id);
    situation.last = of(last, channel.id);
    if (const auto order = orders.find(channel.id); order != orders.end()) {
      situation.break_ordered =
          in_force(order->second, situation.live.has_value()).reason == "ordered_slate";
      situation.ordered = order->second.order_slate;
      situation.cut = order->second.cut_slate;
    }
    if (const auto given = library.find(channel.id); given != library.end())
      for (const GivenSlate& slate : given->second)
        situation.library.emplace(slate.id, slate.source());
    channel.slates = plan_slates(situation);
  }
}

}  // namespace longmen
