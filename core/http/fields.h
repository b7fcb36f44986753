// The header fields of an HTTP message, in the order in which they came: names compare without
// regard to case, and no value can carry a line break into a message that is written from it. Also
// the questions that are asked of their values. Knows no connection. The bound of their size is
// whoever's that reads them. RFC 9110 §5, §8.3, §8.8.3, §12.5.3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace longmen {

bool equal_ignoring_case(std::string_view left, std::string_view right);
std::string_view trim_spaces(std::string_view text);

class HttpFields {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces every field of that name
  void remove(std::string_view name);
  // The first value; empty when there is none.
  std::string_view value(std::string_view name) const;
  bool contains(std::string_view name) const { return count(name) > 0; }
  size_t count(std::string_view name) const;
  // The items of every comma-separated field of that name, trimmed, commas in quotes respected.
  std::vector<std::string_view> list(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  static constexpr size_t kUsual = 8;

  std::vector<Field> fields_;
};

// Removes what concerns one connection only: RFC 9110 §7.6.1.
void remove_hop_by_hop_fields(HttpFields& fields);

// "application/sdp; charset=utf-8" is of "application/sdp".
bool is_media_type(std::string_view content_type, std::string_view essence);
// Whether Accept-Encoding names the coding (or "*") with a weight above zero.
bool accepts_encoding(const HttpFields& fields, std::string_view coding);
// Whether If-None-Match names the entity tag (quotes included), compared weakly.
bool none_match_names(const HttpFields& fields, std::string_view etag);

}  // namespace longmen
