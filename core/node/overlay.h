// What is laid over a channel's programme before it is encoded: a logo, a line of text, and a mark
// that says whether it is live or recorded. Where something stands is a corner of the safe area, or
// its lower third; sizes are shares of the picture, so that all rungs agree. It decides names and
// bounds, and knows no pixels. Text is text: no markup means anything in it. Bounds are checked
// where it is read; past that point they hold.
// Source: EBU R 95 (safe areas of 16:9 television: graphics are safe within 5 % of each edge).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace longmen {

enum class OverlayPlace : uint8_t { kTopLeft, kTopRight, kBottomLeft, kBottomRight, kLowerThird };
std::string_view name_of(OverlayPlace place);  // "top_left", ...
std::optional<OverlayPlace> overlay_place_named(std::string_view name);

enum class MarkRule : uint8_t {
  kOff,
  kAuto,  // recorded when the input on air comes from files, else live
  kLive,
  kRecorded,
};
std::string_view name_of(MarkRule rule);
std::optional<MarkRule> mark_rule_named(std::string_view name);

struct Overlay {
  static constexpr size_t kMaxWordsBytes = 300;
  static constexpr int kLeastHeightPercent = 2, kMostLogoPercent = 40, kMostTextPercent = 15;
  static constexpr int kMostMarginPercent = 15;

  struct Text {
    bool on = false;
    std::string words;
    OverlayPlace place = OverlayPlace::kLowerThird;
    int height_percent = 5;  // of the line, of the picture's height
    bool operator==(const Text&) const = default;
  };
  struct Logo {
    bool on = true;
    std::string digest;  // of its PNG, lower-case hex SHA-256; empty: there is none
    std::string file;    // absolute path of that
    OverlayPlace place = OverlayPlace::kTopRight;
    int height_percent = 10;
    int opacity_percent = 100;
    bool operator==(const Logo&) const = default;
  };
  struct Mark {
    MarkRule rule = MarkRule::kOff;
    OverlayPlace place = OverlayPlace::kTopLeft;
    bool operator==(const Mark&) const = default;
  };

  Text text;
  Logo logo;
  Mark mark;
  int margin_percent = 5;  // of width and height, on each side
  bool operator==(const Overlay&) const = default;

  bool shows_text() const { return text.on && !text.words.empty(); }
  bool shows_logo() const { return logo.on && !logo.digest.empty(); }
  bool shows_mark() const { return mark.rule != MarkRule::kOff; }
  bool shows_anything() const { return shows_text() || shows_logo() || shows_mark(); }
};

// {"text":{"on":true,"words":"...","place":"lower_third","height_percent":5},
//  "logo":{"on":true,"digest":"...","place":"top_right","height_percent":10,"opacity_percent":100},
//  "mark":{"rule":"auto","place":"top_left"},"margin_percent":5}
// The file is a node's own; with it: between a node's processes.
enum class OverlayFile { kWithout, kWith };
boost::json::object to_json(const Overlay& overlay, OverlayFile file);
// What is absent stays as in `overlay`. Which PNG it is is not for people to say: with kWithout its
// digest and file stay, too. The words name the field, and what is allowed.
Result<Overlay> read_overlay(const boost::json::object& json, Overlay overlay, OverlayFile file);

}  // namespace longmen
