#include "net/log.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <thread>

namespace longmen {
namespace {

TEST(Log, PairsInTheWordsAreFieldsInJson) {
  EXPECT_EQ(log_fields_json("viewer joined channel=main viewer=4f"),
            R"({"message":"viewer joined channel=main viewer=4f","channel":"main","viewer":"4f"})");
}

TEST(Log, WordsFromOutsideCannotBreakTheJson) {
  EXPECT_EQ(log_fields_json("name=a\"b\nc message=x"),
            R"({"message":"name=a\"b\nc message=x","name":"a\"b\nc"})");
}

// As the relay writes them.
TEST(Log, AValueInQuotesMayHaveSpaces) {
  EXPECT_EQ(
      log_fields_json(
          "viewer gone channel=main viewer=4f shard=0 reason=\"consent lost\" packets=7"),
      R"({"message":"viewer gone channel=main viewer=4f shard=0 reason=\"consent lost\" packets=7",)"
      R"("channel":"main","viewer":"4f","shard":"0","reason":"consent lost","packets":"7"})");
  EXPECT_EQ(log_fields_json("handshake failed channel=main viewer=4f problem=\"a \"b\": c\""),
            R"({"message":"handshake failed channel=main viewer=4f problem=\"a \"b\": c\"",)"
            R"("channel":"main","viewer":"4f","problem":"a \"b\": c"})");
  EXPECT_EQ(log_fields_json("a=\"b c=d"), R"({"message":"a=\"b c=d","a":"\"b","c":"d"})");
  EXPECT_EQ(log_fields_json("a=\" b="), R"({"message":"a=\" b=","a":"\"","b":""})");
}

TEST(Log, IsSetUpAnewWhileOtherThreadsLog) {
  set_up_log("test", "off", "text");
  const auto logger = spdlog::default_logger();
  std::atomic<bool> over{false};
  std::thread other([&] {
    while (!over)
      spdlog::info("one line");
  });
  for (int i = 0; i < 200; ++i)
    set_up_log("test 100%", "off", i % 2 == 0 ? "json" : "text");
  over = true;
  other.join();
  EXPECT_EQ(spdlog::default_logger(), logger) << "who logs at this moment may use it";
  set_up_log("test", "info", "text");
}

}  // namespace
}  // namespace longmen
