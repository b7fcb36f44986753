// The description of the HTTP API, as served: OpenAPI 3.1, written by hand.
#pragma once

#include <string_view>

namespace longmen {

std::string_view openapi_json();

}  // namespace longmen
