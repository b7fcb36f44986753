// Sites, screens, enrolment and what screens report, against either database.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <iostream>

#include "control/enrolment.h"
#include "control/screen_roll.h"
#include "control/site_import.h"
#include "tests/control/schedule_fixture.h"

namespace longmen {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SitesTest : public test::ScheduleFixture {
 protected:
  static SiteWish named(const std::string& name, const std::string& tier = "site",
                        const std::string& parent = "") {
    SiteWish wish;
    wish.name = name;
    wish.tier = tier;
    wish.parent = parent;
    return wish;
  }
  Decided<Site> make(const SiteWish& wish) {
    return run([&](soci::session& sql) { return create_site(sql, context_, wish); });
  }
  Decided<Site> alter(const Site& seen, const SiteWish& wish) {
    return run([&](soci::session& sql) {
      return change_site(sql, context("wang", kNow + 1000), seen.id, {false, seen.row.version},
                         wish);
    });
  }
  Decided<Screen> make_screen(const std::string& site, const std::string& name) {
    ScreenWish wish;
    wish.site = site;
    wish.name = name;
    return run([&](soci::session& sql) { return create_screen(sql, context_, wish); });
  }
  Decided<WaitingScreen> wait_for_enrolment(const std::string& hash, int64_t now_ms = kNow,
                                            const std::string& address = "192.0.2.1",
                                            const CodeBounds& bounds = {}) {
    return run([&](soci::session& sql) {
      return begin_enrolment(sql, context_.random, hash, ClientNetwork(address), now_ms, bounds);
    });
  }
  Decided<Enrolled> enrol_as(const EnrolWish& wish, int64_t now_ms = kNow) {
    return run([&](soci::session& sql) { return enrol(sql, context("li", now_ms), wish); });
  }
  std::vector<std::string> page(const SiteQuery& query,
                                const std::function<bool(const Site&)>& wanted = {}) {
    std::vector<std::string> names;
    for (const ListedSite& each : SiteTable(sql()).page(query, wanted))
      names.push_back(each.site.name);
    return names;
  }
  SitePlan plan(const std::string& csv) {
    return plan_sites(site_snapshot(sql()), read_sites_csv(csv), context_.actor, context_.random);
  }
  std::vector<ImportMistake> write(const SitePlan& plan) {
    return good(run([&](soci::session& sql) -> Decided<std::vector<ImportMistake>> {
      return write_planned(sql, context_, plan.lines);
    }));
  }
  static std::vector<std::string> words_of(const std::vector<ImportMistake>& mistakes) {
    std::vector<std::string> lines;
    for (const ImportMistake& each : mistakes)
      lines.push_back(fmt::format("{}: {}", each.line, each.words));
    return lines;
  }
};
LONGMEN_FOR_BOTH_DATABASES(SitesTest);

TEST_P(SitesTest, ATreeHasNoCircleAndNoTwoOfOneName) {
  const Site city = good(make(named("成都", "city")));
  const Site centre = good(make(named("龙泉驿中心", "centre", city.id)));
  const Site site = good(make(named("新民社区", "site", centre.id)));
  EXPECT_THAT(words(make(named("x", "city", centre.id))), HasSubstr("422 parent: \"龙泉驿中心\""));
  EXPECT_THAT(words(make(named("x", "site", "absent"))), HasSubstr("422 parent: there is no"));
  EXPECT_THAT(words(make(named("新民社区", "site", centre.id))), HasSubstr("409 there is a site"));
  EXPECT_TRUE(make(named("新民社区", "site", city.id))) << "elsewhere it is another one";
  EXPECT_TRUE(make(named("新民社区"))) << "and without a parent";
  EXPECT_THAT(words(make(named("新民社区"))), HasSubstr("409"));
  EXPECT_THAT(words(alter(centre, named("龙泉驿中心", "site", city.id))),
              HasSubstr("409 tier: the site has a site below it"));
  EXPECT_THAT(words(alter(city, named("成都", "city", site.id))), HasSubstr("422 parent"));
  EXPECT_THAT(words(make(named("", "site"))), HasSubstr("422 name"));
  EXPECT_THAT(words(make(named("x", "hamlet"))), HasSubstr("422 tier"));
  SiteWish coded = named("a");
  coded.code = "510112-7";
  good(make(coded));
  coded.name = "b";
  EXPECT_THAT(words(make(coded)), HasSubstr("409 code: \"510112-7\" is that of the site \"a\""));
  const Site renamed = good(alter(site, named("新民社区二", "site", centre.id)));
  EXPECT_EQ(renamed.row.version, 2);
  EXPECT_EQ(last_audit().action, "site.change");
  EXPECT_THAT(words(alter(site, named("x"))), HasSubstr("412 it was changed after you read it: "
                                                        "wang changed name"));
  EXPECT_THAT(words(run([&](soci::session& sql) {
                return remove_site(sql, context_, city.id, {true, 0});
              })),
              HasSubstr("409 2 sites stand below it"));
  EXPECT_FALSE(verify_audit(database())->broken);
}

TEST_P(SitesTest, ListsAreSearchedInEveryScriptAndPaged) {
  SiteWish wish = named("新民社区");
  wish.address = "Longquan Road 5%";
  wish.code = "AB_7";
  good(make(wish));
  for (const char* name : {"Riverside", "riverside hall", "安士街", "安居"})
    good(make(named(name)));
  SiteQuery query;
  query.search = "安";
  EXPECT_THAT(page(query), ElementsAre("安士街", "安居"));
  query.search = "RIVER";
  EXPECT_THAT(page(query), ElementsAre("Riverside", "riverside hall"));
  query.search = "longquan";
  EXPECT_THAT(page(query), ElementsAre("新民社区"));
  for (const char* text : {"5%", "ab_7"}) {
    query.search = text;
    EXPECT_THAT(page(query), ElementsAre("新民社区"));
  }
  for (const char* text : {"%%", "b__7", "' OR 1=1 --"}) {
    query.search = text;
    EXPECT_THAT(page(query), IsEmpty()) << "a search is text: " << text;
  }
  SiteQuery all;
  const auto whole = page(all);
  ASSERT_EQ(whole.size(), 5u);
  std::vector<std::string> paged;
  all.limit = 2;
  for (auto part = SiteTable(sql()).page(all, {}); !part.empty();
       part = SiteTable(sql()).page(all, {})) {
    for (const ListedSite& each : part)
      paged.push_back(each.site.name);
    all.after_name_key = name_key(part.back().site.name);
    all.after_id = part.back().site.id;
  }
  EXPECT_EQ(paged, whole);
  SiteQuery some;
  some.limit = 2;
  EXPECT_EQ(page(some, [](const Site& site) { return site.name.size() > 6; }).size(), 2u);
}

TEST_P(SitesTest, ACodeEnrolsTheDeviceThatShowsIt) {
  const Site site = good(make(named("新民社区")));
  const Screen screen = good(make_screen(site.id, "一号屏"));
  EXPECT_EQ(screen.channel, "main") << "the first channel";
  const WaitingScreen waiting = good(wait_for_enrolment("hash-1"));
  EXPECT_EQ(waiting.code.size(), kCodeCharacters);
  EXPECT_EQ(waiting_screen(sql(), "hash-1", kNow)->code, waiting.code);
  EnrolWish wish;
  wish.code = waiting.code;
  wish.screen = screen.id;
  EXPECT_FALSE(ScreenTable(sql()).enrolled("hash-1"));
  const Enrolled enrolled = good(enrol_as(wish));
  EXPECT_EQ(enrolled.screen.id, screen.id);
  EXPECT_EQ(last_audit().action, "screen.enrol");
  EXPECT_EQ(ScreenTable(sql()).enrolled("hash-1")->site, site.id);
  EXPECT_FALSE(waiting_screen(sql(), "hash-1", kNow));
  EXPECT_THAT(words(enrol_as(wish)), HasSubstr("404 no screen shows the code"));

  EnrolWish another;
  another.code = good(wait_for_enrolment("hash-2")).code;
  another.screen = screen.id;
  EXPECT_THAT(words(enrol_as(another)), HasSubstr("409 the screen \"一号屏\" was enrolled by li"));
  another.replace = true;
  good(enrol_as(another));
  EXPECT_FALSE(ScreenTable(sql()).enrolled("hash-1")) << "the device before is it no longer";

  good(run([&](soci::session& sql) { return revoke_screen(sql, context_, screen.id); }));
  EXPECT_EQ(last_audit().action, "screen.revoke");
  EXPECT_FALSE(ScreenTable(sql()).enrolled("hash-2"));
  EXPECT_THAT(
      words(run([&](soci::session& sql) { return revoke_screen(sql, context_, screen.id); })),
      HasSubstr("409 the screen is not enrolled"));

  EnrolWish fresh;
  fresh.code = " " + good(wait_for_enrolment("hash-3")).code.substr(0, 3) + "-";
  EXPECT_THAT(words(enrol_as(fresh)), HasSubstr("422 code"));
  const std::string code = waiting_screen(sql(), "hash-3", kNow)->code;
  fresh.code = name_key(code.substr(0, 3)) + "-" + code.substr(3);
  fresh.new_site = named("新站点");
  fresh.new_screen.name = "大厅";
  const Enrolled made = good(enrol_as(fresh));
  EXPECT_EQ(SiteTable(sql()).by_id(made.screen.site)->name, "新站点");
  EXPECT_EQ(SiteTable(sql()).screens_of(made.screen.site), 1);
  EXPECT_FALSE(verify_audit(database())->broken);
}

TEST_P(SitesTest, CodesExpireAndAreBounded) {
  const WaitingScreen waiting = good(wait_for_enrolment("old"));
  const int64_t later = kNow + kCodeLife.count();
  EXPECT_TRUE(waiting_screen(sql(), "old", later - 1));
  EXPECT_FALSE(waiting_screen(sql(), "old", later));
  EnrolWish wish;
  wish.code = waiting.code;
  wish.new_site = named("x");
  wish.new_screen.name = "y";
  EXPECT_THAT(words(enrol_as(wish, later)), HasSubstr("404"));
  EXPECT_FALSE(SiteTable(sql()).by_name("", "x")) << "what was refused left nothing";
  good(run([&](soci::session& sql) -> Decided<bool> {
    for (int i = 0; i < kMaxCodesOfNetwork; ++i) {
      const ClientNetwork network("198.51.100.1");
      if (!begin_enrolment(sql, context_.random, fmt::format("h{}", i), network, later))
        return refuse(500, "too early");
    }
    return true;
  }));
  EXPECT_THAT(words(wait_for_enrolment("one more", later, "198.51.100.1")), HasSubstr("429"));
  EXPECT_TRUE(wait_for_enrolment("elsewhere", later));
  EXPECT_TRUE(wait_for_enrolment("one more", later + kCodeLife.count(), "198.51.100.1"));
}

TEST_P(SitesTest, NoNetworkKeepsTheOthersOut) {
  const CodeBounds bounds{6, 2, 3};
  const auto ask = [&](const std::string& hash, const std::string& address) {
    return wait_for_enrolment(hash, kNow, address, bounds);
  };
  const auto waits = [&](const std::string& hash) {
    return waiting_screen(sql(), hash, kNow).has_value();
  };
  EXPECT_TRUE(ask("v4", "192.0.2.1"));
  EXPECT_TRUE(ask("a", "2001:db8:0:100::1"));
  EXPECT_TRUE(ask("b", "2001:db8:0:1ff::2"));
  EXPECT_THAT(words(ask("c", "2001:db8:0:100::3")), HasSubstr("429")) << "of one /56";
  EXPECT_TRUE(ask("c", "2001:db8:0:200::1"));
  EXPECT_THAT(words(ask("d", "2001:db8:0:300::1")), HasSubstr("429")) << "of one /48";
  EXPECT_TRUE(no_room_for_code(sql(), ClientNetwork("2001:db8:0:300::1"), kNow, bounds));
  EXPECT_FALSE(no_room_for_code(sql(), ClientNetwork("192.0.2.1"), kNow, bounds));
  EXPECT_TRUE(ask("e", "198.51.100.1"));
  EXPECT_TRUE(ask("f", "203.0.113.1"));
  EXPECT_TRUE(waits("a"));
  EXPECT_TRUE(ask("g", "203.0.113.9")) << "all places are taken";
  EXPECT_EQ(waits("a") + waits("b") + waits("c"), 2) << "the network that has most gave one";
  for (const char* other : {"v4", "e", "f", "g"})
    EXPECT_TRUE(waits(other)) << other;
}

TEST_P(SitesTest, ATableIsCheckedWholeAndWrittenWhereItIsRight) {
  good(make(named("成都", "city")));
  const std::string head =
      "site,code,tier,parent,address,screen,channel,test,volume,volume_fixed\n";
  const SitePlan first = plan(head +
                              "龙泉驿中心,L1,中心,成都,\"Road 1, left\",,,,,\n"
                              "新民社区,,,L1,,一号屏,second,yes,80,yes\n"
                              "新民社区,,,L1,,二号屏,频道 main,,,\n");
  EXPECT_THAT(first.mistakes, IsEmpty());
  EXPECT_EQ(first.sites_made, 2);
  EXPECT_EQ(first.screens_made, 2);
  EXPECT_THAT(write(first), IsEmpty());
  const auto site = SiteTable(sql()).by_name(SiteTable(sql()).by_code("L1")->id, "新民社区");
  ASSERT_TRUE(site);
  const Screen screen = *ScreenTable(sql()).by_name(site->id, "一号屏");
  EXPECT_EQ(screen.channel, "second");
  EXPECT_TRUE(screen.test);
  EXPECT_EQ(screen.volume_rule, VolumeRule::kFixed);

  const std::string exported = write_sites_csv(SiteTable(sql()).all(), ScreenTable(sql()).all());
  EXPECT_THAT(exported, HasSubstr("\"Road 1, left\""));
  const SitePlan again = plan(exported);
  EXPECT_THAT(words_of(again.mistakes), IsEmpty());
  EXPECT_THAT(again.lines, IsEmpty()) << "what went out comes back as it was";
  EXPECT_EQ(again.unchanged, 4);

  const SitePlan wrong = plan(head +
                              "新民社区,,,,,三号屏,,,,\n"
                              "新民社区,L9,hamlet,,,,,,,\n"
                              ",,,,,x,,,,\n"
                              "x,,,nowhere,,,,,,\n"
                              "x,,city,成都,,,,,,\n"
                              "新民社区,,,,,四号屏,absent,,,\n"
                              "新民社区,,,,,四号屏,,perhaps,,\n"
                              "新民社区,,,,,四号屏,,,101,\n"
                              "新民社区,,,,,四号屏,,,,yes\n"
                              "成都,,site,,,,,,,\n");
  EXPECT_THAT(words_of(wrong.mistakes),
              ElementsAre(HasSubstr("3: tier"), HasSubstr("4: site: a name"),
                          HasSubstr("5: parent: there is no site \"nowhere\""),
                          HasSubstr("6: parent: \"成都\" is a city"),
                          HasSubstr("7: channel: there is no channel"), HasSubstr("8: test"),
                          HasSubstr("9: volume: a percentage"), HasSubstr("10: volume_fixed"),
                          HasSubstr("11: tier: the site has a centre below")));
  EXPECT_EQ(wrong.lines.size(), 1u);
  good(make(named("新民社区")));
  EXPECT_THAT(words_of(plan(head + "新民社区,,,,,三号屏,,,,\n").mistakes),
              ElementsAre(HasSubstr("2: site: there are 2 sites \"新民社区\"")));
}

// Whoever manages sites writes what an administrator opens in a spreadsheet.
TEST_P(SitesTest, NothingThatIsExportedIsAFormula) {
  std::vector<Site> sites;
  const std::vector<std::string> typed{
      "=HYPERLINK(\"http://evil\")", "+1", "-2", "@SUM(A1)", "'quoted", "'=1+1", "\uFF1D1", "a=b"};
  for (const std::string& name : typed) {
    SiteWish wish = named(name);
    wish.address = name;
    wish.code = name;
    sites.push_back(good(make(wish)));
    good(make_screen(sites.back().id, name));
  }
  const std::string exported = write_sites_csv(SiteTable(sql()).all(), ScreenTable(sql()).all());
  for (const char* formula :
       {"\n=", "\n\"=", ",=", ",\"=", "\n+", ",+", "\n-", ",-", "\n@", ",@", "\n\uFF1D", ",\uFF1D"})
    EXPECT_THAT(exported, Not(HasSubstr(formula)));
  EXPECT_THAT(exported, HasSubstr("\"'=HYPERLINK(\"\"http://evil\"\")\""));
  EXPECT_THAT(exported, HasSubstr(",''quoted,"));
  const SitePlan again = plan(exported);
  EXPECT_THAT(words_of(again.mistakes), IsEmpty());
  EXPECT_THAT(again.lines, IsEmpty()) << "and it comes back as it was typed";
  EXPECT_EQ(again.unchanged, static_cast<int>(typed.size()));
}

TEST_P(SitesTest, WhatSomebodyChangedMeanwhileIsToldByItsLine) {
  const Site site = good(make(named("a")));
  SitePlan made = plan("site,address,screen\na,new address,hall\nb,,hall\nc,,\n");
  EXPECT_EQ(made.lines.size(), 3u);
  good(alter(site, named("a", "township")));
  good(make(named("c")));
  const auto mistakes = write(made);
  EXPECT_THAT(words_of(mistakes), ElementsAre(HasSubstr("2: it was changed by somebody"),
                                              HasSubstr("4: it was changed by somebody")));
  EXPECT_FALSE(ScreenTable(sql()).by_name(site.id, "hall"));
  EXPECT_TRUE(SiteTable(sql()).by_name("", "b"));
  take_back(made, mistakes);
  const json::object report = site_import_report(made, true);
  EXPECT_EQ(report.at("sites_made").as_int64(), 1);
  EXPECT_EQ(report.at("screens_made").as_int64(), 1);
  EXPECT_EQ(report.at("mistakes").as_array().size(), 2u);
  EXPECT_FALSE(verify_audit(database())->broken);
}

TEST_P(SitesTest, WhatScreensReportIsWrittenNowAndThen) {
  const Site site = good(make(named("a")));
  ScreenRoll roll;
  for (int i = 0; i < 3; ++i) {
    EnrolWish wish;
    wish.code = good(wait_for_enrolment(fmt::format("h{}", i))).code;
    wish.new_screen.site = site.id;
    wish.new_screen.name = fmt::format("s{}", i);
    good(enrol_as(wish));
  }
  roll.replace(ScreenTable(sql()).enrolled(), kNow);
  ScreenReport fine;
  fine.picture = fine.sound = true;
  ASSERT_TRUE(roll.report("h0", fine, kNow));
  ASSERT_TRUE(roll.report("h1", ScreenReport{}, kNow));
  EXPECT_FALSE(roll.report("nobody", fine, kNow));
  const auto due = roll.due(kNow, 10);
  EXPECT_EQ(due.size(), 2u);
  EXPECT_EQ(roll.due(kNow, 10).size(), 2u) << "they were not written yet";
  run([&](soci::session& sql) -> Decided<bool> {
    ScreenTable(sql).note_seen(due);
    return true;
  });
  roll.written(due);
  roll.report("h0", fine, kNow + 30'000);
  EXPECT_THAT(roll.due(kNow + 30'000, 10), IsEmpty()) << "as it was: in five minutes";
  roll.report("h1", fine, kNow + 30'000);
  EXPECT_EQ(roll.due(kNow + 30'000, 10).size(), 1u) << "better: at once";

  ScreenRoll of_another_node;
  of_another_node.replace(ScreenTable(sql()).enrolled(), kNow + 30'000);
  const auto there = of_another_node.presence(kNow + 30'000);
  EXPECT_EQ(there->all.enrolled, 3);
  EXPECT_EQ(there->all.picture, 1);
  EXPECT_EQ(there->all.silent, 1) << "one never reported";
  const auto before_it_is_written =
      of_another_node.presence(kNow + ScreenRoll::kWriteEvery.count() + 60'000);
  EXPECT_EQ(before_it_is_written->all.silent, 1) << "it reports to another node";
  const auto later = of_another_node.presence(kNow + ScreenRoll::kSilentElsewhereAfter.count() + 1);
  EXPECT_EQ(later->all.silent, 3);
  roll.replace(ScreenTable(sql()).enrolled(), kNow + 30'000);
  EXPECT_EQ(roll.presence(kNow + 30'000)->all.picture, 2) << "what is newer here stays";
}

// A node's clock was a day ahead once. What it wrote hides nothing, and is written over.
TEST_P(SitesTest, AReportOfATimeToComeIsNone) {
  constexpr int64_t kDay = 86'400'000;
  EnrolWish wish;
  wish.code = good(wait_for_enrolment("h")).code;
  wish.new_screen.site = good(make(named("a"))).id;
  wish.new_screen.name = "hall";
  good(enrol_as(wish));
  const auto note = [&](int64_t seen_ms) {
    run([&](soci::session& sql) -> Decided<bool> {
      ScreenTable(sql).note_seen({{"h", seen_ms, "picture sound"}});
      return true;
    });
    return ScreenTable(sql()).enrolled("h")->seen_ms;
  };
  EXPECT_EQ(note(kNow + kDay), kNow + kDay);
  ScreenRoll roll;
  roll.replace(ScreenTable(sql()).enrolled(), kNow);
  EXPECT_EQ(roll.presence(kNow)->all.silent, 1) << "nobody has seen it";
  ScreenReport fine;
  fine.picture = fine.sound = true;
  ASSERT_TRUE(roll.report("h", fine, kNow));
  roll.replace(ScreenTable(sql()).enrolled(), kNow + 1000);
  EXPECT_EQ(roll.presence(kNow + 1000)->all.silent, 0);
  EXPECT_EQ(roll.presence(kNow + 1000 + ScreenRoll::kSilentAfter.count())->all.silent, 1);
  ASSERT_EQ(roll.due(kNow + 1000, 10).size(), 1u);
  EXPECT_EQ(note(kNow), kNow);
  EXPECT_EQ(note(kNow - 1000), kNow) << "an older one changes nothing";

  ASSERT_TRUE(roll.report("h", fine, kNow + kDay));  // and its own clock
  EXPECT_EQ(roll.presence(kNow + 2000)->all.silent, 1);
}

// Of this thread alone, so that whoever else works on the machine does not count.
template <class Work>
double cpu_ms(Work work) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    work();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    best = std::min(best, 1e3 * static_cast<double>(after.tv_sec - before.tv_sec) +
                              1e-6 * static_cast<double>(after.tv_nsec - before.tv_nsec));
  }
  return best;
}
constexpr double kEightTimesAsMuch = 25;  // linear: about 8; each line against all others: 64

TEST(SitePlanTest, ATableOfOneNameIsNotHeldAgainstItself) {
  const Actor actor{"", "li", "local", 1};
  const auto plan = [&](int sites) {
    SiteSnapshot snapshot;
    SiteFile file;
    for (int i = 0; i < sites; ++i) {
      Site parent, hall;
      parent.id = fmt::format("p{}", i);
      parent.code = parent.name = fmt::format("P{}", i);
      parent.tier = SiteTier::kTownship;
      hall.id = fmt::format("h{}", i);
      hall.name = "大厅";
      hall.parent = parent.id;
      snapshot.sites.push_back(parent);
      snapshot.sites.push_back(hall);
      SiteLine line;
      line.line = i + 2;
      line.site = "大厅";
      line.parent = parent.code;
      line.address = "1";
      file.lines.push_back(line);
    }
    return cpu_ms([&] {
      const SitePlan made = plan_sites(snapshot, file, actor, system_random());
      EXPECT_EQ(made.sites_changed, sites);
    });
  };
  const double some = plan(1000), eight_times = plan(8000);
  std::cout << fmt::format("1,000 lines {:.1f} ms, 8,000 lines {:.1f} ms\n", some, eight_times);
  EXPECT_LT(eight_times, kEightTimesAsMuch * some);
}

TEST(SitePlanTest, WhatIsTakenBackIsLookedForOnce) {
  constexpr int kLines = 16'000;
  SitePlan plan;
  std::vector<ImportMistake> mistakes;
  for (int i = 0; i < kLines; ++i) {
    plan.lines.push_back({i + 2, PlannedRow<Site>{}, std::nullopt});
    mistakes.push_back({i + 2, "changed"});
  }
  const double took = cpu_ms([&] {
    plan.sites_made = kLines;
    plan.mistakes.clear();
    take_back(plan, mistakes);
    EXPECT_EQ(plan.sites_made, 0);
  });
  size_t copied = 0;
  const double copying = cpu_ms([&] {
    const std::vector<ImportMistake> copy = mistakes;
    copied += copy.size();
  });
  // Each from the beginning would be a thousand times as long.
  EXPECT_LT(took, 100 * copying) << copied;
}

TEST(EnrolmentTest, CodesHaveNoLookAlikesAndAreReadAsPeopleTypeThem) {
  for (int i = 0; i < 200; ++i) {
    const std::string code = make_code(system_random());
    EXPECT_EQ(code.find_first_of("01ILOU"), std::string::npos) << code;
    EXPECT_EQ(code_typed(code), code);
  }
  EXPECT_EQ(code_typed(" ab2-cd3 "), "AB2CD3");
  for (const char* wrong : {"", "AB2CD", "AB2CD34", "AB2CDO", "AB2CD\xff", "一二三四五六"})
    EXPECT_EQ(code_typed(wrong), std::nullopt) << wrong;
}

TEST(ScreenReportTest, NothingInAReportIsBelieved) {
  const auto read = [](const std::string& text) {
    return screen_report(json::parse(text).as_object());
  };
  const ScreenReport good = read(R"({"picture":true,"sound":true,"latency_ms":212.7,
      "loss_permille":4,"rendition":"720p","relay":"10.0.0.1:8189 udp","uptime_s":12})");
  EXPECT_EQ(good.latency_ms, 212);
  EXPECT_EQ(good.rendition, "720p");
  EXPECT_EQ(condition_of(good), "picture sound");
  EXPECT_TRUE(report_of("picture sound").sound);
  EXPECT_FALSE(report_of("nonsense").picture);
  const ScreenReport odd = read(R"({"picture":"yes","latency_ms":-1,"loss_permille":1e300,
      "uptime_s":18446744073709551615,"rendition":7,"node":"a\nb","more":{}})");
  EXPECT_FALSE(odd.picture);
  EXPECT_EQ(odd.latency_ms, std::nullopt);
  EXPECT_EQ(odd.loss_permille, 1000);
  EXPECT_EQ(odd.uptime_s, 1'000'000'000);
  EXPECT_EQ(odd.rendition + odd.node, "");
  EXPECT_EQ(read(R"({"relay":")" + std::string(65, 'x') + "\"}").relay, "");
}

TEST(ScreenRollTest, WhoIsSilentIsInTrouble) {
  ScreenRoll roll;
  for (const char* id : {"a", "b", "c", "d"}) {
    EnrolledScreen screen;
    screen.hash = std::string("hash-") + id;
    screen.screen = id;
    screen.site = id[0] < 'c' ? "first" : "second";
    roll.put(screen, 0);
  }
  ScreenReport fine;
  fine.picture = fine.sound = true;
  ScreenReport frozen = fine;
  frozen.frozen = true;
  ScreenReport mute = fine;
  mute.sound = false;
  roll.report("hash-a", fine, 1'000'000);
  roll.report("hash-b", frozen, 1'000'000);
  roll.report("hash-c", mute, 1'000'000);
  const auto now = roll.presence(1'010'000);
  EXPECT_EQ(now->state_of("a"), ScreenState::kFine);
  EXPECT_EQ(now->state_of("b"), ScreenState::kNoPicture);
  EXPECT_EQ(now->state_of("c"), ScreenState::kNoSound);
  EXPECT_EQ(now->state_of("d"), ScreenState::kSilent);
  EXPECT_EQ(now->state_of("e"), ScreenState::kUnenrolled);
  EXPECT_EQ(now->all.reporting, 3);
  EXPECT_EQ(now->all.trouble(), 3);
  EXPECT_EQ(now->counts_of("first").trouble(), 1);
  EXPECT_EQ(now->counts_of("nowhere").enrolled, 0);
  EXPECT_EQ(roll.presence(1'010'500), now) << "made once a second at most";
  EnrolledScreen first = *roll.find("hash-a");
  roll.put(first, 1'010'500);
  EXPECT_EQ(roll.presence(1'010'500), now) << "whoever asks for settings makes nothing of it anew";
  first.test = true;
  roll.put(first, 1'010'500);
  EXPECT_NE(roll.presence(1'010'500), now);
  EXPECT_EQ(roll.presence(1'000'000 + ScreenRoll::kSilentAfter.count() + 1)->all.silent, 4);
  roll.remove("hash-d");
  EXPECT_EQ(roll.presence(1'010'000)->all.enrolled, 3);
}

}  // namespace
}  // namespace longmen
