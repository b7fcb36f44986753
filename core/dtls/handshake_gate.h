// What of a client's datagrams a DTLS server's handshake is shown. Until there are keys nothing in
// them is authenticated, so whoever can write the client's address into a datagram speaks in its
// name. It decides that the handshake begins with the ClientHello that carries a cookie, that is,
// of somebody who receives where it was sent; that no other one is looked at afterwards; that
// alerts in the clear, and datagrams whose records do not parse, are nobody's word; and it numbers
// records in the clear anew, so that a forged number moves no replay window.
//
// What is left: who writes the client's address, in the one round trip between the server's flight
// and the client's Finished, before the client's own does, a well-formed Certificate,
// ClientKeyExchange or CertificateVerify, ends that handshake. DTLS 1.2 has nothing against that.
//
// It knows neither OpenSSL nor sockets; one handshake, one thread. Bounds: kMaxRecords a datagram.
// Source: RFC 6347 §4.1, §4.2.1 (cookie), §4.2.2.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "core/base/bytes.h"

namespace longmen {

class HandshakeGate {
 public:
  static constexpr size_t kMaxRecords = 16;
  using Cookie = std::array<uint8_t, 16>;

  struct Admitted {
    Bytes datagram;              // what the handshake is shown; empty: nothing
    bool asks_cookie = false;    // a ClientHello without one: hello_verify_request() is the answer
    bool part_of_hello = false;  // some of a ClientHello, not all
    std::optional<size_t> cookie;  // the number of the one that a ClientHello has
  };
  // `cookies`: those that were sent.
  Admitted admit(ByteSpan datagram, std::span<const Cookie> cookies);
  // The server has answered the ClientHello.
  void begin() { begun_ = true; }
  bool begun() const { return begun_; }
  // The handshake is another one: with the next record its numbers start anew.
  void restart() { next_record_ = 1; }

  // Whether a datagram consists of records. What does not is nobody's, and not worth a place in a
  // queue.
  static bool is_records(ByteSpan datagram);

  // Shorter than any ClientHello. Always record 0, of which a client takes one.
  static Bytes hello_verify_request(const Cookie& cookie);
  // A first ClientHello without a cookie, record 0: takes an OpenSSL server to where it waits for
  // the second one, which has all that counts.
  static Bytes first_hello();

 private:
  struct Record;
  struct Fragment;
  bool admit_record(const Record& record, std::span<const Cookie> cookies,
                    Admitted& admitted) const;
  bool admit_fragment(const Fragment& fragment, std::span<const Cookie> cookies,
                      Admitted& admitted) const;

  bool begun_ = false;
  uint64_t next_record_ = 1;
};

}  // namespace longmen
