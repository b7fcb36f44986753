#include "core/guide/icalendar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/guide/utc_text.h"

namespace longmen {
namespace {

constexpr size_t kMaxLineOctets = 75;

bool continues_character(char c) {
  return (static_cast<uint8_t>(c) & 0xC0) == 0x80;
}

void add_line(std::string& out, std::string_view line) {
  size_t room = kMaxLineOctets;
  while (line.size() > room) {
    size_t cut = room;
    while (cut > 0 && continues_character(line[cut]))
      --cut;
    if (cut == 0) cut = room;  // no UTF-8 at all
    out.append(line.substr(0, cut)).append("\r\n ");
    line.remove_prefix(cut);
    room = kMaxLineOctets - 1;  // the space counts
  }
  out.append(line).append("\r\n");
}

void add_text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  add_line(out, fmt::format("{}:{}", name, icalendar_text(value)));
}

// A language tag stands in a parameter, where nothing can be escaped.
std::string with_language(std::string_view name, std::string_view language) {
  for (char c : language) {
    const bool allowed =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!allowed) return std::string(name);
  }
  return language.empty() ? std::string(name) : fmt::format("{};LANGUAGE={}", name, language);
}

std::string description_of(const GuideEntry& entry) {
  std::string text = entry.description;
  if (!entry.speakers.empty()) {
    if (!text.empty()) text += "\n\n";
    text += fmt::format("{}", fmt::join(entry.speakers, ", "));
  }
  return text;
}

void add_event(std::string& out, const CalendarOf& calendar, const GuideEntry& entry) {
  add_line(out, "BEGIN:VEVENT");
  add_line(out, fmt::format("UID:{}@{}", entry.id, calendar.host));
  add_line(out, "DTSTAMP:" + icalendar_utc(entry.changed_ms));
  add_line(out, "LAST-MODIFIED:" + icalendar_utc(entry.changed_ms));
  add_line(out, fmt::format("SEQUENCE:{}", entry.version - 1));
  add_line(out, "DTSTART:" + icalendar_utc(entry.start_ms));
  add_line(out, "DTEND:" + icalendar_utc(entry.end_ms));
  const std::string summary = entry.series_title.empty()
                                  ? entry.title
                                  : fmt::format("{}: {}", entry.series_title, entry.title);
  add_text(out, with_language("SUMMARY", entry.language), summary);
  add_text(out, "DESCRIPTION", description_of(entry));
  add_text(out, "LOCATION", entry.place);
  add_text(out, "CATEGORIES", entry.theme_title);
  add_line(out, entry.state == "cancelled" ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
  add_line(out, "TRANSP:TRANSPARENT");
  add_line(out, "END:VEVENT");
}

}  // namespace

std::string icalendar_text(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (static_cast<uint8_t>(c) < 0x20) continue;
    if (c == '\\' || c == ';' || c == ',') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

std::string icalendar(const CalendarOf& calendar, const std::vector<GuideEntry>& entries) {
  std::string out;
  for (std::string_view line : {"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Longmen//Guide//EN",
                                "CALSCALE:GREGORIAN", "METHOD:PUBLISH"})
    add_line(out, line);
  add_text(out, "NAME", calendar.name);
  add_text(out, "X-WR-CALNAME", calendar.name);
  add_line(out, "REFRESH-INTERVAL;VALUE=DURATION:PT15M");
  add_line(out, "X-PUBLISHED-TTL:PT15M");
  for (const GuideEntry& entry : entries)
    add_event(out, calendar, entry);
  add_line(out, "END:VCALENDAR");
  return out;
}

}  // namespace longmen
