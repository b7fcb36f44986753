#include "control/overlay_table.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <set>

#include "control/channel_table.h"
#include "core/base/base64url.h"
#include "core/base/sha256.h"
#include "core/picture/png_header.h"
#include "net/state_file.h"

namespace longmen {
namespace json = boost::json;
namespace {

// One of a later version that is not understood: nothing is laid over.
Overlay overlay_in_column(const std::string& column) {
  boost::system::error_code error;
  const auto value = json::parse(column, error);
  if (error || !value.is_object()) return {};
  return read_overlay(value.as_object(), {}, OverlayFile::kWith).value_or(Overlay());
}

std::string overlay_column(Overlay overlay) {
  overlay.logo.file.clear();  // a node's own
  return json::serialize(to_json(overlay, OverlayFile::kWith));
}

Decided<OverlayRow> find_seen_overlay(soci::session& sql, const ScheduleContext& context,
                                      const std::string& channel, const SeenVersion& seen) {
  if (!ChannelTable(sql).version_of(channel))
    return refuse(404, fmt::format("there is no channel \"{}\"", channel));
  OverlayRow row = OverlayTable(sql).of(channel);
  if (auto stale = outdated(sql, seen, row.row, {"overlay", channel}, context.settings.zone))
    return tl::unexpected(*stale);
  return row;
}

json::object write_overlay(soci::session& sql, const ScheduleContext& context,
                           std::string_view action, const OverlayRow& before, OverlayRow after,
                           const Bytes& logo) {
  after.row = before.row.next(context.actor);
  OverlayTable(sql).put(after, logo);
  json::object shown = overlay_to_json(after);
  append_audit(sql, context.actor, std::string(action), before.channel,
               json::serialize(overlay_to_json(before)), json::serialize(shown));
  return shown;
}

}  // namespace

json::object overlay_to_json(const OverlayRow& row) {
  json::object shown = to_json(row.overlay, OverlayFile::kWithout);
  shown["channel"] = row.channel;
  shown["version"] = row.row.version;
  shown["changed_ms"] = row.row.changed_ms;
  shown["changed_by"] = row.row.changed_by;
  return shown;
}

std::vector<OverlayRow> OverlayTable::select(const std::string& condition,
                                             const std::string& value) {
  std::vector<OverlayRow> found;
  OverlayRow row;
  std::string overlay;
  soci::statement rows =
      (sql_.prepare << "SELECT channel_id, overlay, version, changed_ms, changed_by FROM overlays "
                    << condition,
       soci::use(value), soci::into(row.channel), soci::into(overlay), soci::into(row.row.version),
       soci::into(row.row.changed_ms), soci::into(row.row.changed_by));
  rows.execute();
  while (rows.fetch()) {
    row.overlay = overlay_in_column(overlay);
    found.push_back(row);
  }
  return found;
}

OverlayRow OverlayTable::of(const std::string& channel) {
  auto found = select("WHERE channel_id = :v", channel);
  if (!found.empty()) return std::move(found.front());
  OverlayRow row;
  row.channel = channel;
  return row;
}

Bytes OverlayTable::logo_of(const std::string& channel) {
  std::string logo;
  sql_ << "SELECT logo FROM overlays WHERE channel_id = :channel", soci::into(logo),
      soci::use(channel);
  if (!sql_.got_data()) return {};
  return from_base64url(logo).value_or(Bytes());
}

void OverlayTable::put(const OverlayRow& row, const Bytes& logo) {
  const std::string overlay = overlay_column(row.overlay), png = base64url(logo);
  sql_ << "DELETE FROM overlays WHERE channel_id = :channel", soci::use(row.channel);
  sql_ << "INSERT INTO overlays (channel_id, overlay, logo, version, changed_ms, changed_by)"
          " VALUES (:channel, :overlay, :logo, :version, :changed, :by)",
      soci::use(row.channel), soci::use(overlay), soci::use(png), soci::use(row.row.version),
      soci::use(row.row.changed_ms), soci::use(row.row.changed_by);
}

std::vector<std::string> OverlayTable::fill(std::vector<Channel>& channels,
                                            const std::string& folder) {
  std::vector<std::string> troubles;
  std::set<std::string> kept;
  std::error_code error;
  for (OverlayRow& row : select("WHERE channel_id <> :v", "")) {
    const auto channel = std::ranges::find(channels, row.channel, &Channel::id);
    if (channel == channels.end()) continue;
    Overlay::Logo& logo = row.overlay.logo;
    if (!logo.digest.empty()) {
      logo.file = folder + "/" + logo.digest + ".png";
      kept.insert(logo.file);
      if (!std::filesystem::exists(logo.file, error)) {
        std::filesystem::create_directories(folder, error);
        const Bytes png = logo_of(row.channel);
        if (auto written = write_state_file(logo.file, as_text(png)); !written) {
          troubles.push_back(written.error().message);
          logo.digest.clear();
          logo.file.clear();
        }
      }
    }
    channel->overlay = row.overlay;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string file = folder + "/" + entry.path().filename().string();
    if (!kept.contains(file)) std::filesystem::remove(entry.path(), error);
  }
  return troubles;
}

Decided<json::object> show_overlay(soci::session& sql, const std::string& channel) {
  if (!ChannelTable(sql).version_of(channel))
    return refuse(404, fmt::format("there is no channel \"{}\"", channel));
  return overlay_to_json(OverlayTable(sql).of(channel));
}

Decided<json::object> change_overlay(soci::session& sql, const ScheduleContext& context,
                                     const std::string& channel, const SeenVersion& seen,
                                     const json::object& wish) {
  const auto before = find_seen_overlay(sql, context, channel, seen);
  if (!before) return tl::unexpected(before.error());
  OverlayRow after = *before;
  const auto overlay = read_overlay(wish, before->overlay, OverlayFile::kWithout);
  if (!overlay) return refuse(422, overlay.error().message);
  after.overlay = *overlay;
  if (after.overlay == before->overlay) return overlay_to_json(*before);
  return write_overlay(sql, context, "overlay.change", *before, after,
                       OverlayTable(sql).logo_of(channel));
}

Decided<json::object> change_logo(soci::session& sql, const ScheduleContext& context,
                                  const std::string& channel, const SeenVersion& seen,
                                  const Bytes& png) {
  const auto before = find_seen_overlay(sql, context, channel, seen);
  if (!before) return tl::unexpected(before.error());
  OverlayRow after = *before;
  after.overlay.logo.digest.clear();
  if (!png.empty()) {
    if (const auto header = read_png_header(png); !header)
      return refuse(422, "logo: " + header.error().message);
    after.overlay.logo.digest = sha256_hex(png);
  }
  if (after.overlay == before->overlay) return overlay_to_json(*before);
  return write_overlay(sql, context, png.empty() ? "overlay.remove_logo" : "overlay.change_logo",
                       *before, after, png);
}

}  // namespace longmen
