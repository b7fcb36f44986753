#include "net/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <fstream>

#include "net/certificate_authority.h"
#include "net/http_server.h"
#include "tests/net/loopback.h"

namespace longmen {
namespace {

namespace asio = boost::asio;
using test::IoThread;
using test::RawClient;
using ::testing::Contains;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const auto kNow = std::chrono::system_clock::now();
constexpr auto kDay = 24h;

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "longmen-tls-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    settings_.directory = directory_ + "/tls";
    settings_.names = {"localhost", "127.0.0.1", "::1", "studio-1"};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& name) const { return settings_.directory + "/" + name; }
  static std::string content(const std::string& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::string directory_;
  TlsSettings settings_;
};

// Shakes hands and asks for /; checks the certificate against `root` for `name`.
struct Visit {
  bool trusted = false;
  std::string fingerprint;
  std::string protocol;
  std::string alpn;
  std::string response;
};

Visit visit(uint16_t port, const std::string& root, const std::string& name,
            int newest = TLS1_3_VERSION, std::string_view offered = "\x02h2\x08http/1.1") {
  Visit seen;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_load_verify_locations(context.get(), root.c_str(), nullptr);
  SSL_CTX_set_max_proto_version(context.get(), newest);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  if (!X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), name.c_str()))
    SSL_set1_host(ssl.get(), name.c_str());
  SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                      static_cast<unsigned>(offered.size()));
  RawClient client(port);
  SSL_set_fd(ssl.get(), client.descriptor());
  if (SSL_connect(ssl.get()) != 1) return seen;
  seen.trusted = SSL_get_verify_result(ssl.get()) == X509_V_OK;
  seen.protocol = SSL_get_version(ssl.get());
  const unsigned char* alpn = nullptr;
  unsigned int alpn_bytes = 0;
  SSL_get0_alpn_selected(ssl.get(), &alpn, &alpn_bytes);
  seen.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_bytes);
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
  char buffer[4096];
  for (int got = 0; (got = SSL_read(ssl.get(), buffer, sizeof buffer)) > 0;)
    seen.response.append(buffer, static_cast<size_t>(got));
  return seen;
}

class TlsServerTest : public TlsTest {
 protected:
  void start() {
    auto listening = test::listen_on_loopback();
    port_ = listening.port;
    thread_.run([&] {
      server_ =
          std::make_unique<HttpServer>(thread_.io(), HttpServerLimits{},
                                       [](HttpRequest request) -> asio::awaitable<HttpResponse> {
                                         HttpResponse response;
                                         response.content = request.secure ? "secure" : "plain";
                                         co_return response;
                                       });
      ASSERT_TRUE(server_->listen(std::move(listening.socket), tls_));
    });
  }
  void TearDown() override {
    thread_.run([this] { server_.reset(); });
    thread_.stop();
    TlsTest::TearDown();
  }

  IoThread thread_;
  std::shared_ptr<TlsServer> tls_ = std::make_shared<TlsServer>();
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(TlsTest, MakesAnAuthorityAndACertificateOnce) {
  TlsServer tls;
  EXPECT_EQ(tls.context(), nullptr);
  ASSERT_TRUE(tls.load(settings_, kNow));
  const std::string root = content(file("ca.pem"));
  const std::string first = tls.fingerprint();
  EXPECT_EQ(first.size(), 64u);
  EXPECT_NEAR(std::chrono::duration<double>(tls.not_after() - kNow) / kDay, 397, 1);
  struct stat status {};
  for (const char* key : {"ca.key", "server.key"}) {
    ASSERT_EQ(::stat(file(key).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << key;
  }
  TlsServer next;  // another start of the process
  ASSERT_TRUE(next.load(settings_, kNow));
  EXPECT_EQ(next.fingerprint(), first);
  EXPECT_EQ(content(file("ca.pem")), root);
}

TEST_F(TlsTest, RenewsBeforeTheEndUnderTheSameAuthority) {
  TlsServer tls;
  ASSERT_TRUE(tls.load(settings_, kNow));
  const std::string root = content(file("ca.pem"));
  const std::string first = tls.fingerprint();
  ASSERT_TRUE(tls.load(settings_, kNow + 366 * kDay));
  EXPECT_EQ(tls.fingerprint(), first);
  ASSERT_TRUE(tls.load(settings_, kNow + 368 * kDay));
  EXPECT_NE(tls.fingerprint(), first);
  EXPECT_EQ(content(file("ca.pem")), root);
}

TEST_F(TlsTest, OtherNamesNeedAnotherCertificateTheirOrderDoesNot) {
  TlsServer tls;
  ASSERT_TRUE(tls.load(settings_, kNow));
  const std::string first = tls.fingerprint();
  settings_.names = {"studio-1", "0:0::1", "127.0.0.1", "localhost", "localhost", "bad,DNS:evil"};
  ASSERT_TRUE(tls.load(settings_, kNow));
  EXPECT_EQ(tls.fingerprint(), first);
  settings_.names.emplace_back("192.0.2.7");
  ASSERT_TRUE(tls.load(settings_, kNow));
  EXPECT_NE(tls.fingerprint(), first);
}

TEST_F(TlsTest, AnAuthorityThatCannotBeReadIsNotReplaced) {
  TlsServer tls;
  ASSERT_TRUE(tls.load(settings_, kNow));
  std::ofstream(file("ca.key")) << "spoilt";
  TlsServer next;
  const auto loaded = next.load(settings_, kNow);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("ca.key"));
  EXPECT_EQ(content(file("ca.key")), "spoilt");
}

TEST_F(TlsTest, ABadReloadChangesNothingAndNamesTheFile) {
  TlsServer tls;
  ASSERT_TRUE(tls.load(settings_, kNow));
  const auto context = tls.context();
  const std::string fingerprint = tls.fingerprint();
  TlsSettings other = settings_;
  other.directory = directory_ + "/other";
  TlsServer another;
  ASSERT_TRUE(another.load(other, kNow));
  TlsSettings configured;
  configured.certificate_file = file("server.pem");
  const std::vector<std::pair<std::string, std::string>> table{
      {directory_ + "/absent.key", "absent.key"},
      {file("ca.pem"), "ca.pem"},
      {directory_ + "/other/server.key", "other/server.key"},
  };
  for (const auto& [key_file, words] : table) {
    configured.key_file = key_file;
    const auto loaded = tls.load(configured, kNow);
    ASSERT_FALSE(loaded) << key_file;
    EXPECT_THAT(loaded.error().message, HasSubstr(words));
  }
  configured.key_file = file("server.key");
  const auto expired = tls.load(configured, kNow + 398 * kDay);
  ASSERT_FALSE(expired);
  EXPECT_THAT(expired.error().message, HasSubstr("has expired"));
  EXPECT_EQ(tls.context(), context);
  EXPECT_EQ(tls.fingerprint(), fingerprint);
}

// As when a certificate is renewed under the same names: an intermediate one is added to the file.
TEST_F(TlsTest, AnotherChainBehindTheSameLeafIsTaken) {
  TlsServer tls;
  ASSERT_TRUE(tls.load(settings_, kNow));
  TlsSettings configured;
  configured.certificate_file = directory_ + "/chain.pem";
  configured.key_file = file("server.key");
  std::ofstream(configured.certificate_file) << content(file("server.pem"));
  ASSERT_TRUE(tls.load(configured, kNow));
  const auto first = tls.context();
  const std::string leaf = tls.fingerprint();
  ASSERT_TRUE(tls.load(configured, kNow));
  EXPECT_EQ(tls.context(), first);  // nothing changed
  std::ofstream(configured.certificate_file, std::ios::app) << content(file("ca.pem"));
  ASSERT_TRUE(tls.load(configured, kNow));
  EXPECT_NE(tls.context(), first);
  EXPECT_EQ(tls.fingerprint(), leaf);
}

TEST_F(TlsTest, ThisMachineHasNames) {
  const auto names = names_of_this_machine();
  EXPECT_THAT(names, Contains("localhost"));
  EXPECT_THAT(names, Contains("127.0.0.1"));
}

TEST_F(TlsServerTest, BrowsersThatTrustTheAuthorityTrustTheNode) {
  ASSERT_TRUE(tls_->load(settings_, kNow));
  start();
  for (const char* name : {"localhost", "127.0.0.1", "::1", "studio-1"}) {
    const Visit seen = visit(port_, file("ca.pem"), name);
    EXPECT_TRUE(seen.trusted) << name;
    EXPECT_EQ(seen.protocol, "TLSv1.3");
    EXPECT_EQ(seen.alpn, "h2");
    EXPECT_THAT(seen.response, ::testing::EndsWith("\r\n\r\nsecure"));
  }
  const Visit old = visit(port_, file("ca.pem"), "localhost", TLS1_3_VERSION, "\x08http/1.1");
  EXPECT_EQ(old.alpn, "http/1.1");
  EXPECT_THAT(old.response, ::testing::EndsWith("\r\n\r\nsecure"));
  EXPECT_FALSE(visit(port_, file("ca.pem"), "elsewhere").trusted);
  EXPECT_EQ(visit(port_, file("ca.pem"), "localhost", TLS1_2_VERSION).protocol, "TLSv1.2");
  EXPECT_EQ(visit(port_, file("ca.pem"), "localhost", TLS1_1_VERSION).protocol, "");
}

TEST_F(TlsServerTest, AReloadIsShownToTheNextConnection) {
  ASSERT_TRUE(tls_->load(settings_, kNow));
  start();
  EXPECT_TRUE(visit(port_, file("ca.pem"), "localhost").trusted);
  TlsSettings other = settings_;
  other.directory = directory_ + "/other";
  thread_.run([&] { ASSERT_TRUE(tls_->load(other, kNow)); });
  EXPECT_FALSE(visit(port_, file("ca.pem"), "localhost").trusted);
  EXPECT_TRUE(visit(port_, directory_ + "/other/ca.pem", "localhost").trusted);
}

TEST_F(TlsServerTest, WhatIsNotTlsIsTurnedAway) {
  ASSERT_TRUE(tls_->load(settings_, kNow));
  start();
  RawClient client(port_);
  client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), ::testing::Not(HasSubstr("secure")));
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace longmen
