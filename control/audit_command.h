// `longmen audit verify`: opens a node's database and goes through its audit, whether the node runs
// or not. Makes no database and brings none up to date: an older or newer schema is refused.
#pragma once

#include "control/audit.h"
#include "control/database.h"

namespace longmen {

// Errors are about the database; a chain that is broken is a verdict.
Result<AuditVerdict> verify_audit_of(StoreSettings settings,
                                     const std::optional<AuditNote>& noted = std::nullopt);

// "NUMBER:HASH", as it was noted.
Result<AuditNote> parse_audit_note(const std::string& text);

}  // namespace longmen
