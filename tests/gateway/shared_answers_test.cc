#include "gateway/shared_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

namespace longmen {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SharedAnswersTest : public ::testing::Test {
 protected:
  void begin(const std::string& what) {
    const SharedAnswers::Ask ask = [this] { return answer(); };
    asio::co_spawn(io_, shared_.answer(what, ask),
                   [this, what](const std::exception_ptr&, const HttpResponse& response) {
                     said_.push_back(what + response.content);
                   });
    go_on();
  }
  // What was asked in that place, from 0 on, is answered.
  void let_answer(size_t place) {
    gates_[place].cancel();
    go_on();
  }
  std::vector<std::string> said() { return std::exchange(said_, {}); }
  size_t asked() const { return gates_.size(); }

 private:
  void go_on() {
    io_.restart();
    io_.poll();
  }
  asio::awaitable<HttpResponse> answer() {
    HttpResponse response;
    response.content = std::to_string(asked());
    gates_.emplace_back(io_, asio::steady_timer::time_point::max());
    boost::system::error_code let;
    co_await gates_.back().async_wait(asio::redirect_error(asio::use_awaitable, let));
    co_return response;
  }

  asio::io_context io_;
  SharedAnswers shared_{io_};
  std::deque<asio::steady_timer> gates_;
  std::vector<std::string> said_;
};

TEST_F(SharedAnswersTest, WhoComesMeanwhileWaitsForTheNextOne) {
  begin("a");
  for (int i = 0; i < 3; ++i)
    begin("a");
  begin("b");
  EXPECT_EQ(asked(), 2U);
  EXPECT_THAT(said(), IsEmpty());
  let_answer(0);
  EXPECT_THAT(said(), ElementsAre("a0"));
  EXPECT_EQ(asked(), 3U) << "once for the three";
  begin("a");  // while that one is under way
  let_answer(2);
  EXPECT_THAT(said(), UnorderedElementsAre("a2", "a2", "a2"));
  let_answer(1);
  EXPECT_THAT(said(), ElementsAre("b1"));
  ASSERT_EQ(asked(), 4U);
  let_answer(3);
  EXPECT_THAT(said(), ElementsAre("a3"));
  // Nobody waits any more.
  begin("a");
  ASSERT_EQ(asked(), 5U);
  let_answer(4);
  EXPECT_THAT(said(), ElementsAre("a4"));
}

}  // namespace
}  // namespace longmen
