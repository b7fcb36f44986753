// Passwords of full length that guessers try first: one short piece again and again, runs along the
// alphabet, the digits or the keyboard, a well-known word or the account's or product's own name
// with digits behind it, and those of 12 characters and more that stand high in published lists.
// Case, and what stands between letters and digits, do not help. Pure. NIST SP 800-63B §5.1.1.2.
#pragma once

#include <string_view>

namespace longmen {

bool is_common_password(std::string_view password, std::string_view account_name);

}  // namespace longmen
