#include "net/dtls_close.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <memory>
#include <string_view>

#include "core/base/openssl_free.h"

namespace longmen {
namespace {

constexpr uint16_t kEcdheEcdsaAes128GcmSha256 = 0xC02B;
constexpr uint16_t kEcdheRsaAes128GcmSha256 = 0xC02F;
constexpr uint8_t kAlert = 21;
constexpr uint16_t kDtls12 = 0xFEFD;
constexpr uint8_t kFatal = 2;
constexpr uint8_t kWarning = 1;
constexpr uint8_t kCloseNotify = 0;
constexpr size_t kRecordHeaderBytes = 13;
constexpr size_t kExplicitNonceBytes = 8;
constexpr size_t kTagBytes = 16;
constexpr size_t kAlertBytes = 2;
constexpr size_t kMaxRecordsPerDatagram = 8;
// Far above what a handshake uses, so that no record number is used twice.
constexpr uint64_t kCloseRecordNumber = uint64_t{1} << 40;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<EVP_CIPHER_CTX_free>>;
using Nonce = std::array<uint8_t, 12>;
using AdditionalData = std::array<uint8_t, 13>;

Nonce make_nonce(const std::array<uint8_t, 4>& iv, ByteSpan explicit_part) {
  Nonce nonce{};
  std::memcpy(nonce.data(), iv.data(), iv.size());
  std::memcpy(nonce.data() + iv.size(), explicit_part.data(), kExplicitNonceBytes);
  return nonce;
}

// epoch and record number, type, version, length of the plaintext (RFC 5246 §6.2.3.3).
AdditionalData make_additional_data(ByteSpan record_header) {
  AdditionalData data{};
  std::memcpy(data.data(), record_header.data() + 3, 8);
  std::memcpy(data.data() + 8, record_header.data(), 3);
  data[12] = kAlertBytes;
  return data;
}

bool derive(SSL* ssl, std::span<uint8_t> key_block) {
  std::array<uint8_t, SSL_MAX_MASTER_KEY_LENGTH> master{};
  const size_t master_bytes =
      SSL_SESSION_get_master_key(SSL_get_session(ssl), master.data(), master.size());
  constexpr std::string_view kLabel = "key expansion";
  std::array<uint8_t, kLabel.size() + size_t{2} * SSL3_RANDOM_SIZE> seed{};
  std::memcpy(seed.data(), kLabel.data(), kLabel.size());
  if (SSL_get_server_random(ssl, seed.data() + kLabel.size(), SSL3_RANDOM_SIZE) !=
      SSL3_RANDOM_SIZE) {
    return false;
  }
  if (SSL_get_client_random(ssl, seed.data() + kLabel.size() + SSL3_RANDOM_SIZE,
                            SSL3_RANDOM_SIZE) != SSL3_RANDOM_SIZE) {
    return false;
  }
  const std::unique_ptr<EVP_KDF, OpensslFree<EVP_KDF_free>> kdf(
      EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr));
  if (!kdf) return false;
  const std::unique_ptr<EVP_KDF_CTX, OpensslFree<EVP_KDF_CTX_free>> context(
      EVP_KDF_CTX_new(kdf.get()));
  if (!context) return false;
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), master_bytes),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
      OSSL_PARAM_construct_end()};
  const bool derived =
      EVP_KDF_derive(context.get(), key_block.data(), key_block.size(), parameters) == 1;
  OPENSSL_cleanse(master.data(), master.size());
  return derived;
}

}  // namespace

std::optional<DtlsClose> DtlsClose::from(SSL* ssl) {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  if (!cipher) return {};
  const uint16_t suite = SSL_CIPHER_get_protocol_id(cipher);
  if (suite != kEcdheEcdsaAes128GcmSha256 && suite != kEcdheRsaAes128GcmSha256) return {};
  std::array<uint8_t, 40> block{};
  if (!derive(ssl, block)) return {};
  DtlsClose close;
  const uint8_t* from = block.data();
  auto next = [&from](auto& into) {
    std::memcpy(into.data(), from, into.size());
    from += into.size();
  };
  const bool server = SSL_is_server(ssl) == 1;
  RecordKey& of_client = server ? close.peer_ : close.own_;
  RecordKey& of_server = server ? close.own_ : close.peer_;
  next(of_client.key);
  next(of_server.key);
  next(of_client.iv);
  next(of_server.iv);
  OPENSSL_cleanse(block.data(), block.size());
  return close;
}

bool DtlsClose::is_close(ByteSpan datagram) const {
  for (size_t records = 0; records < kMaxRecordsPerDatagram && !datagram.empty(); ++records) {
    ByteReader reader(datagram);
    const ByteSpan header = reader.take(kRecordHeaderBytes);
    if (!reader.ok()) return false;
    const size_t length = static_cast<size_t>(header[11]) << 8 | header[12];
    const ByteSpan body = reader.take(length);
    if (!reader.ok()) return false;
    datagram = reader.rest();
    const bool epoch_one = header[3] == 0 && header[4] == 1;
    if (header[0] != kAlert || !epoch_one) continue;
    if (length != kExplicitNonceBytes + kAlertBytes + kTagBytes) continue;

    const Nonce nonce = make_nonce(peer_.iv, body.first(kExplicitNonceBytes));
    const AdditionalData additional = make_additional_data(header);
    std::array<uint8_t, kTagBytes> tag{};
    std::memcpy(tag.data(), body.data() + kExplicitNonceBytes + kAlertBytes, kTagBytes);
    std::array<uint8_t, kAlertBytes> alert{};
    CipherContext cipher(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool authentic =
        cipher &&
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, peer_.key.data(),
                           nonce.data()) == 1 &&
        EVP_DecryptUpdate(cipher.get(), nullptr, &written, additional.data(), additional.size()) ==
            1 &&
        EVP_DecryptUpdate(cipher.get(), alert.data(), &written, body.data() + kExplicitNonceBytes,
                          kAlertBytes) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(cipher.get(), alert.data() + written, &written) == 1;
    if (authentic && (alert[0] == kFatal || alert[1] == kCloseNotify)) return true;
  }
  return false;
}

Bytes DtlsClose::seal_close_notify() const {
  Bytes record;
  ByteWriter writer(record);
  writer.u8(kAlert);
  writer.u16(kDtls12);
  writer.u16(1);  // epoch
  writer.u48(kCloseRecordNumber);
  writer.u16(kExplicitNonceBytes + kAlertBytes + kTagBytes);
  std::array<uint8_t, kExplicitNonceBytes> explicit_nonce{};
  if (RAND_bytes(explicit_nonce.data(), explicit_nonce.size()) != 1) return {};
  writer.bytes(explicit_nonce);

  const Nonce nonce = make_nonce(own_.iv, explicit_nonce);
  const AdditionalData additional = make_additional_data(record);
  const std::array<uint8_t, kAlertBytes> alert = {kWarning, kCloseNotify};
  std::array<uint8_t, kAlertBytes> sealed{};
  std::array<uint8_t, kTagBytes> tag{};
  CipherContext cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool done =
      cipher &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, own_.key.data(), nonce.data()) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &written, additional.data(), additional.size()) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), sealed.data(), &written, alert.data(), alert.size()) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), sealed.data() + written, &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
  if (!done) return {};
  writer.bytes(sealed);
  writer.bytes(tag);
  return record;
}

}  // namespace longmen
