// How texts are searched: what counts as the same, and by which pieces it is found. A text is
// folded first: lower case, full width to half width, digits in circles and Roman numerals of one
// character to plain ones (that much of NFKC), and whatever is neither letter nor digit one space.
// Then it has grams. Languages that are written without spaces (Chinese characters, kana, Hangul)
// give each character, and each two that follow each other; so one and two characters are found as
// they are, and longer words by their pairs. A word of any other script gives its beginnings, up to
// kMaxPrefix characters, so a word is found while it is still being typed, and not by what is
// inside of it. Grams have letters and digits alone. Pure. Bounds: kMaxGrams of a text, of which
// what is behind them is not found; kMaxTerms of a search.
// Source: Unicode Standard Annex #15 (NFKC); RFC 3629.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace longmen::library {

inline constexpr size_t kMaxGrams = 6000;
inline constexpr size_t kMaxPrefix = 8;  // characters
inline constexpr size_t kMaxSearchBytes = 200;
inline constexpr size_t kMaxTerms = 8;

// As it is compared. Bytes that are no UTF-8 end it.
std::string fold(std::string_view text);

using Grams = std::set<std::string, std::less<>>;
// Those of a text that was folded.
void add_grams(std::string_view folded, Grams& grams);

struct Search {
  // Folded. What is found has each of them, as it stands; a term of letters may end within a word.
  std::vector<std::string> terms;
  // Whatever has all terms has all of these.
  Grams grams;
  // Whether what has all grams may yet lack a term, and must be looked at.
  bool is_exact = true;
};
// The words say what is allowed. No term at all: everything is looked for.
Result<Search> read_search(std::string_view text);

// Whether a text, not folded yet, has one of the search's terms.
bool has_term(const Search& search, std::string_view text);

}  // namespace longmen::library
