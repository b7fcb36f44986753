#include "net/certificate_authority.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/base/address.h"
#include "net/openssl.h"
#include "net/state_file.h"
#include "net/tls.h"
#include "net/unique_fd.h"

namespace longmen {
namespace {

using SystemTime = std::chrono::system_clock::time_point;
using namespace std::chrono_literals;

constexpr auto kAuthorityLife = 24h * 365 * 20;
constexpr auto kCertificateLife = 24h * 397;  // what browsers accept of a certificate at most
constexpr auto kBackdated = 24h;              // for screens whose clock is a little behind

using Extension = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, OpensslFree<BIO_free_all>>;

struct Identity {
  OpensslCertificate certificate;
  OpensslKey key;
};

std::string pem_of(X509& certificate) {
  Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), &certificate);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(bytes));
}

std::string pem_of(EVP_PKEY& key) {
  Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(bytes));
}

Result<Identity> read_identity(const std::string& certificate_file, const std::string& key_file) {
  const auto certificate_pem = read_state_file(certificate_file);
  if (!certificate_pem) return tl::unexpected(certificate_pem.error());
  const auto key_pem = read_state_file(key_file);
  if (!key_pem) return tl::unexpected(key_pem.error());
  Bio certificate_bio(
      BIO_new_mem_buf(certificate_pem->data(), static_cast<int>(certificate_pem->size())));
  Bio key_bio(BIO_new_mem_buf(key_pem->data(), static_cast<int>(key_pem->size())));
  Identity identity;
  identity.certificate.reset(PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
  if (!identity.certificate) return fail(openssl_error(certificate_file));
  identity.key.reset(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  if (!identity.key) return fail(openssl_error(key_file));
  if (X509_check_private_key(identity.certificate.get(), identity.key.get()) != 1)
    return fail(openssl_error(key_file + " is not the key of " + certificate_file));
  return identity;
}

ASN1_TIME* set_time(ASN1_TIME* time, SystemTime instant) {
  return ASN1_TIME_set(time, std::chrono::system_clock::to_time_t(instant));
}

// A certificate with everything but subject alternative names and signature.
Result<OpensslCertificate> blank_certificate(EVP_PKEY& key, std::string_view common_name,
                                             SystemTime now, SystemTime end) {
  OpensslCertificate certificate(X509_new());
  unsigned char serial[16];
  if (!certificate || RAND_bytes(serial, sizeof serial) != 1)
    return fail(openssl_error("making a certificate"));
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive, full length
  std::unique_ptr<BIGNUM, OpensslFree<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  X509_set_version(certificate.get(), X509_VERSION_3);
  set_time(X509_getm_notBefore(certificate.get()), now - kBackdated);
  set_time(X509_getm_notAfter(certificate.get()), end);
  X509_set_pubkey(certificate.get(), &key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  return certificate;
}

bool add_extension(X509& certificate, X509& issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

Result<Identity> make_authority(SystemTime now) {
  Identity root;
  root.key.reset(EVP_EC_gen("P-256"));
  if (!root.key) return fail(openssl_error("making a key"));
  auto certificate =
      blank_certificate(*root.key, "Longmen installation CA", now, now + kAuthorityLife);
  if (!certificate) return tl::unexpected(certificate.error());
  X509& x509 = **certificate;
  X509_set_issuer_name(&x509, X509_get_subject_name(&x509));
  const bool made =
      add_extension(x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      add_extension(x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign") &&
      add_extension(x509, x509, NID_subject_key_identifier, "hash") &&
      X509_sign(&x509, root.key.get(), EVP_sha256()) > 0;
  if (!made) return fail(openssl_error("making the authority's certificate"));
  root.certificate = std::move(*certificate);
  return root;
}

bool is_address(const std::string& name) {
  return Address::from_text(name, 0).has_value();
}

// Each once, in the spelling that a certificate gives back; what no certificate can hold is left
// out.
std::vector<std::string> canonical(const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const std::string& name : wanted) {
    const auto address = Address::from_text(name, 0);
    const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) || c == '-' || c == '.' || c == '_';
    });
    if (address) {
      names.push_back(address->ip_string());
    } else if (plain && !name.empty() && name.size() <= 253) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<Identity> make_certificate(const Identity& root, const std::vector<std::string>& names,
                                  SystemTime now) {
  Identity leaf;
  leaf.key.reset(EVP_EC_gen("P-256"));
  if (!leaf.key) return fail(openssl_error("making a key"));
  std::string alternatives;
  for (const std::string& name : names) {
    if (!alternatives.empty()) alternatives += ',';
    alternatives += (is_address(name) ? "IP:" : "DNS:") + name;
  }
  // At most 64 characters: RFC 5280, ub-common-name.
  auto certificate = blank_certificate(*leaf.key, "Longmen node", now, now + kCertificateLife);
  if (!certificate) return tl::unexpected(certificate.error());
  X509& x509 = **certificate;
  X509& issuer = *root.certificate;
  X509_set_issuer_name(&x509, X509_get_subject_name(&issuer));
  const bool made = add_extension(x509, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                    add_extension(x509, issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_extension(x509, issuer, NID_ext_key_usage, "serverAuth") &&
                    add_extension(x509, issuer, NID_subject_key_identifier, "hash") &&
                    add_extension(x509, issuer, NID_authority_key_identifier, "keyid") &&
                    add_extension(x509, issuer, NID_subject_alt_name, alternatives) &&
                    X509_sign(&x509, root.key.get(), EVP_sha256()) > 0;
  if (!made) return fail(openssl_error("making a certificate for " + alternatives));
  leaf.certificate = std::move(*certificate);
  return leaf;
}

std::vector<std::string> names_of(X509& certificate) {
  std::vector<std::string> names;
  std::unique_ptr<GENERAL_NAMES, OpensslFree<GENERAL_NAMES_free>> list(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list.get(), i);
    const ASN1_STRING* text = name->type == GEN_IPADD ? name->d.iPAddress : name->d.dNSName;
    const auto* bytes = ASN1_STRING_get0_data(text);
    const int size = ASN1_STRING_length(text);
    if (name->type == GEN_DNS) {
      names.emplace_back(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    } else if (name->type == GEN_IPADD) {
      names.push_back(Address::from_bytes({bytes, static_cast<size_t>(size)}, 0).ip_string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool still_good(const Identity& leaf, const Identity& root, const std::vector<std::string>& names,
                SystemTime now) {
  std::time_t renew_at = std::chrono::system_clock::to_time_t(now + kTlsRenewBefore);
  std::time_t present = std::chrono::system_clock::to_time_t(now);
  return X509_verify(leaf.certificate.get(), root.key.get()) == 1 &&
         names_of(*leaf.certificate) == names &&
         X509_cmp_time(X509_get0_notAfter(leaf.certificate.get()), &renew_at) > 0 &&
         X509_cmp_time(X509_get0_notBefore(leaf.certificate.get()), &present) < 0;
}

}  // namespace

Result<CertificateFiles> ensure_own_certificate(const std::string& directory,
                                                const std::vector<std::string>& wanted_names,
                                                SystemTime now) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail(fmt::format("{}: {}", directory, error.message()));
  ::chmod(directory.c_str(), 0700);
  // Gateway and ingest may come here at once: one makes it, the other finds it.
  const UniqueFd lock(::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  int locked = -1;
  do {
    locked = lock ? ::flock(lock.get(), LOCK_EX) : -1;
  } while (lock && locked != 0 && errno == EINTR);
  if (locked != 0) return fail(fmt::format("{}/lock: {}", directory, std::strerror(errno)));
  const std::string root_file = directory + "/ca.pem";
  const std::string root_key_file = directory + "/ca.key";
  const CertificateFiles files{directory + "/server.pem", directory + "/server.key"};

  std::optional<Identity> root;
  if (std::filesystem::exists(root_file) && std::filesystem::exists(root_key_file)) {
    // People trust this root: one that cannot be read is for a person to look at, not replaced.
    auto kept = read_identity(root_file, root_key_file);
    if (!kept) return tl::unexpected(kept.error());
    root = std::move(*kept);
  } else {
    auto made = make_authority(now);
    if (!made) return tl::unexpected(made.error());
    if (auto r = write_state_file(root_key_file, pem_of(*made->key)); !r)
      return tl::unexpected(r.error());
    if (auto r = write_state_file(root_file, pem_of(*made->certificate)); !r)
      return tl::unexpected(r.error());
    root = std::move(*made);
  }

  const std::vector<std::string> names = canonical(wanted_names);
  const auto kept = read_identity(files.certificate_file, files.key_file);
  if (kept && still_good(*kept, *root, names, now)) return files;

  auto leaf = make_certificate(*root, names, now);
  if (!leaf) return tl::unexpected(leaf.error());
  if (auto r = write_state_file(files.key_file, pem_of(*leaf->key)); !r)
    return tl::unexpected(r.error());
  const std::string chain = pem_of(*leaf->certificate) + pem_of(*root->certificate);
  if (auto r = write_state_file(files.certificate_file, chain); !r)
    return tl::unexpected(r.error());
  return files;
}

}  // namespace longmen
