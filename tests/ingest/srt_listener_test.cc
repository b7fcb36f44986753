#include "ingest/srt_listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/udp.hpp>

#include "tests/ingest/ingest_fixture.h"
#include "tests/ingest/srt_client.h"
#include "tests/support/ts_writer.h"

namespace longmen {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::udp;
using test::make_channel;
using test::Received;
using test::SrtClient;

class SrtListenerTest : public test::IngestTest {
 protected:
  void listen(std::vector<Channel> channels, SrtConfig config = {}, SrtDeadlines deadlines = {}) {
    channels_ = std::move(channels);
    feeds_.configure(channels_, wrong_keys_per_minute_);
    srt_.emplace(io_, feeds_, metrics_, deadlines);
    srt_->configure(config);
    udp::socket socket(io_, {boost::asio::ip::address_v4::loopback(), 0});
    port_ = socket.local_endpoint().port();
    srt_->start(UniqueFd(socket.release()));
  }
  void TearDown() override {
    srt_.reset();
    IngestTest::TearDown();
  }

  std::unique_ptr<SrtClient> call(const std::string& stream_id,
                                  const std::string& passphrase = "") {
    auto client = std::make_unique<SrtClient>(port_, stream_id, passphrase);
    EXPECT_TRUE(run_until([&] { return client->decided(); })) << stream_id;
    return client;
  }
  int rejection(const std::string& stream_id, const std::string& passphrase = "") {
    const auto client = call(stream_id, passphrase);
    EXPECT_FALSE(client->connected()) << stream_id;
    return client->reject_reason();
  }
  bool hung_up(const SrtClient& client) {
    return run_until([&] { return client.broken(); });
  }
  // Tables, a keyframe, a picture, and two frames of sound, of which the first one is but a claim.
  void send_some(SrtClient& client) {
    client.send(writer_.tables());
    const auto send = [&](const std::vector<Bytes>& packets) {
      for (const Bytes& packet : packets)
        client.send(packet);
    };
    send(writer_.video(9000, test::annex_b_keyframe()));
    send(writer_.video(12600, test::annex_b_picture()));
    send(writer_.audio(9000, test::adts_frame(50)));
    send(writer_.audio(10920, test::adts_frame(50)));
  }

  test::TsWriter writer_;
  std::optional<SrtListener> srt_;
};

TEST_F(SrtListenerTest, PublishesUntilItHangsUp) {
  listen({make_channel("main", {"the-key"})});
  Received received;
  connect_link("main", received);
  auto client = call("the-key");
  ASSERT_TRUE(client->connected()) << client->reject_reason();
  ASSERT_TRUE(run_until([&] { return changes_.size() == 1; }));
  EXPECT_EQ(feeds_.find("main")->publisher().protocol, "srt");
  EXPECT_EQ(feeds_.find("main")->publisher().sender.substr(0, 10), "127.0.0.1:");
  send_some(*client);
  EXPECT_TRUE(run_until([&] { return received.order == "TKvTa"; })) << received.order;
  // Numbers of the path come once a second.
  EXPECT_TRUE(run_until([&] {
    const auto& path = feeds_.find("main")->figures().path;
    return path && path->packets >= 5;
  }));
  EXPECT_EQ(feeds_.find("main")->figures().stream_errors, 0u);
  client->close();
  EXPECT_TRUE(run_until([&] { return received.order == "TKvTaE"; })) << received.order;
  EXPECT_EQ(changes_, (std::vector<std::string>{"main up", "main down"}));
  EXPECT_EQ(srt_->connections(), 0u);
}

// The supervisor's sockets do not block; libsrt would spin by one.
TEST_F(SrtListenerTest, ASocketThatDoesNotBlockIsMadeToBlock) {
  channels_ = {make_channel("main", {"the-key"})};
  feeds_.configure(channels_, wrong_keys_per_minute_);
  srt_.emplace(io_, feeds_, metrics_);
  udp::socket socket(io_, {boost::asio::ip::address_v4::loopback(), 0});
  socket.non_blocking(true);
  port_ = socket.local_endpoint().port();
  const UniqueFd seen(::dup(socket.native_handle()));
  srt_->start(UniqueFd(socket.release()));
  EXPECT_TRUE(call("the-key")->connected());
  EXPECT_EQ(::fcntl(seen.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(SrtListenerTest, BothSyntaxesAndTheCodesOfRefusal) {
  listen({make_channel("main", {"the-key"}), make_channel("two", {"key-two"})});
  EXPECT_TRUE(call("#!::r=main,m=publish,s=the-key")->connected());
  EXPECT_EQ(rejection("no-such-key"), 1401);
  EXPECT_EQ(rejection(""), 1401);
  EXPECT_EQ(rejection("#!::r=two,m=publish,s=the-key"), 1404);
  EXPECT_EQ(rejection("#!::r=main,m=request,s=the-key"), 1405);
  EXPECT_EQ(rejection("#!::r=main,m=publish,t=file,s=the-key"), 1415);
  EXPECT_EQ(rejection("#!::nonsense"), 1400);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kWrongKey), 2);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kWrongChannel), 1);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kNotUnderstood), 3);
}

TEST_F(SrtListenerTest, AnAddressThatGuessesIsAtLastUnheard) {
  wrong_keys_per_minute_ = 2;
  listen({make_channel("main", {"the-key"})});
  EXPECT_EQ(rejection("no-key-1"), 1401);
  EXPECT_EQ(rejection("no-key-2"), 1401);
  EXPECT_EQ(rejection("the-key"), 1402);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooManyWrongKeys), 1);
  EXPECT_TRUE(changes_.empty());
}

TEST_F(SrtListenerTest, ASecondPublisherIsRefusedOrTakesOverAsTheChannelSays) {
  listen({make_channel("main", {"key-one", "key-two"})});
  const auto first = call("key-one");
  ASSERT_TRUE(run_until([&] { return changes_.size() == 1; }));
  EXPECT_EQ(rejection("key-two"), 1409);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kAlreadyPublishing), 1);
  channels_[0].second_publisher = SecondPublisher::kTakeOver;
  feeds_.configure(channels_, 10);
  EXPECT_EQ(rejection("key-two?take_over=no"), 1409);
  const auto second = call("key-two");
  EXPECT_TRUE(second->connected());
  EXPECT_TRUE(hung_up(*first));
  EXPECT_FALSE(second->broken());
  EXPECT_EQ(metrics_.cut_count(CutReason::kTakenOver), 1);
}

TEST_F(SrtListenerTest, ARevokedKeysPublisherIsCut) {
  listen({make_channel("main", {"the-key"})});
  const auto client = call("the-key");
  ASSERT_TRUE(run_until([&] { return changes_.size() == 1; }));
  channels_[0].key_hashes = {stream_key_hash("new-key")};
  feeds_.configure(channels_, 10);
  EXPECT_TRUE(hung_up(*client));
  EXPECT_EQ(changes_.back(), "main down");
  EXPECT_TRUE(call("new-key")->connected());
}

TEST_F(SrtListenerTest, ThePassphraseIsTheNodesOrTheKeysOwn) {
  SrtConfig config;
  config.passphrase = "of-the-node";
  config.keys = {{stream_key_hash("key-two"), "of-the-key-alone"}};
  config.latency_ms = 300;
  listen({make_channel("main", {"key-one", "key-two"}, SecondPublisher::kTakeOver)}, config,
         {.admitted = 100ms});
  EXPECT_EQ(rejection("key-one", "something-else"), SRT_REJ_BADSECRET);
  EXPECT_EQ(rejection("key-one"), SRT_REJ_UNSECURE);
  EXPECT_EQ(rejection("key-two", "of-the-node"), SRT_REJ_BADSECRET);
  EXPECT_TRUE(
      run_until([&] { return metrics_.refused_count(RefusalReason::kWrongPassphrase) == 3; }));
  EXPECT_TRUE(changes_.empty()) << "nobody's place was taken";
  Received received;
  connect_link("main", received);
  const auto one = call("key-one", "of-the-node");
  ASSERT_TRUE(one->connected());
  EXPECT_EQ(one->latency_ms(), 300);
  const auto two = call("key-two", "of-the-key-alone");
  ASSERT_TRUE(two->connected());
  send_some(*two);
  EXPECT_TRUE(run_until([&] { return received.order == "ETKvTa" || received.order == "TKvTa"; }))
      << received.order;
}

TEST_F(SrtListenerTest, EncryptionThatNobodyAskedForIsRefused) {
  listen({make_channel("main", {"the-key"})});
  EXPECT_NE(rejection("the-key", "some-passphrase"), 0);
  EXPECT_TRUE(call("the-key")->connected());
}

TEST_F(SrtListenerTest, WhoSendsNothingIsCut) {
  listen({make_channel("main", {"the-key"})}, {}, {.silence = 200ms});
  const auto client = call("the-key");
  EXPECT_TRUE(hung_up(*client));
  EXPECT_EQ(metrics_.cut_count(CutReason::kSilent), 1);
  EXPECT_EQ(changes_.back(), "main down");
}

TEST_F(SrtListenerTest, ACodecThatIsNotSpokenEndsTheFeed) {
  listen({make_channel("main", {"the-key"})});
  const auto client = call("the-key");
  client->send(writer_.tables({{0x21, test::kVideoPid}}));
  EXPECT_TRUE(hung_up(*client));
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kUnsupportedCodec), 1);
  EXPECT_EQ(changes_.back(), "main down");
}

TEST_F(SrtListenerTest, ConnectionsAreBounded) {
  SrtConfig config;
  config.max_connections = 1;
  listen({make_channel("main", {"the-key"}), make_channel("two", {"key-two"})}, config);
  const auto first = call("the-key");
  ASSERT_TRUE(run_until([&] { return srt_->connections() == 1; }));
  EXPECT_EQ(rejection("key-two"), 1402);
  EXPECT_EQ(metrics_.refused_count(RefusalReason::kTooManyConnections), 1);
}

TEST_F(SrtListenerTest, DestroyedUnderItsConnections) {
  listen({make_channel("main", {"the-key"})});
  const auto client = call("the-key");
  ASSERT_TRUE(run_until([&] { return changes_.size() == 1; }));
  srt_.reset();
  EXPECT_EQ(changes_.back(), "main down");
  EXPECT_TRUE(hung_up(*client));
}

// The bytes of a caller that finishes its handshake and then lies about lengths: a key message
// longer than any (which overflowed libsrt before 1.5.1-1+deb12u2), a stream id without an end, and
// datagrams larger than any packet. Whatever is said to it, others are served.
TEST_F(SrtListenerTest, LengthsThatLieHurtNobody) {
  listen({make_channel("main", {"the-key"})});
  udp::socket socket(io_, {boost::asio::ip::address_v4::loopback(), 0});
  socket.connect({boost::asio::ip::address_v4::loopback(), port_});
  socket.non_blocking(true);
  const auto handshake = [](uint32_t version, uint16_t extension, int32_t type, uint32_t cookie,
                            const Bytes& extensions) {
    Bytes packet;
    ByteWriter writer(packet);
    writer.u32(0x80000000);  // a control packet: handshake
    writer.u32(0), writer.u32(0), writer.u32(0);
    writer.u32(version);
    writer.u16(0), writer.u16(extension);
    writer.u32(1), writer.u32(1500), writer.u32(8192);
    writer.u32(static_cast<uint32_t>(type));
    writer.u32(0x1234), writer.u32(cookie);
    writer.bytes(test::from_hex("0100007f 00000000 00000000 00000000"));
    writer.bytes(extensions);
    return packet;
  };
  // Said again until it is answered, as callers do.
  const auto answer = [&](const Bytes& said) -> Bytes {
    Bytes bytes(2000);
    boost::system::error_code error;
    size_t count = 0;
    for (int tries = 0; tries < 10; ++tries) {
      socket.send(boost::asio::buffer(said), 0, error);
      const auto came = [&] {
        count = socket.receive(boost::asio::buffer(bytes), 0, error);
        return !error;
      };
      if (!run_until(came, 100ms)) continue;
      bytes.resize(count);
      return bytes;
    }
    return {};
  };
  for (const size_t key_words : {size_t{40}, size_t{200}, size_t{300}}) {
    const Bytes induction = answer(handshake(4, 2, 1, 0, {}));
    ASSERT_GE(induction.size(), 64u);
    ByteReader cookie(ByteSpan(induction).subspan(16 + 28));
    Bytes extensions;
    ByteWriter writer(extensions);
    writer.u16(1), writer.u16(3);  // SRT_CMD_HSREQ
    writer.u32(0x00010501), writer.u32(0xBF), writer.u32(120 << 16 | 120);
    writer.u16(3), writer.u16(key_words);  // SRT_CMD_KMREQ
    writer.bytes(test::from_hex("12202901 00000000 02000200 00000404"));
    writer.bytes(Bytes(key_words * 4 - 16, 0x41));
    writer.u16(5), writer.u16(0xFFFF);  // SRT_CMD_SID
    writer.bytes(as_bytes("-ehtyek"));
    EXPECT_FALSE(answer(handshake(5, 7, -1, cookie.u32(), extensions)).empty());
    for (const size_t size : {size_t{1}, size_t{15}, size_t{1600}, size_t{9000}, size_t{60000}})
      socket.send(boost::asio::buffer(Bytes(size, 0x00)));
  }
  EXPECT_TRUE(call("the-key")->connected());
}

}  // namespace
}  // namespace longmen
