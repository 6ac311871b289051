// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/host_mounts.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sensor/process/procfs_text.h"

namespace picket {
namespace {

// File systems that show files of others, or make a new root for a container: what lies there is known to the host by
// the files beneath.
constexpr std::string_view kLayered[] = {"overlay", "aufs", "fuse.fuse-overlayfs"};

bool is_layered(std::string_view type) {
  return std::find(std::begin(kLayered), std::end(kLayered), type) != std::end(kLayered);
}

// Nothing when it cannot be read whole.
std::string read_all(int file) {
  std::string text;
  char piece[16384];
  if (::lseek(file, 0, SEEK_SET) < 0) return {};
  for (;;) {
    const ssize_t got = ::read(file, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

}  // namespace

bool write_file_system(std::string_view path, pk_file_system& where) {
  where = {};
  if (path.size() > PK_MOUNT_BYTES) return false;
  where.size = static_cast<__u32>(path.size());
  std::memcpy(where.path, path.data(), path.size());
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (where.names == PK_MOUNT_NAMES || end == begin) return false;
    where.name[where.names++] = {static_cast<__u8>(begin), static_cast<__u8>(end - begin)};
    begin = end + 1;
  }
  return true;
}

HostMounts::HostMounts(std::string table, Kernel kernel)
    : kernel_(std::move(kernel)), table_(::open(table.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (table_ < 0) spdlog::warn("{}: {}; other names of files are not known", table, std::strerror(errno));
}

HostMounts::~HostMounts() {
  if (table_ >= 0) ::close(table_);
}

void HostMounts::look() {
  if (table_ < 0) return;
  pollfd changed{table_, POLLPRI, 0};
  if (std::exchange(read_before_, true) && ::poll(&changed, 1, 0) <= 0) return;
  read();
}

// Of each file system the first mount that shows it whole.
void HostMounts::read() {
  const std::string text = read_all(table_);
  std::map<std::uint32_t, std::string> found;
  std::size_t left_out = 0;
  for (const procfs::Mount& mount : procfs::parse_mounts(text)) {
    const bool root = mount.path == "/";
    if (mount.root != "/" || (is_layered(mount.type) && !root)) continue;
    pk_file_system where;
    const std::string path = root ? std::string() : mount.path;
    if (!write_file_system(path, where) || found.size() == PK_FILE_SYSTEMS) {
      ++left_out;
    } else if (found.emplace(mount.device, path).second && root) {
      kernel_.set_root(mount.device);
    }
  }
  if (left_out != 0 && !std::exchange(said_left_out_, true)) {
    spdlog::warn(
        "{} mounts are too many, or their paths longer than {} bytes or {} names: other names of files there "
        "are not known",
        left_out, PK_MOUNT_BYTES, PK_MOUNT_NAMES);
  }
  tell(found);
}

void HostMounts::tell(const std::map<std::uint32_t, std::string>& found) {
  for (auto at = shown_.begin(); at != shown_.end();) {
    const bool stays = found.contains(at->first);
    if (!stays) (void)kernel_.show(at->first, nullptr);
    at = stays ? std::next(at) : shown_.erase(at);
  }
  for (const auto& [device, path] : found) {
    const auto known = shown_.find(device);
    if (known != shown_.end() && known->second == path) continue;
    pk_file_system where;
    write_file_system(path, where);
    if (const auto done = kernel_.show(device, &where); !done) {
      spdlog::warn("{}", done.error().message);
    } else {
      shown_[device] = path;
    }
  }
}

}  // namespace picket
