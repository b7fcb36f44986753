// Values of AMF0: what can be read is written and read again alike.
#include <cstdlib>

#include "core/rtmp/amf0.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  const auto values = rtmp::read_amf0(ByteSpan(data, size));
  if (!values) return 0;
  Bytes written;
  for (const rtmp::Amf0Value& value : *values)
    rtmp::write_amf0(value, written);
  const auto again = rtmp::read_amf0(written);
  Bytes rewritten;
  if (!again) std::abort();
  for (const rtmp::Amf0Value& value : *again)
    rtmp::write_amf0(value, rewritten);
  if (rewritten != written) std::abort();  // compared as bytes: NaN is no equal of itself
  return 0;
}
