// Finds boxes in what the writer wrote, by ISO/IEC 14496-12 §4.2 alone, so that tests do not
// believe the writer.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"

namespace longmen::test {

struct FoundBox {
  std::string type;
  ByteSpan body;
};

inline std::vector<FoundBox> boxes(ByteSpan bytes) {
  std::vector<FoundBox> found;
  ByteReader reader(bytes);
  while (!reader.at_end()) {
    const size_t size = reader.u32();
    const std::string type(as_text(reader.take(4)));
    const ByteSpan body = reader.take(size - 8);
    EXPECT_TRUE(reader.ok() && size >= 8) << "a box of " << size << " bytes: " << type;
    if (!reader.ok()) break;
    found.push_back({type, body});
  }
  return found;
}

inline std::string types(ByteSpan bytes) {
  std::string all;
  for (const FoundBox& box : boxes(bytes))
    all += (all.empty() ? "" : " ") + box.type;
  return all;
}

// The body of "moov/trak/mdia".
inline ByteSpan box_at(ByteSpan bytes, std::string_view path) {
  while (!path.empty()) {
    const std::string_view type = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), type.size() + 1));
    bool there = false;
    for (const FoundBox& box : boxes(bytes)) {
      if (box.type != type || there) continue;
      bytes = box.body;
      there = true;
    }
    EXPECT_TRUE(there) << "no " << type;
    if (!there) return {};
    if (type == "stsd") bytes = bytes.subspan(8);
    if (type == "avc1" && !path.empty()) bytes = bytes.subspan(78);
    if (type == "mp4a" && !path.empty()) bytes = bytes.subspan(28);
  }
  return bytes;
}

}  // namespace longmen::test
