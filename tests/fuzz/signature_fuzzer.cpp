// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the signature of a policy, as a manifest, as an order and as a record: what parses has one text, and no
// key opens what the fuzzer made up.
#include <cstdlib>

#include "sensor/trust/manifest.h"
#include "sensor/trust/order.h"
#include "sensor/trust/seal.h"
#include "sensor/trust/version_record.h"

namespace {

using namespace picket;
using namespace picket::trust;

void expect(bool holds) {
  if (!holds) std::abort();
}

void try_manifest(std::string_view text) {
  const auto parsed = parse_manifest("file", text, Seal::kFirstBodyLine);
  if (const auto* wrong = std::get_if<Diagnostic>(&parsed)) {
    expect(!render(*wrong).empty());
    return;
  }
  const auto& manifest = std::get<Manifest>(parsed);
  expect(print(manifest) == text);
  // Its own files with other content: each differs, none is missing.
  std::vector<PolicyFile> files;
  for (const Manifest::File& file : manifest.files) files.push_back({file.name, "made up"});
  expect(compare(manifest, "file", files).size() <= files.size());
}

void try_order(std::string_view text) {
  const auto parsed = parse_order("file", text, Seal::kFirstBodyLine);
  if (const auto* wrong = std::get_if<Diagnostic>(&parsed)) {
    expect(!render(*wrong).empty());
  } else {
    expect(print(std::get<Order>(parsed)) == text);
  }
}

void try_seal(std::string_view text) {
  const auto parsed = parse_seal("file", kPolicyTitle, text);
  if (const auto* wrong = std::get_if<Diagnostic>(&parsed)) {
    expect(!render(*wrong).empty());
    return;
  }
  const Seal& seal = std::get<Seal>(parsed);
  expect(text == std::string(seal.message) + "signature " + base64(seal.signature) + "\n");
  expect(seal.message == std::string(kPolicyTitle) + "\nkey " + std::string(seal.key) + "\n" + std::string(seal.body));
  expect(seal.body.empty() || seal.body.ends_with('\n'));
  try_manifest(seal.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_seal(text);
  try_manifest(text);
  try_order(text);
  if (const auto version = parse_policy_version("file", text)) expect(print(*version) == text);
  return 0;
}
