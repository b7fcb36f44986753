// The header fields of an HTTP message, in the order in which they came: names compare without
// regard to case, and no value can carry a line break into a message that is written from it. Also
// the questions that are asked of their values. They are kept as HTTP/1.1 writes them, so that a
// message is put together without a piece of memory for each. Knows no connection. The bound of
// their size is whoever's that reads them. RFC 9110 §5, §8.3, §8.8.3, §12.5.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace longmen {

bool equal_ignoring_case(std::string_view left, std::string_view right);
std::string_view trim_spaces(std::string_view text);

class HttpFields {
 public:
  // Good until any of them changes.
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  // Neither may be of these fields themselves; those of set() and remove() may.
  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces every field of that name
  void remove(std::string_view name);
  // The first value; empty when there is none.
  std::string_view value(std::string_view name) const;
  bool contains(std::string_view name) const { return count(name) > 0; }
  size_t count(std::string_view name) const;
  // The items of every comma-separated field of that name, trimmed, commas in quotes respected.
  std::vector<std::string_view> list(std::string_view name) const;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Field;

    Iterator(const HttpFields& of, size_t at) : of_(&of), at_(at) {}
    Field operator*() const { return of_->field(of_->places_[at_]); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const HttpFields* of_;
    size_t at_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, places_.size()}; }
  size_t size() const { return places_.size(); }
  // All of them, each "NAME: VALUE\r\n".
  const std::string& lines() const { return lines_; }

 private:
  struct Place {
    uint32_t at = 0;  // in lines_
    uint32_t name_bytes = 0;
    uint32_t value_bytes = 0;
  };
  static constexpr size_t kUsual = 10;
  static constexpr size_t kUsualBytes = 384;
  static constexpr size_t kBetween = 2;  // ": "

  Field field(const Place& place) const {
    const std::string_view line = std::string_view(lines_).substr(place.at);
    return {line.substr(0, place.name_bytes),
            line.substr(place.name_bytes + kBetween, place.value_bytes)};
  }
  bool is_named(const Place& place, std::string_view name) const {
    return place.name_bytes == name.size() && equal_ignoring_case(field(place).name, name);
  }

  std::string lines_;
  std::vector<Place> places_;
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
