#include "core/rtmp/command.h"

#include <utility>

namespace longmen::rtmp {
namespace {

Amf0Object status_object(const Status& status) {
  return {{"level", status.level}, {"code", status.code}, {"description", status.description}};
}

}  // namespace

const Amf0Object* Command::object_at(size_t index) const {
  return index < arguments.size() ? arguments[index].object() : nullptr;
}

std::optional<std::string_view> Command::text_at(size_t index) const {
  if (index >= arguments.size() || !arguments[index].text()) return std::nullopt;
  return *arguments[index].text();
}

Parsed<Command> read_command(const Message& message) {
  if (message.payload.size() > kMaxCommandBytes) return drop(DropReason::kTooLarge);
  ByteReader bytes(message.payload);
  if (message.type == MessageType::kCommandAmf3 && bytes.u8() != 0)
    return drop(DropReason::kUnsupported);
  Parsed<Amf0Array> values = read_amf0(bytes.rest());
  if (!values) return drop(values.error());
  if (values->size() < 2 || !values->at(0).text() || !values->at(1).number())
    return drop(DropReason::kMalformed);
  Command command{*values->at(0).text(), *values->at(1).number(), {}};
  values->erase(values->begin(), values->begin() + 2);
  command.arguments = std::move(*values);
  return command;
}

Bytes write_command(const Command& command) {
  Bytes out;
  write_amf0(command.name, out);
  write_amf0(command.transaction, out);
  for (const Amf0Value& argument : command.arguments)
    write_amf0(argument, out);
  return out;
}

Bytes write_result(double transaction, Amf0Value first, Amf0Value second) {
  return write_command({"_result", transaction, {std::move(first), std::move(second)}});
}

Bytes write_error(double transaction, const Status& status) {
  return write_command({"_error", transaction, {Amf0Value(), status_object(status)}});
}

Bytes write_on_status(const Status& status) {
  return write_command({"onStatus", 0, {Amf0Value(), status_object(status)}});
}

}  // namespace longmen::rtmp
