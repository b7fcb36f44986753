#include "control/screen_actions.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <boost/json/serialize.hpp>

#include "control/secret.h"
#include "control/site_table.h"
#include "control/watch_revocation.h"
#include "core/sound/sound_language.h"

namespace longmen {
namespace json = boost::json;
namespace {

std::string shown(const Screen& screen) {
  return json::serialize(screen_to_json(screen));
}

Decided<bool> apply(Screen& screen, const ScreenWish& wish) {
  screen.site = wish.site.value_or(screen.site);
  screen.name = wish.name.value_or(screen.name);
  screen.channel = wish.channel.value_or(screen.channel);
  screen.test = wish.test.value_or(screen.test);
  if (wish.volume_rule) {
    const auto rule = volume_rule_named(*wish.volume_rule);
    if (!rule) return refuse(422, "volume_rule: own, start or fixed is allowed");
    screen.volume_rule = *rule;
  }
  if (wish.volume_percent) {
    if (*wish.volume_percent < 0 || *wish.volume_percent > 100)
      return refuse(422, "volume_percent: 0 to 100 is allowed");
    screen.volume_percent = static_cast<int>(*wish.volume_percent);
  }
  if (wish.audio) {
    if (!wish.audio->empty() && !is_language_tag(*wish.audio))
      return refuse(422, "audio: a language tag of BCP 47 is allowed, such as zh or ug, or none");
    screen.audio = *wish.audio;
  }
  return true;
}

std::string first_channel(soci::session& sql) {
  std::string id;
  sql << "SELECT id FROM channels ORDER BY position LIMIT 1", soci::into(id);
  return id;
}

Decided<bool> check(soci::session& sql, const Screen& screen) {
  if (auto texts = check_screen_texts(screen); !texts) return texts;
  if (!SiteTable(sql).by_id(screen.site)) return refuse(422, "site: there is no such site");
  int channels = 0;
  sql << "SELECT COUNT(*) FROM channels WHERE id = :id", soci::into(channels),
      soci::use(screen.channel);
  if (channels == 0)
    return refuse(422, fmt::format("channel: there is no channel \"{}\"", screen.channel));
  const auto other = ScreenTable(sql).by_name(screen.site, screen.name);
  if (other && other->id != screen.id)
    return refuse(409, fmt::format("the site has a screen \"{}\" already", other->name));
  return true;
}

Decided<Screen> seen_screen(soci::session& sql, const ScheduleContext& context,
                            const std::string& id, const SeenVersion& seen) {
  auto found = ScreenTable(sql).by_id(id);
  if (!found) return refuse(404, "there is no such screen");
  if (auto stale = outdated(sql, seen, found->row, {"screen", id}, context.settings.zone))
    return tl::unexpected(*stale);
  return std::move(*found);
}

}  // namespace

Decided<Screen> create_screen(soci::session& sql, const ScheduleContext& context,
                              const ScreenWish& wish) {
  ScreenTable table(sql);
  Screen screen;
  screen.id = make_id(context.random);
  screen.row = RowVersion::first(context.actor);
  if (!wish.channel) screen.channel = first_channel(sql);
  if (auto applied = apply(screen, wish); !applied) return tl::unexpected(applied.error());
  if (auto checked = check(sql, screen); !checked) return tl::unexpected(checked.error());
  if (table.count() >= kMaxScreens)
    return refuse(409, fmt::format("there are {} screens, and no more are possible", kMaxScreens));
  table.insert(screen);
  append_audit(sql, context.actor, "screen.create", screen.id, "", shown(screen));
  return screen;
}

Decided<Screen> change_screen(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen,
                              const ScreenWish& wish) {
  auto found = seen_screen(sql, context, id, seen);
  if (!found) return found;
  Screen screen = *found;
  if (auto applied = apply(screen, wish); !applied) return tl::unexpected(applied.error());
  if (screen.same_texts(*found)) return screen;
  if (auto checked = check(sql, screen); !checked) return tl::unexpected(checked.error());
  screen.row = found->row.next(context.actor);
  ScreenTable(sql).update(screen);
  follow_channel(sql, context, *found, screen);
  append_audit(sql, context.actor, "screen.change", id, shown(*found), shown(screen));
  return screen;
}

Decided<Screen> remove_screen(soci::session& sql, const ScheduleContext& context,
                              const std::string& id, const SeenVersion& seen) {
  auto found = seen_screen(sql, context, id, seen);
  if (!found) return found;
  end_enrolment(sql, context, *found);
  ScreenTable(sql).remove(id);
  append_audit(sql, context.actor, "screen.remove", id, shown(*found), "");
  return *found;
}

void end_enrolment(soci::session& sql, const ScheduleContext& context, const Screen& screen) {
  ScreenTable table(sql);
  const auto credential = table.credential_of(screen.id);
  if (!credential) return;
  revoke_watch(sql, watch_subject(screen.id, credential->hash), screen.channel,
               context.actor.now_ms);
  table.remove_credential_of(screen.id);
}

void follow_channel(soci::session& sql, const ScheduleContext& context, const Screen& before,
                    const Screen& after) {
  if (before.channel == after.channel) return;
  const auto credential = ScreenTable(sql).credential_of(after.id);
  if (!credential) return;
  const std::string subject = watch_subject(after.id, credential->hash);
  revoke_watch(sql, subject, before.channel, context.actor.now_ms);
  allow_watch(sql, subject, after.channel);
}

Decided<Screen> revoke_screen(soci::session& sql, const ScheduleContext& context,
                              const std::string& id) {
  ScreenTable table(sql);
  const auto found = table.by_id(id);
  if (!found) return refuse(404, "there is no such screen");
  const auto credential = table.credential_of(id);
  if (!credential) return refuse(409, "the screen is not enrolled, so there is nothing to revoke");
  end_enrolment(sql, context, *found);
  append_audit(sql, context.actor, "screen.revoke", id,
               json::serialize(json::object{{"enrolled_ms", credential->enrolled_ms},
                                            {"enrolled_by", credential->enrolled_by}}),
               "");
  return *found;
}

}  // namespace longmen
