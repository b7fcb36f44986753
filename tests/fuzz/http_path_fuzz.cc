// What the parts of an HTTP message mean (core/http/): targets, lists in fields, Prometheus text.
// The first byte chooses; the rest is the input. How a request is taken from a connection's bytes,
// its framing, chunks and bounds: http_request_fuzz.cc. What a body holds: sdp_fuzz.cc,
// layer_selection_fuzz.cc.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/invariant.h"
#include "core/http/fields.h"
#include "core/http/metrics_merge.h"
#include "core/http/target.h"

namespace {

using namespace longmen;

void fuzz_target(std::string_view text) {
  const auto target = parse_http_target(text);
  if (!target) return;
  const std::string& path = target->path;
  if (path == "*") return;
  invariant(path.starts_with('/'), "a path begins at the root");
  invariant(path.find("//") == std::string::npos, "slashes are joined");
  const std::string closed = path + '/';
  invariant(closed.find("/../") == std::string::npos, "no segment climbs");
  invariant(closed.find("/./") == std::string::npos, "no segment stays");
  for (const unsigned char c : path)
    invariant(c >= 0x20 && c != 0x7f && c != '\\', "no character disguises the path");
  // Escaping can only make it longer than is read, never mean another path.
  const auto again = parse_http_target(target->origin_form());
  invariant(again ? again->path == path && again->query == target->query
                  : again.error() == DropReason::kTooLarge,
            "the next reader sees the same");
}

void fuzz_fields(std::string_view text) {
  HttpFields fields;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t colon = std::min(line.find(':'), line.size());
    fields.add(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  for (const auto& field : fields) {
    invariant(field.value.find_first_of("\r\n") == std::string::npos, "a value is one line");
    for (const std::string_view item : fields.list(field.name))
      invariant(!item.empty(), "items of a list are not empty");
  }
  (void)accepts_encoding(fields, "gzip");
  (void)none_match_names(fields, "\"a\"");
  (void)is_media_type(fields.value("Content-Type"), "application/sdp");
  remove_hop_by_hop_fields(fields);
  invariant(!fields.contains("Connection"), "what is of one connection goes");
}

void fuzz_metrics(std::string_view text) {
  const size_t half = text.size() / 2;
  const auto merged =
      merge_metrics({{"a", "", text.substr(0, half)}, {"b", "c", text.substr(half)}});
  // What was written is of the format: read again, nothing of it is left out.
  const auto again = merge_metrics({{"d", "", merged.text}});
  invariant(again.left_out == 0, "the page is well-formed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 3) {
    case 0:
      fuzz_target(text);
      break;
    case 1:
      fuzz_fields(text);
      break;
    default:
      fuzz_metrics(text);
  }
  return 0;
}
