#include "control/site_plan.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <unordered_set>

#include "control/account_name.h"
#include "control/screen_actions.h"
#include "control/secret.h"
#include "control/site_actions.h"

namespace longmen {
namespace {

// What there is, and what the lines so far make of it.
class Model {
 public:
  explicit Model(const SiteSnapshot& snapshot) {
    for (const Site& site : snapshot.sites)
      put(site);
    for (const Screen& screen : snapshot.screens)
      put(screen);
    for (const auto& [id, name] : snapshot.channels) {
      channels_.emplace(id, id);
      channels_.emplace(name, id);
    }
    if (!snapshot.channels.empty()) first_channel_ = snapshot.channels.front().first;
  }

  const Site* site(const std::string& id) const { return find(sites_, id); }
  const Site* of_code(const std::string& code) const {
    const std::string* id = code.empty() ? nullptr : find(codes_, code);
    return id ? site(*id) : nullptr;
  }
  // Below that parent, where there is one at most.
  const Site* of_place(const std::string& parent, std::string_view name) const {
    const std::string* id = find(places_, in_place(parent, name));
    return id ? site(*id) : nullptr;
  }
  struct Named {
    size_t count = 0;
    const Site* one = nullptr;  // of them
  };
  Named of_name(std::string_view name) const {
    const std::string key = name_key(name);
    return together(named(with_code_, key), named(without_code_, key));
  }
  Named of_name_without_code(std::string_view name) const {
    return named(without_code_, name_key(name));
  }
  std::optional<SiteTier> highest_child(const std::string& parent) const {
    const auto found = children_.find(parent);
    if (found == children_.end()) return std::nullopt;
    for (size_t tier = 0; tier < kTiers; ++tier)
      if (found->second[tier] > 0) return static_cast<SiteTier>(tier);
    return std::nullopt;
  }
  const Screen* screen(const std::string& site, std::string_view name) const {
    return find(screens_, in_place(site, name));
  }
  const std::string* channel(const std::string& id_or_name) const {
    return find(channels_, id_or_name);
  }
  const std::string& first_channel() const { return first_channel_; }
  size_t site_count() const { return sites_.size(); }
  size_t screen_count() const { return screens_.size(); }

  void put(const Site& site) {
    if (const Site* old = find(sites_, site.id)) {
      codes_.erase(old->code);
      (old->code.empty() ? without_code_ : with_code_)[name_key(old->name)].erase(old->id);
      places_.erase(in_place(old->parent, old->name));
      if (!old->parent.empty()) --children_[old->parent][static_cast<size_t>(old->tier)];
    }
    if (!site.code.empty()) codes_[site.code] = site.id;
    (site.code.empty() ? without_code_ : with_code_)[name_key(site.name)].insert(site.id);
    places_[in_place(site.parent, site.name)] = site.id;
    if (!site.parent.empty()) ++children_[site.parent][static_cast<size_t>(site.tier)];
    sites_[site.id] = site;
  }
  void put(const Screen& screen) { screens_[in_place(screen.site, screen.name)] = screen; }

 private:
  static constexpr size_t kTiers = static_cast<size_t>(SiteTier::kSite) + 1;
  using Ids = std::unordered_set<std::string>;
  using ByName = std::unordered_map<std::string, Ids>;

  template <class Map>
  static auto find(const Map& map, const std::string& key) -> decltype(&map.begin()->second) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
  }
  Named named(const ByName& names, const std::string& key) const {
    const Ids* ids = find(names, key);
    if (!ids || ids->empty()) return {};
    return {ids->size(), site(*ids->begin())};
  }
  static Named together(const Named& some, const Named& others) {
    return {some.count + others.count, some.one ? some.one : others.one};
  }
  // Of a site below its parent, of a screen in its site.
  static std::string in_place(const std::string& of, std::string_view name) {
    return of + "\n" + name_key(name);
  }

  std::unordered_map<std::string, Site> sites_;
  std::unordered_map<std::string, std::string> codes_;  // code: id
  ByName with_code_, without_code_;
  std::unordered_map<std::string, std::string> places_;                // in_place: id
  std::unordered_map<std::string, std::array<int, kTiers>> children_;  // of each tier
  std::unordered_map<std::string, Screen> screens_;
  std::unordered_map<std::string, std::string> channels_;  // id or name: id
  std::string first_channel_;
};

class Planner {
 public:
  Planner(const SiteSnapshot& snapshot, const Actor& actor, const RandomBytes& random)
      : model_(snapshot), actor_(actor), random_(random) {}

  // What is wrong with a line leaves no trace of it.
  Result<PlannedLine> plan(const SiteLine& line) {
    PlannedLine planned;
    planned.line = line.line;
    auto site = plan_site(line);
    if (!site) return tl::unexpected(site.error());
    std::optional<PlannedRow<Screen>> screen;
    if (!line.screen.empty()) {
      auto of_line = plan_screen(line, site->after.id);
      if (!of_line) return tl::unexpected(of_line.error());
      screen = std::move(*of_line);
    }
    if (!site->before || !site->after.same_texts(*site->before)) {
      model_.put(site->after);
      planned.site = std::move(*site);
    }
    if (screen && (!screen->before || !screen->after.same_texts(*screen->before))) {
      model_.put(screen->after);
      planned.screen = std::move(screen);
    }
    return planned;
  }

 private:
  static Result<const Site*> one_of(const Model::Named& found, std::string_view column,
                                    std::string_view name) {
    if (found.count > 1) {
      return fail(fmt::format("{}: there are {} sites \"{}\"; say which by {}", column, found.count,
                              name, column == "parent" ? "its code" : "its code or its parent"));
    }
    return found.one;
  }

  Result<std::string> parent_of(const SiteLine& line) {
    if (line.parent.empty()) return std::string();
    if (const Site* of_code = model_.of_code(line.parent)) return of_code->id;
    const auto found = one_of(model_.of_name(line.parent), "parent", line.parent);
    if (!found) return tl::unexpected(found.error());
    if (!*found) {
      return fail(fmt::format("parent: there is no site \"{}\" here or further up in the table",
                              line.parent));
    }
    return (*found)->id;
  }

  // Null: it is new.
  Result<const Site*> known_site(const SiteLine& line, const std::string& parent) {
    if (const Site* of_code = model_.of_code(line.code)) return of_code;
    // A line with a code of its own does not mean a site that has another one.
    if (!parent.empty()) {
      const Site* there = model_.of_place(parent, line.site);
      const bool another = there && !line.code.empty() && !there->code.empty();
      return another ? nullptr : there;
    }
    return one_of(
        line.code.empty() ? model_.of_name(line.site) : model_.of_name_without_code(line.site),
        "site", line.site);
  }

  Result<PlannedRow<Site>> plan_site(const SiteLine& line) {
    const auto parent = parent_of(line);
    if (!parent) return tl::unexpected(parent.error());
    const auto known = known_site(line, *parent);
    if (!known) return tl::unexpected(known.error());
    PlannedRow<Site> planned;
    Site& site = planned.after;
    if (*known) {
      planned.before = **known;
      site = **known;
      site.row = planned.before->row.next(actor_);
    } else {
      site.id = make_id(random_);
      site.row = RowVersion::first(actor_);
    }
    const auto take = [](std::string& text, const std::string& given) {
      if (!given.empty()) text = given;
    };
    take(site.code, line.code);
    take(site.name, line.site);
    take(site.parent, *parent);
    take(site.address, line.address);
    take(site.notes, line.notes);
    if (!line.tier.empty()) {
      const auto tier = site_tier_named(line.tier);
      if (!tier) return fail("tier: city, centre, township or site is allowed");
      site.tier = *tier;
    }
    if (auto right = check(site, !*known); !right) return tl::unexpected(right.error());
    return planned;
  }

  Result<void> check(const Site& site, bool is_new) {
    if (site.name.empty()) return fail("site: a name is needed");
    if (const auto texts = check_site_texts(site); !texts) return fail(texts.error().words);
    if (const Site* parent = model_.site(site.parent); parent && parent->tier >= site.tier) {
      return fail(fmt::format("parent: \"{}\" is a {}, which is not above a {}", parent->name,
                              name_of(parent->tier), name_of(site.tier)));
    }
    if (const auto below = model_.highest_child(site.id); below && *below <= site.tier) {
      return fail(fmt::format("tier: the site has a {} below it, which a {} cannot have",
                              name_of(*below), name_of(site.tier)));
    }
    if (const Site* other = model_.of_code(site.code); other && other->id != site.id)
      return fail(fmt::format("code: \"{}\" is that of the site \"{}\"", site.code, other->name));
    if (const Site* other = model_.of_place(site.parent, site.name);
        other && other->id != site.id) {
      return fail(
          fmt::format("there is a site \"{}\" already, below the same parent", other->name));
    }
    if (is_new && model_.site_count() >= kMaxSites)
      return fail(fmt::format("there are {} sites, and no more are possible", kMaxSites));
    return {};
  }

  Result<PlannedRow<Screen>> plan_screen(const SiteLine& line, const std::string& site) {
    const Screen* known = model_.screen(site, line.screen);
    PlannedRow<Screen> planned;
    Screen& screen = planned.after;
    if (known) {
      planned.before = *known;
      screen = *known;
      screen.row = known->row.next(actor_);
    } else {
      if (model_.screen_count() >= kMaxScreens)
        return fail(fmt::format("there are {} screens, and no more are possible", kMaxScreens));
      screen.id = make_id(random_);
      screen.row = RowVersion::first(actor_);
      screen.site = site;
      screen.name = line.screen;
      screen.channel = model_.first_channel();
    }
    if (!line.channel.empty()) {
      const std::string* channel = model_.channel(line.channel);
      if (!channel) return fail(fmt::format("channel: there is no channel \"{}\"", line.channel));
      screen.channel = *channel;
    }
    if (screen.channel.empty()) return fail("channel: there is none yet");
    if (!line.test.empty()) {
      const auto test = yes_or_no(line.test);
      if (!test) return fail("test: yes or no is allowed");
      screen.test = *test;
    }
    if (auto taken = take_volume(line, screen); !taken) return tl::unexpected(taken.error());
    if (const auto texts = check_screen_texts(screen); !texts)
      return fail("screen: " + texts.error().words);
    return planned;
  }

  static Result<void> take_volume(const SiteLine& line, Screen& screen) {
    const auto fixed = yes_or_no(line.volume_fixed);
    if (!fixed) return fail("volume_fixed: yes or no is allowed");
    if (line.volume.empty()) {
      if (*fixed) return fail("volume_fixed: the volume is missing");
      return {};
    }
    int percent = -1;
    const char* end = line.volume.data() + line.volume.size();
    const auto [stop, error] = std::from_chars(line.volume.data(), end, percent);
    if (error != std::errc() || stop != end || percent < 0 || percent > 100)
      return fail("volume: a percentage is allowed, 0 to 100, or nothing");
    screen.volume_percent = percent;
    screen.volume_rule = *fixed ? VolumeRule::kFixed : VolumeRule::kStart;
    return {};
  }

  Model model_;
  const Actor& actor_;
  const RandomBytes& random_;
};

}  // namespace

SitePlan plan_sites(const SiteSnapshot& snapshot, const SiteFile& file, const Actor& actor,
                    const RandomBytes& random) {
  SitePlan plan;
  plan.mistakes = file.mistakes;
  Planner planner(snapshot, actor, random);
  for (const SiteLine& line : file.lines) {
    auto planned = planner.plan(line);
    if (!planned) {
      plan.mistakes.push_back({line.line, planned.error().message});
      continue;
    }
    if (planned->site) ++(planned->site->before ? plan.sites_changed : plan.sites_made);
    if (planned->screen) ++(planned->screen->before ? plan.screens_changed : plan.screens_made);
    if (planned->site || planned->screen) {
      plan.lines.push_back(std::move(*planned));
    } else {
      ++plan.unchanged;
    }
  }
  return plan;
}

}  // namespace longmen
