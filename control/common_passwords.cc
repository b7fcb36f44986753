#include "control/common_passwords.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "control/account_name.h"

namespace longmen {
namespace {

// As they are without case, spaces and punctuation.
constexpr std::array<std::string_view, 34> kPasswords{
    "1q2w3e4r5t6y",     "1q2w3e4r5t6y7u8i",   "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv", "zaq12wsxcde3",       "q1w2e3r4t5y6",
    "a1b2c3d4e5f6",     "123qweasdzxc",       "qweasdzxc123",
    "qwerty123456",     "123456qwerty",       "qazwsxedcrfv",
    "abcd1234abcd",     "abc123abc123",       "123456abcdef",
    "a123456789123",    "iloveyousomuch",     "correcthorsebatterystaple",
    "thisismypassword", "passwordispassword", "mynameisnobody",
    "changemeplease",   "letmeinplease",      "trustno1trustno1",
    "opensesame123",    "woaini1314520",      "woaini520520",
    "5201314woaini",    "asdfghjkl123",       "zxcvbnm123456",
    "administrator",    "superadministrator", "startrekstarwars",
    "notthepassword",
};
constexpr std::array<std::string_view, 26> kWords{
    "password", "passwort", "passw0rd", "p4ssw0rd", "longmen", "admin",      "administrator",
    "studio",   "welcome",  "letmein",  "iloveyou", "qwerty",  "qwertyuiop", "sunshine",
    "princess", "football", "baseball", "dragon",   "monkey",  "master",     "superman",
    "changeme", "secret",   "woaini",   "mima",     "guest",
};
constexpr std::array<std::string_view, 6> kRows{
    "abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
};
constexpr size_t kLongestPiece = 6;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters in lower case, digits, and what is not ASCII.
std::string plain(std::string_view text) {
  std::string kept;
  for (char c : name_key(text)) {
    if (is_digit(c) || (c >= 'a' && c <= 'z') || (static_cast<uint8_t>(c) & 0x80) != 0)
      kept.push_back(c);
  }
  return kept;
}

bool repeats_a_piece(std::string_view text) {
  for (size_t piece = 1; piece <= std::min(kLongestPiece, text.size() / 2); ++piece) {
    bool same = true;
    for (size_t i = piece; same && i < text.size(); ++i)
      same = text[i] == text[i - piece];
    if (same) return true;
  }
  return false;
}

// Along one of the rows, forwards or backwards and round its end.
bool is_run(std::string_view text) {
  if (text.size() < 2) return false;
  for (std::string_view row : kRows) {
    for (const size_t step : {size_t{1}, row.size() - 1}) {
      size_t at = row.find(text[0]);
      if (at == std::string_view::npos) continue;
      const auto follows = [&](char c) { return row[at = (at + step) % row.size()] == c; };
      if (std::all_of(text.begin() + 1, text.end(), follows)) return true;
    }
  }
  return false;
}

std::string_view without_digits_around(std::string_view text) {
  while (!text.empty() && is_digit(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_digit(text.back()))
    text.remove_suffix(1);
  return text;
}

// `text` is `word`, once or several times.
bool is_made_of(std::string_view text, std::string_view word) {
  if (word.empty() || text.empty()) return false;
  while (text.starts_with(word))
    text.remove_prefix(word.size());
  return text.empty();
}

}  // namespace

bool is_common_password(std::string_view password, std::string_view account_name) {
  if (repeats_a_piece(password)) return true;
  const std::string text = plain(password);
  if (text.empty() || repeats_a_piece(text) || is_run(text)) return true;
  if (std::find(kPasswords.begin(), kPasswords.end(), text) != kPasswords.end()) return true;
  const std::string_view core = without_digits_around(text);
  const std::string name = plain(account_name);
  if (is_made_of(core, name) || is_made_of(text, name) || is_run(core)) return true;
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return is_made_of(core, word); });
}

}  // namespace longmen
