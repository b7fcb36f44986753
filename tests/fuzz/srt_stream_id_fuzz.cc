// A stream id of any bytes: refused, or a key that stands in it.
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/srt/stream_id.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const std::string_view text = as_text({data, size});
  const auto id = srt::read_stream_id(text);
  if (!id) return 0;
  if (id->key.empty() || text.find(id->key) == std::string_view::npos) std::abort();
  if (!id->channel.empty() && text.find(id->channel) == std::string_view::npos) std::abort();
  return 0;
}
