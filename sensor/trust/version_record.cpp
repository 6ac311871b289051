// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/version_record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "rules/event/read_file.h"
#include "sensor/trust/encoding.h"
#include "sensor/trust/keys.h"
#include "sensor/trust/lines.h"

namespace picket::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTitle = "picket policy record 1";
constexpr std::size_t kLargestFile = 4096;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::string reason(int code) { return std::generic_category().message(code); }

Error unreadable(const std::string& path, const std::string& why) {
  return {
      "cannot tell which policy was in force before: " + path + ": " + why,
      "without that an older policy could come back; restore the file, or remove it to accept any signed policy once"};
}

Error unwritable(const std::string& path, int code) {
  return {"cannot record which policy is in force: " + path + ": " + reason(code), ""};
}

std::string directory_of(const std::string& path) {
  const std::string directory = fs::path(path).parent_path();
  return directory.empty() ? "." : directory;
}

// 0, or the errno.
int write_down(const std::string& path, const std::string& text) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
  if (file.number() < 0) return errno;
  if (::fchmod(file.number(), 0600) != 0) return errno;
  const ssize_t written = ::write(file.number(), text.data(), text.size());
  if (written < 0) return errno;
  if (static_cast<std::size_t>(written) != text.size()) return ENOSPC;
  return ::fsync(file.number()) == 0 ? 0 : errno;
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
  const std::string directory = directory_of(path);
  std::error_code ignored;
  if (fs::create_directory(directory, ignored)) fs::permissions(directory, fs::perms::owner_all, ignored);
  if (!fs::is_directory(directory, ignored)) return unreadable(path, "its directory is missing");
  if (const std::string why = changeable_by_others(directory); !why.empty()) {
    return unreadable(path, "its directory: " + why);
  }
  const auto status = fs::symlink_status(path, ignored);
  if (status.type() == fs::file_type::not_found) {
    return std::unique_ptr<VersionRecord>(new VersionRecord(path, std::nullopt));
  }
  if (status.type() != fs::file_type::regular) return unreadable(path, "not a regular file");
  if (const std::string why = changeable_by_others(path); !why.empty()) return unreadable(path, why);
  const auto text = read_file(path, kLargestFile);
  if (!text) return unreadable(path, text.error().message);
  const auto version = parse_policy_version(path, *text);
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
  if (::rename(staged_path().c_str(), path_.c_str()) != 0) return unwritable(path_, errno);
  const Descriptor directory(directory_of(path_), O_RDONLY | O_DIRECTORY);
  if (directory.number() < 0 || ::fsync(directory.number()) != 0) return unwritable(path_, errno);
  written_ = true;
  return {};
}

void VersionRecord::discard() { ::unlink(staged_path().c_str()); }

}  // namespace picket::trust
