// The language of a sound: of a channel whose feed has one on the left and another on the right,
// each is a sound of its own, between which viewers choose. Its tag is one of BCP 47 (RFC 5646),
// its name is for people. Constant; any thread. A name is plain text without a quotation mark,
// which playlists could not say.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/language_tag.h"
#include "core/base/result.h"

namespace longmen {

inline constexpr size_t kMaxLanguageNameBytes = 128;

struct SoundLanguage {
  std::string tag;   // "zh", "ug", "zh-Hant-TW"
  std::string name;  // "普通话"
  bool operator==(const SoundLanguage&) const = default;
};

bool is_language_name(std::string_view name);

// That of the tag, whatever its case; or the first of which `tag` is the beginning: "zh" finds
// "zh-Hans" (basic filtering, RFC 4647 §3.3.1). Nothing: there is none.
std::optional<size_t> find_language(const std::vector<SoundLanguage>& languages,
                                    std::string_view tag);

// Of the tag's first part, by ISO 639-2/T as MP4 packs it (ISO/IEC 14496-12 §8.4.2.3); "und" where
// it has none.
uint16_t packed_language(std::string_view tag);

// {"tag":"zh","name":"普通话"}
boost::json::object to_json(const SoundLanguage& language);

}  // namespace longmen
