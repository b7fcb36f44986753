#include "core/cmaf/chunk.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/core/cmaf/made_up_units.h"

namespace longmen::cmaf {
namespace {

using test::from_hex;

// Written down from ISO/IEC 14496-12 §8.8 and §8.16.5: two pictures at 25 a second from T0 on.
TEST(Chunk, IsExactlyThis) {
  const Bytes media = from_hex("00000002 6588 00000003 41ffee");
  const std::array samples{ChunkSample{6, 3600, true}, ChunkSample{7, 3600, false}};
  Chunk chunk;
  chunk.sequence = 0x0e42fda0;
  chunk.decode_time = 159'050'304'000'000;  // docs/TIMELINE.md §3
  chunk.capture = test::kStartOf2026;
  chunk.samples = samples;
  chunk.media = media;
  EXPECT_EQ(write_chunk(chunk),
            from_hex("00000020 70726674 01000000 00000001 ed003780 00000000 000090a7c8df1000"
                     "00000070 6d6f6f66"
                     "  00000010 6d666864 00000000 0e42fda0"
                     "  00000058 74726166"
                     "    00000010 74666864 00020000 00000001"
                     "    00000014 74666474 01000000 000090a7c8df1000"
                     "    0000002c 7472756e 00000701 00000002 00000078"
                     "      00000e10 00000006 02000000"
                     "      00000e10 00000007 01010000"
                     "00000015 6d646174 00000002 6588 00000003 41ffee"));
}

}  // namespace
}  // namespace longmen::cmaf
