#include "core/node/overlay.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/value.hpp>

#include "core/base/names.h"
#include "core/base/plain_text.h"

namespace longmen {
namespace json = boost::json;
namespace {

constexpr std::array kOverlayPlaces{Named{OverlayPlace::kTopLeft, "top_left"},
                                    Named{OverlayPlace::kTopRight, "top_right"},
                                    Named{OverlayPlace::kBottomLeft, "bottom_left"},
                                    Named{OverlayPlace::kBottomRight, "bottom_right"},
                                    Named{OverlayPlace::kLowerThird, "lower_third"}};
constexpr std::array kMarkRules{Named{MarkRule::kOff, "off"}, Named{MarkRule::kAuto, "auto"},
                                Named{MarkRule::kLive, "live"},
                                Named{MarkRule::kRecorded, "recorded"}};

// Reads one object's fields; the first that is wrong is told.
class OverlayPart {
 public:
  OverlayPart(std::string_view name, const json::value& value) : name_(name) {
    if (value.is_object()) {
      object_ = &value.as_object();
    } else {
      wrong("", "an object");
    }
  }

  void flag(std::string_view field, bool& out) {
    if (const auto* value = take(field)) {
      value->is_bool() ? void(out = value->as_bool()) : wrong(field, "true or false");
    }
  }
  void percent(std::string_view field, int least, int most, int& out) {
    const auto* value = take(field);
    if (!value) return;
    if (!value->is_int64() || value->as_int64() < least || value->as_int64() > most)
      return wrong(field, fmt::format("{} to {}", least, most));
    out = static_cast<int>(value->as_int64());
  }
  void words(std::string_view field, std::string& out) {
    const auto* value = take(field);
    if (!value) return;
    const bool fits = value->is_string() && value->as_string().size() <= Overlay::kMaxWordsBytes &&
                      is_plain_text(std::string_view(value->as_string()));
    if (!fits) {
      return wrong(field,
                   fmt::format("a line of up to {} bytes of UTF-8 without control characters",
                               Overlay::kMaxWordsBytes));
    }
    out = value->as_string().c_str();
  }
  void text(std::string_view field, std::string& out) {
    const auto* value = take(field);
    if (!value) return;
    value->is_string() ? void(out = value->as_string().c_str()) : wrong(field, "a text");
  }
  template <class Value, class Read>
  void named(std::string_view field, Read read, std::string_view allowed, Value& out) {
    const auto* value = take(field);
    if (!value) return;
    const auto found =
        value->is_string() ? read(std::string_view(value->as_string())) : std::optional<Value>();
    found ? void(out = *found) : wrong(field, allowed);
  }
  Result<void> done() const {
    if (!fault_.empty()) return fail(fault_);
    for (const auto& [field, value] : *object_) {
      if (asked_.find(fmt::format(" {} ", std::string_view(field))) == std::string::npos) {
        return fail(fmt::format("{}: there is no field \"{}\" here", name_,
                                std::string_view(field).substr(0, 64)));
      }
    }
    return {};
  }

 private:
  const json::value* take(std::string_view field) {
    asked_ += fmt::format(" {} ", field);
    return object_ ? object_->if_contains(field) : nullptr;
  }
  void wrong(std::string_view field, std::string_view allowed) {
    if (!fault_.empty()) return;
    fault_ = fmt::format("{}{}{}: {} is allowed", name_, field.empty() ? "" : ".", field, allowed);
  }

  std::string name_;
  const json::object* object_ = nullptr;
  std::string asked_;
  std::string fault_;
};

constexpr std::string_view kOverlayCorners = "top_left, top_right, bottom_left or bottom_right";

std::optional<OverlayPlace> overlay_corner_named(std::string_view name) {
  const auto place = overlay_place_named(name);
  return place == OverlayPlace::kLowerThird ? std::nullopt : place;
}

Result<void> read_overlay_text(const json::value& value, Overlay::Text& text) {
  OverlayPart part("text", value);
  part.flag("on", text.on);
  part.words("words", text.words);
  part.named("place", overlay_place_named,
             "top_left, top_right, bottom_left, bottom_right or lower_third", text.place);
  part.percent("height_percent", Overlay::kLeastHeightPercent, Overlay::kMostTextPercent,
               text.height_percent);
  return part.done();
}

Result<void> read_overlay_logo(const json::value& value, Overlay::Logo& logo, OverlayFile file) {
  OverlayPart part("logo", value);
  std::string ignored;
  part.flag("on", logo.on);
  part.text("digest", file == OverlayFile::kWith ? logo.digest : ignored);
  if (file == OverlayFile::kWith) part.text("file", logo.file);
  part.named("place", overlay_corner_named, kOverlayCorners, logo.place);
  part.percent("height_percent", Overlay::kLeastHeightPercent, Overlay::kMostLogoPercent,
               logo.height_percent);
  part.percent("opacity_percent", 1, 100, logo.opacity_percent);
  return part.done();
}

Result<void> read_overlay_mark(const json::value& value, Overlay::Mark& mark) {
  OverlayPart part("mark", value);
  part.named("rule", mark_rule_named, "off, auto, live or recorded", mark.rule);
  part.named("place", overlay_corner_named, kOverlayCorners, mark.place);
  return part.done();
}

}  // namespace

std::string_view name_of(OverlayPlace place) {
  return name_in(kOverlayPlaces, place);
}

std::optional<OverlayPlace> overlay_place_named(std::string_view name) {
  return value_in<OverlayPlace>(kOverlayPlaces, name);
}

std::string_view name_of(MarkRule rule) {
  return name_in(kMarkRules, rule);
}

std::optional<MarkRule> mark_rule_named(std::string_view name) {
  return value_in<MarkRule>(kMarkRules, name);
}

json::object to_json(const Overlay& overlay, OverlayFile file) {
  const Overlay::Text& text = overlay.text;
  const Overlay::Logo& logo = overlay.logo;
  json::object of_logo{{"on", logo.on},
                       {"digest", logo.digest},
                       {"place", name_of(logo.place)},
                       {"height_percent", logo.height_percent},
                       {"opacity_percent", logo.opacity_percent}};
  if (file == OverlayFile::kWith) of_logo["file"] = logo.file;
  return {{"text", json::object{{"on", text.on},
                                {"words", text.words},
                                {"place", name_of(text.place)},
                                {"height_percent", text.height_percent}}},
          {"logo", std::move(of_logo)},
          {"mark", json::object{{"rule", name_of(overlay.mark.rule)},
                                {"place", name_of(overlay.mark.place)}}},
          {"margin_percent", overlay.margin_percent}};
}

Result<Overlay> read_overlay(const json::object& object, Overlay overlay, OverlayFile file) {
  for (const auto& [name, value] : object) {
    Result<void> read;
    if (name == "text") {
      read = read_overlay_text(value, overlay.text);
    } else if (name == "logo") {
      read = read_overlay_logo(value, overlay.logo, file);
    } else if (name == "mark") {
      read = read_overlay_mark(value, overlay.mark);
    } else if (name == "margin_percent") {
      const bool fits = value.is_int64() && value.as_int64() >= 0 &&
                        value.as_int64() <= Overlay::kMostMarginPercent;
      if (!fits)
        return fail(fmt::format("margin_percent: 0 to {} is allowed", Overlay::kMostMarginPercent));
      overlay.margin_percent = static_cast<int>(value.as_int64());
    } else {
      return fail(
          fmt::format("there is no field \"{}\" here", std::string_view(name).substr(0, 64)));
    }
    if (!read) return tl::unexpected(read.error());
  }
  return overlay;
}

}  // namespace longmen
