#include "core/captions/cue_text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace longmen::captions {
namespace {

constexpr size_t kMaxDepth = 16;
constexpr std::array<std::string_view, 8> kKept{"b", "i", "u", "c", "v", "lang", "ruby", "rt"};
constexpr std::array<std::string_view, 6> kEntities{"&amp;",  "&lt;",  "&gt;",
                                                    "&nbsp;", "&lrm;", "&rlm;"};

bool is_kept(std::string_view name) {
  return std::ranges::find(kKept, name) != kKept.end();
}
bool has_annotation(std::string_view name) {
  return name == "v" || name == "lang";
}

void append_escaped(std::string& out, std::string_view& rest) {
  const auto entity = std::ranges::find_if(
      kEntities, [&rest](std::string_view each) { return rest.starts_with(each); });
  if (entity != kEntities.end()) {
    out += *entity;
    rest.remove_prefix(entity->size());
    return;
  }
  switch (rest.front()) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    default:
      out += rest.front();
  }
  rest.remove_prefix(1);
}

class Cleaner {
 public:
  std::string clean(std::string_view rest) {
    while (!rest.empty()) {
      const bool begins = !no_end_ && rest.front() == '<';
      const size_t end = begins ? rest.find('>') : std::string_view::npos;
      no_end_ = no_end_ || (begins && end == std::string_view::npos);
      if (end == std::string_view::npos) {
        append_escaped(out_, rest);
        continue;
      }
      take_tag(rest.substr(1, end - 1));
      rest.remove_prefix(end + 1);
    }
    while (!open_.empty())
      close();
    return std::move(out_);
  }

 private:
  void close() {
    out_ += "</" + open_.back() + '>';
    open_.pop_back();
  }

  void take_tag(std::string_view tag) {
    const bool ends = tag.starts_with('/');
    if (ends) tag.remove_prefix(1);
    const std::string name(tag.substr(0, tag.find_first_of(". \t\n")));
    if (!is_kept(name)) return;
    if (ends) {
      if (std::ranges::find(open_, name) == open_.end()) return;
      // Those within it end with it.
      while (open_.back() != name)
        close();
      return close();
    }
    // Text of a ruby alone.
    if (open_.size() == kMaxDepth || (name == "rt" && (open_.empty() || open_.back() != "ruby")))
      return;
    out_ += '<' + name;
    const size_t space = tag.find_first_of(" \t\n");
    if (has_annotation(name) && space != std::string_view::npos) {
      out_ += ' ';
      for (std::string_view words = tag.substr(space + 1); !words.empty();) {
        if (words.front() == '\n') {
          out_ += ' ';
          words.remove_prefix(1);
        } else {
          append_escaped(out_, words);
        }
      }
    }
    out_ += '>';
    open_.push_back(name);
  }

  std::string out_;
  bool no_end_ = false;  // of a tag is anywhere behind
  std::vector<std::string> open_;
};

}  // namespace

std::string clean_cue_text(std::string_view text) {
  return Cleaner().clean(text);
}

}  // namespace longmen::captions
