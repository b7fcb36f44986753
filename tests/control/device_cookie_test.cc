#include "control/device_cookie.h"

#include <gtest/gtest.h>

#include "control/secret.h"

namespace longmen {
namespace {

TEST(DeviceCookieTest, IsGoodForItsAccountUnderItsKeyAndUnchanged) {
  DeviceCookies cookies;
  EXPECT_EQ(cookies.make("li", system_random()), "") << "no key";
  EXPECT_FALSE(cookies.is_good("", "li"));
  cookies.set_key("key of the database");
  const std::string cookie = cookies.make("li", system_random());
  EXPECT_NE(cookie, cookies.make("li", system_random()));
  EXPECT_TRUE(cookies.is_good(cookie, "li"));
  EXPECT_FALSE(cookies.is_good(cookie, "wang"));
  for (size_t i = 0; i < cookie.size(); ++i) {
    std::string changed = cookie;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(cookies.is_good(changed, "li")) << i;
  }
  for (const std::string& wrong : {std::string(), cookie + "A", cookie.substr(1)})
    EXPECT_FALSE(cookies.is_good(wrong, "li"));
  DeviceCookies others;
  EXPECT_FALSE(others.is_good(cookie, "li"));
  others.set_key("another key");
  EXPECT_FALSE(others.is_good(cookie, "li"));
}

}  // namespace
}  // namespace longmen
