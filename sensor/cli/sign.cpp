// SPDX-License-Identifier: Apache-2.0
//
// picket sign and verify.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>

#include "rules/compile/compile.h"
#include "rules/event/read_file.h"
#include "rules/policy/documents.h"
#include "sensor/cli/commands.h"
#include "sensor/cli/replace_file.h"
#include "sensor/cli/service.h"
#include "sensor/trust/lines.h"
#include "sensor/trust/seal.h"
#include "sensor/trust/trust.h"

namespace picket::cli {
namespace {

void print_error(const Diagnostic& diagnostic) { std::fputs(render(diagnostic).c_str(), stderr); }

// The rule files with their bytes; nothing when one cannot be read, which has been said.
std::optional<std::vector<policy::RuleFile>> read_rules(const std::vector<std::string>& paths) {
  auto files = policy::read_files(paths);
  bool whole = true;
  for (const policy::RuleFile& file : files) {
    if (file.text) continue;
    print_error(policy::unreadable(file));
    whole = false;
  }
  return whole ? std::optional(std::move(files)) : std::nullopt;
}

std::vector<trust::PolicyFile> views_of(const std::vector<policy::RuleFile>& files) {
  std::vector<trust::PolicyFile> views;
  views.reserve(files.size());
  for (const policy::RuleFile& file : files) views.push_back({file.path, *file.text});
  return views;
}

// What a sensor would refuse to load is not worth a signature.
bool compiles(const std::vector<policy::RuleFile>& files) {
  const Compiled compiled = compile(policy::load(files));
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == Severity::Error) print_error(diagnostic);
  }
  return !has_errors(compiled.diagnostics);
}

// What this key has signed in that file before. Nothing when there is no such file, or it is another key's; an error
// when it is no signature at all: that would be overwritten.
Result<std::optional<trust::Manifest>> signed_before(const std::string& path, const trust::PublicKey& key) {
  if (access(path.c_str(), F_OK) != 0) return std::optional<trust::Manifest>();
  const Error strange{path + " is there and is no signature of a policy: it is not overwritten", ""};
  const auto text = read_file(path, trust::kLargestSignature);
  if (!text) return strange;
  if (!std::holds_alternative<trust::Seal>(trust::parse_seal(path, trust::kPolicyTitle, *text))) return strange;
  const auto opened = trust::open_seal(path, trust::kPolicyTitle, *text, {&key, 1});
  if (!std::holds_alternative<trust::OpenedSeal>(opened)) return std::optional<trust::Manifest>();
  auto manifest = trust::parse_manifest(path, std::get<trust::OpenedSeal>(opened).body, trust::Seal::kFirstBodyLine);
  if (!std::holds_alternative<trust::Manifest>(manifest)) return strange;
  return std::optional(std::get<trust::Manifest>(std::move(manifest)));
}

// The version that was asked for, or the time; later than the version before, since sensors would refuse others.
Result<std::uint64_t> choose_version(std::optional<std::uint64_t> wanted,
                                     const std::optional<trust::Manifest>& before) {
  const std::uint64_t version = wanted.value_or(static_cast<std::uint64_t>(std::time(nullptr)));
  if (!before || version > before->version) return version;
  if (!wanted && before->version < std::numeric_limits<std::uint64_t>::max()) return before->version + 1;
  return Error{"version " + std::to_string(version) + " is no later than the version " +
                   std::to_string(before->version) + " that was signed before",
               "sensors take no version twice; without --policy-version it is the time"};
}

void print_signed(const trust::SignedPolicy& policy, const std::string& path) {
  std::printf("%s: policy version %llu of %zu files, signed by %s\n", path.c_str(),
              static_cast<unsigned long long>(policy.version.number), policy.files, policy.key.c_str());
}

}  // namespace

ExitCode sign(const SignRequest& request) {
  const auto key = trust::PrivateKey::read(request.key);
  if (!key) {
    say(key.error());
    return ExitCode::Failure;
  }
  if (trust::readable_by_others(request.key)) {
    spdlog::warn("others can read the private key {}: chmod 600 it, and make a new one if they did", request.key);
  }
  const auto files = read_rules(request.paths);
  if (!files || !compiles(*files)) return ExitCode::Rules;

  const trust::PublicKey public_key = key->public_key();
  const auto before = signed_before(request.output, public_key);
  if (!before) {
    say(before.error());
    return ExitCode::Usage;
  }
  const auto version = choose_version(request.version, *before);
  if (!version) {
    say(version.error());
    return ExitCode::Usage;
  }
  const auto manifest = trust::make_manifest(views_of(*files), *version);
  if (const auto* wrong = std::get_if<Diagnostic>(&manifest)) {
    print_error(*wrong);
    return ExitCode::Rules;
  }
  const std::string body = trust::print(std::get<trust::Manifest>(manifest));
  if (!replace_file(request.output, trust::seal(trust::kPolicyTitle, body, *key))) return ExitCode::Failure;
  print_signed({{*version, trust::sha256(body)}, public_key.id(), files->size()}, request.output);
  return ExitCode::Ok;
}

ExitCode verify(const std::vector<std::string>& keys, const std::string& signature,
                const std::vector<std::string>& paths) {
  std::vector<trust::PublicKey> trusted;
  for (const std::string& path : keys) {
    auto key = trust::PublicKey::read(path);
    if (!key) {
      say(key.error());
      return ExitCode::Failure;
    }
    trusted.push_back(std::move(*key));
  }
  const auto files = read_rules(paths);
  if (!files) return ExitCode::Untrusted;
  const auto verified = trust::verify(signature, trusted, views_of(*files));
  if (const auto* reasons = std::get_if<std::vector<Diagnostic>>(&verified)) {
    for (const Diagnostic& reason : *reasons) print_error(reason);
    return ExitCode::Untrusted;
  }
  print_signed(std::get<trust::SignedPolicy>(verified), signature);
  return ExitCode::Ok;
}

}  // namespace picket::cli
