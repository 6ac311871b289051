// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/trust.h"

#include <utility>

#include "rules/event/read_file.h"
#include "sensor/trust/lines.h"
#include "sensor/trust/seal.h"

namespace picket::trust {
namespace {

Error untrustworthy(const std::string& path, const std::string& why) {
  return {"the key " + path + " cannot be trusted: " + why, "chown root, chmod 644"};
}

}  // namespace

std::variant<SignedPolicy, std::vector<Diagnostic>> verify(const std::string& signature,
                                                           std::span<const PublicKey> keys,
                                                           std::span<const PolicyFile> files) {
  using Refused = std::vector<Diagnostic>;
  const auto text = read_file(signature, kLargestSignature);
  if (!text) {
    return Refused{about(signature, "the policy is not signed: cannot read this: " + text.error().message,
                         "picket sign --key PRIVATE.pem --output FILE RULES... signs it")};
  }
  const auto opened = open_seal(signature, kPolicyTitle, *text, keys);
  if (const auto* wrong = std::get_if<Diagnostic>(&opened)) return Refused{*wrong};
  const auto& [body, key] = std::get<OpenedSeal>(opened);
  const auto parsed = parse_manifest(signature, body, Seal::kFirstBodyLine);
  if (const auto* wrong = std::get_if<Diagnostic>(&parsed)) return Refused{*wrong};
  const auto& manifest = std::get<Manifest>(parsed);
  if (Refused differences = compare(manifest, signature, files); !differences.empty()) return differences;
  return SignedPolicy{{manifest.version, sha256(body)}, key->id(), files.size()};
}

Result<std::unique_ptr<Trust>> Trust::open(TrustSettings settings) {
  std::vector<PublicKey> keys;
  for (const std::string& path : settings.keys) {
    auto key = PublicKey::read(path);
    if (!key) return key.error();
    if (const std::string why = changeable_by_others(path); !why.empty()) {
      return untrustworthy(path, why);
    }
    keys.push_back(std::move(*key));
  }
  auto record = VersionRecord::open(settings.record);
  if (!record) return record.error();
  return std::unique_ptr<Trust>(new Trust(std::move(settings), std::move(keys), std::move(*record)));
}

std::variant<Approval, std::vector<Diagnostic>> Trust::approve(std::span<const PolicyFile> files) {
  using Refused = std::vector<Diagnostic>;
  auto verified = verify(settings_.signature, keys_, files);
  if (auto* wrong = std::get_if<Refused>(&verified)) return std::move(*wrong);
  auto& policy = std::get<SignedPolicy>(verified);
  if (auto older = refuse(policy.version)) return Refused{*std::move(older)};
  if (const auto staged = record_->stage(policy.version); !staged) {
    return Refused{about(settings_.record, staged.error().message, staged.error().hint)};
  }
  return Approval(*record_, std::move(policy));
}

std::optional<Diagnostic> Trust::refuse(const PolicyVersion& version) const {
  const auto& last = record_->last();
  if (!last || version.number > last->number || version == *last) return std::nullopt;
  const std::string number = std::to_string(version.number);
  if (version.number == last->number) {
    return about(settings_.signature, "version " + number + " was in force before, with other rules",
                 "each change of the rules needs a later version: sign them again");
  }
  return about(settings_.signature,
               "version " + number + " is older than " + std::to_string(last->number) + ", which was in force before",
               "to go back to these rules, sign them again: versions only rise");
}

}  // namespace picket::trust
