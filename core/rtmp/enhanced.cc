#include "core/rtmp/enhanced.h"

namespace longmen::rtmp {

std::string four_cc_text(FourCc code) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char character = static_cast<char>(code >> shift & 0xFF);
    text += character >= ' ' && character <= '~' ? character : '?';
  }
  return text;
}

void answer_enhanced(const Amf0Object& connect, Amf0Object& answer) {
  const bool by_list = connect.find("fourCcList") != nullptr;
  const bool by_map = connect.find("videoFourCcInfoMap") || connect.find("audioFourCcInfoMap");
  const bool extended = connect.find("capsEx") != nullptr;
  if (by_list) {
    answer.add("fourCcList", Amf0Array{four_cc_text(kAvc), four_cc_text(kHevc), four_cc_text(kAv1),
                                       four_cc_text(kAac)});
  }
  if (by_map) {
    answer.add("videoFourCcInfoMap", Amf0Object{{four_cc_text(kAvc), kCanDecode},
                                                {four_cc_text(kHevc), kCanDecode},
                                                {four_cc_text(kAv1), kCanDecode}});
    answer.add("audioFourCcInfoMap", Amf0Object{{four_cc_text(kAac), kCanDecode}});
  }
  if (by_map || extended) answer.add("capsEx", kCapsModEx | kCapsTimestampNanoOffset);
}

}  // namespace longmen::rtmp
