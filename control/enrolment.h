// How a device at a wall becomes a screen of the network. It asks for a code and gets a secret with
// it, whose hash is written down beside the code; it shows the code, somebody types it in the
// studio and says which screen this is; then the secret is the screen's credential. So nothing has
// to reach the device afterwards, and a code, which may be read by anyone in the hall, opens
// nothing: it says only which device is meant. Codes have kCodeCharacters of an alphabet without
// look-alikes (RFC 8628 §6.1), are good for kCodeLife, and are bounded by network and in all: where
// there is no room for one more, the network that has most loses its oldest, so that no network
// keeps the others out.
// Inside the caller's transaction; every function throws as SOCI does.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "control/client_network.h"
#include "control/schedule_context.h"
#include "control/screen_actions.h"
#include "control/site_actions.h"

namespace longmen {

inline constexpr size_t kCodeCharacters = 6;
inline constexpr std::chrono::milliseconds kCodeLife = std::chrono::minutes(30);
inline constexpr int kMaxCodes = 20'000;
// A town's halls may be behind one address. IPv6: a /56, and a /48.
inline constexpr int kMaxCodesOfNetwork = 200;
inline constexpr int kMaxCodesOfWideNetwork = 1'000;

std::string make_code(const RandomBytes& random);
// As it was typed: of either case, with spaces and hyphens; nothing when it can be none.
std::optional<std::string> code_typed(std::string_view text);

struct WaitingScreen {
  std::string code;
  int64_t expires_ms = 0;
};
// The code of the device with that secret, if it waits.
std::optional<WaitingScreen> waiting_screen(soci::session& sql, const std::string& hash,
                                            int64_t now_ms);
struct CodeBounds {
  int all = kMaxCodes;
  int of_network = kMaxCodesOfNetwork;
  int of_wide_network = kMaxCodesOfWideNetwork;
};
// 429 when too many of that network wait; nothing when there is room. Reads only.
std::optional<HttpProblem> no_room_for_code(soci::session& sql, const ClientNetwork& network,
                                            int64_t now_ms, const CodeBounds& bounds = {});
// A new one, refused likewise.
Decided<WaitingScreen> begin_enrolment(soci::session& sql, const RandomBytes& random,
                                       const std::string& hash, const ClientNetwork& network,
                                       int64_t now_ms, const CodeBounds& bounds = {});
void forget_old_codes(soci::session& sql, int64_t now_ms);

struct EnrolWish {
  std::string code;  // as typed
  // Which screen it is: one that is there, or a new one at a site that is there or new, too.
  std::string screen;
  std::optional<SiteWish> new_site;
  ScreenWish new_screen;
  bool replace = false;  // the device that this screen was until now
};
struct Enrolled {
  Screen screen;
  ScreenCredential credential;
};
// 404 means one thing, that no device shows that code, so that guesses can be counted; 409 when the
// screen is enrolled and is not to be replaced.
Decided<Enrolled> enrol(soci::session& sql, const ScheduleContext& context, const EnrolWish& wish);

}  // namespace longmen
