#include "control/recording_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

namespace longmen {
namespace {

std::string shown(const StoredRecording& recording) {
  return boost::json::serialize(recording_to_json(recording));
}

Decided<StoredRecording> find_recording(soci::session& sql, const std::string& id) {
  auto found = RecordingTable(sql).by_id(id);
  if (!found || found->removed_ms != 0 || found->report.state == "gone")
    return refuse(404, fmt::format("there is no recording \"{}\"", id));
  return std::move(*found);
}

Decided<StoredRecording> find_recording(soci::session& sql, const ScheduleContext& context,
                                        const std::string& id, const SeenVersion& seen) {
  auto found = find_recording(sql, id);
  if (!found) return found;
  if (auto stale = outdated(sql, seen, found->row, {"recording", id}, context.settings.zone))
    return tl::unexpected(*stale);
  return found;
}

Decided<StoredRecording> changed_recording(soci::session& sql, const ScheduleContext& context,
                                           const char* action, const StoredRecording& before) {
  auto after = RecordingTable(sql).by_id(before.report.id);
  append_audit(sql, context.actor, action, before.report.id, shown(before), shown(*after));
  return std::move(*after);
}

// Never refused: what must not be seen goes, if need be with all of the clip.
void withdraw_of_clip(soci::session& sql, const ScheduleContext& context, const std::string& id,
                      recording::TimeRange range) {
  RecordingTable table(sql);
  const auto clip = find_recording(sql, id);
  if (!clip) return;
  const RecordingReport& report = clip->report;
  if (range.to_ms <= report.start_ms || (report.end_ms != 0 && range.from_ms >= report.end_ms))
    return;
  RowVersion row = clip->row.next(context.actor);
  if (clip->withdrawn.size() >= recording::kMaxWithdrawn) {
    table.give_back(id, row);
    range = {report.start_ms, std::max(report.end_ms, range.to_ms)};
    row = row.next(context.actor);
  }
  table.withdraw(id, range, context.actor, row);
  (void)changed_recording(sql, context, "recording.withdraw", *clip);
}

}  // namespace

Decided<StoredRecording> keep_recording(soci::session& sql, const ScheduleContext& context,
                                        const std::string& id, const SeenVersion& seen, bool keep) {
  const auto found = find_recording(sql, context, id, seen);
  if (!found || found->keep == keep) return found;
  RecordingTable(sql).set_keep(id, keep, found->row.next(context.actor));
  return changed_recording(sql, context, "recording.change", *found);
}

Decided<StoredRecording> trim_recording(soci::session& sql, const ScheduleContext& context,
                                        const std::string& id, const SeenVersion& seen,
                                        const recording::TimeRange& shown) {
  const auto found = find_recording(sql, context, id, seen);
  if (!found) return found;
  recording::TimeRange range;
  if (shown != range) {
    const RecordingReport& report = found->report;
    if (report.end_ms == 0) return refuse(409, "it goes on; it can be trimmed when it has ended");
    if (!recording::is_range(shown) || shown.to_ms <= report.start_ms ||
        shown.from_ms >= report.end_ms)
      return refuse(422,
                    "shown: from_ms and to_ms, the second one later, of its own time are "
                    "allowed, or null");
    // Whole segments, of which nothing that was asked for is left out.
    const int64_t step = std::max<int64_t>(1, report.segment_ms);
    range.from_ms = shown.from_ms / step * step;
    range.to_ms = (shown.to_ms + step - 1) / step * step;
  }
  if (found->shown == range) return found;
  RecordingTable(sql).set_shown(id, range, found->row.next(context.actor));
  return changed_recording(sql, context, "recording.trim", *found);
}

Decided<StoredRecording> remove_recording(soci::session& sql, const ScheduleContext& context,
                                          const std::string& id, const SeenVersion& seen,
                                          const std::string& confirmed) {
  const auto found = find_recording(sql, context, id, seen);
  if (!found) return found;
  if (confirmed != id)
    return refuse(409, "what is removed is gone for good: say so with confirm, the id again");
  if (found->keep) return refuse(409, "it is kept for ever; end that first");
  if (found->report.state == "recording")
    return refuse(409, "it is being recorded; end the session first");
  RecordingTable(sql).set_removed(id, found->row.next(context.actor));
  return changed_recording(sql, context, "recording.remove", *found);
}

Decided<StoredRecording> withdraw_range(soci::session& sql, const ScheduleContext& context,
                                        const std::string& id, const recording::TimeRange& range) {
  const auto found = find_recording(sql, id);
  if (!found) return found;
  if (range.from_ms < 0 || range.to_ms <= range.from_ms || range.to_ms >= int64_t{1} << 43)
    return refuse(422, "from_ms and to_ms: two instants, the second one later, are allowed");
  if (found->withdrawn.size() >= recording::kMaxWithdrawn)
    return refuse(409, fmt::format("{} ranges of it are withdrawn; remove it, or give some back",
                                   recording::kMaxWithdrawn));
  RecordingTable table(sql);
  table.withdraw(id, range, context.actor, found->row.next(context.actor));
  // Clips are of the same media, also those of a clip that has gone.
  std::set<std::string> clips{id};
  std::vector<std::string> to_look{id};
  while (!to_look.empty()) {
    const std::string of = to_look.back();
    to_look.pop_back();
    for (const std::string& clip : table.clips_of(of)) {
      if (!clips.insert(clip).second) continue;
      to_look.push_back(clip);
      withdraw_of_clip(sql, context, clip, range);
    }
  }
  return changed_recording(sql, context, "recording.withdraw", *found);
}

Decided<StoredRecording> give_back_ranges(soci::session& sql, const ScheduleContext& context,
                                          const std::string& id, const SeenVersion& seen) {
  const auto found = find_recording(sql, context, id, seen);
  if (!found || found->withdrawn.empty()) return found;
  RecordingTable(sql).give_back(id, found->row.next(context.actor));
  return changed_recording(sql, context, "recording.give_back", *found);
}

}  // namespace longmen
