// A session as the programme guide shows it to the public, with the names of what it belongs to.
// Texts are UTF-8 without control characters (core/base/plain_text.h) and otherwise whatever
// somebody typed: markup, commas, line breaks in the description.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longmen {

struct GuideEntry {
  std::string id;
  std::string channel, channel_name;
  std::string series, series_title;
  std::string title, description;
  std::vector<std::string> speakers;
  std::string theme, theme_title;  // empty: none
  std::string language;            // BCP 47; empty: not told
  std::string place;
  int64_t start_ms = 0, end_ms = 0;  // planned
  std::string state;                 // core/session/session_life.h
  int64_t live_ms = 0, ended_ms = 0;
  int64_t version = 1, changed_ms = 0;
};

}  // namespace longmen
