#include "core/rtmp/amf0.h"

#include <bit>

namespace longmen::rtmp {
namespace {

enum class Marker : uint8_t {
  kNumber = 0,
  kBoolean = 1,
  kString = 2,
  kObject = 3,
  kNull = 5,
  kUndefined = 6,
  kEcmaArray = 8,
  kObjectEnd = 9,
  kStrictArray = 10,
  kDate = 11,
  kLongString = 12,
  kUnsupported = 13,
  kXmlDocument = 15,
  kTypedObject = 16,
};

class Reader {
 public:
  explicit Reader(ByteSpan bytes) : bytes_(bytes) {}

  bool at_end() const { return bytes_.at_end(); }

  Parsed<Amf0Value> value(int depth) {
    if (depth > kMaxAmf0Depth || ++values_ > kMaxAmf0Values) return drop(DropReason::kTooLarge);
    const auto marker = static_cast<Marker>(bytes_.u8());
    Parsed<Amf0Value> read = value_of(marker, depth);
    if (!bytes_.ok()) return drop(DropReason::kTruncated);
    return read;
  }

 private:
  Parsed<Amf0Value> value_of(Marker marker, int depth) {
    switch (marker) {
      case Marker::kNumber:
        return Amf0Value(std::bit_cast<double>(bytes_.u64()));
      case Marker::kBoolean:
        return Amf0Value(bytes_.u8() != 0);
      case Marker::kString:
        return Amf0Value(short_text());
      case Marker::kLongString:
      case Marker::kXmlDocument:
        return Amf0Value(as_text(bytes_.take(bytes_.u32())));
      case Marker::kNull:
        return Amf0Value();
      case Marker::kUndefined:
      case Marker::kUnsupported:
        return Amf0Value(Amf0Undefined{});
      case Marker::kDate: {
        const auto milliseconds = std::bit_cast<double>(bytes_.u64());
        bytes_.skip(2);  // time zone, reserved
        return Amf0Value(milliseconds);
      }
      case Marker::kObject:
        return properties(depth, false);
      case Marker::kTypedObject:
        (void)short_text();
        return properties(depth, false);
      case Marker::kEcmaArray:
        bytes_.skip(4);  // a count that senders get wrong; the end marker counts
        return properties(depth, true);
      case Marker::kStrictArray:
        return elements(depth);
      case Marker::kObjectEnd:
        return drop(DropReason::kMalformed);
    }
    return drop(DropReason::kUnsupported);
  }

  Parsed<Amf0Value> properties(int depth, bool ecma_array) {
    Amf0Object object;
    object.ecma_array = ecma_array;
    while (bytes_.ok()) {
      // Metadata of some encoders ends without the last array's end marker.
      if (ecma_array && bytes_.at_end()) break;
      const std::string_view name = short_text();
      if (name.empty()) {
        if (static_cast<Marker>(bytes_.u8()) != Marker::kObjectEnd)
          return drop(bytes_.ok() ? DropReason::kMalformed : DropReason::kTruncated);
        break;
      }
      Parsed<Amf0Value> property = value(depth + 1);
      if (!property) return property;
      object.add(name, std::move(*property));
    }
    return Amf0Value(std::move(object));
  }

  Parsed<Amf0Value> elements(int depth) {
    const uint32_t count = bytes_.u32();
    Amf0Array array;
    for (uint32_t index = 0; index < count && bytes_.ok(); ++index) {
      Parsed<Amf0Value> element = value(depth + 1);
      if (!element) return element;
      array.push_back(std::move(*element));
    }
    return Amf0Value(std::move(array));
  }

  std::string_view short_text() { return as_text(bytes_.take(bytes_.u16())); }

  ByteReader bytes_;
  int values_ = 0;
};

void write_marker(Marker marker, ByteWriter& writer) {
  writer.u8(static_cast<uint8_t>(marker));
}

void write_name(std::string_view name, ByteWriter& writer) {
  name = name.substr(0, 0xFFFF);
  writer.u16(name.size());
  writer.text(name);
}

void write_text(std::string_view text, ByteWriter& writer) {
  if (text.size() > 0xFFFF) {
    write_marker(Marker::kLongString, writer);
    writer.u32(text.size());
    writer.text(text);
    return;
  }
  write_marker(Marker::kString, writer);
  write_name(text, writer);
}

void write_object(const Amf0Object& object, Bytes& out) {
  ByteWriter writer(out);
  write_marker(object.ecma_array ? Marker::kEcmaArray : Marker::kObject, writer);
  if (object.ecma_array) writer.u32(object.properties.size());
  for (const Amf0Property& property : object.properties) {
    write_name(property.name, writer);
    write_amf0(property.value, out);
  }
  writer.u16(0);
  write_marker(Marker::kObjectEnd, writer);
}

}  // namespace

Amf0Object::Amf0Object() = default;
Amf0Object::Amf0Object(std::initializer_list<Amf0Property> list) : properties(list) {}
Amf0Object::Amf0Object(const Amf0Object&) = default;
Amf0Object::Amf0Object(Amf0Object&&) noexcept = default;
Amf0Object& Amf0Object::operator=(const Amf0Object&) = default;
Amf0Object& Amf0Object::operator=(Amf0Object&&) noexcept = default;
Amf0Object::~Amf0Object() = default;

const Amf0Value* Amf0Object::find(std::string_view name) const {
  for (const Amf0Property& property : properties) {
    if (property.name == name) return &property.value;
  }
  return nullptr;
}

std::optional<std::string_view> Amf0Object::text(std::string_view name) const {
  const Amf0Value* value = find(name);
  if (!value || !value->text()) return std::nullopt;
  return *value->text();
}

std::optional<double> Amf0Object::number(std::string_view name) const {
  const Amf0Value* value = find(name);
  if (!value || !value->number()) return std::nullopt;
  return *value->number();
}

void Amf0Object::add(std::string_view name, Amf0Value value) {
  properties.push_back(Amf0Property{std::string(name), std::move(value)});
}

bool Amf0Value::operator==(const Amf0Value& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (const Amf0Object* mine = object()) {
    const Amf0Object* theirs = other.object();
    return mine->ecma_array == theirs->ecma_array && mine->properties == theirs->properties;
  }
  if (array()) return *array() == *other.array();
  if (number()) return *number() == *other.number();
  if (boolean()) return *boolean() == *other.boolean();
  if (text()) return *text() == *other.text();
  return true;
}

Parsed<Amf0Array> read_amf0(ByteSpan bytes) {
  Reader reader(bytes);
  Amf0Array values;
  while (!reader.at_end()) {
    Parsed<Amf0Value> value = reader.value(1);
    if (!value) return drop(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

void write_amf0(const Amf0Value& value, Bytes& out) {
  ByteWriter writer(out);
  if (const double* number = value.number()) {
    write_marker(Marker::kNumber, writer);
    writer.u64(std::bit_cast<uint64_t>(*number));
  } else if (const bool* boolean = value.boolean()) {
    write_marker(Marker::kBoolean, writer);
    writer.u8(*boolean ? 1 : 0);
  } else if (const std::string* text = value.text()) {
    write_text(*text, writer);
  } else if (const Amf0Object* object = value.object()) {
    write_object(*object, out);
  } else if (const Amf0Array* array = value.array()) {
    write_marker(Marker::kStrictArray, writer);
    writer.u32(array->size());
    for (const Amf0Value& element : *array)
      write_amf0(element, out);
  } else {
    write_marker(value.is_null() ? Marker::kNull : Marker::kUndefined, writer);
  }
}

}  // namespace longmen::rtmp
