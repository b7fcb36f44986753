// The answer to a GET of something long that has an entity tag, of which any range can be sent:
// 200, 206, 304 or 416. Source: RFC 9110 §13, §14.
#pragma once

#include <optional>
#include <string_view>

#include "core/http/byte_range.h"
#include "net/http_message.h"

namespace longmen {

// What of its `bytes` is to be sent; nothing: `response` is whole. `etag` with its quotes.
std::optional<ByteRange> answer_range(const HttpRequest& request, std::string_view etag,
                                      uint64_t bytes, HttpResponse& response);

}  // namespace longmen
