// Sites (站点): the places whose screens show what is broadcast, in three tiers below the city. The
// table as it stands in the database: what is read and written, not what is allowed
// (control/site_actions.h). Inside the caller's transaction; every function throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/row_version.h"

namespace longmen {

inline constexpr int kMaxSites = 20'000;
inline constexpr int kMaxSitePage = 200;

// From the top of the tree: a site's parent is of a tier above its own.
enum class SiteTier { kCity, kCentre, kTownship, kSite };
std::string_view name_of(SiteTier tier);
// Also in Chinese, as tables of sites have it.
std::optional<SiteTier> site_tier_named(std::string_view name);

struct Site {
  std::string id;
  std::string code;  // by which the network's own registers know it; empty: none
  std::string name;
  SiteTier tier = SiteTier::kSite;
  std::string parent;  // empty: none
  std::string address, notes;
  RowVersion row;

  bool same_texts(const Site& other) const {
    return code == other.code && name == other.name && tier == other.tier &&
           parent == other.parent && address == other.address && notes == other.notes;
  }
};
boost::json::object site_to_json(const Site& site);

struct SiteQuery {
  std::string search;  // within name, code or address; Latin letters of either case
  std::optional<SiteTier> tier;
  std::string parent;          // empty: any
  bool unenrolled = false;     // that have a screen which nobody enrolled
  std::string after_name_key;  // behind this place in the order by name, then id
  std::string after_id;
  int limit = kMaxSitePage;
};

// A site with what a list shows of its surroundings.
struct ListedSite {
  Site site;
  std::string parent_name;
  int screens = 0;
  int children = 0;
};

class SiteTable {
 public:
  explicit SiteTable(soci::session& sql) : sql_(sql) {}
  std::optional<Site> by_id(const std::string& id);
  std::optional<Site> by_code(const std::string& code);
  std::optional<Site> by_name(const std::string& parent, std::string_view name);
  // Of those that the query finds, in its order, the first `limit` for which `wanted` holds; it
  // may be empty. Reads on until it has them.
  std::vector<ListedSite> page(const SiteQuery& query,
                               const std::function<bool(const Site&)>& wanted);
  // Tier by tier, each by name: a parent stands before its children.
  std::vector<Site> all();
  int count();
  int screens_of(const std::string& id);
  int children_of(const std::string& id);
  // The uppermost tier among the children; nothing without children.
  std::optional<SiteTier> highest_child(const std::string& id);
  void insert(const Site& site);
  void update(const Site& site);
  void remove(const std::string& id);

 private:
  std::vector<Site> select(const std::string& condition, const std::vector<std::string>& values);
  std::vector<ListedSite> list(const SiteQuery& query);
  soci::session& sql_;
};

// For LIKE ... ESCAPE '!': whatever holds `text` in whatever case.
std::string like_pattern(std::string_view text);

}  // namespace longmen
