#include "core/dtls/handshake_gate.h"

#include <algorithm>

namespace longmen {
namespace {

constexpr uint8_t kChangeCipherSpec = 20;
constexpr uint8_t kHandshake = 22;
constexpr uint8_t kLastContentType = 23;  // application data
constexpr uint16_t kDtls10 = 0xFEFF;
constexpr uint16_t kDtls12 = 0xFEFD;

constexpr uint8_t kClientHello = 1;
constexpr uint8_t kHelloVerifyRequest = 3;
constexpr uint8_t kCertificate = 11;
constexpr uint8_t kCertificateVerify = 15;
constexpr uint8_t kClientKeyExchange = 16;
constexpr size_t kMaxMessageBytes = 16384;
// After the ClientHellos 0 and 1: Certificate, ClientKeyExchange, CertificateVerify.
constexpr uint16_t kLastClearMessage = 4;

// A handshake message in one fragment, in a record in the clear.
Bytes clear_message(uint8_t type, ByteSpan body) {
  constexpr size_t kMessageHeaderBytes = 12;
  Bytes record;
  ByteWriter writer(record);
  writer.u8(kHandshake);
  writer.u16(kDtls10);  // as RFC 6347 §4.2.1 advises before the version is agreed on
  writer.u64(0);        // epoch and record number
  writer.u16(kMessageHeaderBytes + body.size());
  writer.u8(type);
  writer.u24(body.size());
  writer.u16(0);  // the first message
  writer.u24(0);
  writer.u24(body.size());
  writer.bytes(body);
  return record;
}

}  // namespace

struct HandshakeGate::Fragment {
  uint8_t type;
  uint32_t message_bytes;
  uint16_t number;
  uint32_t offset;
  ByteSpan body;

  bool whole() const { return body.size() == message_bytes; }

  static std::optional<Fragment> read(ByteReader& reader) {
    Fragment fragment{};
    fragment.type = reader.u8();
    fragment.message_bytes = reader.u24();
    fragment.number = reader.u16();
    fragment.offset = reader.u24();
    fragment.body = reader.take(reader.u24());
    const bool fits = reader.ok() && fragment.message_bytes <= kMaxMessageBytes &&
                      fragment.offset + fragment.body.size() <= fragment.message_bytes;
    return fits ? std::optional(fragment) : std::nullopt;
  }
};

struct HandshakeGate::Record {
  uint8_t type;
  uint16_t version;
  uint16_t epoch;
  uint64_t number;
  ByteSpan body;

  static std::optional<Record> read(ByteReader& reader) {
    Record record{};
    record.type = reader.u8();
    record.version = reader.u16();
    record.epoch = reader.u16();
    record.number = reader.u48();
    record.body = reader.take(reader.u16());
    const bool good = reader.ok() && (record.version == kDtls10 || record.version == kDtls12);
    return good ? std::optional(record) : std::nullopt;
  }
};

bool HandshakeGate::is_records(ByteSpan datagram) {
  ByteReader reader(datagram);
  for (size_t records = 0; !reader.at_end(); ++records)
    if (records == kMaxRecords || !Record::read(reader)) return false;
  return !datagram.empty();
}

HandshakeGate::Admitted HandshakeGate::admit(ByteSpan datagram, std::span<const Cookie> cookies) {
  Admitted admitted;
  if (!is_records(datagram)) return admitted;
  ByteWriter writer(admitted.datagram);
  ByteReader reader(datagram);
  while (!reader.at_end()) {
    const Record record = *Record::read(reader);
    if (!admit_record(record, cookies, admitted)) continue;
    writer.u8(record.type);
    writer.u16(record.version);
    writer.u16(record.epoch);
    writer.u48(record.epoch == 0 ? next_record_++ : record.number);
    writer.u16(record.body.size());
    writer.bytes(record.body);
  }
  return admitted;
}

bool HandshakeGate::admit_record(const Record& record, std::span<const Cookie> cookies,
                                 Admitted& admitted) const {
  // Encrypted: OpenSSL takes none that its keys do not fit.
  if (record.epoch == 1)
    return begun_ && record.type >= kChangeCipherSpec && record.type <= kLastContentType;
  if (record.epoch != 0) return false;
  if (record.type == kChangeCipherSpec)
    return begun_ && record.body.size() == 1 && record.body[0] == 1;
  if (record.type != kHandshake || record.body.empty()) return false;
  ByteReader reader(record.body);
  while (!reader.at_end()) {
    const auto fragment = Fragment::read(reader);
    if (!fragment || !admit_fragment(*fragment, cookies, admitted)) return false;
  }
  return true;
}

bool HandshakeGate::admit_fragment(const Fragment& fragment, std::span<const Cookie> cookies,
                                   Admitted& admitted) const {
  if (begun_) {
    const bool expected = fragment.type == kCertificate || fragment.type == kClientKeyExchange ||
                          fragment.type == kCertificateVerify;
    return expected && fragment.number > 1 && fragment.number <= kLastClearMessage;
  }
  if (fragment.type != kClientHello || fragment.number > 1) return false;
  if (fragment.offset > 0) {  // whose it is cannot be seen
    admitted.part_of_hello = fragment.number == 1;
    return admitted.part_of_hello;
  }
  ByteReader reader(fragment.body);
  reader.skip(2 + 32);       // version, random
  reader.skip(reader.u8());  // session
  const ByteSpan said = reader.take(reader.u8());
  if (!reader.ok()) return false;
  if (said.empty() && fragment.number == 0) admitted.asks_cookie = true;
  const auto known = std::ranges::find_if(
      cookies, [&](const Cookie& cookie) { return std::ranges::equal(said, cookie); });
  if (fragment.number != 1 || known == cookies.end()) return false;
  admitted.cookie = static_cast<size_t>(known - cookies.begin());
  if (!fragment.whole()) admitted.part_of_hello = true;
  return true;
}

Bytes HandshakeGate::hello_verify_request(const Cookie& cookie) {
  Bytes body;
  ByteWriter writer(body);
  writer.u16(kDtls10);
  writer.u8(cookie.size());
  writer.bytes(cookie);
  return clear_message(kHelloVerifyRequest, body);
}

Bytes HandshakeGate::first_hello() {
  Bytes body;
  ByteWriter writer(body);
  writer.u16(kDtls12);
  writer.bytes(std::array<uint8_t, 32>{});  // random
  writer.u8(0);                             // session
  writer.u8(0);                             // cookie
  writer.u16(2);
  writer.u16(0xC02B);  // ECDHE-ECDSA-AES128-GCM-SHA256
  writer.u16(0x0100);  // one compression: none
  return clear_message(kClientHello, body);
}

}  // namespace longmen
