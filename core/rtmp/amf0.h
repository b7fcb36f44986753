// Values of AMF0, the notation of RTMP commands and metadata, and their bytes.
// Reading is bounded in depth (kMaxAmf0Depth) and in number (kMaxAmf0Values); sizes are bounded by
// the message. References, recordsets, movie clips and AMF3 values are refused as unsupported.
// Action Message Format 0 (2007), §2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace longmen::rtmp {

inline constexpr int kMaxAmf0Depth = 16;
inline constexpr int kMaxAmf0Values = 4096;  // in one message

class Amf0Value;
struct Amf0Property;

struct Amf0Null {
  bool operator==(const Amf0Null&) const = default;
};
struct Amf0Undefined {
  bool operator==(const Amf0Undefined&) const = default;
};

// An object, an ECMA array (told apart only when written) or a typed object, whose class name is
// dropped: by specification a receiver takes any of them for properties.
struct Amf0Object {
  std::vector<Amf0Property> properties;
  bool ecma_array = false;

  // Out of line, since a property is not complete here.
  Amf0Object();
  Amf0Object(std::initializer_list<Amf0Property> list);
  Amf0Object(const Amf0Object&);
  Amf0Object(Amf0Object&&) noexcept;
  Amf0Object& operator=(const Amf0Object&);
  Amf0Object& operator=(Amf0Object&&) noexcept;
  ~Amf0Object();

  const Amf0Value* find(std::string_view name) const;  // the first of that name, or null
  std::optional<std::string_view> text(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;
  void add(std::string_view name, Amf0Value value);
};

using Amf0Array = std::vector<Amf0Value>;

class Amf0Value {
 public:
  Amf0Value() = default;  // null
  Amf0Value(Amf0Undefined undefined) : value_(undefined) {}
  Amf0Value(double number) : value_(number) {}
  Amf0Value(int number) : value_(static_cast<double>(number)) {}
  Amf0Value(uint32_t number) : value_(static_cast<double>(number)) {}
  Amf0Value(bool boolean) : value_(boolean) {}
  Amf0Value(std::string text) : value_(std::move(text)) {}
  Amf0Value(std::string_view text) : value_(std::string(text)) {}
  Amf0Value(const char* text) : value_(std::string(text)) {}
  Amf0Value(Amf0Object object) : value_(std::move(object)) {}
  Amf0Value(Amf0Array array) : value_(std::move(array)) {}

  bool is_null() const { return std::holds_alternative<Amf0Null>(value_); }
  bool is_undefined() const { return std::holds_alternative<Amf0Undefined>(value_); }
  const double* number() const { return std::get_if<double>(&value_); }  // dates too: ms since 1970
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const Amf0Object* object() const { return std::get_if<Amf0Object>(&value_); }
  const Amf0Array* array() const { return std::get_if<Amf0Array>(&value_); }

  bool operator==(const Amf0Value&) const;

 private:
  std::variant<Amf0Null, Amf0Undefined, double, bool, std::string, Amf0Object, Amf0Array> value_;
};

struct Amf0Property {
  std::string name;
  Amf0Value value;
  bool operator==(const Amf0Property&) const = default;
};

// All values of a message body, to its last byte.
Parsed<Amf0Array> read_amf0(ByteSpan bytes);
void write_amf0(const Amf0Value& value, Bytes& out);

}  // namespace longmen::rtmp
