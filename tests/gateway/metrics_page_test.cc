#include "gateway/metrics_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace longmen {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

Bytes gathered(uint64_t number, const std::vector<std::pair<std::string, std::string>>& roles) {
  Bytes body;
  ByteWriter writer(body);
  writer.u64(number);
  for (const auto& [name, text] : roles) {
    writer.u8(name.size());
    writer.text(name);
    writer.u32(text.size());
    writer.text(text);
  }
  return body;
}

class MetricsPageTest : public ::testing::Test {
 protected:
  HttpResponse ask(MetricsPage& page) {
    HttpRouter router;
    page.add_routes(router);
    HttpRequest request;
    request.method = "GET";
    request.target.path = "/metrics";
    HttpResponse response;
    asio::co_spawn(
        io_,
        [&]() -> asio::awaitable<void> { response = co_await router.handle(std::move(request)); },
        asio::detached);
    io_.restart();
    io_.run();
    return response;
  }
  asio::io_context io_;
};

TEST_F(MetricsPageTest, ShowsEveryRole) {
  MetricsPage* asked = nullptr;
  MetricsPage page(
      io_,
      [&](uint64_t number) {
        asio::post(io_, [&asked, number] {
          asked->on_gathered(gathered(number + 1, {}));  // another's
          asked->on_gathered(ByteSpan());                // malformed
          asked->on_gathered(gathered(number, {{"relay", "sent_total 5\n"},
                                               {"streamer/main", "frames_total 7\n"},
                                               {"gateway", "broken{\n"}}));
          asked->on_gathered(gathered(number, {}));  // twice
        });
        return true;
      },
      [] { return std::string(); }, 10s);
  asked = &page;
  const HttpResponse response = ask(page);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.fields.value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.content, HasSubstr("frames_total{role=\"streamer\",channel=\"main\"} 7\n"));
  EXPECT_THAT(response.content, HasSubstr("sent_total{role=\"relay\"} 5\n"));
  EXPECT_THAT(response.content, HasSubstr("\nlongmen_metrics_complete 1\n"));
  EXPECT_THAT(response.content, HasSubstr("\nlongmen_metrics_lines_left_out 1\n"));
}

TEST_F(MetricsPageTest, ASilentSupervisorLeavesOurOwnFigures) {
  MetricsPage page(
      io_, [](uint64_t) { return true; }, [] { return std::string("own_total 3\n"); }, 20ms);
  const HttpResponse response = ask(page);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.content, HasSubstr("own_total{role=\"gateway\"} 3\n"));
  EXPECT_THAT(response.content, HasSubstr("\nlongmen_metrics_complete 0\n"));
  MetricsPage cut_off(
      io_, [](uint64_t) { return false; }, [] { return std::string("own_total 3\n"); }, 1h);
  EXPECT_THAT(ask(cut_off).content, HasSubstr("\nlongmen_metrics_complete 0\n"));
}

TEST_F(MetricsPageTest, GatheredBodiesAreChecked) {
  uint64_t number = 0;
  Bytes body = gathered(9, {{"relay", "x 1\n"}});
  const auto roles = read_gathered(body, number);
  ASSERT_TRUE(roles);
  EXPECT_EQ(number, 9u);
  ASSERT_EQ(roles->size(), 1u);
  EXPECT_EQ(roles->front().text, "x 1\n");
  EXPECT_TRUE(read_gathered(gathered(9, {}), number)->empty());
  for (size_t cut = 1; cut < body.size() - 8; ++cut)
    EXPECT_FALSE(read_gathered(ByteSpan(body).first(body.size() - cut), number)) << cut;
}

TEST(HttpMetricsTest, NamesAndLabels) {
  prometheus::Registry registry;
  HttpMetrics metrics(registry);
  metrics.answered({"/whep/{channel}", "POST", 201, 30ms, "h2"});
  metrics.answered({"", "BREW", 400, 1us, "http/1.1"});
  metrics.refused("address");
  metrics.set_connections(3);
  metrics.set_relay_link(true);
  const std::string text = prometheus::TextSerializer().Serialize(registry.Collect());
  EXPECT_THAT(text, HasSubstr("longmen_http_requests_total{code=\"201\",method=\"POST\",route=\"/"
                              "whep/{channel}\"} 1"));
  EXPECT_THAT(text, HasSubstr("method=\"other\",route=\"none\""));
  EXPECT_THAT(text, HasSubstr("longmen_http_request_duration_seconds_bucket{route=\"/whep/"
                              "{channel}\",le=\"0.05\"} 1"));
  EXPECT_THAT(text, HasSubstr("longmen_http_requests_by_protocol_total{protocol=\"h2\"} 1"));
  EXPECT_THAT(text, HasSubstr("longmen_http_connections_refused_total{limit=\"address\"} 1"));
  EXPECT_THAT(text, HasSubstr("longmen_http_connections 3"));
  EXPECT_THAT(text, HasSubstr("longmen_gateway_relay_link_up 1"));
  const auto merged = merge_metrics({{"gateway", "", text}});
  EXPECT_EQ(merged.left_out, 0u);
}

}  // namespace
}  // namespace longmen
