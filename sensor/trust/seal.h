// SPDX-License-Identifier: Apache-2.0
//
// Sealed texts: lines, and below them the signature of all of them.
//
//   picket policy signature 1        the title: what it is, and the version of its format
//   key 2d711642b7...                whose signature it is: PublicKey::id()
//   ...                              the body: lines that the sort of text decides about
//   signature q83vEjRWeJ...==        Ed25519 over every byte above this line, in base64
//
// The title is the first thing that is signed and has no line end, so that what was signed as one sort of text can be
// taken for no other, and text of one version of a format for none of another. Whatever else is to be said under a
// key's authority needs a title of its own. What is signed is what is read: nothing is put together anew before it is
// verified. OpenSSL can verify it alone (docs/signed-policy.md).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "rules/event/diagnostic.h"
#include "sensor/trust/keys.h"

namespace picket::trust {

// `body`: whole lines.
std::string seal(std::string_view title, std::string_view body, const PrivateKey& key);

// A sealed text, taken apart. Nothing is verified by that.
struct Seal {
  static constexpr std::size_t kFirstBodyLine = 3;

  std::string_view key;      // an id
  std::string_view body;     // whole lines
  std::string_view message;  // what is signed
  Signature signature;
};
// Views of `text`; `path` is used in messages.
std::variant<Seal, Diagnostic> parse_seal(const std::string& path, std::string_view title, std::string_view text);

// A body whose signature is by one of the trusted keys.
struct OpenedSeal {
  std::string_view body;  // part of `text`
  const PublicKey* key;   // one of `trusted`
};
std::variant<OpenedSeal, Diagnostic> open_seal(const std::string& path, std::string_view title, std::string_view text,
                                               std::span<const PublicKey> trusted);

}  // namespace picket::trust
