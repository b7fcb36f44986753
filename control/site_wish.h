// What the APIs of sites and of screens have in common: a wish out of a body, and a place in a list
// that is sorted by name.
#pragma once

#include <string>
#include <string_view>

#include "control/account_name.h"
#include "control/body_fields.h"
#include "control/site_actions.h"

namespace longmen {

inline void read_site_wish(BodyFields& fields, SiteWish& wish) {
  fields.read("code", wish.code);
  fields.read("name", wish.name);
  fields.read("tier", wish.tier);
  fields.read_or_null("parent", wish.parent);
  fields.read("address", wish.address);
  fields.read("notes", wish.notes);
}

// "00ff00ff00ff00ff.name": the last one's id, and how it is sorted.
inline std::string place_of(std::string_view name, std::string_view id) {
  return std::string(id) + "." + name_key(name);
}
// False: it is none. The empty text is the beginning.
inline bool read_place(std::string_view text, std::string& after_name_key, std::string& after_id) {
  if (text.empty()) return true;
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || text.find('\0') != std::string_view::npos) return false;
  after_id = text.substr(0, dot);
  after_name_key = text.substr(dot + 1);
  return true;
}

}  // namespace longmen
