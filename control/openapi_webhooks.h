// The part of the API's description that is about webhooks. Text of JSON objects without their
// braces, for control/openapi.cc to put in its place.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_webhooks_paths();
std::string_view openapi_webhooks_schemas();

}  // namespace longmen
