// Who acts, from where and when, as the audit writes it down; and what that person was admitted
// by, which an action looks at again in its own transaction (control/act.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control/account_name.h"
#include "control/permission.h"

namespace longmen {

struct Standing {
  std::string sign_in_hash;
  std::optional<Permission> permission;  // nothing: any account may
  // The hash that the password fitted when it was asked for again; nothing: it was not.
  std::optional<std::string> checked_password = std::nullopt;
  // The hash is that of a token (control/api_token.h), not of a sign-in.
  bool by_token = false;
};

struct Actor {
  std::string id;       // of the account; empty for this machine's command line and for control
  std::string name;     // as it was then
  std::string address;  // "local" on this machine
  int64_t now_ms = 0;
  std::optional<Standing> standing = std::nullopt;  // an account's alone
};

inline Actor control_itself(int64_t now_ms) {
  return {"", std::string(kControlName), "local", now_ms};
}
inline Actor command_line(int64_t now_ms) {
  return {"", std::string(kCommandLineName), "local", now_ms};
}

}  // namespace longmen
