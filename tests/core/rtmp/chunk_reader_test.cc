#include "core/rtmp/chunk_reader.h"

#include <gtest/gtest.h>

#include "core/rtmp/chunk_writer.h"
#include "tests/support/rtmp_client.h"

namespace longmen::rtmp {
namespace {

using test::from_hex;

// All messages of `bytes`, which must be readable.
std::vector<Message> read(ChunkReader& reader, const Bytes& bytes) {
  reader.append(bytes);
  std::vector<Message> messages;
  while (true) {
    auto message = reader.poll();
    EXPECT_TRUE(message) << drop_reason_name(message.error());
    if (!message || !*message) return messages;
    messages.push_back(std::move(**message));
  }
}

DropReason error_of(const Bytes& bytes) {
  ChunkReader reader;
  reader.append(bytes);
  while (true) {
    auto message = reader.poll();
    if (!message) return message.error();
    if (!*message) return DropReason::kNone;
  }
}

std::string filled(size_t count) {
  return std::string(2 * count, 'a');
}

// RTMP 1.0 §5.3.2.1: audio messages of 32 bytes, at 1000, 1020, 1040, 1060.
TEST(ChunkReader, SpecificationExample1) {
  ChunkReader reader;
  const auto messages =
      read(reader, from_hex("03 0003e8 000020 08 39300000" + filled(32) + "83 000014" + filled(32) +
                            "c3" + filled(32) + "c3" + filled(32)));
  ASSERT_EQ(messages.size(), 4u);
  for (uint32_t index = 0; index < 4; ++index) {
    EXPECT_EQ(messages[index].type, MessageType::kAudio);
    EXPECT_EQ(messages[index].stream_id, 12345u);
    EXPECT_EQ(messages[index].timestamp_ms, 1000 + 20 * index);
    EXPECT_EQ(messages[index].payload, Bytes(32, 0xAA));
  }
}

// RTMP 1.0 §5.3.2.2: a video message of 307 bytes in three chunks of at most 128.
TEST(ChunkReader, SpecificationExample2) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("04 0003e8 000133 09 3a300000" + filled(128) + "c4" +
                                              filled(128) + "c4" + filled(51)));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].type, MessageType::kVideo);
  EXPECT_EQ(messages[0].stream_id, 12346u);
  EXPECT_EQ(messages[0].timestamp_ms, 1000u);
  EXPECT_EQ(messages[0].payload, Bytes(307, 0xAA));
}

TEST(ChunkReader, EverySplitOfTheBytesGivesTheSame) {
  const Bytes bytes = from_hex("04 0003e8 000085 09 01000000" + filled(128) + "c4" + filled(5) +
                               "44 ffffff 000002 09 00ffffff 0102");
  for (size_t split = 0; split <= bytes.size(); ++split) {
    ChunkReader reader;
    auto messages = read(reader, Bytes(bytes.begin(), bytes.begin() + long(split)));
    for (Message& message : read(reader, Bytes(bytes.begin() + long(split), bytes.end())))
      messages.push_back(std::move(message));
    ASSERT_EQ(messages.size(), 2u) << split;
    EXPECT_EQ(messages[0].payload.size(), 133u);
    EXPECT_EQ(messages[1].timestamp_ms, 1000u + 0xFFFFFF);
    EXPECT_EQ(messages[1].payload, from_hex("0102"));
  }
}

TEST(ChunkReader, Type1KeepsTheStreamAndType2TheLengthToo) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("04 000064 000001 08 07000000 01"
                                              "44 00000a 000002 09 0203"
                                              "84 000005 0405"));
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[1].stream_id, 7u);
  EXPECT_EQ(messages[1].timestamp_ms, 110u);
  EXPECT_EQ(messages[2].type, MessageType::kVideo);
  EXPECT_EQ(messages[2].timestamp_ms, 115u);
  EXPECT_EQ(messages[2].payload, from_hex("0405"));
}

// §5.3.1.2.4: "If a Type 3 chunk follows a Type 0 chunk, then the timestamp delta for this Type 3
// chunk is the same as the timestamp of the Type 0 chunk."
TEST(ChunkReader, Type3AfterType0RepeatsItsTimestampAsDelta) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("04 000028 000001 08 01000000 01 c4 02"));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[1].timestamp_ms, 80u);
}

TEST(ChunkReader, ExtendedTimestampIsRepeatedInContinuations) {
  ChunkReader reader;
  const auto messages = read(
      reader, from_hex("04 ffffff 000082 09 01000000 01000000" + filled(128) + "c4 01000000 0102"));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].timestamp_ms, 0x01000000u);
  EXPECT_EQ(messages[0].payload.size(), 130u);
  EXPECT_EQ(messages[0].payload.back(), 2);
}

TEST(ChunkReader, ExtendedTimestampMayBeMissingInContinuations) {
  ChunkReader reader;
  const auto messages = read(
      reader, from_hex("04 ffffff 000086 09 01000000 01000000" + filled(128) + "c4 010203040506"));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(Bytes(messages[0].payload.end() - 6, messages[0].payload.end()),
            from_hex("010203040506"));
}

TEST(ChunkReader, TimestampWrapsAt32Bits) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("04 ffffff 000001 08 01000000 fffffff0 01"
                                              "84 000020 02"));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].timestamp_ms, 0xFFFFFFF0u);
  EXPECT_EQ(messages[1].timestamp_ms, 0x10u);
}

TEST(ChunkReader, LongChunkStreamIds) {
  ChunkReader reader;
  // 64 + 0x10, and 64 + 0x10 written the long way: the same chunk stream.
  const auto messages = read(reader, from_hex("00 10 000001 000001 08 01000000 01"
                                              "81 10 00 000002 02"
                                              "01 ff ff 000001 000001 08 01000000 03"));
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[1].timestamp_ms, 3u);
  EXPECT_EQ(messages[2].payload, from_hex("03"));
}

TEST(ChunkReader, InterleavedChunkStreams) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("04 000000 000081 09 01000000" + filled(128) +
                                              "05 000000 000001 08 01000000 01"
                                              "c4 bb"));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].type, MessageType::kAudio);
  EXPECT_EQ(messages[1].payload.size(), 129u);
}

TEST(ChunkReader, SetChunkSizeAppliesToTheNextChunk) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("02 000000 000004 01 00000000 00000200"
                                              "04 000000 000200 09 01000000" +
                                              filled(512)));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload.size(), 512u);
}

TEST(ChunkReader, AbortDropsTheUnfinishedMessage) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("04 000000 000100 09 01000000" + filled(128) +
                                              "02 000000 000004 02 00000000 00000004"
                                              "04 000000 000001 08 01000000 07"));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload, from_hex("07"));
}

TEST(ChunkReader, EmptyMessage) {
  ChunkReader reader;
  const auto messages = read(reader, from_hex("04 000000 000000 09 01000000"));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_TRUE(messages[0].payload.empty());
}

TEST(ChunkReader, RefusesWhatCannotBeRead) {
  EXPECT_EQ(error_of(from_hex("c4")), DropReason::kMalformed) << "like what?";
  EXPECT_EQ(error_of(from_hex("84 000000")), DropReason::kMalformed);
  EXPECT_EQ(error_of(from_hex("04 000000 000100 09 01000000" + filled(128) +
                              "04 000000 000100 09 01000000")),
            DropReason::kMalformed)
      << "a message within a message";
  EXPECT_EQ(error_of(from_hex("02 000000 000004 01 00000000 00000000")), DropReason::kMalformed);
  EXPECT_EQ(error_of(from_hex("02 000000 000004 01 00000000 80000000")), DropReason::kMalformed);
  EXPECT_EQ(error_of(from_hex("02 000000 000002 01 00000000 0000")), DropReason::kTruncated);
  EXPECT_EQ(error_of(from_hex("04 000000 800001 09 01000000")), DropReason::kTooLarge);
}

TEST(ChunkReader, MessageLimitCanBeLowered) {
  ChunkReader reader;
  reader.set_max_message_bytes(100);
  reader.append(from_hex("04 000000 000065 09 01000000"));
  EXPECT_EQ(reader.poll().error(), DropReason::kTooLarge);
  EXPECT_EQ(reader.poll().error(), DropReason::kTooLarge) << "for good";
}

TEST(ChunkReader, ChunkStreamsAreBounded) {
  Bytes bytes;
  for (uint8_t id = 0; id <= kMaxChunkStreams; ++id) {
    const Bytes chunk = from_hex("00 00 000000 000001 08 01000000 01");
    bytes.insert(bytes.end(), chunk.begin(), chunk.end());
    bytes[bytes.size() - chunk.size() + 1] = id;
  }
  EXPECT_EQ(error_of(Bytes(bytes.begin(), bytes.end() - 14)), DropReason::kNone);
  EXPECT_EQ(error_of(bytes), DropReason::kTooLarge);
}

TEST(ChunkReader, UnfinishedMessagesAreBoundedTogether) {
  ChunkReader reader;
  reader.append(from_hex("02 000000 000004 01 00000000 00400000"));  // chunks of 4 MiB
  for (uint8_t id = 10; id < 13; ++id) {                             // half a message each
    Bytes chunk = from_hex("00 000000 7fffff 09 01000000");
    chunk[0] = id;
    chunk.resize(chunk.size() + (4 << 20));
    reader.append(chunk);
    const auto message = reader.poll();
    ASSERT_TRUE(message);
    EXPECT_FALSE(*message);
  }
  reader.append(from_hex("0d 000000 7fffff 09 01000000"));
  EXPECT_EQ(reader.poll().error(), DropReason::kTooLarge);
}

TEST(ChunkWriter, ReaderGetsWhatWasWritten) {
  ChunkWriter writer;
  Bytes out;
  for (const uint32_t timestamp_ms : {0u, 5u, 0xFFFFFEu, 0xFFFFFFu, 0xFFFFFFFFu}) {
    for (const size_t size : {0u, 1u, 128u, 129u, 5000u})
      writer.write(5, {MessageType::kVideo, 3, timestamp_ms, Bytes(size, 0xC5)}, out);
    writer.write(2, {MessageType::kSetChunkSize, 0, 0, from_hex("00000400")}, out);
  }
  ChunkReader reader;
  const auto messages = read(reader, out);
  ASSERT_EQ(messages.size(), 25u);
  EXPECT_EQ(messages[24].payload, Bytes(5000, 0xC5));
  EXPECT_EQ(messages[24].timestamp_ms, 0xFFFFFFFFu);
  EXPECT_EQ(messages[12].timestamp_ms, 0xFFFFFEu);
  EXPECT_EQ(messages[12].payload.size(), 128u);
}

}  // namespace
}  // namespace longmen::rtmp
