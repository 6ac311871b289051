// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/keys.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "rules/event/read_file.h"

namespace picket::trust {
namespace {

constexpr std::size_t kLargestFile = 64u << 10;
constexpr const char* kMakeKey = "openssl genpkey -algorithm ed25519 -aes256 -out PRIVATE.pem makes one";
constexpr const char* kMakePublic = "openssl pkey -in PRIVATE.pem -pubout -out PUBLIC.pem makes one";

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using Bio = std::unique_ptr<BIO, FreeBio>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;
using Key = std::shared_ptr<EVP_PKEY>;

// `text` must outlive it.
Bio reader_of(const std::string& text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) std::abort();  // no memory
  return bio;
}

// What OpenSSL noted about it is dropped: ours say more. No key: nullptr.
Key take(EVP_PKEY* key) {
  ERR_clear_error();
  if (key == nullptr) return nullptr;
  return {key, EVP_PKEY_free};
}

bool is_ed25519(const Key& key) { return EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519; }

Error unreadable(const std::string& path, const std::string& why, std::string hint) {
  return {"cannot read the key " + path + ": " + why, std::move(hint)};
}

// A public key has no pass phrase, and nobody is to be asked for one.
int no_pass_phrase(char*, int, int, void*) { return -1; }

Result<std::string> read_key_file(const std::string& path, const char* hint) {
  auto text = read_file(path, kLargestFile);
  if (!text) return unreadable(path, text.error().message, hint);
  return text;
}

}  // namespace

PublicKey::PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  if (size <= 0) std::abort();  // no memory
  id_ = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
}

Result<PublicKey> PublicKey::read(const std::string& path) {
  const auto text = read_key_file(path, "");
  if (!text) return text.error();
  if (text->find("PRIVATE KEY-----") != std::string::npos) {
    return unreadable(path, "this is a private key, and the public half is wanted", kMakePublic);
  }
  Key key = take(PEM_read_bio_PUBKEY(reader_of(*text).get(), nullptr, no_pass_phrase, nullptr));
  if (!key) return unreadable(path, "no public key in PEM form", kMakePublic);
  if (!is_ed25519(key)) return unreadable(path, "not an Ed25519 key", kMakeKey);
  return PublicKey(std::move(key));
}

bool PublicKey::verifies(std::string_view message, const Signature& signature) const {
  const Context context(EVP_MD_CTX_new());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(message.data());
  // Ed25519 hashes by itself: no digest is named (EVP_SIGNATURE-ED25519(7)).
  const bool verified = context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                        EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes, message.size()) == 1;
  ERR_clear_error();
  return verified;
}

Result<PrivateKey> PrivateKey::read(const std::string& path) {
  auto read = read_key_file(path, kMakeKey);
  if (!read) return read.error();
  std::string& text = *read;
  const bool is_private = text.find("PRIVATE KEY-----") != std::string::npos;
  Key key = is_private ? take(PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr, nullptr, nullptr)) : nullptr;
  OPENSSL_cleanse(text.data(), text.size());
  if (!is_private) return unreadable(path, "no private key in PEM form", kMakeKey);
  if (!key) return unreadable(path, "damaged, or its pass phrase is another one", "");
  if (!is_ed25519(key)) return unreadable(path, "not an Ed25519 key", kMakeKey);
  return PrivateKey(std::move(key));
}

Signature PrivateKey::sign(std::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(message.data());
  Signature signature;
  std::size_t size = signature.size();
  const bool made = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), signature.data(), &size, bytes, message.size()) == 1;
  if (!made || size != signature.size()) std::abort();  // no memory: the key is one of Ed25519
  return signature;
}

std::string changeable_by_others(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return "it belongs to the user " + std::to_string(status.st_uid);
  }
  return (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 ? "others than its owner may write to it" : "";
}

bool readable_by_others(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

}  // namespace picket::trust
