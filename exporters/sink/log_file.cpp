// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/log_file.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "exporters/sink/settings.h"

namespace picket {
namespace {

Error refuse(const std::string& path, const std::string& why) {
  return Error{"cannot write to " + path + ": " + why, "name a regular file, or one that can be created"};
}

// What open(2) says about a symbolic link and about a FIFO without a reader would puzzle anybody.
std::string reason(int error) {
  switch (error) {
    case ELOOP:
      return "it is a symbolic link";
    case ENXIO:
      return "it is not a regular file";
    default:
      return std::generic_category().message(error);
  }
}

constexpr std::uint64_t kMostId = UINT32_MAX - 1;  // the last one means "leave it"

std::optional<std::uint32_t> find_user(const std::string& name) {
  if (const auto id = parse_count(name, kMostId)) return static_cast<std::uint32_t>(*id);
  const passwd* const entry = getpwnam(name.c_str());
  return entry == nullptr ? std::nullopt : std::optional(entry->pw_uid);
}

std::optional<std::uint32_t> find_group(const std::string& name) {
  if (const auto id = parse_count(name, kMostId)) return static_cast<std::uint32_t>(*id);
  const group* const entry = getgrnam(name.c_str());
  return entry == nullptr ? std::nullopt : std::optional(entry->gr_gid);
}

}  // namespace

Result<FileAccess> parse_owner(std::string_view text) {
  FileAccess access;
  const std::size_t colon = text.find(':');
  const std::string user(text.substr(0, colon));
  const std::string group(colon == text.npos ? std::string_view() : text.substr(colon + 1));
  if (user.empty() && group.empty()) return expected_instead("USER, USER:GROUP or :GROUP", text);
  if (!user.empty()) {
    access.user = find_user(user);
    if (!access.user) return Error{"there is no user '" + user + "'", "name one that there is, or give its number"};
  }
  if (!group.empty()) {
    access.group = find_group(group);
    if (!access.group) return Error{"there is no group '" + group + "'", "name one that there is, or give its number"};
  }
  return access;
}

Result<int> open_log_file(const std::string& path, const FileAccess& access) {
  // O_NONBLOCK: opening a FIFO must not wait for its reader. It means nothing for a regular file.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const int descriptor = open(path.c_str(), kFlags, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return refuse(path, reason(errno));
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return refuse(path, reason(ENXIO));
  }
  if (const auto done = set_access(descriptor, path, access); !done) {
    close(descriptor);
    return done.error();
  }
  return descriptor;
}

// The owner first: a change of owner takes bits away.
Result<void> set_access(int descriptor, const std::string& path, const FileAccess& access) {
  const bool owned = !access.user && !access.group;
  const bool done = (owned || fchown(descriptor, access.user.value_or(static_cast<uid_t>(-1)),
                                     access.group.value_or(static_cast<gid_t>(-1))) == 0) &&
                    (!access.mode || fchmod(descriptor, *access.mode) == 0);
  if (done) return {};
  return Error{"cannot give " + path + " its mode and owner: " + std::generic_category().message(errno), ""};
}

}  // namespace picket
