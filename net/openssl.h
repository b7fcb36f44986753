// What OpenSSL's C objects need in C++: owners, and its last error in words.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/openssl_free.h"

namespace longmen {

using OpensslKey = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using OpensslCertificate = std::unique_ptr<X509, OpensslFree<X509_free>>;

// "what: words of this thread's first error"; forgets its errors.
std::string openssl_error(std::string_view what);

}  // namespace longmen
