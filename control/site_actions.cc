#include "control/site_actions.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "control/secret.h"

namespace longmen {
namespace json = boost::json;
namespace {

std::string shown(const Site& site) {
  return json::serialize(site_to_json(site));
}

Decided<bool> apply(Site& site, const SiteWish& wish) {
  site.code = wish.code.value_or(site.code);
  site.name = wish.name.value_or(site.name);
  site.parent = wish.parent.value_or(site.parent);
  site.address = wish.address.value_or(site.address);
  site.notes = wish.notes.value_or(site.notes);
  if (wish.tier) {
    const auto tier = site_tier_named(*wish.tier);
    if (!tier) return refuse(422, "tier: city, centre, township or site is allowed");
    site.tier = *tier;
  }
  return true;
}

Decided<bool> check(SiteTable& table, const Site& site) {
  if (auto texts = check_site_texts(site); !texts) return texts;
  if (!site.parent.empty()) {
    const auto parent = table.by_id(site.parent);
    if (!parent) return refuse(422, "parent: there is no such site");
    if (parent->tier >= site.tier) {
      return refuse(422, fmt::format("parent: \"{}\" is a {}, which is not above a {}",
                                     parent->name, name_of(parent->tier), name_of(site.tier)));
    }
  }
  if (const auto below = table.highest_child(site.id); below && *below <= site.tier) {
    return refuse(409, fmt::format("tier: the site has a {} below it, which a {} cannot have",
                                   name_of(*below), name_of(site.tier)));
  }
  const auto of_code = table.by_code(site.code);
  if (of_code && of_code->id != site.id) {
    return refuse(409,
                  fmt::format("code: \"{}\" is that of the site \"{}\"", site.code, of_code->name));
  }
  const auto of_name = table.by_name(site.parent, site.name);
  if (of_name && of_name->id != site.id) {
    return refuse(
        409, fmt::format("there is a site \"{}\" already, below the same parent", of_name->name));
  }
  return true;
}

Decided<Site> seen_site(soci::session& sql, const ScheduleContext& context, const std::string& id,
                        const SeenVersion& seen) {
  auto found = SiteTable(sql).by_id(id);
  if (!found) return refuse(404, "there is no such site");
  if (auto stale = outdated(sql, seen, found->row, {"site", id}, context.settings.zone))
    return tl::unexpected(*stale);
  return std::move(*found);
}

}  // namespace

Decided<Site> create_site(soci::session& sql, const ScheduleContext& context,
                          const SiteWish& wish) {
  SiteTable table(sql);
  Site site;
  site.id = make_id(context.random);
  site.row = RowVersion::first(context.actor);
  if (auto applied = apply(site, wish); !applied) return tl::unexpected(applied.error());
  if (auto checked = check(table, site); !checked) return tl::unexpected(checked.error());
  if (table.count() >= kMaxSites)
    return refuse(409, fmt::format("there are {} sites, and no more are possible", kMaxSites));
  table.insert(site);
  append_audit(sql, context.actor, "site.create", site.id, "", shown(site));
  return site;
}

Decided<Site> change_site(soci::session& sql, const ScheduleContext& context, const std::string& id,
                          const SeenVersion& seen, const SiteWish& wish) {
  auto found = seen_site(sql, context, id, seen);
  if (!found) return found;
  SiteTable table(sql);
  Site site = *found;
  if (auto applied = apply(site, wish); !applied) return tl::unexpected(applied.error());
  if (site.same_texts(*found)) return site;
  if (auto checked = check(table, site); !checked) return tl::unexpected(checked.error());
  site.row = found->row.next(context.actor);
  table.update(site);
  append_audit(sql, context.actor, "site.change", id, shown(*found), shown(site));
  return site;
}

Decided<Site> remove_site(soci::session& sql, const ScheduleContext& context, const std::string& id,
                          const SeenVersion& seen) {
  auto found = seen_site(sql, context, id, seen);
  if (!found) return found;
  SiteTable table(sql);
  if (const int screens = table.screens_of(id); screens > 0) {
    return refuse(409, fmt::format("the site has {} screens; remove them, or move them to another "
                                   "site, first",
                                   screens));
  }
  if (const int children = table.children_of(id); children > 0) {
    return refuse(409,
                  fmt::format("{} sites stand below it; give them another parent first", children));
  }
  table.remove(id);
  append_audit(sql, context.actor, "site.remove", id, shown(*found), "");
  return *found;
}

}  // namespace longmen
