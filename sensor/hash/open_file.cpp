// SPDX-License-Identifier: Apache-2.0
#include "sensor/hash/open_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

namespace picket {
namespace {

constexpr auto kOverlayfs = 0x794c7630, kBtrfs = static_cast<int>(0x9123683e);  // linux/magic.h

// STATX_MNT_ID is of 5.8; older headers lack it, older kernels pass over it.
constexpr unsigned kMountNumber = 0x1000;

std::uint32_t device_of(std::uint32_t major, std::uint32_t minor) { return major << 20 | minor; }

std::uint64_t nanoseconds(const statx_timestamp& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + time.tv_nsec;
}

// The number at the front of the text, which then begins behind it and the byte that follows.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(std::min<std::size_t>(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
  return number;
}

// "36 35 98:0 /root /mount ...": number of the mount, of the one it is on, its device.
std::optional<std::uint32_t> device_in_line(std::string_view line, std::uint64_t mount) {
  if (take_number(line) != mount || !take_number(line)) return std::nullopt;
  const auto major = take_number(line), minor = take_number(line);
  if (!major || !minor) return std::nullopt;
  return device_of(static_cast<std::uint32_t>(*major), static_cast<std::uint32_t>(*minor));
}

}  // namespace

Descriptor open_directory(int at, const char* path) {
  return Descriptor(::openat(at, path, O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Descriptor look_at_link(int at, const char* link) { return Descriptor(::openat(at, link, O_PATH | O_CLOEXEC)); }

Descriptor look_at_path(int root, const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Descriptor(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

Descriptor open_for_reading(const std::string& proc, const Descriptor& found) {
  const std::string path = proc + "/self/fd/" + std::to_string(found.get());
  return Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

std::optional<FileState> state_of(const Descriptor& file) {
  struct statx status {};
  const unsigned asked = STATX_BASIC_STATS | kMountNumber;
  if (::statx(file.get(), "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, asked, &status) != 0) return std::nullopt;
  FileState state;
  state.inode = status.stx_ino;
  state.size = status.stx_size;
  state.ctime = nanoseconds(status.stx_ctime);
  state.mtime = nanoseconds(status.stx_mtime);
  state.device = device_of(status.stx_dev_major, status.stx_dev_minor);
  state.mode = status.stx_mode;
#ifdef STATX_MNT_ID
  if ((status.stx_mask & kMountNumber) != 0) state.mount = status.stx_mnt_id;
#endif
  return state;
}

OwnDevice own_device_of(const Descriptor& file) {
  struct statfs status {};
  if (::fstatfs(file.get(), &status) != 0) return OwnDevice::Shown;
  const auto type = static_cast<int>(status.f_type);
  if (type == kBtrfs) return OwnDevice::HiddenAndShared;
  return type == kOverlayfs ? OwnDevice::Hidden : OwnDevice::Shown;
}

std::optional<std::uint32_t> device_of_mount(const Descriptor& process, std::uint64_t mount) {
  const Descriptor file(::openat(process.get(), "mountinfo", O_RDONLY | O_CLOEXEC));
  if (!file || mount == 0) return std::nullopt;
  std::array<char, 32768> buffer;  // a line is shorter than two paths and its options
  std::size_t filled = 0;
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    std::string_view text(buffer.data(), filled + static_cast<std::size_t>(count));
    for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
      if (const auto device = device_in_line(text.substr(0, end), mount)) return device;
      text.remove_prefix(end + 1);
    }
    if (text.size() == buffer.size()) return std::nullopt;  // no line of mountinfo
    filled = text.copy(buffer.data(), text.size());
  }
}

HashProblem problem_of(int error) {
  switch (error) {
    case ENOENT:
    case ESRCH:
    case ENOTDIR:
    case ELOOP:  // a link stands there now
    case ESTALE:
      return HashProblem::Gone;
    default:
      return HashProblem::Unreadable;
  }
}

}  // namespace picket
