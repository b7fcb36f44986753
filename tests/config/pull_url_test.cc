#include "config/pull_url.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using Scheme = PullUrl::Scheme;

TEST(PullUrl, SaysWhatAndWhere) {
  const struct {
    const char* text;
    Scheme scheme;
    const char* user;
    const char* host;
    int port;
    const char* shown;
  } cases[] = {
      {"srt://encoder.example:9000?mode=caller", Scheme::kSrt, "", "encoder.example", 9000,
       "srt://encoder.example:9000"},
      {"rtsp://anna:s%40@camera/hall?channel=1", Scheme::kRtsp, "anna:s%40", "camera", 554,
       "rtsp://camera/hall"},
      {"rtsps://camera:9/", Scheme::kRtsp, "", "camera", 9, "rtsps://camera:9/"},
      {"https://cdn.example/live/@x/index.m3u8?token=secret", Scheme::kHls, "", "cdn.example", 443,
       "https://cdn.example/live/@x/index.m3u8"},
      {"udp://10.0.0.1@239.1.2.3:5000", Scheme::kUdp, "10.0.0.1", "239.1.2.3", 5000,
       "udp://10.0.0.1@239.1.2.3:5000"},
      {"rtp://[ff3e::1234]:5004", Scheme::kRtp, "", "ff3e::1234", 5004, "rtp://[ff3e::1234]:5004"},
  };
  for (const auto& each : cases) {
    const auto url = parse_pull_url(each.text);
    ASSERT_TRUE(url) << each.text << url.error().message;
    EXPECT_EQ(url->scheme, each.scheme);
    EXPECT_EQ(url->user, each.user);
    EXPECT_EQ(url->host, each.host);
    EXPECT_EQ(url->port, each.port);
    EXPECT_EQ(url->shown(), each.shown);
    EXPECT_EQ(url->text, each.text);
  }
}

TEST(PullUrl, OfSrtMayListen) {
  EXPECT_TRUE(parse_pull_url("srt://0.0.0.0:9000?mode=listener")->listens);
  EXPECT_TRUE(parse_pull_url("srt://[::]:9000?mode=listener")->listens);
  EXPECT_FALSE(parse_pull_url("srt://0.0.0.0:9000")->listens);
  EXPECT_FALSE(parse_pull_url("srt://encoder.example:9000?mode=listener"));
  for (const char* query :
       {"?passphrase=0123456789", "?mode=rendezvous", "?latency=1", "?streamid=x"})
    EXPECT_FALSE(parse_pull_url(std::string("srt://10.0.0.1:9000") + query)) << query;
}

TEST(PullUrl, WhatOthersSayOfItIsToldWithoutItsSecrets) {
  const auto camera = parse_pull_url("rtsp://anna:hush@camera/hall?key=7");
  ASSERT_TRUE(camera);
  EXPECT_EQ(camera->redacted("Invalid URI \"rtsp://anna:hush@camera/hall?key=7\"."),
            "Invalid URI \"rtsp://camera/hall\".");
  EXPECT_EQ(camera->redacted("401 of anna:hush@camera for hush and hush"),
            "401 of camera for (not shown) and (not shown)");
  EXPECT_EQ(camera->redacted("GET /hall?key=7 failed"), "GET /hall failed");
  EXPECT_EQ(PullUrl().redacted("No such file"), "No such file");
}

TEST(PullUrl, ThatIsNoneIsRefused) {
  for (const char* bad :
       {"", "main", "srt://", "srt://host", "srt://host:0", "srt://host:65536", "srt://host:9x",
        "srt://:9000", "udp://host:5000", "udp://host@239.1.2.3:5000", "rtp://239.1.2.3",
        "rtsp://[::1/x", "rtsp://[::1]x/", "http:// host/", "rtsp://camera/\n", "file:///etc/x"})
    EXPECT_FALSE(parse_pull_url(bad)) << bad;
  EXPECT_FALSE(parse_pull_url("http://host/" + std::string(3000, 'a')));
}

}  // namespace
}  // namespace longmen
