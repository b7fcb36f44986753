// What can be the name of an account, so that two that look alike are one and nobody is taken for
// the machine itself: UTF-8 without controls, without characters that are invisible, turn the
// writing round or are a space of another width, and none of the names by which the audit knows
// control and the command line. Which letters of different scripts look alike it does not know; the
// audit shows ids too. Pure. RFC 3629; Unicode TR 36 §2, Default_Ignorable_Code_Point.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace longmen {

inline constexpr size_t kMaxNameBytes = 64;

// Who acts in the audit without an account.
inline constexpr std::string_view kControlName = "control";
inline constexpr std::string_view kCommandLineName = "command line";

// What is wrong with it; nothing when it can be taken.
std::optional<std::string> fault_of_name(std::string_view name);

// The same of a text that the audit shows beside a name, in brackets: `what` is that in words.
std::optional<std::string> fault_of_label(std::string_view what, std::string_view label,
                                          size_t max_bytes);

// By which names are equal: Latin letters of either case are the same.
std::string name_key(std::string_view name);

}  // namespace longmen
