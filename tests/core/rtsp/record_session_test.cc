#include "core/rtsp/record_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/rtsp/announcements.h"

namespace longmen::rtsp {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Question = RecordSession::Question;
using Fields = std::vector<std::pair<std::string, std::string>>;

const std::string kUri = "rtsp://192.0.2.1:8554/live/the-key";

class RtspRecordSession : public testing::Test {
 protected:
  std::optional<Question> ask(const std::string& method, const std::string& uri = kUri,
                              const Fields& fields = {}, const std::string& body = "") {
    Request request;
    request.method = method;
    request.uri = uri;
    request.body = body;
    request.fields.add("CSeq", std::to_string(++cseq_));
    for (const auto& [name, value] : fields)
      request.fields.add(name, value);
    return session_.handle(request);
  }
  std::optional<Question> announce(const std::string& uri = kUri,
                                   const std::string& authorization = "",
                                   const std::string& body = test::kFfmpegAnnouncement) {
    Fields fields{{"Content-Type", "application/sdp"}, {"User-Agent", "Lavf59.27.100"}};
    if (!authorization.empty()) fields.emplace_back("Authorization", authorization);
    return ask("ANNOUNCE", uri, fields, body);
  }
  std::optional<Question> set_up(const std::string& track, const std::string& transport) {
    return ask("SETUP", kUri + "/streamid=" + track, {{"Transport", transport}});
  }
  std::string answer() { return session_.take_output(); }
  void be_announced() {
    ASSERT_TRUE(announce());
    session_.accept();
    ASSERT_THAT(answer(), StartsWith("RTSP/1.0 200 OK\r\nCSeq: "));
  }

  RecordSession session_{"s1"};
  int cseq_ = 0;
};

TEST_F(RtspRecordSession, AsFfmpegPushesByTcp) {
  EXPECT_FALSE(ask("OPTIONS"));
  EXPECT_THAT(answer(), HasSubstr("ANNOUNCE"));
  const auto asked = announce();
  ASSERT_TRUE(asked);
  const auto& publish = std::get<RecordSession::PublishAsked>(*asked);
  EXPECT_EQ(publish.key, "the-key");
  EXPECT_EQ(publish.channel, "");
  EXPECT_EQ(publish.encoder, "Lavf59.27.100");
  EXPECT_TRUE(publish.takes_over);
  session_.accept();
  EXPECT_EQ(answer(), "RTSP/1.0 200 OK\r\nCSeq: 2\r\nSession: s1;timeout=60\r\n\r\n");
  EXPECT_FALSE(set_up("0", "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record"));
  EXPECT_THAT(answer(), HasSubstr("interleaved=0-1"));
  EXPECT_FALSE(set_up("1", "RTP/AVP/TCP;unicast;interleaved=2-3;mode=record"));
  EXPECT_THAT(answer(), HasSubstr("interleaved=2-3"));
  const auto record = ask("RECORD", kUri, {{"Session", "s1;timeout=60"}});
  ASSERT_TRUE(record && std::holds_alternative<RecordSession::RecordAsked>(*record));
  session_.accept();
  EXPECT_EQ(session_.stage(), RecordSession::Stage::kRecording);
  EXPECT_EQ(session_.place_of(2)->track, 1u);
  EXPECT_FALSE(session_.place_of(2)->rtcp);
  EXPECT_TRUE(session_.place_of(3)->rtcp);
  EXPECT_FALSE(session_.place_of(4));
  EXPECT_FALSE(ask("TEARDOWN"));
  EXPECT_EQ(session_.stage(), RecordSession::Stage::kClosed);
}

TEST_F(RtspRecordSession, ByUdpPortsAreAskedFor) {
  be_announced();
  const auto asked = set_up("1", "RTP/AVP/UDP;unicast;client_port=5002-5003;mode=record");
  ASSERT_TRUE(asked);
  EXPECT_EQ(std::get<RecordSession::UdpAsked>(*asked).track, 1u);
  EXPECT_EQ(std::get<RecordSession::UdpAsked>(*asked).rtcp_port, 5003);
  session_.accept_udp(40'000);
  EXPECT_THAT(answer(), HasSubstr("client_port=5002-5003;server_port=40000-40001;mode=record"));
  EXPECT_FALSE(ask("RECORD"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 455 ")) << "one is not set up";
}

TEST_F(RtspRecordSession, TheFirstTransportThatIsSpokenCounts) {
  be_announced();
  EXPECT_FALSE(set_up("0",
                      "RTP/SAVP;unicast;client_port=1-2,RTP/AVP;multicast;client_port=6-7,"
                      "RTP/AVP/TCP;interleaved=4-5"));
  EXPECT_THAT(answer(), HasSubstr("interleaved=4-5"));
  EXPECT_FALSE(set_up("1", "RTP/AVP/TCP;interleaved=5-6"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 461 that channel is taken"));
  for (const char* transport : {"", "RTP/AVP/TCP", "RTP/AVP/TCP;interleaved=255-256",
                                "RTP/AVP;client_port=9-9", "RTP/AVP;client_port=70000"}) {
    EXPECT_FALSE(set_up("1", transport));
    EXPECT_THAT(answer(), StartsWith("RTSP/1.0 461 ")) << transport;
  }
}

TEST_F(RtspRecordSession, TheKeyMayBeAPassword) {
  EXPECT_FALSE(announce("rtsp://192.0.2.1/main"));
  EXPECT_THAT(answer(), HasSubstr("WWW-Authenticate: Basic realm=\"publish\""));
  EXPECT_FALSE(session_.take_refusal()) << "it is a question";
  const auto asked = announce("rtsp://192.0.2.1/main/", "Basic bWFpbjp0aGUta2V5");
  ASSERT_TRUE(asked);
  EXPECT_EQ(std::get<RecordSession::PublishAsked>(*asked).key, "the-key");
  EXPECT_EQ(std::get<RecordSession::PublishAsked>(*asked).channel, "main");
  EXPECT_TRUE(session_.by_password());
  session_.refuse(401, "wrong stream key");
  const std::string refused = answer();
  EXPECT_THAT(refused, StartsWith("RTSP/1.0 401 wrong stream key\r\n"));
  EXPECT_THAT(refused, HasSubstr("WWW-Authenticate"));
  EXPECT_TRUE(announce("rtsp://192.0.2.1/main", "Basic bWFpbjp0aGUta2V5")) << "again";
  for (const char* nothing : {"Basic", "Basic ???", "Basic bWFpbg==", "Digest username=\"x\""}) {
    EXPECT_FALSE(announce("rtsp://192.0.2.1/main", nothing));
    EXPECT_THAT(answer(), StartsWith("RTSP/1.0 401 ")) << nothing;
  }
}

TEST_F(RtspRecordSession, EveryStepHasItsTurn) {
  EXPECT_FALSE(set_up("0", "RTP/AVP/TCP;interleaved=0-1"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 455 "));
  EXPECT_FALSE(ask("RECORD"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 455 "));
  EXPECT_FALSE(ask("DESCRIBE"));
  EXPECT_THAT(answer(), HasSubstr("watch by WebRTC or HLS"));
  EXPECT_FALSE(ask("PAUSE"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 501 "));
  be_announced();
  EXPECT_FALSE(announce());
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 455 "));
  EXPECT_FALSE(set_up("7", "RTP/AVP/TCP;interleaved=0-1"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 404 "));
  EXPECT_FALSE(ask("GET_PARAMETER", kUri, {{"Session", "another"}}));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 454 "));
}

TEST_F(RtspRecordSession, WhatIsWrongIsSaid) {
  EXPECT_FALSE(ask("ANNOUNCE"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 415 the announcement is not application/sdp"));
  EXPECT_FALSE(announce("rtsp://h/live/"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 403 stream key missing"));
  EXPECT_FALSE(announce(kUri, "", "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 AV1/90000\r\n"));
  EXPECT_THAT(answer(), StartsWith("RTSP/1.0 415 video codec AV1 is not supported"));
  EXPECT_EQ(session_.take_refusal()->status, 415);
  Request request;
  request.method = "OPTIONS";
  EXPECT_FALSE(session_.handle(request));
  EXPECT_EQ(answer(), "RTSP/1.0 400 CSeq is missing\r\n\r\n");
  const auto asked = announce("rtsp://h/live/the-key?take_over=no");
  ASSERT_TRUE(asked);
  EXPECT_FALSE(std::get<RecordSession::PublishAsked>(*asked).takes_over);
}

}  // namespace
}  // namespace longmen::rtsp
