// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/own_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "rules/event/descriptor.h"
#include "rules/event/read_file.h"
#include "sensor/trust/keys.h"

namespace picket::trust {
namespace {

namespace fs = std::filesystem;

Descriptor open_own(const std::string& path, int flags) {
  return Descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

std::string directory_of(const std::string& path) {
  const std::string directory = fs::path(path).parent_path();
  return directory.empty() ? "." : directory;
}

}  // namespace

Result<std::optional<std::string>> read_own_file(const std::string& path, std::size_t largest) {
  const std::string directory = directory_of(path);
  std::error_code ignored;
  if (fs::create_directory(directory, ignored)) fs::permissions(directory, fs::perms::owner_all, ignored);
  if (!fs::is_directory(directory, ignored)) return Error{"its directory is missing", ""};
  if (const std::string why = changeable_by_others(directory); !why.empty()) {
    return Error{"its directory: " + why, ""};
  }
  const auto status = fs::symlink_status(path, ignored);
  if (status.type() == fs::file_type::not_found) return std::optional<std::string>();
  if (status.type() != fs::file_type::regular) return Error{"not a regular file", ""};
  if (const std::string why = changeable_by_others(path); !why.empty()) return Error{why, ""};
  auto text = read_file(path, largest);
  if (!text) return text.error();
  return std::optional(*std::move(text));
}

int write_down(const std::string& path, const std::string& text) {
  const Descriptor file = open_own(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
  if (file.get() < 0) return errno;
  if (::fchmod(file.get(), 0600) != 0) return errno;
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written < 0) return errno;
  if (static_cast<std::size_t>(written) != text.size()) return ENOSPC;
  return ::fsync(file.get()) == 0 ? 0 : errno;
}

int put_in_place(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return errno;
  const Descriptor directory = open_own(directory_of(to), O_RDONLY | O_DIRECTORY);
  return directory.get() >= 0 && ::fsync(directory.get()) == 0 ? 0 : errno;
}

}  // namespace picket::trust
