#include "core/guide/xmltv.h"

#include <fmt/format.h>

#include "core/guide/utc_text.h"

namespace longmen {
namespace {

void add_element(std::string& out, std::string_view name, std::string_view attributes,
                 std::string_view text) {
  if (text.empty()) return;
  out += fmt::format("    <{}{}>{}</{}>\n", name, attributes, xml_text(text), name);
}

void add_programme(std::string& out, const GuideEntry& entry) {
  const std::string lang =
      entry.language.empty() ? "" : fmt::format(" lang=\"{}\"", xml_text(entry.language));
  out += fmt::format("  <programme start=\"{}\" stop=\"{}\" channel=\"{}\">\n",
                     xmltv_utc(entry.start_ms), xmltv_utc(entry.end_ms), xml_text(entry.channel));
  add_element(out, "title", lang, entry.series_title);
  add_element(out, "sub-title", lang, entry.title);
  add_element(out, "desc", lang, entry.description);
  if (!entry.speakers.empty()) {
    out += "    <credits>\n";
    for (const std::string& speaker : entry.speakers)
      out += fmt::format("      <guest>{}</guest>\n", xml_text(speaker));
    out += "    </credits>\n";
  }
  add_element(out, "category", "", entry.theme_title);
  add_element(out, "language", "", entry.language);
  out += "  </programme>\n";
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        if (static_cast<uint8_t>(c) >= 0x20) escaped.push_back(c);
    }
  }
  return escaped;
}

std::string xmltv(const std::vector<std::pair<std::string, std::string>>& channels,
                  const std::vector<GuideEntry>& entries) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!DOCTYPE tv SYSTEM \"xmltv.dtd\">\n"
      "<tv generator-info-name=\"Longmen\">\n";
  for (const auto& [id, name] : channels) {
    out += fmt::format("  <channel id=\"{}\">\n    <display-name>{}</display-name>\n  </channel>\n",
                       xml_text(id), xml_text(name));
  }
  for (const GuideEntry& entry : entries) {
    if (entry.state != "cancelled") add_programme(out, entry);
  }
  out += "</tv>\n";
  return out;
}

}  // namespace longmen
