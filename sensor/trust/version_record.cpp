// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/version_record.h"

#include <unistd.h>

#include <system_error>

#include "sensor/trust/encoding.h"
#include "sensor/trust/lines.h"
#include "sensor/trust/own_file.h"

namespace picket::trust {
namespace {

constexpr std::string_view kTitle = "picket policy record 1";
constexpr std::size_t kLargestFile = 4096;

Error unreadable(const std::string& path, const std::string& why) {
  return {
      "cannot tell which policy was in force before: " + path + ": " + why,
      "without that an older policy could come back; restore the file, or remove it to accept any signed policy once"};
}

Error unwritable(const std::string& path, int code) {
  return {"cannot record which policy is in force: " + path + ": " + std::generic_category().message(code), ""};
}

}  // namespace

std::string print(const PolicyVersion& version) {
  return std::string(kTitle) + "\nversion " + std::to_string(version.number) + "\npolicy " + version.policy + "\n";
}

Result<PolicyVersion> parse_policy_version(const std::string& path, std::string_view text) {
  Lines lines(path, text);
  PolicyVersion version;
  const bool titled = lines.next() && lines.line() == kTitle;
  if (titled && lines.next() && lines.take("version")) {
    version.number = parse_number(lines.left()).value_or(0);
    if (lines.next() && lines.take("policy")) version.policy = lines.left();
  }
  // Each record has one text.
  if (is_sha256(version.policy) && print(version) == text) return version;
  return Error{"its content is none of ours", ""};
}

Result<std::unique_ptr<VersionRecord>> VersionRecord::open(const std::string& path) {
  const auto text = read_own_file(path, kLargestFile);
  if (!text) return unreadable(path, text.error().message);
  if (!*text) return std::unique_ptr<VersionRecord>(new VersionRecord(path, std::nullopt));
  const auto version = parse_policy_version(path, **text);
  if (!version) return unreadable(path, version.error().message);
  return std::unique_ptr<VersionRecord>(new VersionRecord(path, *version));
}

Result<void> VersionRecord::stage(const PolicyVersion& version) {
  if (written_ && version == last_) return {};
  const int code = write_down(staged_path(), print(version));
  if (code == 0) return {};
  discard();
  return unwritable(path_, code);
}

Result<void> VersionRecord::commit(const PolicyVersion& version) {
  if (written_ && version == last_) return {};
  last_ = version;
  written_ = false;
  if (const int code = put_in_place(staged_path(), path_); code != 0) return unwritable(path_, code);
  written_ = true;
  return {};
}

void VersionRecord::discard() { ::unlink(staged_path().c_str()); }

}  // namespace picket::trust
