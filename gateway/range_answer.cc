#include "gateway/range_answer.h"

#include <fmt/format.h>

namespace longmen {

std::optional<ByteRange> answer_range(const HttpRequest& request, std::string_view etag,
                                      uint64_t bytes, HttpResponse& response) {
  response.fields.set("ETag", etag);
  response.fields.set("Accept-Ranges", "bytes");
  response.fields.set("Cache-Control", "no-cache");
  if (none_match_names(request.fields, etag)) {
    response.status = 304;
    return {};
  }
  const std::string_view unless = request.fields.value("If-Range");
  if (!unless.empty() && unless != etag) return ByteRange{0, bytes};
  const auto asked = read_byte_range(request.fields.value("Range"), bytes);
  if (!asked) return ByteRange{0, bytes};
  if (asked->count == 0) {
    response = http_problem(416, "the range begins behind the end");
    response.fields.set("Content-Range", fmt::format("bytes */{}", bytes));
    return {};
  }
  response.status = 206;
  response.fields.set("Content-Range", fmt::format("bytes {}-{}/{}", asked->first,
                                                   asked->first + asked->count - 1, bytes));
  return asked;
}

}  // namespace longmen
