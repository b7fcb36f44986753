// What a DTLS handshake is shown of any datagrams, a byte before each saying how long it is in
// eights: nothing that does not parse, never more than came, and no ClientHello without a cookie.
#include <algorithm>
#include <cstdlib>

#include "core/dtls/handshake_gate.h"

namespace longmen {
namespace {

constexpr HandshakeGate::Cookie kCookies[] = {{1}, {2}};

void require(bool holds) {
  if (!holds) std::abort();
}

void admit(HandshakeGate& gate, ByteSpan datagram) {
  const bool begun = gate.begun();
  const HandshakeGate::Admitted admitted = gate.admit(datagram, kCookies);
  require(admitted.datagram.size() <= datagram.size());
  require(admitted.datagram.empty() || HandshakeGate::is_records(admitted.datagram));
  require(!begun || !(admitted.asks_cookie || admitted.cookie || admitted.part_of_hello));
  require(begun || admitted.datagram.empty() || admitted.cookie || admitted.part_of_hello);
  if (admitted.asks_cookie)
    require(HandshakeGate::hello_verify_request(kCookies[0]).size() < datagram.size());
}

}  // namespace
}  // namespace longmen

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace longmen;
  HandshakeGate gate;
  ByteReader reader(ByteSpan(data, size));
  for (int datagrams = 0; datagrams < 8 && !reader.at_end(); ++datagrams) {
    const size_t bytes = reader.u8() * size_t{8};
    admit(gate, reader.take(std::min(bytes, reader.remaining())));
    if (datagrams == 3) gate.begin();
  }
  return 0;
}
