// The part of the API's description that is about sites and screens. Text of JSON objects without
// their braces, for control/openapi.cc to put in its place.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_sites_paths();
std::string_view openapi_sites_schemas();

}  // namespace longmen
