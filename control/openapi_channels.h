// The part of the API's description that is about channels' settings, stream keys, slates and the
// programme guide. Text of JSON objects without their braces, for control/openapi.cc to put in its
// place.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_channels_paths();
std::string_view openapi_channels_schemas();

}  // namespace longmen
