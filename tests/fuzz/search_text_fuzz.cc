// What people search for, and the texts that are searched. The input is both: whatever is searched
// for by all of a text's words is found in that text.
#include <cstdint>
#include <string_view>

#include "core/base/invariant.h"
#include "core/library/search_text.h"

using namespace longmen;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string folded = library::fold(text);
  invariant(library::fold(folded) == folded, "what is folded stays as it is");
  library::Grams grams;
  library::add_grams(folded, grams);
  invariant(grams.size() <= library::kMaxGrams, "grams are bounded");
  for (const std::string& gram : grams)
    invariant(gram.find_first_of(" :*'%_\\\n") == std::string::npos, "grams have no signs");
  const auto search = library::read_search(text);
  if (!search) return 0;
  invariant(search->terms.size() <= library::kMaxTerms, "terms are bounded");
  for (const std::string& gram : search->grams)
    invariant(grams.contains(gram), "a text has the grams by which it is searched");
  for (const std::string& term : search->terms)
    invariant(folded.find(term) != std::string::npos, "a text has its own words");
  return 0;
}
