#include "control/account_actions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "control/act.h"
#include "control/api_token.h"
#include "control/gatekeeper.h"
#include "control/secret.h"
#include "control/totp.h"
#include "core/base/sha256.h"
#include "tests/control/store_fixture.h"

namespace longmen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kSecret = "12345678901234567890";

class AccountActionsTest : public test::StoreFixture {
 protected:
  template <class T>
  T good(const Result<Decided<T>>& outcome) {
    if (!outcome) ADD_FAILURE() << outcome.error().message;
    if (outcome && !*outcome) ADD_FAILURE() << (*outcome).error().words;
    return outcome && *outcome ? **outcome : T{};
  }
  template <class T>
  static int status(const Result<Decided<T>>& outcome) {
    return !outcome ? 0 : *outcome ? 200 : (*outcome).error().status;
  }
  AccountTable table() { return AccountTable(sql()); }
  Account account(const std::string& id) { return table().by_id(id).value_or(Account{}); }
  std::vector<std::string> actions() {
    std::vector<std::string> names;
    for (const AuditRow& row : audit_rows_after(sql(), 0, 200))
      names.push_back(row.action);
    EXPECT_FALSE(verify_audit(database())->broken);
    return names;
  }
  // "root", an administrator who has set a password, with sign-in "s-root".
  void set_up() {
    EXPECT_TRUE(good(make_first_administrator(database(), "root", "link", kNow)));
    good(redeem_link(database(), from_, {"link", "", "hash of root", "s-root"}));
  }
  Account add(const std::string& name, AccountRole role) {
    const std::string id = "id-" + name;
    good(create_account(database(), root_, id, name, role, "link-" + name));
    return good(
        redeem_link(database(), from_, {"link-" + name, "", "hash of " + name, "s-" + name}));
  }
  bool has_sign_in(const std::string& hash, int64_t now_ms = kNow) {
    const auto found = account_of_sign_in(database(), hash, limits_, now_ms);
    EXPECT_TRUE(found) << found.error().message;
    return found && found->has_value();
  }
  static Actor actor(const std::string& id, const std::string& sign_in,
                     std::optional<Permission> permission = std::nullopt) {
    return {id, id, "192.0.2.7", kNow, Standing{sign_in, permission}};
  }
  int codes_left(const std::string& id) { return account(id).recovery_codes_left; }
  SignInAttempt attempt(const std::string& id, const std::string& hash,
                        const std::string& code = "") {
    SignInAttempt made;
    made.account_id = id;
    made.checked_password = account(id).password;
    made.sign_in_hash = hash;
    made.code = code;
    return made;
  }

  const Actor from_{"", "", "192.0.2.7", kNow};
  const Actor machine_ = command_line(kNow);
  const Actor root_ = actor("root", "s-root", Permission::kManageAccounts);
  const SignInLimits limits_;
};

TEST_P(AccountActionsTest, TheFirstStartMakesOneAdministratorAndLaterOnesNone) {
  EXPECT_TRUE(good(make_first_administrator(database(), "root", "link", kNow)));
  EXPECT_FALSE(good(make_first_administrator(database(), "other", "other link", kNow)));
  EXPECT_EQ(table().count(), 1);
  EXPECT_EQ(account("root").role, AccountRole::kAdministrator);
  EXPECT_FALSE(table().is_set_up());
  EXPECT_EQ(good(look_at_link(database(), "link", kNow)).id, "root");
}

TEST_P(AccountActionsTest, ALinkSetsNameAndPasswordOnce) {
  good(make_first_administrator(database(), "root", "link", kNow));
  const Account made = good(redeem_link(database(), from_, {"link", "李伟", "hash", "s1"}));
  EXPECT_EQ(made.name, "李伟");
  EXPECT_TRUE(table().is_set_up());
  EXPECT_TRUE(has_sign_in("s1"));
  EXPECT_EQ(status(redeem_link(database(), from_, {"link", "x", "hash", "s2"})), 410);
  EXPECT_EQ(status(look_at_link(database(), "link", kNow)), 410);
  EXPECT_FALSE(has_sign_in("s2"));
  const auto row = audit_page(sql(), 0, 1).front();
  EXPECT_EQ(row.action, "account.set_up");
  EXPECT_EQ(row.actor, "李伟");
  EXPECT_EQ(row.address, "192.0.2.7");
  EXPECT_THAT(row.before, HasSubstr("\"password\":false"));
  EXPECT_THAT(row.after, HasSubstr("\"password\":true"));
}

TEST_P(AccountActionsTest, ALinkExpiresAndANewOneTakesItsPlace) {
  good(make_first_administrator(database(), "root", "link", kNow));
  const int64_t life = kLinkLife.count();
  EXPECT_EQ(status(look_at_link(database(), "link", kNow + life - 1)), 200);
  EXPECT_EQ(status(look_at_link(database(), "link", kNow + life)), 410);
  EXPECT_EQ(good(make_link(database(), machine_, {}, "second")).id, "root");
  EXPECT_EQ(status(look_at_link(database(), "link", kNow)), 410);
  EXPECT_EQ(status(look_at_link(database(), "second", kNow)), 200);
  EXPECT_EQ(status(make_link(database(), machine_, {"", "nobody"}, "third")), 404);
  EXPECT_EQ(status(look_at_link(database(), "", kNow)), 410);
}

// Between admission and action lie queues, in which a token ends or its account may less.
TEST_P(AccountActionsTest, ATokenIsLookedAtOnceMoreInTheActionItself) {
  set_up();
  const Account li = add("li", AccountRole::kProducer);
  const auto change = [&](auto work) {
    return good(in_transaction(database(), "test", [&](soci::session& sql) -> Decided<bool> {
      work(sql);
      return true;
    }));
  };
  const auto by = [&](const std::string& hash, std::optional<Permission> permission) {
    Standing standing{hash, permission};
    standing.by_token = true;
    return Actor{li.id, "li (nightly)", "192.0.2.7", kNow, standing};
  };
  const auto status_of = [&](const Actor& actor) {
    return status(
        act(database(), actor, "test", [](soci::session&) -> Decided<bool> { return true; }));
  };
  const Actor robot = by("t", Permission::kPlan);
  change([&](soci::session& sql) {
    ApiTokenTable(sql).insert({"t", li.id, "nightly", {Permission::kPlan}, kNow, kNow + 1000, 0});
  });
  EXPECT_EQ(status_of(robot), 200);
  EXPECT_EQ(status_of(by("t", Permission::kManageSites)), 403) << "no scope";
  EXPECT_EQ(status_of(by("t", std::nullopt)), 403) << "nothing of one's own account";
  EXPECT_EQ(status_of(by("absent", Permission::kPlan)), 401);
  EXPECT_EQ(status_of(by("s-li", Permission::kPlan)), 401) << "a sign-in is no token";
  EXPECT_EQ(status_of(actor(li.id, "t", Permission::kPlan)), 401) << "and a token no sign-in";
  Actor another = robot;
  another.id = "root";
  EXPECT_EQ(status_of(another), 401) << "somebody else's";
  Actor late = robot;
  late.now_ms = kNow + 1000;
  EXPECT_EQ(status_of(late), 401) << "it has ended";
  const auto set = [&](const std::string& what) {
    change(
        [&](soci::session& sql) { sql << "UPDATE accounts SET " + what + " WHERE id = 'id-li'"; });
  };
  set("role = 'operator'");
  EXPECT_EQ(status_of(robot), 403) << "its account may no longer";
  set("role = 'producer', disabled = 1");
  EXPECT_EQ(status_of(robot), 401);
  set("disabled = 0");
  EXPECT_EQ(status_of(robot), 200);
  change([&](soci::session& sql) { ApiTokenTable(sql).remove("t"); });
  EXPECT_EQ(status_of(robot), 401) << "it was removed";
}

TEST_P(AccountActionsTest, AResetLinkTakesThePlaceOfPasswordSecondFactorAndSignIns) {
  set_up();
  const Account li = add("li", AccountRole::kOperator);
  const Actor own = actor(li.id, "s-li");
  good(begin_totp(database(), own, lower_hex(as_bytes(kSecret))));
  good(confirm_totp(database(), own,
                    totp_code(as_bytes(kSecret), totp_step(std::chrono::seconds(kNow / 1000))),
                    {recovery_hash("a")}));
  good(make_link(database(), root_, {"", "LI"}, "lost"));
  EXPECT_TRUE(has_sign_in("s-li")) << "until it is used, nothing changes";
  const Account after =
      good(redeem_link(database(), from_, {"lost", "renamed", "new hash", "s-new"}));
  EXPECT_EQ(after.name, "li") << "only who never had a password chooses a name";
  EXPECT_FALSE(after.uses_totp());
  EXPECT_EQ(codes_left(li.id), 0);
  EXPECT_FALSE(has_sign_in("s-li"));
  EXPECT_TRUE(has_sign_in("s-new"));
}

TEST_P(AccountActionsTest, NamesAreOneEachWhateverTheirCase) {
  set_up();
  add("li", AccountRole::kViewer);
  EXPECT_EQ(status(create_account(database(), root_, "x", "Li", AccountRole::kViewer, "l")), 409);
  for (const char* name : {"", " li", "li ", "a\nb", "\xff", "\xc0\x80", "\xe6\x9d"})
    EXPECT_EQ(status(create_account(database(), root_, "x", name, AccountRole::kViewer, "l")), 422)
        << name;
  EXPECT_EQ(status(create_account(database(), root_, "x", std::string(65, 'a'),
                                  AccountRole::kViewer, "l")),
            422);
  good(create_account(database(), root_, "y", "王芳", AccountRole::kProducer, "l"));
  EXPECT_EQ(table().by_name("王芳")->role, AccountRole::kProducer);
  good(make_link(database(), root_, {"", "王芳"}, "m"));
  EXPECT_EQ(status(redeem_link(database(), from_, {"m", "LI", "h", "s"})), 409);
}

TEST_P(AccountActionsTest, DisablingEndsSignInsAndLinks) {
  set_up();
  const Account li = add("li", AccountRole::kOperator);
  good(make_link(database(), root_, {li.id, ""}, "link"));
  AccountChange off;
  off.disabled = true;
  EXPECT_TRUE(good(change_account(database(), root_, li.id, off)).disabled);
  EXPECT_FALSE(has_sign_in("s-li"));
  EXPECT_EQ(status(look_at_link(database(), "link", kNow)), 410);
  EXPECT_EQ(status(make_link(database(), root_, {li.id, ""}, "again")), 409);
  EXPECT_EQ(status(sign_in(database(), from_, attempt(li.id, "s2"))), 409);
  off.disabled = false;
  good(change_account(database(), root_, li.id, off));
  good(sign_in(database(), from_, attempt(li.id, "s2")));
  EXPECT_EQ(status(change_account(database(), root_, "absent", off)), 404);
}

TEST_P(AccountActionsTest, TheLastAdministratorStays) {
  set_up();
  AccountChange less;
  less.role = AccountRole::kViewer;
  AccountChange off;
  off.disabled = true;
  EXPECT_EQ(status(change_account(database(), root_, "root", less)), 409);
  EXPECT_EQ(status(change_account(database(), root_, "root", off)), 409);
  // One who has only a link does not count yet.
  good(create_account(database(), root_, "second", "second", AccountRole::kAdministrator, "l2"));
  EXPECT_EQ(status(change_account(database(), root_, "root", less)), 409);
  good(redeem_link(database(), from_, {"l2", "", "hash", "s2"}));
  EXPECT_EQ(status(change_account(database(), root_, "root", less)), 200);
  EXPECT_EQ(status(change_account(database(), root_, "second", off)), 403) << "root may no more";
  const Actor second = actor("second", "s2", Permission::kManageAccounts);
  EXPECT_EQ(status(change_account(database(), second, "second", off)), 409);
}

TEST_P(AccountActionsTest, SignInsEndByIdlenessAgeAndOneByOne) {
  set_up();
  const int64_t idle = limits_.idle.count(), longest = limits_.longest.count();
  EXPECT_TRUE(has_sign_in("s-root", kNow + idle - 1));  // which is a use of it
  EXPECT_TRUE(has_sign_in("s-root", kNow + 2 * idle - 2));
  EXPECT_FALSE(has_sign_in("s-root", kNow + 3 * idle));
  EXPECT_FALSE(has_sign_in("s-root", kNow)) << "gone for good";
  good(sign_in(database(), from_, attempt("root", "s2")));
  for (int64_t at = kNow; at < kNow + longest; at += idle / 2)
    EXPECT_TRUE(has_sign_in("s2", at));
  EXPECT_FALSE(has_sign_in("s2", kNow + longest));
  EXPECT_FALSE(has_sign_in("never"));
}

TEST_P(AccountActionsTest, OldSignInsAreTakenAway) {
  set_up();
  table().end_old_sign_ins(limits_, kNow + limits_.idle.count());
  int left = -1;
  sql() << "SELECT COUNT(*) FROM sign_ins", soci::into(left);
  EXPECT_EQ(left, 0);
}

TEST_P(AccountActionsTest, TheOldestOfTooManySignInsEnds) {
  set_up();
  for (int i = 0; i < kMaxSignIns; ++i) {
    Actor later = from_;
    later.now_ms += i + 1;
    good(sign_in(database(), later, attempt("root", fmt::format("s{}", i))));
  }
  EXPECT_FALSE(has_sign_in("s-root"));
  EXPECT_TRUE(has_sign_in("s0"));
  int sign_ins = 0;
  sql() << "SELECT COUNT(*) FROM sign_ins", soci::into(sign_ins);
  EXPECT_EQ(sign_ins, kMaxSignIns);
}

TEST_P(AccountActionsTest, SigningOutEndsOneSignInOrAll) {
  set_up();
  good(sign_in(database(), from_, attempt("root", "s2")));
  good(sign_in(database(), from_, attempt("root", "s3")));
  good(sign_out(database(), actor("root", "s2"), "s2", false));
  EXPECT_FALSE(has_sign_in("s2"));
  EXPECT_TRUE(has_sign_in("s3"));
  good(sign_out(database(), actor("root", "s3"), "s3", true));
  EXPECT_FALSE(has_sign_in("s-root"));
  EXPECT_EQ(status(sign_out(database(), actor("root", "s3"), "s3", true)), 401);
}

TEST_P(AccountActionsTest, AnotherPasswordEndsAllSignInsAndBeginsOne) {
  set_up();
  good(sign_in(database(), from_, attempt("root", "s2")));
  good(change_password(database(), root_, "another hash", "s3"));
  EXPECT_TRUE(has_sign_in("s3"));
  EXPECT_FALSE(has_sign_in("s2"));
  EXPECT_FALSE(has_sign_in("s-root"));
  EXPECT_EQ(account("root").password, "another hash");
}

TEST_P(AccountActionsTest, APasswordThatChangedMeanwhileIsNotGoodEnough) {
  set_up();
  SignInAttempt late = attempt("root", "s2");
  good(change_password(database(), root_, "another hash", "s-new"));
  EXPECT_EQ(status(sign_in(database(), from_, late)), 409);
}

// Each action, as a request that waited in the queue meanwhile does it.
TEST_P(AccountActionsTest, WhatSomebodyWasAdmittedByIsLookedAtAgainInTheTransaction) {
  set_up();
  const Account li = add("li", AccountRole::kAdministrator);
  const int64_t rows = verify_audit(database())->rows;
  const auto all = [&](const Actor& who) {
    AccountChange change;
    change.role = AccountRole::kAdministrator;
    std::vector<int> codes{
        status(create_account(database(), who, "x", "x", AccountRole::kViewer, "l")),
        status(change_account(database(), who, "root", change)),
        status(make_link(database(), who, {"root", ""}, "l")),
        status(change_password(database(), who, "their hash", "their sign-in")),
        status(begin_totp(database(), who, "00")),
        status(confirm_totp(database(), who, "000000", {})),
        status(remove_totp(database(), who)),
        status(sign_out(database(), who, "s-root", true))};
    std::sort(codes.begin(), codes.end());
    EXPECT_EQ(codes.front(), codes.back());
    return codes.front();
  };
  Actor own = actor(li.id, "s-li", Permission::kManageAccounts);
  own.standing->checked_password = "a hash from before";
  EXPECT_EQ(all(own), 409) << "another password";
  own.standing->checked_password.reset();
  table().set_role(li.id, AccountRole::kProducer);
  EXPECT_EQ(all(own), 403) << "another role";
  table().set_role(li.id, AccountRole::kAdministrator);
  Account off = account(li.id);
  off.disabled = true;
  table().update(off);
  EXPECT_EQ(all(own), 401) << "disabled";
  off.disabled = false;
  table().update(off);
  EXPECT_EQ(all(actor(li.id, "s-root", Permission::kManageAccounts)), 401) << "another's sign-in";
  table().end_sign_in("s-li");
  EXPECT_EQ(all(own), 401) << "signed out";
  own.standing.reset();
  EXPECT_EQ(all(own), 401) << "an account without a standing";
  EXPECT_EQ(verify_audit(database())->rows, rows);
  EXPECT_TRUE(has_sign_in("s-root"));
}

TEST_P(AccountActionsTest, NobodyMakesALinkForOneself) {
  set_up();
  const auto refused = make_link(database(), root_, {"root", ""}, "link for good");
  EXPECT_EQ(status(refused), 409);
  EXPECT_THAT((*refused).error().words, HasSubstr("/me/password"));
  good(make_link(database(), machine_, {"", "administrator"}, "of the machine"));
}

TEST_P(AccountActionsTest, TheFirstAdministratorIsFoundAmongManyNames) {
  set_up();
  for (int i = 0; i < kMaxAccountPage + 5; ++i) {
    Account each;
    each.id = fmt::format("id {}", i);
    each.name = fmt::format("a {:04}", i);
    each.created_ms = kNow + 1 + i;
    if (i == 0) each.role = AccountRole::kAdministrator;  // by name it would be the first
    table().insert(each);
  }
  EXPECT_EQ(good(make_link(database(), machine_, {}, "l")).id, "root");
}

TEST_P(AccountActionsTest, ARoleThatALaterVersionGaveIsNotLost) {
  set_up();
  const Account li = add("li", AccountRole::kProducer);
  sql() << "UPDATE accounts SET role = 'director' WHERE id = 'id-li'";
  EXPECT_EQ(account(li.id).role, AccountRole::kViewer) << "it may do the least";
  good(sign_in(database(), from_, attempt(li.id, "s2")));
  good(change_password(database(), actor(li.id, "s2"), "another hash", "s3"));
  std::string role;
  sql() << "SELECT role FROM accounts WHERE id = 'id-li'", soci::into(role);
  EXPECT_EQ(role, "director");
}

TEST_P(AccountActionsTest, LookingAtLinksAndSignInsWritesNothingUntilItIsDue) {
  set_up();
  // Another program writes: who only looks does not wait for it.
  const auto other = database(settings_.database);
  const auto held = other->write("held", [&](soci::session&) -> Result<void> {
    EXPECT_EQ(status(look_at_link(database(), "absent", kNow)), 410);
    EXPECT_TRUE(has_sign_in("s-root", kNow + 1'000));
    EXPECT_FALSE(has_sign_in("absent"));
    return {};
  });
  EXPECT_TRUE(held);
  int64_t seen = 0;
  EXPECT_TRUE(has_sign_in("s-root", kNow + 60'000));
  sql() << "SELECT last_seen_ms FROM sign_ins", soci::into(seen);
  EXPECT_EQ(seen, kNow + 60'000);
}

TEST_P(AccountActionsTest, RefusalsAreRowsOfTheirOwn) {
  set_up();
  good(note_refusal(database(), from_, "root", kCodeRefused));
  const auto row = audit_page(sql(), 0, 1).front();
  EXPECT_EQ(row.action, "sign_in.code_refused");
  EXPECT_EQ(row.subject, "root");
  EXPECT_EQ(row.address, "192.0.2.7");
  EXPECT_EQ(row.actor_id, "") << "who it was is not known";
}

TEST_P(AccountActionsTest, ARehashIsKept) {
  set_up();
  SignInAttempt made = attempt("root", "s2");
  made.new_hash = "dearer hash";
  good(sign_in(database(), from_, made));
  EXPECT_EQ(account("root").password, "dearer hash");
}

TEST_P(AccountActionsTest, TheSecondFactorIsAskedForOnceItIsConfirmedAndNoCodeTwice) {
  set_up();
  const int64_t step = totp_step(std::chrono::seconds(kNow / 1000));
  const auto code = [&](int64_t of) { return totp_code(as_bytes(kSecret), of); };
  EXPECT_EQ(status(confirm_totp(database(), root_, code(step), {})), 409);
  good(begin_totp(database(), root_, lower_hex(as_bytes(kSecret))));
  good(sign_in(database(), from_, attempt("root", "s2")));  // not confirmed: not asked for
  EXPECT_EQ(status(confirm_totp(database(), root_, "000000", {})), 422);
  good(confirm_totp(database(), root_, code(step),
                    {recovery_hash("abcd-efgh"), recovery_hash("b")}));
  EXPECT_EQ(status(begin_totp(database(), root_, "00")), 409);

  EXPECT_EQ(status(sign_in(database(), from_, attempt("root", "s3"))), 401);
  EXPECT_EQ(status(sign_in(database(), from_, attempt("root", "s3", "000000"))), 401);
  EXPECT_EQ(status(sign_in(database(), from_, attempt("root", "s3", code(step)))), 401)
      << "it was used to confirm";
  EXPECT_FALSE(has_sign_in("s3"));
  good(sign_in(database(), from_, attempt("root", "s3", code(step + 1))));
  EXPECT_EQ(status(sign_in(database(), from_, attempt("root", "s4", code(step + 1)))), 401);

  EXPECT_THAT(audit_page(sql(), 0, 1).front().after, HasSubstr(R"("factor":"totp")"));

  EXPECT_EQ(codes_left("root"), 2);
  EXPECT_EQ(
      good(sign_in(database(), from_, attempt("root", "s5", " ABCD efgh"))).recovery_codes_left, 1);
  EXPECT_THAT(audit_page(sql(), 0, 1).front().after, HasSubstr(R"("factor":"recovery")"));
  EXPECT_EQ(status(sign_in(database(), from_, attempt("root", "s6", "abcd-efgh"))), 401);
  EXPECT_EQ(codes_left("root"), 1);

  good(remove_totp(database(), root_));
  good(sign_in(database(), from_, attempt("root", "s7")));
  EXPECT_EQ(codes_left("root"), 0);
  EXPECT_THAT(actions(), ElementsAre("account.create", "account.set_up", "totp.begin",
                                     "sign_in.begin", "totp.confirm", "sign_in.begin",
                                     "sign_in.begin", "totp.remove", "sign_in.begin"));
}

TEST_P(AccountActionsTest, EveryChangeIsARowAndARefusalIsNone) {
  set_up();
  add("li", AccountRole::kViewer);
  AccountChange change;
  change.role = AccountRole::kProducer;
  good(change_account(database(), root_, "id-li", change));
  good(change_account(database(), root_, "id-li", change));  // nothing is changed by it
  EXPECT_EQ(status(create_account(database(), root_, "x", "li", AccountRole::kViewer, "l")), 409);
  EXPECT_THAT(actions(), ElementsAre("account.create", "account.set_up", "account.create",
                                     "account.set_up", "account.change"));
  const auto row = audit_page(sql(), 0, 1).front();
  EXPECT_EQ(row.actor_id, "root");
  EXPECT_EQ(row.subject, "id-li");
  EXPECT_THAT(row.before, HasSubstr("viewer"));
  EXPECT_THAT(row.after, HasSubstr("producer"));
}

TEST_P(AccountActionsTest, PagesOfAccountsFollowEachOtherByName) {
  set_up();
  for (const char* name : {"delta", "Bravo", "charlie"})
    add(name, AccountRole::kViewer);
  std::vector<std::string> names;
  std::string after;
  for (;;) {
    const auto page = table().page(after, 2);
    if (page.empty()) break;
    for (const Account& each : page)
      names.push_back(each.name);
    after = page.back().name;
  }
  EXPECT_THAT(names, ElementsAre("administrator", "Bravo", "charlie", "delta"));
}

LONGMEN_FOR_BOTH_DATABASES(AccountActionsTest);

}  // namespace
}  // namespace longmen
