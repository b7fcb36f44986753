#include <gmock/gmock.h>

#include "core/guide/icalendar.h"
#include "core/guide/xmltv.h"

namespace longmen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What somebody may type as a title.
const std::string kHostile = "<img src=x onerror=alert(1)>\"'&;,\\]]>";

GuideEntry entry() {
  GuideEntry made;
  made.id = "00ff";
  made.channel = "main";
  made.series_title = "书记龙门阵";
  made.title = kHostile;
  made.description = "one\ntwo";
  made.speakers = {"李伟", "Wang, Fang"};
  made.theme_title = "基层治理";
  made.language = "zh-CN";
  made.place = "龙泉驿; hall 2";
  made.start_ms = 1'795'692'600'000;  // 2026-11-26 11:30:00 UTC
  made.end_ms = made.start_ms + 5'400'000;
  made.changed_ms = made.start_ms - 86'400'000;
  made.version = 3;
  made.state = "scheduled";
  return made;
}

std::string unfolded(std::string text) {
  for (size_t at = text.find("\r\n "); at != std::string::npos; at = text.find("\r\n "))
    text.erase(at, 3);
  return text;
}

TEST(ICalendar, HasWhatAReaderNeeds) {
  const std::string text = unfolded(icalendar({"龙门", "node"}, {entry()}));
  for (const char* line :
       {"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "UID:00ff@node\r\n", "DTSTART:20261126T113000Z\r\n",
        "DTEND:20261126T130000Z\r\n", "DTSTAMP:20261125T113000Z\r\n", "SEQUENCE:2\r\n",
        "LOCATION:龙泉驿\\; hall 2\r\n", "DESCRIPTION:one\\ntwo\\n\\n李伟\\, Wang\\, Fang\r\n",
        "STATUS:CONFIRMED\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, HasSubstr("SUMMARY;LANGUAGE=zh-CN:书记龙门阵: <img src=x "
                              "onerror=alert(1)>\"'&\\;\\,\\\\]]>\r\n"));
}

TEST(ICalendar, FoldsBetweenCharactersWithin75Octets) {
  GuideEntry made = entry();
  for (int shift = 0; shift < 4; ++shift) {
    made.title = std::string(shift, 'x');
    for (int i = 0; i < 60; ++i)
      made.title += "龙😀";
    const std::string text = icalendar({"n", "node"}, {made});
    size_t begin = 0;
    for (size_t end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n", begin)) {
      const std::string line = text.substr(begin, end - begin);
      EXPECT_LE(line.size(), 75u);
      EXPECT_NE(static_cast<uint8_t>(line[line.starts_with(' ') ? 1 : 0]) & 0xC0, 0x80) << line;
      begin = end + 2;
    }
    EXPECT_EQ(begin, text.size());
    EXPECT_THAT(unfolded(text), HasSubstr(made.title));
  }
}

TEST(ICalendar, NothingThatIsTypedBecomesALineOrAParameter) {
  GuideEntry made = entry();
  made.title = "x\r\nEND:VCALENDAR";
  made.language = "en:X\r\nEVIL:1";
  const std::string text = icalendar({"n\nEVIL:2", "node"}, {made});
  EXPECT_THAT(text, Not(HasSubstr("\r\nEVIL")));
  EXPECT_EQ(text.find("\r\nEND:VCALENDAR"), text.size() - 17);
}

TEST(ICalendar, ACancelledSessionIsToldToThoseWhoHaveIt) {
  GuideEntry made = entry();
  made.state = "cancelled";
  EXPECT_THAT(icalendar({"n", "node"}, {made}), HasSubstr("STATUS:CANCELLED\r\n"));
}

TEST(Xmltv, HasWhatTheDtdWantsInItsOrder) {
  const std::string text = xmltv({{"main", "主频道 <1>"}}, {entry()});
  EXPECT_THAT(text, HasSubstr("<channel id=\"main\">\n    <display-name>主频道 &lt;1&gt;<"));
  EXPECT_THAT(text, HasSubstr("<programme start=\"20261126113000 +0000\" "
                              "stop=\"20261126130000 +0000\" channel=\"main\">"));
  EXPECT_THAT(text,
              HasSubstr("&lt;img src=x onerror=alert(1)&gt;&quot;'&amp;;,\\]]&gt;</sub-title>"));
  EXPECT_THAT(text, HasSubstr("<desc lang=\"zh-CN\">one&#10;two</desc>"));
  EXPECT_THAT(text, HasSubstr("<guest>Wang, Fang</guest>"));
  size_t last = 0;
  for (const char* name : {"<title", "<sub-title", "<desc", "<credits", "<category", "<language"}) {
    const size_t at = text.find(name);
    EXPECT_GT(at, last) << name;
    last = at;
  }
}

TEST(Xmltv, LeavesOutWhatIsCancelledAndWhatXmlCannotHold) {
  GuideEntry made = entry();
  made.title =
      "a\x01\x1f"
      "b";
  EXPECT_THAT(xmltv({}, {made}), HasSubstr(">ab</sub-title>"));
  made.state = "cancelled";
  EXPECT_THAT(xmltv({}, {made}), Not(HasSubstr("<programme")));
}

}  // namespace
}  // namespace longmen
