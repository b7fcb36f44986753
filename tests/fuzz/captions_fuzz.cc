// Captions that people upload: whatever comes in, what goes out is WebVTT that is read again as the
// same.
#include <cstdint>

#include "core/base/invariant.h"
#include "core/captions/caption_file.h"
#include "core/captions/cue_text.h"

using namespace longmen;
using namespace longmen::captions;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto cues = read_caption_file({data, size});
  const std::string once = clean_cue_text(as_text({data, size}));
  invariant(clean_cue_text(once) == once, "clean text is clean");
  if (!cues) return 0;
  const std::string written = write_webvtt(*cues);
  if (written.size() > kMaxCaptionBytes) return 0;
  const auto again = read_caption_file(as_bytes(written));
  invariant(again && *again == *cues, "what is written is read again");
  return 0;
}
