// A table of sites and screens from elsewhere, held against what is there: what is to be made and
// changed, line by line, and what is wrong with which line. A line is a site, a screen of a site,
// or both; a site that has several screens stands in several lines. A site is known by its code, or
// else by its name and, where that is not enough, its parent; a screen by its site and name. What a
// line leaves empty stays as it is. Parents are in the database or further up in the table. Nothing
// is written (control/site_import.h does), so a whole town's table is checked in a moment and at
// once. Bounds: kMaxCsvRows, kMaxSites, kMaxScreens. Pure but for the random ids.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/csv_table.h"
#include "control/screen_table.h"
#include "control/site_table.h"
#include "core/base/random.h"

namespace longmen {

// As it stands in the file; texts were not looked at yet.
struct SiteLine {
  int line = 0;
  std::string code, site, tier, parent, address, notes;
  std::string screen, channel, test, volume, volume_fixed;  // screen empty: the site alone
};
struct SiteFile {
  std::vector<SiteLine> lines;
  std::vector<ImportMistake> mistakes;
};
// Columns: site; and as many as are wanted of code, tier, parent, address, notes, screen, channel,
// test, volume, volume_fixed.
SiteFile read_sites_csv(std::string_view text);
// The same table of what there is, to be edited and brought in again. With a byte order mark, which
// spreadsheets need to see that it is UTF-8.
std::string write_sites_csv(const std::vector<Site>& sites, const std::vector<Screen>& screens);

// What there is.
struct SiteSnapshot {
  std::vector<Site> sites;
  std::vector<Screen> screens;
  // Id and name, in their order; a screen without another wish has the first.
  std::vector<std::pair<std::string, std::string>> channels;
};

template <class Row>
struct PlannedRow {
  std::optional<Row> before;  // nothing: it is made
  Row after;
};
struct PlannedLine {
  int line = 0;
  std::optional<PlannedRow<Site>> site;
  std::optional<PlannedRow<Screen>> screen;
};
struct SitePlan {
  std::vector<PlannedLine> lines;  // that do something
  std::vector<ImportMistake> mistakes;
  int sites_made = 0, sites_changed = 0, screens_made = 0, screens_changed = 0, unchanged = 0;
};

SitePlan plan_sites(const SiteSnapshot& snapshot, const SiteFile& file, const Actor& actor,
                    const RandomBytes& random);

}  // namespace longmen
