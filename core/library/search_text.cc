#include "core/library/search_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/base/utf8.h"

namespace longmen::library {
namespace {

struct CharacterRange {
  char32_t first, last;
};
template <size_t kCount>
bool is_in(const std::array<CharacterRange, kCount>& ranges, char32_t character) {
  return std::ranges::any_of(ranges, [character](const CharacterRange& range) {
    return character >= range.first && character <= range.last;
  });
}

// Written without spaces between words.
constexpr std::array kUnspaced{
    CharacterRange{0x3005, 0x3007},    // 々 〆 〇
    CharacterRange{0x3041, 0x30FA},    // Hiragana, Katakana
    CharacterRange{0x30FC, 0x318F},    // ー, Bopomofo, Hangul letters
    CharacterRange{0x31A0, 0x31FF},    //
    CharacterRange{0x3400, 0x4DBF},    // Han, extension A
    CharacterRange{0x4E00, 0x9FFF},    // Han
    CharacterRange{0xAC00, 0xD7A3},    // Hangul
    CharacterRange{0xF900, 0xFAFF},    // Han, compatibility
    CharacterRange{0xFF66, 0xFF9F},    // Katakana, half width
    CharacterRange{0x20000, 0x3FFFD},  // Han, extensions B and on
};
// Of what is beyond ASCII.
constexpr std::array kBetweenWords{
    CharacterRange{0x0080, 0x00A9},    CharacterRange{0x00AB, 0x00B4},
    CharacterRange{0x00B6, 0x00B9},    CharacterRange{0x00BB, 0x00BF},
    CharacterRange{0x00D7, 0x00D7},    CharacterRange{0x00F7, 0x00F7},
    CharacterRange{0x2000, 0x206F},    CharacterRange{0x20A0, 0x20CF},
    CharacterRange{0x2190, 0x245F},    CharacterRange{0x2500, 0x2BFF},
    CharacterRange{0x2E00, 0x2E7F},    CharacterRange{0x3000, 0x3004},
    CharacterRange{0x3008, 0x3020},    CharacterRange{0x302A, 0x3030},
    CharacterRange{0x303D, 0x303F},    CharacterRange{0x30FB, 0x30FB},
    CharacterRange{0xE000, 0xF8FF},    CharacterRange{0xFE00, 0xFE6F},
    CharacterRange{0xFEFF, 0xFEFF},    CharacterRange{0xFF00, 0xFF65},
    CharacterRange{0xFFE0, 0xFFFF},    CharacterRange{0x1F000, 0x1FAFF},
    CharacterRange{0xE0000, 0x10FFFF},
};

bool is_between_words(char32_t character) {
  if (character >= 0x80) return is_in(kBetweenWords, character);
  const bool letter = character >= 'a' && character <= 'z';
  const bool digit = character >= '0' && character <= '9';
  return !letter && !digit;  // after lower_case()
}

char32_t lower_case(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (within('A', 'Z') || (within(0xC0, 0xDE) && c != 0xD7)) return c + 0x20;
  if (within(0x100, 0x137) || within(0x14A, 0x177)) {
    if (c == 0x130) return 'i';
    return c == 0x131 ? c : c | 1;
  }
  if (within(0x139, 0x148) || within(0x179, 0x17E)) return c + (c & 1);
  if (c == 0x178) return 0xFF;
  if (within(0x391, 0x3A9) && c != 0x3A2) return c + 0x20;  // which is no letter
  if (c == 0x3C2) return 0x3C3;                             // the sigma at the end of a word
  if (within(0x410, 0x42F)) return c + 0x20;
  if (within(0x400, 0x40F)) return c + 0x50;
  return c;
}

void append_character(char32_t c, std::string& text) {
  const auto byte = [&text](char32_t value) { text += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

// What a character stands for when it is one for several; empty: for itself.
std::string spelled(char32_t c) {
  static constexpr std::array<std::string_view, 12> kRoman{"i",   "ii",   "iii", "iv", "v",  "vi",
                                                           "vii", "viii", "ix",  "x",  "xi", "xii"};
  if (c >= 0x2460 && c <= 0x2473) return std::to_string(c - 0x2460 + 1);  // ① … ⑳
  if (c >= 0x2160 && c <= 0x216B) return std::string(kRoman[c - 0x2160]);
  if (c >= 0x2170 && c <= 0x217B) return std::string(kRoman[c - 0x2170]);
  return {};
}

// One word of a text that was folded, character by character.
struct Character {
  std::string_view bytes;
  bool unspaced;
};
std::vector<Character> characters_of(std::string_view word) {
  std::vector<Character> characters;
  while (!word.empty()) {
    std::string_view rest = word;
    const auto character = take_utf8(rest);
    if (!character) break;
    characters.push_back({word.substr(0, word.size() - rest.size()), is_in(kUnspaced, *character)});
    word = rest;
  }
  return characters;
}

std::string_view from_to(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<size_t>(last.data() + last.size() - first.data())};
}

// Calls `one(run)` for each run of characters of a kind.
template <class OnRun>
void for_each_run(const std::vector<Character>& characters, OnRun one) {
  for (size_t begin = 0; begin < characters.size();) {
    size_t end = begin + 1;
    while (end < characters.size() && characters[end].unspaced == characters[begin].unspaced)
      ++end;
    one(std::span(characters).subspan(begin, end - begin));
    begin = end;
  }
}

void add_run(std::span<const Character> run, Grams& grams) {
  const auto add = [&grams](std::string_view gram) {
    if (grams.size() < kMaxGrams && !grams.contains(gram)) grams.emplace(gram);
  };
  if (!run.front().unspaced) {
    for (size_t i = 0; i < std::min(run.size(), kMaxPrefix); ++i)
      add(from_to(run.front().bytes, run[i].bytes));
    return;
  }
  for (size_t i = 0; i < run.size(); ++i) {
    add(run[i].bytes);
    if (i > 0) add(from_to(run[i - 1].bytes, run[i].bytes));
  }
}

// Fewest that say most.
void add_wanted_run(std::span<const Character> run, Search& search) {
  const auto from = [&run](size_t first, size_t last) {
    return std::string(from_to(run[first].bytes, run[last].bytes));
  };
  if (!run.front().unspaced) {
    search.grams.insert(from(0, std::min(run.size(), kMaxPrefix) - 1));
    if (run.size() > kMaxPrefix) search.is_exact = false;
    return;
  }
  if (run.size() == 1) search.grams.insert(from(0, 0));
  for (size_t i = 1; i < run.size(); ++i)
    search.grams.insert(from(i - 1, i));
  if (run.size() > 2) search.is_exact = false;
}

template <class OnWord>
void for_each_word(std::string_view folded, OnWord one) {
  while (!folded.empty()) {
    const size_t end = std::min(folded.find_first_of(" \n"), folded.size());
    if (end > 0) one(folded.substr(0, end));
    folded.remove_prefix(std::min(end + 1, folded.size()));
  }
}

}  // namespace

std::string fold(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  while (!text.empty()) {
    const auto character = take_utf8(text);
    if (!character) break;
    if (const std::string words = spelled(*character); !words.empty()) {
      folded += words;
      continue;
    }
    const bool full_width = *character >= 0xFF01 && *character <= 0xFF5E;
    const char32_t one = lower_case(full_width ? *character - 0xFEE0 : *character);
    if (!is_between_words(one))
      append_character(one, folded);
    else if (!folded.empty() && folded.back() != ' ')
      folded += ' ';
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

void add_grams(std::string_view folded, Grams& grams) {
  for_each_word(folded, [&grams](std::string_view word) {
    for_each_run(characters_of(word),
                 [&grams](std::span<const Character> run) { add_run(run, grams); });
  });
}

Result<Search> read_search(std::string_view text) {
  if (text.size() > kMaxSearchBytes)
    return fail(fmt::format("{} bytes to search for are allowed", kMaxSearchBytes));
  Search search;
  const std::string folded = fold(text);
  for_each_word(folded, [&search](std::string_view word) {
    search.terms.emplace_back(word);
    size_t runs = 0;
    for_each_run(characters_of(word), [&](std::span<const Character> run) {
      add_wanted_run(run, search);
      ++runs;
    });
    if (runs > 1) search.is_exact = false;
  });
  if (search.terms.size() > kMaxTerms)
    return fail(fmt::format("{} words to search for are allowed", kMaxTerms));
  return search;
}

bool has_term(const Search& search, std::string_view text) {
  const std::string folded = fold(text);
  return std::ranges::any_of(search.terms, [&folded](const std::string& term) {
    return folded.find(term) != std::string::npos;
  });
}

}  // namespace longmen::library
