#include "net/dtls_client.h"

#include <gtest/gtest.h>

#include "tests/support/dtls_client.h"

namespace longmen {
namespace {

using State = DtlsConnection::State;

const Address kCaller = *Address::from_text("192.0.2.1", 5000);

class DtlsClientTest : public testing::Test {
 protected:
  void make(const std::string& of_server, const char* profiles = kSrtpProfileNames) {
    client_ = DtlsClient::make(mine_, Fingerprint::parse(of_server).value(), profiles).value();
    server_ = DtlsServer::make(theirs_, Fingerprint::parse(mine_->fingerprint()).value()).value();
  }
  // Until nobody has anything to say; `lose` is asked for each datagram, numbered from 0.
  template <class Lose>
  void exchange(Lose lose) {
    for (bool any = true; any;) {
      any = false;
      while (auto datagram = client_->poll_transmit()) {
        any = true;
        EXPECT_LE(datagram->size(), size_t{kDtlsMtuBytes});
        if (!lose(count_++)) server_->handle_datagram(*datagram, kCaller);
      }
      while (auto datagram = server_->poll_transmit()) {
        any = true;
        if (!lose(count_++)) client_->handle_datagram(*datagram);
      }
    }
  }
  void exchange() {
    exchange([](int) { return false; });
  }
  void expect_same_keys() {
    ASSERT_TRUE(client_->keys() && server_->keys()) << client_->problem() << server_->problem();
    EXPECT_EQ(client_->keys()->profile, server_->keys()->profile);
    EXPECT_EQ(client_->keys()->client.bytes, server_->keys()->client.bytes);
    EXPECT_EQ(client_->keys()->server.bytes, server_->keys()->server.bytes);
  }

  std::shared_ptr<const DtlsCertificate> mine_ = DtlsCertificate::make().value();
  std::shared_ptr<const DtlsCertificate> theirs_ = DtlsCertificate::make().value();
  std::unique_ptr<DtlsClient> client_;
  std::unique_ptr<DtlsServer> server_;
  int count_ = 0;
};

TEST_F(DtlsClientTest, ShakesHandsAndKeepsNothingOfOpenSsl) {
  make(theirs_->fingerprint());
  exchange();
  expect_same_keys();
  EXPECT_EQ(client_->keys()->profile, SrtpProfile::kAeadAes128Gcm);
  EXPECT_EQ(client_->state(), State::kConnected);
  EXPECT_FALSE(client_->holds_handshake_state());
  EXPECT_TRUE(server_->holds_handshake_state());
}

TEST_F(DtlsClientTest, OffersOnlyTheProfilesThatItIsGiven) {
  make(theirs_->fingerprint(), "SRTP_AES128_CM_SHA1_80");
  exchange();
  expect_same_keys();
  EXPECT_EQ(client_->keys()->profile, SrtpProfile::kAes128CmHmacSha1_80);
}

TEST_F(DtlsClientTest, AServerWithAnotherCertificateIsRefused) {
  make(mine_->fingerprint());  // not the one that the server has
  exchange();
  EXPECT_EQ(client_->state(), State::kFailed);
  EXPECT_NE(client_->problem().find("fingerprint"), std::string::npos) << client_->problem();
  EXPECT_FALSE(client_->keys());
  EXPECT_NE(server_->state(), State::kConnected);
}

TEST_F(DtlsClientTest, EveryLostDatagramIsMadeGood) {
  for (int lost = 0; lost < 8; ++lost) {
    count_ = 0;
    make(theirs_->fingerprint());
    for (int round = 0; round < 8 && !(client_->keys() && server_->keys()); ++round) {
      exchange([&](int number) { return number == lost; });
      test::advance_openssl_clock(kDtlsLastRetransmission);
      client_->handle_timeout();
      server_->handle_timeout();
    }
    SCOPED_TRACE(lost);
    expect_same_keys();
  }
}

TEST_F(DtlsClientTest, CloseIsUnderstoodByEitherEnd) {
  for (bool by_client : {true, false}) {
    for (bool freed : {true, false}) {
      make(theirs_->fingerprint());
      exchange();
      if (freed) server_->peer_has_keys();
      DtlsConnection& ends = by_client ? static_cast<DtlsConnection&>(*client_) : *server_;
      DtlsConnection& hears = by_client ? static_cast<DtlsConnection&>(*server_) : *client_;
      ends.close();
      auto record = ends.poll_transmit();
      ASSERT_TRUE(record);
      Bytes forged = *record;
      forged.back() ^= 1;
      EXPECT_EQ(hears.handle_datagram(forged), State::kConnected) << by_client << freed;
      EXPECT_EQ(hears.handle_datagram(*record), State::kClosed) << by_client << freed;
    }
  }
}

TEST_F(DtlsClientTest, JunkBeforeAndAfterChangesNothing) {
  make(theirs_->fingerprint());
  const Bytes junk = {22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0xFF, 0xFF, 1, 2, 3};
  EXPECT_EQ(client_->handle_datagram(junk), State::kHandshaking);
  EXPECT_EQ(client_->handle_datagram({}), State::kHandshaking);
  exchange();
  EXPECT_EQ(client_->handle_datagram(junk), State::kConnected);
}

}  // namespace
}  // namespace longmen
