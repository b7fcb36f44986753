// The part of the API's description that is about how a channel's programme is made: for how long
// it is held before it airs, and what is laid over its picture. Text of JSON objects without their
// braces, for control/openapi.cc to put in its place.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_programme_paths();
std::string_view openapi_programme_schemas();

}  // namespace longmen
