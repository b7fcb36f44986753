#include "control/oidc/sign_in_flow.h"

#include <gtest/gtest.h>

namespace longmen {
namespace {

using std::chrono::seconds;

constexpr seconds kFlowNow{1'700'000'000};
const std::string kIssuerAndClient = "https://id.example\nlongmen";

SignInFlows flows(const std::string& key = "the installation's key") {
  SignInFlows made;
  made.set_key(key);
  return made;
}
SignInFlow flow() {
  SignInFlow made;
  made.begun_s = kFlowNow.count();
  made.seed = std::string(43, 's');
  return made;
}

TEST(SignInFlow, ComesBackAsItBegan) {
  SignInFlow begun = flow();
  begun.purpose = SignInFlow::Purpose::kLink;
  begun.account_id = "0123456789abcdef";
  begun.sign_in_hash = std::string(64, 'a');
  const std::string cookie = flows().cookie_of(begun, kIssuerAndClient);
  const auto back =
      flows().flow_of(cookie, flows().state_of(begun), kIssuerAndClient, kFlowNow + seconds(599));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->purpose, SignInFlow::Purpose::kLink);
  EXPECT_EQ(back->account_id, begun.account_id);
  EXPECT_EQ(back->sign_in_hash, begun.sign_in_hash);
  EXPECT_EQ(flows().verifier_of(*back), flows().verifier_of(begun));
}

TEST(SignInFlow, ThreePartsThatDoNotTellEachOther) {
  const SignInFlow begun = flow();
  const std::string state = flows().state_of(begun), nonce = flows().nonce_of(begun),
                    verifier = flows().verifier_of(begun);
  EXPECT_EQ(verifier.size(), 43u) << "RFC 7636 wants 43 to 128 characters";
  EXPECT_NE(state, nonce);
  EXPECT_NE(nonce, verifier);
  EXPECT_NE(state, verifier);
  EXPECT_EQ(flows().cookie_of(begun, kIssuerAndClient).find(verifier), std::string::npos);
}

TEST(SignInFlow, NobodyElsesIsTaken) {
  const SignInFlow begun = flow();
  const std::string cookie = flows().cookie_of(begun, kIssuerAndClient);
  const std::string state = flows().state_of(begun);
  const auto taken = [&](const std::string& text, const std::string& of_state, seconds now) {
    return flows().flow_of(text, of_state, kIssuerAndClient, now).has_value();
  };
  EXPECT_TRUE(taken(cookie, state, kFlowNow));
  EXPECT_FALSE(taken(cookie, state, kFlowNow + kFlowLife)) << "too old";
  EXPECT_FALSE(taken(cookie, state, kFlowNow - seconds(61))) << "from the future";
  EXPECT_FALSE(taken(cookie, std::string(43, 'x'), kFlowNow)) << "another state";
  EXPECT_FALSE(taken("", state, kFlowNow));
  EXPECT_FALSE(taken(std::string(10'000, '.'), state, kFlowNow));
  EXPECT_FALSE(flows("another").flow_of(cookie, state, kIssuerAndClient, kFlowNow));
  EXPECT_FALSE(flows().flow_of(cookie, state, "https://other.example\nlongmen", kFlowNow));
  EXPECT_FALSE(SignInFlows().flow_of(SignInFlows().cookie_of(begun, ""),
                                     SignInFlows().state_of(begun), "", kFlowNow))
      << "without a key none is good";
  for (size_t at = 0; at < cookie.size(); ++at) {
    std::string changed = cookie;
    changed[at] = changed[at] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(taken(changed, state, kFlowNow)) << at;
  }
}

TEST(SignInFlow, TheChallengeIsThatOfTheRfc) {
  // RFC 7636 appendix B.
  EXPECT_EQ(code_challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(SignInFlow, TwoWindowsHaveTwoCookies) {
  EXPECT_EQ(flow_cookie_name("abcdefghijkl", true), "__Host-longmen-oidc-abcdefgh");
  EXPECT_NE(flow_cookie_name("abcdefghijkl", false), flow_cookie_name("bbcdefghijkl", false));
}

}  // namespace
}  // namespace longmen
