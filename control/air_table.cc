#include "control/air_table.h"

#include <soci/soci.h>

#include <array>

#include "control/channel_table.h"
#include "control/slate_actions.h"
#include "control/watch_revocation.h"
#include "core/base/names.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::array kOrders{Named{OrderedAir::kAuto, "auto"}, Named{OrderedAir::kSlate, "slate"},
                             Named{OrderedAir::kPrimary, "primary"},
                             Named{OrderedAir::kBackup, "backup"}};

std::optional<ChannelInput> ordered_input(OrderedAir order) {
  if (order == OrderedAir::kPrimary) return ChannelInput::kPrimary;
  if (order == OrderedAir::kBackup) return ChannelInput::kBackup;
  return std::nullopt;
}

}  // namespace

std::string_view name_of(OrderedAir order) {
  return name_in(kOrders, order);
}

std::optional<OrderedAir> ordered_air_named(std::string_view name) {
  return value_in<OrderedAir>(kOrders, name);
}

AirInForce in_force(const AirRow& row, bool session_is_live) {
  const auto input = ordered_input(row.order);
  if (row.cut) return {AirRule::kCut, "cut", input};
  if (row.rehearsal) return {AirRule::kSlate, "rehearsal", input};
  if (row.order == OrderedAir::kSlate) return {AirRule::kSlate, "ordered_slate"};
  if (row.order == OrderedAir::kPrimary) return {AirRule::kFeed, "ordered_primary", input};
  if (row.order == OrderedAir::kBackup) return {AirRule::kFeed, "ordered_backup", input};
  if (row.needs_session && !session_is_live) return {AirRule::kSlate, "no_session"};
  return {AirRule::kFeed, "auto"};
}

json::object air_to_json(const AirRow& row, bool session_is_live) {
  const AirInForce now = in_force(row, session_is_live);
  return {
      {"channel", row.channel},
      {"order", name_of(row.order)},
      {"slate", row.order_slate.empty() ? json::value(nullptr) : json::value(row.order_slate)},
      {"cut", row.cut},
      {"cut_slate", row.cut_slate},
      {"rehearsal", row.rehearsal},
      {"on_air", row.needs_session ? "session" : "feed"},
      {"in_force", name_of(now.rule)},
      {"reason", now.reason},
      {"cut_asked", row.cut_asked.id.empty() ? json::value(nullptr)
                                             : json::object{{"by", row.cut_asked.by},
                                                            {"by_id", row.cut_asked.id},
                                                            {"until_ms", row.cut_asked.until_ms}}},
      {"version", row.row.version},
      {"changed_ms", row.row.changed_ms},
      {"changed_by", row.row.changed_by}};
}

std::vector<AirRow> AirTable::select(const std::string& condition, std::string value) {
  std::vector<AirRow> found;
  AirRow row;
  std::string order;
  int cut = 0, rehearsal = 0, needs_session = 0;
  soci::statement rows =
      (sql_.prepare << "SELECT channel_id, air_order, cut, cut_slate, rehearsal, needs_session,"
                       " version, changed_ms, changed_by, cut_asked_id, cut_asked_by,"
                       " cut_asked_until_ms, order_slate FROM air_orders "
                    << condition,
       soci::use(value), soci::into(row.channel), soci::into(order), soci::into(cut),
       soci::into(row.cut_slate), soci::into(rehearsal), soci::into(needs_session),
       soci::into(row.row.version), soci::into(row.row.changed_ms), soci::into(row.row.changed_by),
       soci::into(row.cut_asked.id), soci::into(row.cut_asked.by),
       soci::into(row.cut_asked.until_ms), soci::into(row.order_slate));
  rows.execute();
  while (rows.fetch()) {
    // An order of a later version: until somebody gives one that is known, the slate.
    row.order = ordered_air_named(order).value_or(OrderedAir::kSlate);
    row.cut = cut != 0;
    row.rehearsal = rehearsal != 0;
    row.needs_session = needs_session != 0;
    found.push_back(row);
  }
  return found;
}

AirRow AirTable::of(const std::string& channel) {
  auto found = select("WHERE channel_id = :v", channel);
  if (!found.empty()) return std::move(found.front());
  AirRow row;
  row.channel = channel;
  return row;
}

std::map<std::string, AirRow> AirTable::all() {
  std::map<std::string, AirRow> by_channel;
  for (AirRow& row : select("WHERE channel_id <> :v", ""))
    by_channel.emplace(row.channel, row);
  return by_channel;
}

void AirTable::put(const AirRow& row) {
  const std::string order(name_of(row.order));
  const int cut = row.cut, rehearsal = row.rehearsal, needs_session = row.needs_session;
  sql_ << "DELETE FROM air_orders WHERE channel_id = :channel", soci::use(row.channel);
  sql_
      << "INSERT INTO air_orders (channel_id, air_order, cut, cut_slate, rehearsal,"
         " needs_session, version, changed_ms, changed_by, cut_asked_id, cut_asked_by,"
         " cut_asked_until_ms, order_slate) VALUES (:channel, :air_order, :cut, :slate, :rehearsal,"
         " :session, :version, :changed, :by, :asked_id, :asked_by, :asked_until, :order_slate)",
      soci::use(row.channel), soci::use(order), soci::use(cut), soci::use(row.cut_slate),
      soci::use(rehearsal), soci::use(needs_session), soci::use(row.row.version),
      soci::use(row.row.changed_ms), soci::use(row.row.changed_by), soci::use(row.cut_asked.id),
      soci::use(row.cut_asked.by), soci::use(row.cut_asked.until_ms), soci::use(row.order_slate);
}

std::set<std::string> AirTable::channels_with_live_session() {
  std::set<std::string> channels;
  const soci::rowset<std::string> rows =
      (sql_.prepare << "SELECT channel_id FROM sessions WHERE state = 'live'");
  for (const std::string& channel : rows)
    channels.insert(channel);
  return channels;
}

std::vector<Channel> channels_in_force(soci::session& sql) {
  std::vector<Channel> channels = ChannelTable(sql).all();
  fill_revocations(sql, channels);
  AirTable table(sql);
  const auto orders = table.all();
  plan_all_slates(sql, channels, orders);
  for (Channel& channel : channels)
    channel.slate_choice = {};  // what follows from it is in the plan
  if (orders.empty()) return channels;
  const auto live = table.channels_with_live_session();
  for (Channel& channel : channels) {
    const auto order = orders.find(channel.id);
    if (order == orders.end()) continue;
    const AirInForce now = in_force(order->second, live.contains(channel.id));
    channel.air.rule = now.rule;
    channel.air.input = now.input;
  }
  return channels;
}

}  // namespace longmen
