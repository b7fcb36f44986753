#include "control/store_error.h"

#include <soci/error.h>

#include <algorithm>
#include <cctype>

namespace longmen {

std::string words_of(const std::exception& error) {
  const auto* of_database = dynamic_cast<const soci::soci_error*>(&error);
  std::string words = of_database ? of_database->get_error_message() : error.what();
  std::string line;
  for (const char c : words) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with('.') || line.ends_with(' '))
    line.pop_back();
  return line;
}

}  // namespace longmen
