// SPDX-License-Identifier: Apache-2.0
//
// Certificates for tests: nobody's in particular, signed by themselves.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <string>

namespace picket::test {

// Writes one to that path that is valid between these times, in seconds from now.
inline void write_certificate(const std::string& path, long from, long to) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* made = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(made), from);
  X509_gmtime_adj(X509_getm_notAfter(made), to);
  X509_set_pubkey(made, key);
  X509_sign(made, key, EVP_sha256());
  std::FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, made);
  std::fclose(file);
  X509_free(made);
  EVP_PKEY_free(key);
}

}  // namespace picket::test
