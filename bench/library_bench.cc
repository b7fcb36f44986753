// How long the library takes to answer: a made-up catalogue of 18,000 recordings (or as many as the
// argument says) on SQLite in a file and on PostgreSQL, each kind of question many times over. The
// yardstick in the same run is the same question without the index: every text looked through. Ends
// with 1 when a question misses the goal.
#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <vector>

#include "control/library_index.h"
#include "control/library_query.h"
#include "control/store.h"
#include "control/theme.h"
#include "tests/control/catalogue.h"
#include "tests/control/postgresql_server.h"

namespace longmen {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr int kTries = 60;
constexpr double kGoalMs = 20;  // of each question's 95th percentile

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Percentiles {
  double p50 = 0, p95 = 0;
};
Percentiles measure(const std::function<void()>& work) {
  std::vector<double> took;
  for (int i = 0; i < kTries; ++i) {
    const auto start = Clock::now();
    work();
    took.push_back(milliseconds_since(start));
  }
  std::ranges::sort(took);
  return {took[took.size() / 2], took[took.size() * 95 / 100]};
}

struct Question {
  const char* what;
  const char* words;
  std::function<void(LibraryQuery&)> narrow;
};
const std::vector<Question>& questions() {
  static const std::vector<Question> kAll{
      {"everything, the latest", "", [](LibraryQuery&) {}},
      {"everything, far down", "",
       [](LibraryQuery& query) {
         query.behind = {1'501'000'000'000, 0};
       }},
      {"a character that all have", "村", [](LibraryQuery&) {}},
      {"one character", "橘", [](LibraryQuery&) {}},
      {"two characters", "法律", [](LibraryQuery&) {}},
      {"four characters", "乡村振兴", [](LibraryQuery&) {}},
      {"a whole title", "石桥村柑橘种植", [](LibraryQuery&) {}},
      {"pairs that all have, apart", "第399期", [](LibraryQuery&) {}},
      {"two words that never meet", "柑橘 法律", [](LibraryQuery&) {}},
      {"a beginning of a word", "work", [](LibraryQuery&) {}},
      {"nothing has it", "潜艇", [](LibraryQuery&) {}},
      {"speaker, place and theme", "",
       [](LibraryQuery& query) {
         query.speaker = "王建国";
         query.place = "石桥镇党群服务中心";
         query.theme = "core-1";
       }},
      {"a series in a year", "",
       [](LibraryQuery& query) {
         query.series = "series-7";
         query.from_ms = 1'520'000'000'000;
         query.to_ms = 1'551'000'000'000;
       }},
      {"a channel that not everybody may watch", "",
       [](LibraryQuery& query) { query.channel = "main"; }},
  };
  return kAll;
}

// Of ten recordings nine are of `main` and one is of `second`, which not everybody may watch;
// everybody may watch two that have none.
struct Audience {
  const char* what;
  RecordingAudience who;
};
const std::vector<Audience>& audiences() {
  static const std::vector<Audience> kAll{{"the studio", {true, ""}},
                                          {"who may watch main", {false, "main"}},
                                          {"who may watch second", {false, "second"}},
                                          {"everybody", {false, ""}}};
  return kAll;
}

void look_through(soci::session& sql, const std::string& words) {
  std::string id;
  const std::string pattern = "%" + words + "%";
  soci::statement rows =
      (sql.prepare << "SELECT recording_id FROM library_documents WHERE folded LIKE :pattern"
                      " ORDER BY start_ms DESC LIMIT 25",
       soci::use(pattern), soci::into(id));
  rows.execute();
  while (rows.fetch()) {
  }
}

std::string verdict(const Percentiles& took) {
  return took.p95 < kGoalMs ? "reached" : "missed";
}

// Whether every question reached the goal.
bool bench(const std::string& name, const std::string& database, int items) {
  StoreSettings settings;
  settings.database = database;
  auto store = Store::open(settings, kNowMs);
  if (!store) {
    fmt::print("{}: {}\n", name, store.error().message);
    return false;
  }
  std::vector<ChannelSeed> seeds(4);
  seeds[0].channel.id = "main";
  seeds[0].channel.access = Access::kToken;
  seeds[1].channel.id = "second";
  seeds[1].channel.access = Access::kToken;
  seeds[2].channel.id = "third";
  seeds[3].channel.id = "fourth";
  for (ChannelSeed& seed : seeds)
    seed.channel.video = default_ladder();
  (void)(*store)->seed(seeds, kNowMs);
  Database& db = (*store)->database();
  auto start = Clock::now();
  (void)db.write("catalogue", [&](soci::session& sql) -> Result<void> {
    make_core_themes(sql, kNowMs);
    test::put_catalogue(sql, items);
    LibraryIndex(sql).mark_all();
    return {};
  });
  const double put = milliseconds_since(start);
  start = Clock::now();
  for (int done = 1; done > 0;)
    done = db.write("library", [](soci::session& sql) -> Result<int> {
               return LibraryIndex(sql).catch_up();
             }).value_or(0);
  const double indexed = milliseconds_since(start);
  (void)db.set_answer_within(std::chrono::minutes(10));  // all questions are one transaction
  bool reached = true;
  const auto asked = db.read("library", [&](soci::session& sql) -> Result<void> {
    int64_t grams = 0;
    sql << "SELECT COUNT(*) FROM library_grams", soci::into(grams);
    fmt::print("\n{}: {} recordings, put there in {:.1f} s, indexed in {:.1f} s: {} grams\n", name,
               items, put / 1000, indexed / 1000, grams);
    fmt::print("{:<36} {:>8} {:>8} {:>6} {:>10}  goal p95 < {} ms\n", "question", "p50 ms",
               "p95 ms", "found", "no index", kGoalMs);
    const auto ask = [&](const Question& question, const RecordingAudience& who) {
      LibraryQuery query;
      query.audience = who;
      query.search = library::read_search(question.words).value();
      query.limit = 24;
      question.narrow(query);
      size_t found = 0;
      const Percentiles took =
          measure([&] { found = LibrarySearch(sql).page(query).found.size(); });
      std::string yardstick;
      if (*question.words && who.everything)
        yardstick = fmt::format("{:.2f}", measure([&] { look_through(sql, question.words); }).p50);
      fmt::print("{:<36} {:>8.2f} {:>8.2f} {:>6} {:>10}  {}\n", question.what, took.p50, took.p95,
                 found, yardstick, verdict(took));
      reached = reached && took.p95 < kGoalMs;
    };
    for (const auto& [what, who] : audiences()) {
      fmt::print("{}:\n", what);
      for (const Question& question : questions())
        ask(question, who);
      const Percentiles took = measure([&, &who = who] {
        for (const auto kind : {LibraryFacet::kSeries, LibraryFacet::kTheme, LibraryFacet::kSpeaker,
                                LibraryFacet::kPlace})
          (void)LibrarySearch(sql).facets(who, kind);
      });
      fmt::print("{:<36} {:>8.2f} {:>8.2f} {:>6} {:>10}  {}\n", "under what they are filed",
                 took.p50, took.p95, "", "", verdict(took));
      reached = reached && took.p95 < kGoalMs;
    }
    return {};
  });
  if (!asked) fmt::print("{}: {}\n", name, asked.error().message);
  return asked && reached;
}

}  // namespace
}  // namespace longmen

int main(int count, char** arguments) {
  const int items = count > 1 ? std::atoi(arguments[1]) : longmen::test::kCatalogueItems;
  std::string folder = std::filesystem::temp_directory_path() / "longmen-library-XXXXXX";
  if (!::mkdtemp(folder.data())) return 1;
  const bool sqlite = longmen::bench("SQLite", folder + "/longmen.db", items);
  std::filesystem::remove_all(folder);
  const bool postgresql = longmen::bench(
      "PostgreSQL", longmen::test::PostgresqlServer::shared().make_database(), items);
  return sqlite && postgresql ? 0 : 1;
}
