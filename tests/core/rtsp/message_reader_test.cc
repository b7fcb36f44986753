#include "core/rtsp/message_reader.h"

#include <gtest/gtest.h>

namespace longmen::rtsp {
namespace {

constexpr std::string_view kOptions = "OPTIONS rtsp://h/live/k RTSP/1.0\r\nCSeq: 1\r\n\r\n";

std::vector<Message> all_messages(MessageReader& reader, std::string* error = nullptr) {
  std::vector<Message> messages;
  auto message = reader.poll();
  for (; message && *message; message = reader.poll())
    messages.push_back(std::move(**message));
  if (!message && error) *error = message.error().message;
  return messages;
}

std::string words_of(std::string_view text) {
  MessageReader reader;
  reader.push(as_bytes(text));
  std::string error;
  (void)all_messages(reader, &error);
  return error;
}

TEST(RtspMessageReader, RequestsAndPacketsComeInPiecesOfAnySize) {
  std::string text(kOptions);
  text += std::string("$\x02\x00\x03", 4) + "abc";
  text += "ANNOUNCE rtsp://h/ RTSP/1.0\nCSeq: 2\nContent-Length: 4\n\nv=0\n";
  text += "RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n";  // nobody asked
  text += kOptions;
  for (const size_t piece : {size_t{1}, size_t{7}, text.size()}) {
    MessageReader reader;
    std::vector<Message> all;
    for (size_t at = 0; at < text.size(); at += piece) {
      reader.push(as_bytes(std::string_view(text).substr(at, piece)));
      for (Message& message : all_messages(reader))
        all.push_back(std::move(message));
    }
    ASSERT_EQ(all.size(), 4u) << piece;
    EXPECT_EQ(std::get<Request>(all[0]).uri, "rtsp://h/live/k");
    EXPECT_EQ(std::get<Interleaved>(all[1]).channel, 2);
    EXPECT_EQ(std::get<Interleaved>(all[1]).packet, (Bytes{'a', 'b', 'c'}));
    EXPECT_EQ(std::get<Request>(all[2]).body, "v=0\n");
    EXPECT_EQ(std::get<Request>(all[2]).fields.value("cseq"), "2");
    EXPECT_EQ(std::get<Request>(all[3]).method, "OPTIONS");
  }
}

TEST(RtspMessageReader, WhatIsNoRtspIsSaid) {
  EXPECT_EQ(words_of("GET / HTTP/1.1\r\n\r\n"), "this is not RTSP");
  EXPECT_EQ(words_of(std::string(kMaxHeadBytes, 'x')),
            "a request's head is longer than 8192 bytes");
  EXPECT_EQ(words_of("OPTIONS * RTSP/1.0\r\nno colon\r\n\r\n"),
            "a header field is not of the form \"Name: value\"");
  EXPECT_EQ(words_of("ANNOUNCE x RTSP/1.0\r\nContent-Length: -1\r\n\r\n"),
            "Content-Length is not a number");
  EXPECT_EQ(words_of("ANNOUNCE x RTSP/1.0\r\nContent-Length: 65537\r\n\r\n"),
            "a body is longer than 65536 bytes");
  std::string many = "OPTIONS * RTSP/1.0\r\n";
  for (size_t count = 0; count <= kMaxFields; ++count)
    many += "A: b\r\n";
  EXPECT_EQ(words_of(many + "\r\n"), "more than 64 header fields");
}

TEST(RtspMessageReader, NothingIsReadBehindAnError) {
  MessageReader reader;
  reader.push(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(reader.poll());
  reader.push(as_bytes(kOptions));
  EXPECT_FALSE(reader.poll());
}

}  // namespace
}  // namespace longmen::rtsp
