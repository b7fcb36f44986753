// A command of NetConnection or NetStream: name, transaction, arguments; and the server's replies.
// RTMP 1.0 §7.2.
#pragma once

#include <string>

#include "core/rtmp/amf0.h"
#include "core/rtmp/message.h"

namespace longmen::rtmp {

struct Command {
  std::string name;
  double transaction = 0;
  Amf0Array arguments;  // [0] is the command object, mostly null

  const Amf0Object* object_at(size_t index) const;
  std::optional<std::string_view> text_at(size_t index) const;
};

// The words that go with a status. `level` is "status" or "error".
struct Status {
  const char* level = "status";
  const char* code = "";
  std::string description;
};

// Takes command messages of both encodings (types 20 and 17); the latter's first byte says in which
// one the values are, and only AMF0 (zero) is spoken here.
Parsed<Command> read_command(const Message& message);

Bytes write_command(const Command& command);
Bytes write_result(double transaction, Amf0Value first, Amf0Value second);
Bytes write_error(double transaction, const Status& status);
Bytes write_on_status(const Status& status);

}  // namespace longmen::rtmp
