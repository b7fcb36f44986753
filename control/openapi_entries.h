// The description of signing in by a provider, and of who is signed in.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_entries_paths();
std::string_view openapi_entries_schemas();

}  // namespace longmen
