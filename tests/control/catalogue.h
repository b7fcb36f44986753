// A made-up library: as many recordings with their sessions as one likes, of some series, the core
// themes, speakers, places and chapters, always the same ones; put into the tables as they are, a
// few hundred rows a statement, since scheduling so many would take longer than what is tested.
#pragma once

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/library/search_text.h"

namespace longmen::test {

inline constexpr int kCatalogueItems = 18'000;
inline constexpr int64_t kCatalogueStart = 1'500'000'000'000;
inline constexpr int64_t kCatalogueStep = 3'600'000;

struct CatalogueItem {
  std::string id, title, speakers, place, series, theme, channel;
  int64_t start_ms = 0;
  std::array<std::string, 2> chapters;  // of every third
};

inline CatalogueItem catalogue_item(int number) {
  static constexpr std::array<std::string_view, 12> kSubjects{
      "乡村振兴", "基层治理", "党建引领", "特色产业", "集体经济", "生态环境",
      "文明实践", "防灾减灾", "数字乡村", "法律援助", "电商直播", "柑橘种植"};
  static constexpr std::array<std::string_view, 10> kForms{
      "专题讲座", "经验交流", "现场教学", "案例分析", "政策解读",
      "技术培训", "工作研讨", "典型事迹", "答疑",     "Online Workshop"};
  static constexpr std::array<std::string_view, 9> kVillages{"石桥", "龙门", "黄葛", "双河", "清溪",
                                                             "云台", "白沙", "金竹", "五宝"};
  static constexpr std::array<std::string_view, 10> kFamilies{"王", "李", "张", "刘", "陈",
                                                              "杨", "赵", "黄", "周", "吴"};
  static constexpr std::array<std::string_view, 12> kGiven{
      "建国", "秀英", "志强", "敏", "静", "磊", "芳", "洋", "艳", "勇", "杰", "娟"};
  const auto pick = [](const auto& list, int by) {
    return std::string(list[static_cast<size_t>(by) % list.size()]);
  };
  CatalogueItem item;
  item.id = fmt::format("item-{}", number);
  item.title = fmt::format("{}村{}{}第{}期", pick(kVillages, number / 7), pick(kSubjects, number),
                           pick(kForms, number / 3), number % 400 + 1);
  item.speakers = fmt::format("[\"{}{}\"]", pick(kFamilies, number / 5), pick(kGiven, number / 11));
  item.place = pick(kVillages, number / 13) + "镇党群服务中心";
  item.series = fmt::format("series-{}", number % 40);
  item.theme = fmt::format("core-{}", number % 6 + 1);
  item.channel = number % 10 == 0 ? "second" : "main";
  item.start_ms = kCatalogueStart + number * kCatalogueStep;
  if (number % 3 == 0)
    item.chapters = {"开场" + pick(kSubjects, number / 17), "问答" + pick(kForms, number / 19)};
  return item;
}

// As it would be looked for without any index.
inline std::string catalogue_text(const CatalogueItem& item) {
  return library::fold(item.title + item.speakers + item.place + item.chapters[0] +
                       item.chapters[1] + " 远程教育栏目" + item.series.substr(7));
}
inline bool catalogue_has(const CatalogueItem& item, std::string_view words) {
  return catalogue_text(item).find(library::fold(words)) != std::string::npos;
}

inline void put_catalogue(soci::session& sql, int items = kCatalogueItems) {
  constexpr int kRows = 300;
  for (int series = 0; series < 40; ++series)
    sql << fmt::format(
        "INSERT INTO series (id, title, title_key, description, version, changed_ms, changed_by)"
        " VALUES ('series-{0}', '远程教育栏目{0}', 'k{0}', '', 1, 0, 'li')",
        series);
  for (int begin = 0; begin < items; begin += kRows) {
    std::string sessions, recordings, chapters;
    const auto add = [](std::string& rows, const std::string& row) {
      rows += (rows.empty() ? "" : ", ") + row;
    };
    for (int number = begin; number < std::min(begin + kRows, items); ++number) {
      const CatalogueItem item = catalogue_item(number);
      const int64_t end_ms = item.start_ms + kCatalogueStep / 2;
      add(sessions,
          fmt::format("('{}', '{}', '{}', '{}', '{}', '', '{}', 'zh-CN', '{}', 'ended', {}, {}, {},"
                      " {}, 0, 0, '', 1, 0, 'li')",
                      item.id, item.channel, item.series, item.theme, item.title, item.speakers,
                      item.place, item.start_ms, end_ms, item.start_ms, end_ms));
      add(recordings, fmt::format("('{}', 'here', '{}', '{}', '', '', {}, {}, 1000, 0, 'ended', 0,"
                                  " 0, 0, 1, 0, 'recorder')",
                                  item.id, item.channel, item.id, item.start_ms, end_ms));
      for (size_t i = 0; i < item.chapters.size(); ++i)
        if (!item.chapters[i].empty())
          add(chapters,
              fmt::format("('{}-{}', '{}', {}, '{}', 1, 0, 'li')", item.id, i, item.id,
                          item.start_ms + 60'000 * static_cast<int64_t>(i), item.chapters[i]));
    }
    sql << "INSERT INTO sessions (id, channel_id, series_id, theme_id, title, description,"
           " speakers, language, place, state, start_ms, end_ms, live_ms, ended_ms, auto_start,"
           " auto_end, repeat_id, version, changed_ms, changed_by) VALUES " +
               sessions;
    sql << "INSERT INTO recordings (id, node, channel_id, session_id, title, series, start_ms,"
           " end_ms, bytes, hole_ms, state, keep, removed_ms, order_number, version, changed_ms,"
           " changed_by) VALUES " +
               recordings;
    sql << "INSERT INTO chapters (id, session_id, at_ms, title, version, changed_ms, changed_by)"
           " VALUES " +
               chapters;
  }
}

}  // namespace longmen::test
