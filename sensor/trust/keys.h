// SPDX-License-Identifier: Apache-2.0
//
// Ed25519 keys (RFC 8032) in the PEM files that OpenSSL makes:
//
//   openssl genpkey -algorithm ed25519 -aes256 -out policy.key      keep it off the machines that it rules
//   openssl pkey -in policy.key -pubout -out policy.pub
//
// Keys of other kinds are refused, so that no weak one can be trusted by mistake. Nothing of a private key is ever in a
// message. Objects may be used from several threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "rules/event/result.h"
#include "sensor/trust/encoding.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace picket::trust {

class PublicKey {
 public:
  static Result<PublicKey> read(const std::string& path);

  // SHA-256 of the key in DER form (SubjectPublicKeyInfo): `openssl pkey -pubin -in FILE -outform DER | sha256sum`.
  const std::string& id() const { return id_; }
  bool verifies(std::string_view message, const Signature& signature) const;

 private:
  friend class PrivateKey;
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  std::string id_;
};

class PrivateKey {
 public:
  // OpenSSL asks for the pass phrase, on the terminal, if the file has one.
  static Result<PrivateKey> read(const std::string& path);

  Signature sign(std::string_view message) const;
  PublicKey public_key() const { return PublicKey(key_); }

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

// Why others than root and we could change the file, or an empty text. Errors of reading it are left to its reader.
std::string changeable_by_others(const std::string& path);
// Whether others than its owner may read the file.
bool readable_by_others(const std::string& path);

}  // namespace picket::trust
