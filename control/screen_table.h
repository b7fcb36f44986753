// Screens (屏幕): the displays of a site, what each is to show, and the credentials of those that
// are enrolled. The tables as they stand in the database (control/screen_actions.h says what is
// allowed). Of a credential there is a SHA-256 hash alone; a screen has one or none. Inside the
// caller's transaction; every function throws as SOCI does.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/row_version.h"

namespace longmen {

inline constexpr int kMaxScreens = 50'000;
inline constexpr int kMaxScreenPage = 200;

// Where a screen's sound starts: where its own keys left it, at a percentage and from there on
// where its keys leave it, or at one that its keys do not change.
enum class VolumeRule { kOwn, kStart, kFixed };
std::string_view name_of(VolumeRule rule);
std::optional<VolumeRule> volume_rule_named(std::string_view name);

struct Screen {
  std::string id;
  std::string site;
  std::string name;
  std::string channel;
  bool test = false;  // shows rehearsals
  VolumeRule volume_rule = VolumeRule::kOwn;
  int volume_percent = 100;
  std::string audio;  // the language that it wants, a tag of BCP 47; empty: the channel's first
  RowVersion row;

  bool same_texts(const Screen& other) const {
    return site == other.site && name == other.name && channel == other.channel &&
           test == other.test && volume_rule == other.volume_rule &&
           volume_percent == other.volume_percent && audio == other.audio;
  }
};
boost::json::object screen_to_json(const Screen& screen);

struct ScreenCredential {
  std::string hash;
  std::string screen;
  int64_t enrolled_ms = 0;
  std::string enrolled_by;
};

struct ScreenQuery {
  std::string site;    // empty: any
  std::string search;  // within its name, or what SiteQuery::search finds
  std::string after_name_key, after_id;
  int limit = kMaxScreenPage;
};
struct ListedScreen {
  Screen screen;
  std::string site_name;
  int64_t enrolled_ms = 0;  // 0: it is not
  std::string enrolled_by;
};

// How far ahead of one node's clock another one's may be. What is seen later than that, was not.
inline constexpr std::chrono::milliseconds kClockSlack{120'000};

// What control keeps in memory of an enrolled screen (control/screen_roll.h).
struct EnrolledScreen {
  std::string hash, screen, site, channel;
  bool test = false;
  bool rehearses = false;  // it is for tests, and its channel is rehearsed on
  std::string version;     // of all that its settings are made of
  int64_t seen_ms = 0;
  std::string condition;

  bool same_place(const EnrolledScreen& other) const {
    return screen == other.screen && site == other.site && channel == other.channel &&
           test == other.test;
  }
};

class ScreenTable {
 public:
  explicit ScreenTable(soci::session& sql) : sql_(sql) {}
  std::optional<Screen> by_id(const std::string& id);
  std::optional<Screen> by_name(const std::string& site, std::string_view name);
  // As SiteTable::page().
  std::vector<ListedScreen> page(const ScreenQuery& query,
                                 const std::function<bool(const ListedScreen&)>& wanted);
  std::vector<Screen> all();  // by site, then name
  int count();
  void insert(const Screen& screen);
  void update(const Screen& screen);
  void remove(const std::string& id);

  std::optional<ScreenCredential> credential(const std::string& hash);
  std::optional<ScreenCredential> credential_of(const std::string& screen);
  void insert_credential(const ScreenCredential& credential);
  void remove_credential_of(const std::string& screen);
  std::vector<EnrolledScreen> enrolled();
  std::optional<EnrolledScreen> enrolled(const std::string& hash);

  struct Seen {
    std::string hash;
    int64_t seen_ms = 0;
    std::string condition;
  };
  // What is newer stays, unless it is of a time to come.
  void note_seen(const std::vector<Seen>& seen);

 private:
  std::vector<Screen> select(const std::string& condition, const std::vector<std::string>& values);
  std::vector<ListedScreen> list(const ScreenQuery& query);
  std::vector<EnrolledScreen> select_enrolled(const std::string& condition,
                                              const std::vector<std::string>& values);
  std::optional<ScreenCredential> select_credential(const std::string& condition,
                                                    const std::string& value);
  soci::session& sql_;
};

}  // namespace longmen
