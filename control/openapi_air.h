// The part of the API's description that is about what operators do: orders for the air, chapters,
// the studio's events, tally. Text of JSON objects without their braces, for control/openapi.cc to
// put in its place.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_air_paths();
std::string_view openapi_air_schemas();

}  // namespace longmen
