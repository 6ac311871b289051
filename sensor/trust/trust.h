// SPDX-License-Identifier: Apache-2.0
//
// Who may say what the rules are. With trusted keys, rule files come into force only if they are, byte for byte and in
// this order, what the holder of such a key has signed, and no older than what was in force before.
//
//   auto trust = Trust::open({.keys = {"/etc/picket/policy.pub"}, .signature = ..., .record = ...});
//   auto approved = (*trust)->approve(files);          // then compile just these bytes
//   std::get<Approval>(approved).record();             // once their rules are in force
//
// Two steps, since a version that was recorded and did not come into force would lock out what is there; a sensor that
// is killed in between has forgotten one step, and refuses what is older than the one before it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "rules/event/diagnostic.h"
#include "rules/event/result.h"
#include "sensor/trust/keys.h"
#include "sensor/trust/manifest.h"
#include "sensor/trust/version_record.h"

namespace picket::trust {

// What a signature says, once it is verified.
struct SignedPolicy {
  PolicyVersion version;
  std::string key;        // the id of whose it is
  std::size_t files = 0;  // how many
};

// Whether the files are the policy that the file `signature` is about, signed by one of the keys; or every reason why
// not. How old it is, is not asked.
std::variant<SignedPolicy, std::vector<Diagnostic>> verify(const std::string& signature,
                                                           std::span<const PublicKey> keys,
                                                           std::span<const PolicyFile> files);

// That a policy may come into force. Without record() nothing has changed. Must not outlive its Trust.
class Approval {
 public:
  // What was staged in the record is committed by record() or discarded in the end.
  Approval(VersionRecord& record, SignedPolicy policy)
      : policy_(std::move(policy)), first_(!record.last()), staged_(&record) {}

  const SignedPolicy& policy() const { return policy_; }
  // No policy was recorded before: any version would have been approved.
  bool first() const { return first_; }

  // The policy is in force: from here on no older one is approved. To be called once. Waits for the disk.
  Result<void> record() { return staged_.release()->commit(policy_.version); }

 private:
  struct Discard {
    void operator()(VersionRecord* record) const { record->discard(); }
  };

  SignedPolicy policy_;
  bool first_;
  std::unique_ptr<VersionRecord, Discard> staged_;
};

struct TrustSettings {
  std::vector<std::string> keys;  // files; at least one
  std::string signature;          // file that has the policy's signature
  std::string record;             // file that VersionRecord keeps
};

// Used from one thread at a time, its approvals included.
class Trust {
 public:
  // Reads keys and record; what happens to those files later changes nothing. Refuses keys that others could change.
  static Result<std::unique_ptr<Trust>> open(TrustSettings settings);

  // Those that are trusted; they do not change, and may be used from any thread.
  std::span<const PublicKey> keys() const { return keys_; }

  // Whether these files may come into force; or why not. One approval at a time.
  std::variant<Approval, std::vector<Diagnostic>> approve(std::span<const PolicyFile> files);

 private:
  Trust(TrustSettings settings, std::vector<PublicKey> keys, std::unique_ptr<VersionRecord> record)
      : settings_(std::move(settings)), keys_(std::move(keys)), record_(std::move(record)) {}
  std::optional<Diagnostic> refuse(const PolicyVersion& version) const;

  TrustSettings settings_;
  std::vector<PublicKey> keys_;
  std::unique_ptr<VersionRecord> record_;
};

}  // namespace picket::trust
