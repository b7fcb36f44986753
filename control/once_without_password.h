// The Idempotency-Key of a request in which somebody says a password again. What is kept of it is
// the body without that: a quick hash of a password is not to be written down.
#pragma once

#include <boost/json/serialize.hpp>
#include <string>

#include "control/once.h"
#include "core/base/sha256.h"

namespace longmen {

inline Decided<OnceKey> once_key_without_password(const Caller& caller, const HttpRequest& request,
                                                  boost::json::object body) {
  auto once = once_key_of(caller, request);
  if (!once) return once;
  body.erase("password");
  once->request_hash = sha256_hex(request.method + " " + request.target.origin_form() + "\n" +
                                  boost::json::serialize(body));
  return once;
}

}  // namespace longmen
