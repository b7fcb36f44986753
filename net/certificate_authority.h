// The installation's own certificate authority, as files: ca.pem and ca.key (made once, for twenty
// years), server.pem (leaf and root) and server.key. Keys are EC P-256 and readable by the owner
// alone. Files are written whole or not at all. Knows no socket. RFC 5280 §4.2.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace longmen {

struct CertificateFiles {
  std::string certificate_file;
  std::string key_file;
};

// Makes what is missing: the authority; the certificate when it is not of this authority, does not
// hold for exactly `names`, or ends within kTlsRenewBefore.
Result<CertificateFiles> ensure_own_certificate(const std::string& directory,
                                                const std::vector<std::string>& names,
                                                std::chrono::system_clock::time_point now);

}  // namespace longmen
