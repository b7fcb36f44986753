#include "core/rtmp/server_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/rtmp/enhanced.h"
#include "core/rtmp/flv_feed.h"
#include "tests/support/rtmp_client.h"

namespace longmen::rtmp {
namespace {

using test::from_hex;
using test::RtmpClient;

class ServerSessionTest : public testing::Test {
 protected:
  // Gives the bytes, in pieces of the given size; accepts what is asked unless told otherwise.
  void send(const Bytes& bytes, size_t piece = SIZE_MAX) {
    for (size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
      session_.push(ByteSpan(bytes).subspan(at, std::min(piece, bytes.size() - at)));
      while (auto event = session_.poll_event()) {
        if (std::holds_alternative<PublishRequested>(*event) && accept_) session_.accept_publish();
        events_.push_back(std::move(*event));
      }
    }
    const Bytes output = session_.take_output();
    for (Message& message : client_.read(output))
      answers_.push_back(std::move(message));
  }

  template <class Event>
  std::vector<Event> events() const {
    std::vector<Event> found;
    for (const SessionEvent& event : events_) {
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    }
    return found;
  }
  std::string status(std::string_view property) const {
    return RtmpClient::information(answers_, "onStatus", property);
  }
  std::vector<Message> answers_of(MessageType type) const {
    std::vector<Message> found;
    std::copy_if(answers_.begin(), answers_.end(), std::back_inserter(found),
                 [type](const Message& message) { return message.type == type; });
    return found;
  }

  ServerSession session_{"live", 1};
  RtmpClient client_;
  bool accept_ = true;
  std::vector<SessionEvent> events_;
  std::vector<Message> answers_;
};

constexpr char kCapture[] =
#include "tests/core/rtmp/ffmpeg_capture.inc"
    ;

TEST_F(ServerSessionTest, FfmpegFromItsOwnBytes) {
  for (const size_t piece : {SIZE_MAX, size_t{1}, size_t{37}}) {
    session_ = ServerSession("live", 1);
    client_ = RtmpClient();
    events_.clear();
    send(RtmpClient::handshake(), piece);
    send(from_hex(kCapture), piece);

    ASSERT_EQ(events<PublishRequested>().size(), 1u);
    EXPECT_EQ(events<PublishRequested>()[0].key, "test-key");
    ASSERT_EQ(events<Connected>().size(), 1u);
    EXPECT_EQ(events<Connected>()[0].encoder, "FMLE/3.0 (compatible; Lavf59.27.100)");
    ASSERT_EQ(events<MetadataMessage>().size(), 1u);
    const Amf0Object metadata = events<MetadataMessage>()[0].properties;
    EXPECT_EQ(metadata.number("width"), 64);
    EXPECT_EQ(metadata.number("framerate"), 10);
    EXPECT_EQ(metadata.text("encoder"), "Lavf59.27.100");
    EXPECT_EQ(events<PublishEnded>().size(), 1u);
    EXPECT_TRUE(events<Discarded>().empty());
    EXPECT_TRUE(events<SessionClosed>().empty());

    FlvFeed feed;
    int tracks = 0, keyframes = 0, frames = 0, sounds = 0, reordered = 0;
    Flicks last{-1};
    for (const MediaMessage& message : events<MediaMessage>()) {
      const auto item = message.video ? feed.video(message.timestamp_ms, message.payload, {})
                                      : feed.audio(message.timestamp_ms, message.payload, {});
      ASSERT_TRUE(item) << drop_reason_name(item.error().reason);
      tracks += std::holds_alternative<FeedTrack>(*item);
      const auto* unit = std::get_if<FeedUnit>(&*item);
      if (!unit) continue;
      EXPECT_GE(unit->pts, unit->dts);
      if (unit->codec == FeedCodec::kAac) {
        ++sounds;
        continue;
      }
      ++frames;
      keyframes += unit->keyframe;
      reordered += unit->pts != unit->dts;
      EXPECT_GT(unit->dts, last);
      last = unit->dts;
    }
    EXPECT_EQ(tracks, 2);
    EXPECT_EQ(frames, 10);
    EXPECT_EQ(keyframes, 1);
    EXPECT_GT(reordered, 0) << "it was encoded with B-frames";
    EXPECT_GE(sounds, 43);
  }
}

TEST_F(ServerSessionTest, AnswersInTheOrderThatSendersWaitFor) {
  send(client_.opening("key"));
  ASSERT_EQ(answers_.size(), 7u);
  EXPECT_EQ(answers_[0].type, MessageType::kWindowAckSize);
  EXPECT_EQ(answers_[1].type, MessageType::kSetPeerBandwidth);
  const auto result = read_command(answers_[2]);  // Set Chunk Size is obeyed unseen
  ASSERT_TRUE(result);
  EXPECT_EQ(result->name, "_result");
  EXPECT_EQ(result->transaction, 1);
  EXPECT_EQ(result->object_at(1)->text("code"), "NetConnection.Connect.Success");
  const auto stream = read_command(answers_[3]);
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->transaction, 4);
  EXPECT_EQ(stream->arguments[1], Amf0Value(1));
  EXPECT_EQ(answers_[4].type, MessageType::kUserControl);
  EXPECT_EQ(answers_[4].payload, from_hex("0000 00000001")) << "Stream Begin";
  EXPECT_EQ(status("code"), "NetStream.Publish.Start");
  EXPECT_EQ(answers_.back().stream_id, 1u);
  EXPECT_EQ(session_.stage(), ServerSession::Stage::kPublishing);
}

TEST_F(ServerSessionTest, AnswersWhatFlashEncodersAskBefore) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.connect()}));
  for (const char* name : {"releaseStream", "FCPublish"}) {
    answers_.clear();
    send(client_.command({name, 2, {Amf0Value(), "key"}}));
    ASSERT_EQ(answers_.size(), 1u) << name;
    EXPECT_EQ(read_command(answers_[0])->name, "_result");
  }
}

TEST_F(ServerSessionTest, NothingIsReadWhileTheQuestionIsOpen) {
  accept_ = false;
  send(client_.opening("key"));
  send(client_.video(0, test::avc_config()));
  EXPECT_EQ(session_.stage(), ServerSession::Stage::kAsked);
  EXPECT_TRUE(events<MediaMessage>().empty());
  session_.accept_publish();
  send(client_.video(40, test::avc_frame(true)));
  ASSERT_EQ(events<MediaMessage>().size(), 2u);
  EXPECT_EQ(events<MediaMessage>()[1].timestamp_ms, 40u);
}

TEST_F(ServerSessionTest, KeyComesWithoutItsQuery) {
  send(client_.opening("secret?user=x&tk=y"));
  EXPECT_EQ(events<PublishRequested>().at(0).key, "secret");
  EXPECT_TRUE(events<PublishRequested>().at(0).take_over);
}

TEST_F(ServerSessionTest, ASenderMaySayThatItDoesNotTakeOver) {
  for (const auto& [name, take_over] :
       std::map<std::string, bool>{{"key?take_over=no", false},
                                   {"key?a=b&take_over=no&c", false},
                                   {"key?take_over=now", true},
                                   {"key?xtake_over=no", true},
                                   {"key?", true},
                                   {"take_over=no", true}}) {
    session_ = ServerSession("live", 1);
    client_ = RtmpClient();
    events_.clear();
    send(client_.opening(name));
    ASSERT_EQ(events<PublishRequested>().size(), 1u) << name;
    EXPECT_EQ(events<PublishRequested>()[0].take_over, take_over) << name;
  }
}

TEST_F(ServerSessionTest, RefusalIsSaidAndEndsTheSession) {
  accept_ = false;
  send(client_.opening("wrong"));
  session_.end({"error", kPublishDenied, "wrong stream key"});
  send({});
  const auto closed = session_.poll_event();
  ASSERT_TRUE(closed && std::holds_alternative<SessionClosed>(*closed));
  EXPECT_EQ(std::get<SessionClosed>(*closed).reason, DropReason::kNone);
  for (Message& message : client_.read(session_.take_output()))
    answers_.push_back(std::move(message));
  EXPECT_EQ(status("level"), "error");
  EXPECT_EQ(status("code"), "NetStream.Publish.Denied");
  EXPECT_EQ(status("description"), "wrong stream key");
  send(client_.video(0, test::avc_config()));
  EXPECT_TRUE(events<MediaMessage>().empty());
  EXPECT_FALSE(session_.poll_event()) << "closed is told once";
}

TEST_F(ServerSessionTest, MissingKeyIsDenied) {
  send(client_.opening(""));
  EXPECT_TRUE(events<PublishRequested>().empty());
  EXPECT_EQ(status("code"), "NetStream.Publish.Denied");
  EXPECT_EQ(events<SessionClosed>().size(), 1u);
}

TEST_F(ServerSessionTest, OtherApplicationsAreRejected) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.connect({{"app", "vod\x01"}})}));
  const std::string words = RtmpClient::information(answers_, "_error", "description");
  EXPECT_EQ(RtmpClient::information(answers_, "_error", "code"), "NetConnection.Connect.Rejected");
  EXPECT_NE(words.find("\"vod?\""), std::string::npos) << words;
  ASSERT_EQ(events<SessionClosed>().size(), 1u);
  EXPECT_EQ(events<SessionClosed>()[0].reason, DropReason::kUnknownPeer);
}

TEST_F(ServerSessionTest, AKeyInTheFieldForTheServerIsNotShown) {
  send(
      RtmpClient::joined({RtmpClient::handshake(), client_.connect({{"app", "live/secret-key"}})}));
  const std::string words = RtmpClient::information(answers_, "_error", "description");
  EXPECT_NE(words.find("\"live/...\""), std::string::npos) << words;
  EXPECT_EQ(words.find("secret"), std::string::npos) << words;
  ASSERT_EQ(events<SessionClosed>().size(), 1u);
  EXPECT_EQ(events<SessionClosed>()[0].words, "unknown application \"live/...\"");
}

TEST_F(ServerSessionTest, ApplicationMayHaveSlashAndQuery) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.connect({{"app", "live/?a=b"}})}));
  EXPECT_EQ(events<Connected>().size(), 1u);
}

TEST_F(ServerSessionTest, PlayIsRefused) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.connect(), client_.create_stream(),
                           client_.command({"play", 0, {Amf0Value(), "key"}}, 1)}));
  EXPECT_EQ(status("level"), "error");
  EXPECT_EQ(status("code"), "NetStream.Play.Failed");
  EXPECT_EQ(events<SessionClosed>().size(), 1u);
}

TEST_F(ServerSessionTest, SecondPublicationInOneConnectionIsRefused) {
  send(client_.opening("key"));
  send(client_.publish("key"));
  EXPECT_EQ(status("code"), "NetStream.Publish.BadName");
  EXPECT_EQ(events<SessionClosed>().size(), 1u);
}

TEST_F(ServerSessionTest, PublishesAgainAfterUnpublishing) {
  send(client_.opening("one"));
  send(client_.command({"FCUnpublish", 6, {Amf0Value(), "one"}}));
  send(client_.command({"deleteStream", 7, {Amf0Value(), 1}}));
  EXPECT_EQ(events<PublishEnded>().size(), 1u);
  send(client_.publish("two"));
  ASSERT_EQ(events<PublishRequested>().size(), 2u);
  EXPECT_EQ(events<PublishRequested>()[1].key, "two");
  EXPECT_EQ(session_.stage(), ServerSession::Stage::kPublishing);
}

TEST_F(ServerSessionTest, CommandsOfType17AreAmf0BehindOneByte) {
  Bytes body = {0};
  const Bytes values = write_command({"connect", 1, {Amf0Object{{"app", "live"}}}});
  body.insert(body.end(), values.begin(), values.end());
  send(RtmpClient::joined(
      {RtmpClient::handshake(), client_.message(3, MessageType::kCommandAmf3, body, 0, 0)}));
  EXPECT_EQ(events<Connected>().size(), 1u);
  body[0] = 3;
  send(client_.message(3, MessageType::kCommandAmf3, body, 0, 0));
  ASSERT_EQ(events<SessionClosed>().size(), 1u);
  EXPECT_EQ(events<SessionClosed>()[0].reason, DropReason::kUnsupported);
}

TEST_F(ServerSessionTest, MetadataComesWithAndWithoutSetDataFrame) {
  send(client_.opening("key"));
  Bytes body;
  write_amf0("onMetaData", body);
  write_amf0(Amf0Object{{"width", 640}}, body);
  send(client_.message(4, MessageType::kDataAmf0, body));
  body.insert(body.begin(), 0);
  send(client_.message(4, MessageType::kDataAmf3, body));
  EXPECT_EQ(events<MetadataMessage>().size(), 2u);
  send(client_.message(4, MessageType::kDataAmf0, from_hex("0200")));
  ASSERT_EQ(events<Discarded>().size(), 1u) << "and the session goes on";
  EXPECT_EQ(events<Discarded>()[0].reason, DropReason::kTruncated);
  EXPECT_TRUE(events<SessionClosed>().empty());
}

TEST_F(ServerSessionTest, PingIsAnswered) {
  send(client_.opening("key"));
  answers_.clear();
  send(client_.message(2, MessageType::kUserControl, from_hex("0006 01020304"), 0, 0));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].payload, from_hex("0007 01020304"));
}

TEST_F(ServerSessionTest, ReceivedBytesAreAcknowledgedOnceAWindow) {
  send(client_.opening("key"));
  send(client_.message(2, MessageType::kWindowAckSize, from_hex("00002710"), 0, 0));  // 10,000
  EXPECT_TRUE(answers_of(MessageType::kAcknowledgement).empty());
  const size_t before = answers_.size();
  for (int count = 0; count < 10; ++count)
    send(client_.video(0, Bytes(4000)));
  EXPECT_GE(answers_.size() - before, 3u);
  EXPECT_LE(answers_.size() - before, 4u);
  EXPECT_GT(ByteReader(answers_.back().payload).u32(), 30000u);
}

TEST_F(ServerSessionTest, MessagesAreSmallUntilPublishing) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.connect()}));
  send(client_.video(0, Bytes(kMaxCommandBytes + 1)));
  ASSERT_EQ(events<SessionClosed>().size(), 1u);
  EXPECT_EQ(events<SessionClosed>()[0].reason, DropReason::kTooLarge);
}

TEST_F(ServerSessionTest, LargeMessagesPassWhenPublishing) {
  send(client_.opening("key"));
  send(client_.video(0, Bytes(kMaxCommandBytes + 1)));
  EXPECT_EQ(events<MediaMessage>().size(), 1u);
}

TEST_F(ServerSessionTest, MediaBeforePublishingIsDiscarded) {
  send(RtmpClient::joined(
      {RtmpClient::handshake(), client_.connect(), client_.video(0, test::avc_config())}));
  ASSERT_EQ(events<Discarded>().size(), 1u);
  EXPECT_EQ(events<Discarded>()[0].reason, DropReason::kWrongState);
}

TEST_F(ServerSessionTest, CommandsInTheWrongOrderEndIt) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.create_stream()}));
  ASSERT_EQ(events<SessionClosed>().size(), 1u);
  EXPECT_EQ(events<SessionClosed>()[0].reason, DropReason::kWrongState);
}

TEST_F(ServerSessionTest, MessageStreamsAreBounded) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.connect()}));
  for (uint32_t count = 0; count < kMaxMessageStreams; ++count)
    send(client_.create_stream());
  EXPECT_TRUE(events<Discarded>().empty());
  send(client_.create_stream());
  EXPECT_EQ(events<Discarded>().size(), 1u);
  EXPECT_EQ(RtmpClient::information(answers_, "_error", "code"), "NetConnection.Call.Failed");
}

TEST_F(ServerSessionTest, HttpIsNotRtmp) {
  const auto text = as_bytes("GET / HTTP/1.1\r\n\r\n");
  send(Bytes(text.begin(), text.end()));
  EXPECT_EQ(events<SessionClosed>().size(), 1u);
}

// Enhanced RTMP v2, "Enhancing NetConnection connect Command".
TEST_F(ServerSessionTest, EnhancedConnectIsAnsweredInKind) {
  send(RtmpClient::joined(
      {RtmpClient::handshake(),
       client_.connect({{"app", "live"},
                        {"fourCcList", Amf0Array{"av01", "vp09", "hvc1", "avc1"}},
                        {"videoFourCcInfoMap", Amf0Object{{"*", 4}, {"vp09", 3}}},
                        {"capsEx", 15}})}));
  ASSERT_EQ(events<Connected>().size(), 1u);
  const auto commands = answers_of(MessageType::kCommandAmf0);
  const auto result = read_command(commands.at(0));
  ASSERT_TRUE(result && result->object_at(1));
  const Amf0Object& information = *result->object_at(1);
  EXPECT_EQ(*information.find("fourCcList"), Amf0Value(Amf0Array{"avc1", "hvc1", "av01", "mp4a"}));
  EXPECT_EQ(
      *information.find("videoFourCcInfoMap"),
      Amf0Value(Amf0Object{{"avc1", kCanDecode}, {"hvc1", kCanDecode}, {"av01", kCanDecode}}));
  EXPECT_EQ(*information.find("audioFourCcInfoMap"), Amf0Value(Amf0Object{{"mp4a", kCanDecode}}));
  EXPECT_EQ(information.number("capsEx"), kCapsModEx | kCapsTimestampNanoOffset);
}

TEST_F(ServerSessionTest, PlainConnectIsAnsweredPlainly) {
  send(RtmpClient::joined({RtmpClient::handshake(), client_.connect()}));
  const auto result = read_command(answers_of(MessageType::kCommandAmf0).at(0));
  for (const char* name : {"fourCcList", "videoFourCcInfoMap", "audioFourCcInfoMap", "capsEx"})
    EXPECT_EQ(result->object_at(1)->find(name), nullptr) << name;
}

}  // namespace
}  // namespace longmen::rtmp
