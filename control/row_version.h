// Who changes what they have not seen is told so: each row that people edit has a version that
// rises with every change, its entity tag. A change names the version that it was made looking at
// (If-Match); when another one is there now, 412 says who changed what, and when, from the audit.
// "If-Match: *" is for who wants to overwrite whatever is there. RFC 9110 §13.1.1, RFC 6585 §3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control/audit.h"
#include "control/decided.h"
#include "control/time_zone.h"
#include "net/http_message.h"

namespace longmen {

struct RowVersion {
  int64_t version = 1;
  int64_t changed_ms = 0;
  std::string changed_by;  // the account's name as it was then, "clock", or "configuration"

  static RowVersion first(const Actor& actor) { return {1, actor.now_ms, actor.name}; }
  RowVersion next(const Actor& actor) const { return {version + 1, actor.now_ms, actor.name}; }
};

struct SeenVersion {
  bool any = false;
  int64_t version = 0;
};

std::string etag_of(int64_t version);
// 428 when the request names none.
Decided<SeenVersion> seen_version(const HttpRequest& request);

// What of the audit is about the row: the kind is the part of its actions before the dot, and the
// "version" that stands in them tells the changes apart.
struct AuditSubject {
  std::string_view kind;
  std::string id;
};
// Nothing: it may be changed. Throws as SOCI does.
std::optional<HttpProblem> outdated(soci::session& sql, const SeenVersion& seen,
                                    const RowVersion& now, const AuditSubject& subject,
                                    const TimeZone& zone);

}  // namespace longmen
