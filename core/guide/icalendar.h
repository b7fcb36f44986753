// The programme guide as an iCalendar that people subscribe to: one VEVENT a session, named for
// good by its id, so that a change or a cancellation reaches whoever has it. Lines end in CRLF and
// have at most 75 octets, folded between characters. RFC 5545 §3.1, §3.3.11, §3.6.1; RFC 7986 §5
// (NAME, REFRESH-INTERVAL).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/guide/guide_entry.h"

namespace longmen {

struct CalendarOf {
  std::string name;  // "Secretary Talk", or the node's
  std::string host;  // in the events' UIDs
};

std::string icalendar(const CalendarOf& calendar, const std::vector<GuideEntry>& entries);

// TEXT: backslash, semicolon, comma and line break escaped.
std::string icalendar_text(std::string_view text);

}  // namespace longmen
