#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "control/site_plan.h"

namespace longmen {
namespace {

constexpr std::array<std::string_view, 11> kSiteTableColumns{
    "site",   "code",    "tier", "parent", "address",     "notes",
    "screen", "channel", "test", "volume", "volume_fixed"};
constexpr size_t kSiteTableNeeded = 1;  // of them, from the first
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string screen_fields(const Screen& screen) {
  const bool own = screen.volume_rule == VolumeRule::kOwn;
  return fmt::format("{},{},{},{},{}", typed_field(screen.name), csv_field(screen.channel),
                     screen.test ? "yes" : "no", own ? "" : std::to_string(screen.volume_percent),
                     screen.volume_rule == VolumeRule::kFixed ? "yes" : "no");
}

}  // namespace

SiteFile read_sites_csv(std::string_view text) {
  const CsvTable table = CsvTable::read(text, kSiteTableColumns, kSiteTableNeeded);
  SiteFile file;
  file.mistakes = table.mistakes();
  file.lines.reserve(table.rows());
  for (size_t row = 0; row < table.rows(); ++row) {
    const auto field = [&](std::string_view column) { return typed_text(table.text(row, column)); };
    file.lines.push_back({table.line(row), field("code"), field("site"), field("tier"),
                          field("parent"), field("address"), field("notes"), field("screen"),
                          field("channel"), field("test"), field("volume"), field("volume_fixed")});
  }
  return file;
}

std::string write_sites_csv(const std::vector<Site>& sites, const std::vector<Screen>& screens) {
  std::unordered_map<std::string_view, const Site*> by_id;
  for (const Site& site : sites)
    by_id.emplace(site.id, &site);
  std::unordered_multimap<std::string_view, const Screen*> of_site;
  for (const Screen& screen : screens)
    of_site.emplace(screen.site, &screen);
  std::string text(kByteOrderMark);
  text += fmt::format("{}\r\n", fmt::join(kSiteTableColumns, ","));
  for (const Site& site : sites) {
    const auto parent = by_id.find(site.parent);
    // By its code where it has one, since two may have one name.
    const std::string parent_text =
        parent == by_id.end()
            ? ""
            : (parent->second->code.empty() ? parent->second->name : parent->second->code);
    const std::string fields = fmt::format(
        "{},{},{},{},{},{}", typed_field(site.name), typed_field(site.code), name_of(site.tier),
        typed_field(parent_text), typed_field(site.address), typed_field(site.notes));
    const auto [first, last] = of_site.equal_range(site.id);
    if (first == last) text += fmt::format("{},,,,,\r\n", fields);
    for (auto each = first; each != last; ++each)
      text += fmt::format("{},{}\r\n", fields, screen_fields(*each->second));
  }
  return text;
}

}  // namespace longmen
