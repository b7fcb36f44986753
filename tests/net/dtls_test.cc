#include "net/dtls.h"

#include <gtest/gtest.h>

#include "tests/support/dtls_client.h"

namespace longmen {
namespace {

using test::DtlsClient;
using State = DtlsServer::State;

const Address kPeer = *Address::from_text("192.0.2.1", 5000);

class DtlsTest : public testing::Test {
 protected:
  static const std::shared_ptr<const DtlsCertificate>& certificate() {
    static const auto made = DtlsCertificate::make().value();
    return made;
  }

  static std::unique_ptr<DtlsServer> server_for(const std::string& fingerprint) {
    return DtlsServer::make(certificate(), Fingerprint::parse(fingerprint).value()).value();
  }

  // Carries what both have to say, until nobody has anything to say. `lose` is asked for each
  // datagram, numbered from 0 per direction.
  template <class LoseFromClient, class LoseFromServer>
  void exchange(DtlsClient& client, DtlsServer& server, LoseFromClient lose_from_client,
                LoseFromServer lose_from_server) {
    bool any = true;
    while (any) {
      any = false;
      while (auto datagram = client.poll_transmit()) {
        any = true;
        EXPECT_LE(datagram->size(), 1200u);
        if (!lose_from_client(from_client_++)) server.handle_datagram(*datagram, kPeer);
      }
      while (auto datagram = server.poll_transmit()) {
        any = true;
        EXPECT_LE(datagram->size(), 1200u);
        if (!lose_from_server(from_server_++)) client.handle_datagram(*datagram);
      }
    }
  }
  void exchange(DtlsClient& client, DtlsServer& server) {
    exchange(
        client, server, [](int) { return false; }, [](int) { return false; });
  }

  static void expect_same_keys(const DtlsClient& client, const DtlsServer& server) {
    ASSERT_TRUE(client.connected());
    ASSERT_TRUE(server.keys());
    EXPECT_EQ(server.keys()->profile, client.keys().profile);
    EXPECT_EQ(server.keys()->client.bytes, client.keys().client.bytes);
    EXPECT_EQ(server.keys()->server.bytes, client.keys().server.bytes);
    EXPECT_NE(server.keys()->client.bytes, server.keys()->server.bytes);
  }

  // The client's first ClientHello, and the server's cookie for it.
  static void ask_and_be_asked(DtlsClient& client, DtlsServer& server) {
    client.start();
    while (const auto hello = client.poll_transmit())
      server.handle_datagram(*hello, kPeer);
    const auto asked = server.poll_transmit();
    ASSERT_TRUE(asked);
    EXPECT_FALSE(server.poll_transmit());
    client.handle_datagram(*asked);
  }

  int from_client_ = 0;
  int from_server_ = 0;
};

TEST_F(DtlsTest, HandshakeGivesBothTheSameKeysAndPrefersGcm) {
  DtlsClient client({.srtp_profiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM"});
  auto server = server_for(client.fingerprint());
  client.start();
  exchange(client, *server);
  EXPECT_EQ(server->state(), State::kConnected) << server->problem();
  expect_same_keys(client, *server);
  EXPECT_EQ(server->keys()->profile, SrtpProfile::kAeadAes128Gcm);
  EXPECT_EQ(client.server_fingerprint(), certificate()->fingerprint());
  EXPECT_FALSE(server->next_timeout());
}

TEST_F(DtlsTest, OldPeerGetsSha1) {
  DtlsClient client({.srtp_profiles = "SRTP_AES128_CM_SHA1_80"});
  auto server = server_for(client.fingerprint());
  client.start();
  exchange(client, *server);
  expect_same_keys(client, *server);
  EXPECT_EQ(server->keys()->profile, SrtpProfile::kAes128CmHmacSha1_80);
}

TEST_F(DtlsTest, Sha384AndSha512FingerprintsAreUnderstood) {
  for (const EVP_MD* algorithm : {EVP_sha384(), EVP_sha512()}) {
    DtlsClient client;
    std::string text = client.fingerprint(algorithm);
    for (char& c : text)
      c = static_cast<char>(std::tolower(c));
    auto server = server_for(text);
    client.start();
    exchange(client, *server);
    EXPECT_EQ(server->state(), State::kConnected) << server->problem();
  }
}

TEST_F(DtlsTest, FingerprintsThatAreNotOnesAreRefused) {
  DtlsClient client;
  const std::string good = client.fingerprint();
  EXPECT_TRUE(Fingerprint::parse(good));
  for (const std::string& bad :
       {std::string(), std::string("sha-256"), std::string("sha-256 "), good.substr(0, 60),
        good + ":00", "sha-1 " + good.substr(8), "sha-512 " + good.substr(8),
        "sha-256 G" + good.substr(9), "sha-256 " + std::string(95, 'A')}) {
    EXPECT_FALSE(Fingerprint::parse(bad)) << bad;
  }
}

TEST_F(DtlsTest, WrongFingerprintIsRefusedWithAnAlert) {
  DtlsClient client;
  DtlsClient somebody_else;
  auto server = server_for(somebody_else.fingerprint());
  client.start();
  exchange(client, *server);
  EXPECT_EQ(server->state(), State::kFailed);
  EXPECT_NE(server->problem().find("fingerprint"), std::string::npos) << server->problem();
  EXPECT_FALSE(server->keys());
  EXPECT_TRUE(client.failed());
}

TEST_F(DtlsTest, PeerWithoutCertificateIsRefused) {
  DtlsClient client({.certificate = false});
  auto server = server_for(client.fingerprint());
  client.start();
  exchange(client, *server);
  EXPECT_EQ(server->state(), State::kFailed);
}

TEST_F(DtlsTest, PeerWithoutSrtpIsRefused) {
  DtlsClient client({.srtp_profiles = ""});
  auto server = server_for(client.fingerprint());
  client.start();
  exchange(client, *server);
  EXPECT_EQ(server->state(), State::kFailed);
  EXPECT_FALSE(server->keys());
}

TEST_F(DtlsTest, ClientHelloInTwoDatagrams) {
  for (bool swapped : {false, true}) {
    DtlsClient client({.client_hello_ballast_bytes = 1400});
    auto server = server_for(client.fingerprint());
    ask_and_be_asked(client, *server);
    auto first = client.poll_transmit();
    auto second = client.poll_transmit();
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(client.poll_transmit());
    if (swapped) std::swap(first, second);
    EXPECT_EQ(server->handle_datagram(*first, kPeer), State::kHandshaking);
    EXPECT_FALSE(server->poll_transmit());
    EXPECT_EQ(server->handle_datagram(*second, kPeer), State::kHandshaking);
    exchange(client, *server);
    expect_same_keys(client, *server);
  }
}

TEST_F(DtlsTest, WhoIsAskedForACookieGetsLessThanItSent) {
  DtlsClient client;
  auto server = server_for(client.fingerprint());
  client.start();
  const Bytes hello = *client.poll_transmit();
  for (int i = 0; i < 100; ++i) {
    server->handle_datagram(hello, kPeer);
    const auto asked = server->poll_transmit();
    ASSERT_TRUE(asked);
    EXPECT_LT(asked->size(), hello.size());
    EXPECT_FALSE(server->poll_transmit());
  }
  EXPECT_FALSE(server->next_timeout());
  EXPECT_FALSE(server->client());
}

// One whose path changes between its two ClientHellos; or one who says so, and gets the flight
// where it got the cookie.
TEST_F(DtlsTest, ACookieProvesTheAddressToWhichItWasSent) {
  const Address elsewhere = *Address::from_text("192.0.2.1", 5001);
  DtlsClient client;
  auto server = server_for(client.fingerprint());
  ask_and_be_asked(client, *server);
  server->handle_datagram(*client.poll_transmit(), elsewhere);
  ASSERT_TRUE(server->client());
  EXPECT_EQ(*server->client(), kPeer);
  EXPECT_TRUE(server->poll_transmit());
}

TEST_F(DtlsTest, CookiesOfFourAddressesAreGood) {
  DtlsClient client;
  auto server = server_for(client.fingerprint());
  ask_and_be_asked(client, *server);
  const Bytes second = *client.poll_transmit();
  DtlsClient other;
  other.start();
  const Bytes hello = *other.poll_transmit();
  for (size_t i = 0; i < DtlsServer::kMaxAsked; ++i)
    server->handle_datagram(hello, *Address::from_text("192.0.2.2", static_cast<uint16_t>(i + 1)));
  server->handle_datagram(second, kPeer);
  EXPECT_FALSE(server->client());
}

// A record in the clear, of a number that would end any replay window.
Bytes clear_record(uint8_t type, Bytes body) {
  Bytes record;
  ByteWriter writer(record);
  writer.u8(type);
  writer.u16(0xFEFD);
  writer.u16(0);
  writer.u48((uint64_t{1} << 48) - 1);
  writer.u16(body.size());
  writer.bytes(body);
  return record;
}

// What somebody who can only write the client's address into datagrams may say in its name.
std::vector<std::pair<const char*, Bytes>> forgeries() {
  DtlsClient other;
  other.start();
  const Bytes hello = *other.poll_transmit();
  Bytes with_cookie = hello;  // of as many bytes, which are not the right ones
  with_cookie.insert(with_cookie.begin() + 13 + 12 + 2 + 32 + 2, 16, 0xC0);
  with_cookie[13 + 12 + 2 + 32 + 1] = 16;
  for (size_t low : {size_t{12}, size_t{13 + 3}, size_t{13 + 11}})
    with_cookie[low] = static_cast<uint8_t>(with_cookie[low] + 16);
  with_cookie[13 + 5] = 1;
  Bytes late_hello = hello;
  late_hello[13 + 5] = 1;  // as if it were the second one
  Bytes rest_of_hello = {1, 0, 1, 0, 0, 1, 0, 0, 200, 0, 0, 4, 1, 2, 3, 4};
  Bytes cut = hello;
  cut.resize(cut.size() / 2);
  return {{"ClientHello", hello},
          {"ClientHello with a cookie", with_cookie},
          {"ClientHello as the second", late_hello},
          {"rest of a ClientHello", clear_record(22, rest_of_hello)},
          {"ClientHello cut short", cut},
          {"fatal alert", clear_record(21, {2, 40})},
          {"close_notify", clear_record(21, {1, 0})},
          {"ChangeCipherSpec", clear_record(20, {1})},
          {"message of a server", clear_record(22, {14, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0})},
          {"message of nobody", clear_record(22, Bytes(60, 0xA5))},
          {"late message", clear_record(22, {16, 0, 0, 1, 0, 9, 0, 0, 0, 0, 0, 1, 7})},
          {"data", clear_record(23, Bytes(40, 1))},
          {"encrypted by nobody", [] {
             Bytes record = clear_record(22, Bytes(40, 3));
             record[4] = 1;  // the epoch
             return record;
           }()}};
}

TEST_F(DtlsTest, WhatIsForgedInTheNameOfTheClientBreaksNoHandshake) {
  for (const auto& [name, forged] : forgeries()) {
    // Before the datagram of that number of the client; and once before each of them.
    for (int before = -1; before < 4; ++before) {
      SCOPED_TRACE(testing::Message() << name << " before " << before);
      DtlsClient client;
      auto server = server_for(client.fingerprint());
      client.start();
      int number = 0;
      for (int round = 0; round < 8 && !(client.connected() && server->keys()); ++round) {
        for (bool any = true; any;) {
          any = false;
          while (auto datagram = client.poll_transmit()) {
            any = true;
            if (before == -1 || before == number) server->handle_datagram(forged, kPeer);
            ++number;
            server->handle_datagram(*datagram, kPeer);
          }
          while (auto datagram = server->poll_transmit()) {
            any = true;
            client.handle_datagram(*datagram);
          }
        }
        EXPECT_FALSE(client.failed());
        test::advance_openssl_clock(std::chrono::milliseconds(3300));
        client.handle_timeout();
        server->handle_timeout();
      }
      EXPECT_EQ(server->state(), State::kConnected) << server->problem();
      expect_same_keys(client, *server);
    }
  }
}

TEST_F(DtlsTest, EveryLostDatagramIsMadeGood) {
  // A handshake is 2 datagrams of the client and 2 of the server, or a few more; lose each in turn.
  for (int lost = 0; lost < 6; ++lost) {
    from_client_ = from_server_ = 0;
    DtlsClient client;
    auto server = server_for(client.fingerprint());
    client.start();
    for (int round = 0; round < 8 && !(client.connected() && server->keys()); ++round) {
      exchange(
          client, *server, [&](int n) { return lost < 3 && n == lost; },
          [&](int n) { return lost >= 3 && n == lost - 3; });
      test::advance_openssl_clock(std::chrono::milliseconds(3300));
      client.handle_timeout();
      server->handle_timeout();
    }
    EXPECT_EQ(server->state(), State::kConnected) << "lost " << lost << ' ' << server->problem();
    expect_same_keys(client, *server);
  }
}

TEST_F(DtlsTest, OwnFlightIsSentAgainAfterAHundredMilliseconds) {
  DtlsClient client;
  auto server = server_for(client.fingerprint());
  ask_and_be_asked(client, *server);
  EXPECT_FALSE(server->next_timeout());
  server->handle_datagram(*client.poll_transmit(), kPeer);
  int flight = 0;
  while (server->poll_transmit())
    ++flight;
  EXPECT_GT(flight, 0);
  ASSERT_TRUE(server->next_timeout());
  EXPECT_LE(*server->next_timeout(), kDtlsFirstRetransmission);
  server->handle_timeout();
  EXPECT_FALSE(server->poll_transmit());  // not yet
  test::advance_openssl_clock(kDtlsFirstRetransmission);
  server->handle_timeout();
  int again = 0;
  while (server->poll_transmit())
    ++again;
  EXPECT_GE(again, flight);  // the same messages, each in a datagram of its own
  ASSERT_TRUE(server->next_timeout());
  EXPECT_GT(*server->next_timeout(), kDtlsFirstRetransmission);
}

TEST_F(DtlsTest, HandshakeThatNobodyAnswersEnds) {
  DtlsClient client;
  auto server = server_for(client.fingerprint());
  ask_and_be_asked(client, *server);
  server->handle_datagram(*client.poll_transmit(), kPeer);
  for (int i = 0; i < 20 && server->state() == State::kHandshaking; ++i) {
    test::advance_openssl_clock(kDtlsLastRetransmission);
    server->handle_timeout();
  }
  EXPECT_EQ(server->state(), State::kFailed);
  size_t queued = 0;
  while (server->poll_transmit())
    ++queued;
  EXPECT_EQ(queued, kMaxQueuedDatagrams);
  EXPECT_GT(server->discarded_datagrams(), 0u);
}

TEST_F(DtlsTest, RepeatedFinishedIsAnsweredUntilThePeerHasKeys) {
  DtlsClient client;
  auto server = server_for(client.fingerprint());
  client.start();
  // The server's answer to the client's Finished is lost.
  bool connected = false;
  exchange(
      client, *server, [](int) { return false; },
      [&](int) {
        connected = server->state() == State::kConnected;
        return connected;
      });
  ASSERT_EQ(server->state(), State::kConnected);
  ASSERT_FALSE(client.connected());
  EXPECT_TRUE(server->holds_handshake_state());
  test::advance_openssl_clock(std::chrono::seconds(2));
  client.handle_timeout();
  exchange(client, *server);
  expect_same_keys(client, *server);

  server->peer_has_keys();
  EXPECT_FALSE(server->holds_handshake_state());
  EXPECT_EQ(server->state(), State::kConnected);
  EXPECT_TRUE(server->keys());
}

TEST_F(DtlsTest, CloseNotifyIsUnderstoodBeforeAndAfterStateIsFreed) {
  for (bool freed : {false, true}) {
    DtlsClient client;
    auto server = server_for(client.fingerprint());
    client.start();
    exchange(client, *server);
    ASSERT_EQ(server->state(), State::kConnected);
    if (freed) server->peer_has_keys();
    client.close();
    auto record = client.poll_transmit();
    ASSERT_TRUE(record);
    Bytes forged = *record;
    forged.back() ^= 1;
    EXPECT_EQ(server->handle_datagram(forged, kPeer), State::kConnected) << "freed " << freed;
    EXPECT_EQ(server->handle_datagram(*record, kPeer), State::kClosed) << "freed " << freed;
  }
}

TEST_F(DtlsTest, CloseTellsThePeerBeforeAndAfterStateIsFreed) {
  for (bool freed : {false, true}) {
    DtlsClient client;
    auto server = server_for(client.fingerprint());
    client.start();
    exchange(client, *server);
    ASSERT_EQ(server->state(), State::kConnected);
    if (freed) server->peer_has_keys();
    server->close();
    auto record = server->poll_transmit();
    ASSERT_TRUE(record);
    client.handle_datagram(*record);
    EXPECT_TRUE(client.closed_by_server()) << "freed " << freed;
  }
}

TEST_F(DtlsTest, JunkAndOldDatagramsChangeNothing) {
  DtlsClient client;
  auto server = server_for(client.fingerprint());
  EXPECT_EQ(server->handle_datagram({}, kPeer), State::kHandshaking);
  EXPECT_EQ(server->handle_datagram(Bytes(kMaxDtlsDatagramBytes + 1, 22), kPeer),
            State::kHandshaking);
  Bytes junk = {22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0xFF, 0xFF, 1, 2, 3};
  EXPECT_EQ(server->handle_datagram(junk, kPeer), State::kHandshaking);
  for (uint8_t type = 20; type < 64; ++type) {
    EXPECT_EQ(server->handle_datagram(Bytes(40, type), kPeer), State::kHandshaking);
  }
  client.start();
  exchange(client, *server);
  EXPECT_EQ(server->state(), State::kConnected);
  // An alert in the clear is nobody's word once there are keys.
  const Bytes clear_alert = {21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
  EXPECT_EQ(server->handle_datagram(clear_alert, kPeer), State::kConnected);
  server->peer_has_keys();
  EXPECT_EQ(server->handle_datagram(clear_alert, kPeer), State::kConnected);
  EXPECT_EQ(server->handle_datagram(junk, kPeer), State::kConnected);
}

}  // namespace
}  // namespace longmen
