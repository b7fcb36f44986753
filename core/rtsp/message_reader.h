// Takes apart what a client sends by one RTSP connection: requests, and packets that are
// interleaved with them. Bytes in, in pieces of any size; messages out. Responses, which a client
// has no reason to send to one who asks it nothing, are read over. It knows no method and no header
// field but those of framing. Bounds: the constants below; past them, or when it is not RTSP, there
// is an error with words and nothing more is read. One thread. Source: RFC 2326 §4, §6, §10.12; RFC
// 7826.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/http/fields.h"

namespace longmen::rtsp {

inline constexpr size_t kMaxHeadBytes = 8 << 10;  // request line and header fields
inline constexpr size_t kMaxFields = 64;
inline constexpr size_t kMaxBodyBytes = 64 << 10;

struct Request {
  std::string method;
  std::string uri;
  HttpFields fields;
  std::string body;
};

struct Interleaved {
  uint8_t channel = 0;
  Bytes packet;
};

using Message = std::variant<Request, Interleaved>;

class MessageReader {
 public:
  void push(ByteSpan bytes);
  // Nothing: more bytes are needed. An error stays.
  Result<std::optional<Message>> poll();

 private:
  Result<std::optional<Message>> read_head();
  Result<std::optional<Message>> finish_body();
  std::optional<Interleaved> read_interleaved();
  Result<void> read_lines(std::string_view head);
  ByteSpan rest() const { return ByteSpan(buffer_).subspan(taken_); }

  Bytes buffer_;
  size_t taken_ = 0;
  std::optional<Request> request_;  // whose body is still to come
  size_t body_bytes_ = 0;
  bool is_response_ = false;
  std::optional<Error> failed_;
};

}  // namespace longmen::rtsp
