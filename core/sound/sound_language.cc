#include "core/sound/sound_language.h"

#include <algorithm>
#include <array>

#include "core/base/ascii_case.h"
#include "core/base/plain_text.h"

namespace longmen {
namespace {

// ISO 639-1, and behind it ISO 639-2/T.
constexpr std::string_view kCodes =
    "aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul "
    "bhbih bibis bmbam bnben bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv "
    "cycym dadan dedeu dvdiv dzdzo eeewe elell eneng eoepo esspa etest eueus fafas ffful fifin "
    "fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv hahau heheb hihin hohmo hrhrv "
    "hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl itita iuiku jajpn "
    "jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor "
    "kykir lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal "
    "mnmon mrmar msmsa mtmlt mymya nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav "
    "nynya ococi ojoji omorm orori ososs papan pipli plpol pspus ptpor quque rmroh rnrun roron "
    "rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi srsrp "
    "ssssw stsot susun svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur "
    "tstso tttat twtwi tytah uguig ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid "
    "yoyor zazha zhzho zuzul";
constexpr size_t kCodeStep = 6;

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool begins_with(std::string_view tag, std::string_view beginning) {
  return tag.size() >= beginning.size() &&
         std::ranges::equal(tag.substr(0, beginning.size()), beginning, {}, ascii_lower,
                            ascii_lower);
}

std::string_view first_part(std::string_view tag) {
  return tag.substr(0, tag.find('-'));
}

uint16_t pack(std::string_view code) {
  uint16_t packed = 0;
  for (const char c : code)
    packed = static_cast<uint16_t>(packed << 5 | (ascii_lower(c) - 0x60));
  return packed;
}

}  // namespace

bool is_language_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxLanguageNameBytes && is_plain_text(name) &&
         name.find('"') == std::string_view::npos && name.front() != ' ' && name.back() != ' ';
}

std::optional<size_t> find_language(const std::vector<SoundLanguage>& languages,
                                    std::string_view tag) {
  if (tag.empty()) return std::nullopt;
  std::optional<size_t> beginning;
  for (size_t i = 0; i < languages.size(); ++i) {
    const std::string& known = languages[i].tag;
    if (!begins_with(known, tag)) continue;
    if (known.size() == tag.size()) return i;
    if (!beginning && known[tag.size()] == '-') beginning = i;
  }
  return beginning;
}

uint16_t packed_language(std::string_view tag) {
  constexpr std::string_view kUndetermined = "und";
  const std::string_view language = first_part(tag);
  if (language.size() == 3 && std::ranges::all_of(language, is_letter)) return pack(language);
  for (size_t at = 0; language.size() == 2 && at < kCodes.size(); at += kCodeStep)
    if (begins_with(kCodes.substr(at), language)) return pack(kCodes.substr(at + 2, 3));
  return pack(kUndetermined);
}

boost::json::object to_json(const SoundLanguage& language) {
  return {{"tag", language.tag}, {"name", language.name}};
}

}  // namespace longmen
