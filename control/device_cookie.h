// The long-lived cookie of a browser in which somebody has signed in to an account: "this one was
// here before". It opens nothing; by it the limiter (control/sign_in_limiter.h) tells the people of
// the house from strangers, so that strangers' guesses do not lock them out. 16 random bytes and an
// HMAC-SHA-256 over them and the account's name, in base64url. A browser has one, for the account
// that it signed in to last. The key is the database's, so that it is good on every node; without
// it none is good and none is made. One thread: the io thread's.
// OWASP: Slow Down Online Guessing Attacks with Device Cookies.
#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"

namespace longmen {

class DeviceCookies {
 public:
  void set_key(std::string key) { key_ = std::move(key); }

  // For the account of that name_key(); empty without a key.
  std::string make(std::string_view account, const RandomBytes& random) const;
  bool is_good(std::string_view cookie, std::string_view account) const;

 private:
  std::string mac_of(std::string_view number, std::string_view account) const;

  std::string key_;
};

}  // namespace longmen
