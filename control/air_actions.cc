#include "control/air_actions.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <boost/json/serialize.hpp>

#include "control/channel_table.h"
#include "control/session_table.h"
#include "control/slate_actions.h"

namespace longmen {
namespace json = boost::json;
namespace {

bool has_live_session(soci::session& sql, const std::string& channel) {
  return SessionTable(sql).live_on(channel).has_value();
}

Decided<AirRow> find_air(soci::session& sql, const std::string& channel) {
  if (!ChannelTable(sql).version_of(channel))
    return refuse(404, fmt::format("there is no channel \"{}\"", channel));
  return AirTable(sql).of(channel);
}

Decided<AirRow> find_seen_air(soci::session& sql, const ScheduleContext& context,
                              const std::string& channel, const SeenVersion& seen) {
  auto row = find_air(sql, channel);
  if (!row) return row;
  if (auto stale = outdated(sql, seen, row->row, {"air", channel}, context.settings.zone))
    return tl::unexpected(*stale);
  return row;
}

Decided<bool> apply(soci::session& sql, const AirWish& wish, AirRow& row) {
  if (wish.order) {
    const auto order = ordered_air_named(*wish.order);
    if (!order) return refuse(422, "order: auto, slate, primary or backup is allowed");
    row.order = *order;
    row.order_slate.clear();
  }
  if (wish.slate && !wish.slate->empty()) {
    if (row.order != OrderedAir::kSlate)
      return refuse(422, "slate: with the order \"slate\" alone it is allowed");
    if (auto there = check_slate_of(sql, row.channel, *wish.slate); !there) return there;
  }
  if (wish.slate) row.order_slate = *wish.slate;
  if (wish.on_air) {
    if (*wish.on_air != "feed" && *wish.on_air != "session")
      return refuse(422, "on_air: feed or session is allowed");
    row.needs_session = *wish.on_air == "session";
  }
  row.rehearsal = wish.rehearsal.value_or(row.rehearsal);
  return true;
}

json::object write_air(soci::session& sql, const ScheduleContext& context, std::string_view action,
                       const AirRow& before, AirRow after) {
  const bool live = has_live_session(sql, before.channel);
  after.row = before.row.next(context.actor);
  AirTable(sql).put(after);
  json::object shown = air_to_json(after, live);
  append_audit(sql, context.actor, std::string(action), before.channel,
               json::serialize(air_to_json(before, live)), json::serialize(shown));
  return shown;
}

}  // namespace

Decided<json::object> show_air(soci::session& sql, const std::string& channel) {
  const auto row = find_air(sql, channel);
  if (!row) return tl::unexpected(row.error());
  return air_to_json(*row, has_live_session(sql, channel));
}

Decided<json::object> order_air(soci::session& sql, const ScheduleContext& context,
                                const std::string& channel, const SeenVersion& seen,
                                const AirWish& wish) {
  const auto before = find_seen_air(sql, context, channel, seen);
  if (!before) return tl::unexpected(before.error());
  AirRow after = *before;
  if (auto applied = apply(sql, wish, after); !applied) return tl::unexpected(applied.error());
  if (after.rehearsal && !before->rehearsal) {
    if (const auto live = SessionTable(sql).live_on(channel)) {
      return refuse(409, fmt::format("\"{}\" is live on this channel; end it before you rehearse",
                                     live->title));
    }
  }
  const bool same = after.order == before->order && after.order_slate == before->order_slate &&
                    after.rehearsal == before->rehearsal &&
                    after.needs_session == before->needs_session;
  if (same) return air_to_json(*before, has_live_session(sql, channel));
  return write_air(sql, context, "air.order", *before, after);
}

Decided<json::object> cut_air(soci::session& sql, const ScheduleContext& context,
                              const std::string& channel, const std::string& slate) {
  const auto before = find_air(sql, channel);
  if (!before) return tl::unexpected(before.error());
  if (!slate.empty() && slate != kStandbySlate) {
    if (auto there = check_slate_of(sql, channel, slate); !there)
      return tl::unexpected(there.error());
  }
  AirRow after = *before;
  if (before->cut) {
    if (slate.empty() || slate == before->cut_slate)
      return air_to_json(*before, has_live_session(sql, channel));
    after.cut_slate = slate;  // another one on every screen: nothing is shown that was not
    return write_air(sql, context, "air.cut", *before, after);
  }
  const auto wait = context.settings.second_person_within;
  const AirRow::CutAsked& asked = before->cut_asked;
  if (wait.count() > 0 && !asked.stands(context.actor.now_ms)) {
    after.cut_asked = {context.actor.id, context.actor.name, context.actor.now_ms + wait.count()};
    after.cut_slate = slate.empty() ? kStandbySlate : slate;
    return write_air(sql, context, "air.ask_cut", *before, after);
  }
  if (wait.count() > 0 && asked.id == context.actor.id)
    return air_to_json(*before, has_live_session(sql, channel));
  after.cut = true;
  // Who confirms and names none wants what was asked for.
  if (!slate.empty() || !asked.stands(context.actor.now_ms))
    after.cut_slate = slate.empty() ? kStandbySlate : slate;
  after.cut_asked = {};
  return write_air(sql, context, "air.cut", *before, after);
}

Decided<json::object> undo_cut(soci::session& sql, const ScheduleContext& context,
                               const std::string& channel, const SeenVersion& seen) {
  const auto before = find_seen_air(sql, context, channel, seen);
  if (!before) return tl::unexpected(before.error());
  const bool asked = before->cut_asked.stands(context.actor.now_ms);
  if (!before->cut && !asked) return refuse(409, "the channel is not cut");
  AirRow after = *before;
  after.cut = false;
  after.cut_asked = {};
  return write_air(sql, context, before->cut ? "air.undo_cut" : "air.unask_cut", *before, after);
}

void end_rehearsal(soci::session& sql, const ScheduleContext& context, const std::string& channel) {
  const AirRow before = AirTable(sql).of(channel);
  if (!before.rehearsal) return;
  AirRow after = before;
  after.rehearsal = false;
  write_air(sql, context, "air.order", before, after);
}

}  // namespace longmen
