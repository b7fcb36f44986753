#include "control/row_version.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <vector>

namespace longmen {
namespace json = boost::json;
namespace {

constexpr int kToldChanges = 3;

json::object object_of(const std::string& text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  return !error && value.is_object() ? std::move(value.as_object()) : json::object();
}

std::vector<std::string> differing(const json::object& before, const json::object& after) {
  std::vector<std::string> names;
  for (const auto& [name, value] : after) {
    if (name == "version" || name == "changed_ms" || name == "changed_by") continue;
    const json::value* old = before.if_contains(name);
    if (!old || *old != value) names.emplace_back(name);
  }
  return names;
}

// "li changed title, place at 2026-11-26 19:31"
std::string words_of_change(const AuditRow& row, const TimeZone& zone) {
  const auto names = differing(object_of(row.before), object_of(row.after));
  return fmt::format(
      "{} changed {} at {} ({})", row.actor,
      names.empty() ? "nothing that is shown" : fmt::format("{}", fmt::join(names, ", ")),
      zone.words(row.at_ms), zone.name());
}

}  // namespace

std::string etag_of(int64_t version) {
  return fmt::format("\"{}\"", version);
}

Decided<SeenVersion> seen_version(const HttpRequest& request) {
  const std::string_view text = trim_spaces(request.fields.value("If-Match"));
  if (text.empty()) {
    return refuse(428,
                  "read it first, and send its ETag as If-Match, so that nobody's change is "
                  "undone by accident");
  }
  SeenVersion seen;
  seen.any = text == "*";
  if (seen.any) return seen;
  if (text.size() >= 3 && text.front() == '"' && text.back() == '"') {
    const char* end = text.data() + text.size() - 1;
    const auto [stop, error] = std::from_chars(text.data() + 1, end, seen.version);
    if (error == std::errc() && stop == end) return seen;
  }
  seen.version = -1;  // some other tag: it is none of ours, so it does not match
  return seen;
}

std::optional<HttpProblem> outdated(soci::session& sql, const SeenVersion& seen,
                                    const RowVersion& now, const AuditSubject& subject,
                                    const TimeZone& zone) {
  if (seen.any || seen.version == now.version) return std::nullopt;
  std::vector<std::string> changes;
  for (const AuditRow& row : audit_rows_of(sql, subject.kind, subject.id, kToldChanges)) {
    const json::object after = object_of(row.after);
    const json::value* version = after.if_contains("version");
    if (version && version->is_int64() && version->get_int64() > seen.version)
      changes.push_back(words_of_change(row, zone));
  }
  if (changes.empty()) {
    changes.push_back(fmt::format("{} changed it at {} ({})", now.changed_by,
                                  zone.words(now.changed_ms), zone.name()));
  }
  return HttpProblem{412, fmt::format("it was changed after you read it: {}. Read it again, and "
                                      "make your change to what is there now",
                                      fmt::join(changes, "; before that "))};
}

}  // namespace longmen
