#include "control/enrolment.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

namespace longmen {
namespace json = boost::json;
namespace {

// Without 0 and O, 1, I and L, U and V being one in many hands.
constexpr std::string_view kAlphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kUnbiased = 256 - 256 % kAlphabet.size();
constexpr int kDraws = 8;  // until a code is free

Decided<std::string> hash_of_code(soci::session& sql, const std::string& typed, int64_t now_ms) {
  const auto code = code_typed(typed);
  if (!code) {
    return refuse(422, fmt::format("code: the {} letters and digits on the screen are allowed",
                                   kCodeCharacters));
  }
  std::string hash;
  sql << "SELECT hash FROM enrolment_codes WHERE code = :code AND expires_ms > :now",
      soci::into(hash), soci::use(*code), soci::use(now_ms);
  if (!sql.got_data()) {
    return refuse(404, fmt::format("no screen shows the code {}; look at the screen again, a code "
                                   "changes after {} minutes",
                                   *code, kCodeLife / std::chrono::minutes(1)));
  }
  return hash;
}

Decided<Screen> new_screen(soci::session& sql, const ScheduleContext& context,
                           const EnrolWish& wish) {
  ScreenWish screen = wish.new_screen;
  if (wish.new_site) {
    const auto site = create_site(sql, context, *wish.new_site);
    if (!site) return refuse(site.error().status, "site: " + site.error().words);
    screen.site = site->id;
  }
  return create_screen(sql, context, screen);
}

void make_room_for_code(soci::session& sql, int most) {
  int waiting = 0;
  sql << "SELECT COUNT(*) FROM enrolment_codes", soci::into(waiting);
  if (waiting < most) return;
  std::string network, code;
  sql << "SELECT wide_network FROM enrolment_codes GROUP BY wide_network"
         " ORDER BY COUNT(*) DESC, wide_network LIMIT 1",
      soci::into(network);
  sql << "SELECT code FROM enrolment_codes WHERE wide_network = :network"
         " ORDER BY expires_ms, code LIMIT 1",
      soci::into(code), soci::use(network);
  sql << "DELETE FROM enrolment_codes WHERE code = :code", soci::use(code);
}

}  // namespace

std::string make_code(const RandomBytes& random) {
  std::string code;
  while (code.size() < kCodeCharacters) {
    std::array<uint8_t, 16> bytes;
    random(bytes);
    for (const uint8_t byte : bytes) {
      if (byte < kUnbiased && code.size() < kCodeCharacters)
        code += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return code;
}

std::optional<std::string> code_typed(std::string_view text) {
  std::string code;
  for (char c : text) {
    if (c == ' ' || c == '-') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (code.size() == kCodeCharacters || kAlphabet.find(c) == std::string_view::npos)
      return std::nullopt;
    code += c;
  }
  if (code.size() != kCodeCharacters) return std::nullopt;
  return code;
}

std::optional<WaitingScreen> waiting_screen(soci::session& sql, const std::string& hash,
                                            int64_t now_ms) {
  WaitingScreen waiting;
  sql << "SELECT code, expires_ms FROM enrolment_codes WHERE hash = :hash AND expires_ms > :now",
      soci::into(waiting.code), soci::into(waiting.expires_ms), soci::use(hash), soci::use(now_ms);
  if (!sql.got_data()) return std::nullopt;
  return waiting;
}

void forget_old_codes(soci::session& sql, int64_t now_ms) {
  sql << "DELETE FROM enrolment_codes WHERE expires_ms <= :now", soci::use(now_ms);
}

std::optional<HttpProblem> no_room_for_code(soci::session& sql, const ClientNetwork& network,
                                            int64_t now_ms, const CodeBounds& bounds) {
  int narrow = 0, wide = 0;
  sql << "SELECT COUNT(*) FROM enrolment_codes WHERE network = :network AND expires_ms > :now",
      soci::into(narrow), soci::use(network.narrow), soci::use(now_ms);
  sql << "SELECT COUNT(*) FROM enrolment_codes WHERE wide_network = :network AND expires_ms > :now",
      soci::into(wide), soci::use(network.wide), soci::use(now_ms);
  if (narrow < bounds.of_network && wide < bounds.of_wide_network) return std::nullopt;
  return HttpProblem{429, "too many screens of this network wait to be enrolled"};
}

Decided<WaitingScreen> begin_enrolment(soci::session& sql, const RandomBytes& random,
                                       const std::string& hash, const ClientNetwork& network,
                                       int64_t now_ms, const CodeBounds& bounds) {
  forget_old_codes(sql, now_ms);
  if (auto full = no_room_for_code(sql, network, now_ms, bounds))
    return tl::unexpected(std::move(*full));
  make_room_for_code(sql, bounds.all);
  WaitingScreen waiting;
  waiting.expires_ms = now_ms + kCodeLife.count();
  for (int draw = 0; draw < kDraws; ++draw) {
    waiting.code = make_code(random);
    int taken = 0;
    sql << "SELECT COUNT(*) FROM enrolment_codes WHERE code = :code", soci::into(taken),
        soci::use(waiting.code);
    if (taken > 0) continue;
    sql << "INSERT INTO enrolment_codes (code, hash, network, wide_network, expires_ms)"
           " VALUES (:code, :hash, :network, :wide, :expires)",
        soci::use(waiting.code), soci::use(hash), soci::use(network.narrow),
        soci::use(network.wide), soci::use(waiting.expires_ms);
    return waiting;
  }
  return refuse(503, "no code is free");
}

Decided<Enrolled> enrol(soci::session& sql, const ScheduleContext& context, const EnrolWish& wish) {
  const int64_t now_ms = context.actor.now_ms;
  ScreenTable table(sql);
  std::optional<Screen> known;
  if (!wish.screen.empty()) {
    known = table.by_id(wish.screen);
    if (!known) return refuse(422, "screen: there is no such screen");
  }
  const auto hash = hash_of_code(sql, wish.code, now_ms);
  if (!hash) return tl::unexpected(hash.error());
  const auto screen = known ? Decided<Screen>(*known) : new_screen(sql, context, wish);
  if (!screen) return tl::unexpected(screen.error());
  const auto before = table.credential_of(screen->id);
  if (before && !wish.replace) {
    return refuse(409, fmt::format("the screen \"{}\" was enrolled by {} at {}; say \"replace\" if "
                                   "another device takes its place",
                                   screen->name, before->enrolled_by,
                                   context.settings.zone.words(before->enrolled_ms)));
  }
  end_enrolment(sql, context, *screen);
  Enrolled enrolled{*screen, {*hash, screen->id, now_ms, context.actor.name}};
  table.insert_credential(enrolled.credential);
  sql << "DELETE FROM enrolment_codes WHERE hash = :hash", soci::use(*hash);
  const auto who = [](const ScreenCredential& credential) {
    return json::serialize(json::object{{"enrolled_ms", credential.enrolled_ms},
                                        {"enrolled_by", credential.enrolled_by},
                                        {"credential", credential.hash.substr(0, 16)}});
  };
  append_audit(sql, context.actor, "screen.enrol", screen->id, before ? who(*before) : "",
               who(enrolled.credential));
  return enrolled;
}

}  // namespace longmen
