#include "control/audit_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "control/migrations.h"

namespace longmen {
namespace {

constexpr auto kWithin = std::chrono::minutes(10);  // a long audit; the node goes on meanwhile

Result<void> check_schema(Database& database) {
  const int known = all_migrations().back().version;
  return database.read(database.shown(), [&](soci::session& sql) -> Result<void> {
    const auto present = schema_version(sql, database.dialect(), all_migrations());
    if (!present) return tl::unexpected(present.error());
    if (*present < known) {
      return fail(fmt::format("it is of schema {}, this Longmen verifies {}; start the node once",
                              *present, known));
    }
    return {};
  });
}

}  // namespace

Result<AuditNote> parse_audit_note(const std::string& text) {
  constexpr size_t kHashCharacters = 64;
  const size_t colon = text.find(':');
  const size_t end = std::min(colon, text.size());
  int64_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + end, number);
  const std::string hash = colon == std::string::npos ? "" : text.substr(colon + 1);
  const bool is_note = error == std::errc() && stopped == text.data() + end && number > 0 &&
                       hash.size() == kHashCharacters &&
                       hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_note) {
    return fail(
        fmt::format("\"{}\": a note is NUMBER:HASH, the number of a row and its hash of {} "
                    "hexadecimal digits",
                    text, kHashCharacters));
  }
  return AuditNote{number, hash};
}

Result<AuditVerdict> verify_audit_of(StoreSettings settings,
                                     const std::optional<AuditNote>& noted) {
  settings.make_file = false;
  settings.answer_within = kWithin;
  const auto database = Database::open(settings);
  if (!database) return tl::unexpected(database.error());
  if (const auto fit = check_schema(**database); !fit)
    return fail(fmt::format("{}: {}", (*database)->shown(), fit.error().message));
  return verify_audit(**database, noted);
}

}  // namespace longmen
