// SPDX-License-Identifier: Apache-2.0
//
// A process is always read through a descriptor of its directory: /proc ties the directory to that one process, so once
// its start time is checked a pid that is used again cannot mix two of them.
#include "sensor/process/procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>

#include "bpf/shared/environment.h"
#include "bpf/shared/wire.h"
#include "rules/event/descriptor.h"
#include "rules/event/read_file.h"
#include "rules/event/time.h"
#include "sensor/process/procfs_text.h"

namespace picket {
namespace {

using procfs::Stat;

constexpr std::size_t kChunk = 16384;
constexpr std::size_t kMostEnvironment = 1u << 20;

struct Bytes {
  std::string kept;       // at most as many as were asked for
  std::size_t total = 0;  // how many there are
};

// Everything is read, so that the total is known, but only `limit` bytes are kept. Nothing when reading fails.
std::optional<Bytes> read_at(int directory, const char* name, std::size_t limit) {
  const Descriptor file(openat(directory, name, O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  Bytes bytes;
  char chunk[kChunk];
  for (;;) {
    const ssize_t got = read(file.get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return bytes;
    const auto size = static_cast<std::size_t>(got);
    bytes.kept.append(chunk, std::min(size, limit - bytes.kept.size()));
    bytes.total += size;
  }
}

std::string link_at(int directory, const char* name) {
  char target[PK_PATH_MAX];
  const ssize_t size = readlinkat(directory, name, target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

std::optional<struct stat> status_at(int directory, const char* name) {
  struct stat status {};
  if (fstatat(directory, name, &status, 0) != 0) return std::nullopt;
  return status;
}

// The number of a namespace, or of a control group: of its inode.
pk_u32 namespace_at(int directory, const char* name) {
  const auto status = status_at(directory, name);
  return status ? static_cast<pk_u32>(status->st_ino) : 0;
}

pk_u16 mode_at(int directory, const char* name) {
  const auto status = status_at(directory, name);
  return status ? static_cast<pk_u16>(status->st_mode) : pk_u16{0};
}

// Since 1970; before that is 0.
pk_u64 nanoseconds(const timespec& time) {
  constexpr pk_u64 kSecond = 1'000'000'000;
  return time.tv_sec < 0 ? 0 : static_cast<pk_u64>(time.tv_sec) * kSecond + static_cast<pk_u64>(time.tv_nsec);
}

// One process's directory, and the text that its `stat` points into.
struct Directory {
  Descriptor descriptor;
  std::string text;
  Stat stat;

  static std::optional<Directory> open(std::uint32_t pid) {
    const std::string path = "/proc/" + std::to_string(pid);
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor) return std::nullopt;
    auto text = read_at(descriptor.get(), "stat", kChunk);
    if (!text) return std::nullopt;
    Directory directory{std::move(descriptor), std::move(text->kept), {}};
    const auto stat = procfs::parse_stat(directory.text);
    if (!stat) return std::nullopt;
    directory.stat = *stat;
    // The text may have moved: a short one lies within its string.
    const std::size_t comm = directory.text.find('(') + 1;
    directory.stat.comm = std::string_view(directory.text).substr(comm, stat->comm.size());
    return directory;
  }

  int number() const { return descriptor.get(); }
  std::uint64_t start_time() const { return stat.start_ticks * PK_KEY_TICK_NS; }
  pk_key key() const { return pk_process_key(stat.pid, start_time()); }
};

bool is_named(std::string_view variable, std::span<const std::string> names) {
  return std::any_of(names.begin(), names.end(), [variable](const std::string& name) {
    return variable.size() > name.size() && variable.starts_with(name) && variable[name.size()] == '=';
  });
}

// An exec record that is being made.
class ExecRecord {
 public:
  ExecRecord() : bytes_(sizeof(pk_exec)) {
    fixed().header.kind = PK_exec;
    fixed().header.syscall = -1;
  }
  explicit ExecRecord(std::span<const std::byte> record) : bytes_(record.begin(), record.end()) {}

  pk_exec& fixed() { return *reinterpret_cast<pk_exec*>(bytes_.data()); }

  void text(pk_text pk_exec::*field, std::string_view value) {
    const std::size_t offset = bytes_.size();
    bytes_.resize(offset + value.size());
    if (!value.empty()) std::memcpy(bytes_.data() + offset, value.data(), value.size());
    fixed().*field = {static_cast<pk_u32>(offset), static_cast<pk_u32>(value.size())};
  }

  // The flag says what is missing: arguments beyond the limit, or all of them. In the middle of an exec a program has
  // none yet.
  void arguments(int directory, std::uint32_t limit) {
    const auto argv = read_at(directory, "cmdline", limit);
    if (!argv || argv->total > limit || (argv->total == 0 && fixed().path.size != 0)) flag_arguments();
    if (!argv) return;
    text(&pk_exec::argv, argv->kept);
    fixed().argv_size = static_cast<pk_u32>(argv->total);
  }

  // Those of the variables that were asked for. What follows PK_ENV_MAX bytes of them is left out and flagged.
  void environment(int directory, std::span<const std::string> names) {
    const auto all = names.empty() ? std::nullopt : read_at(directory, "environ", kMostEnvironment);
    if (!all) return;
    std::string kept;
    bool cut = all->total > all->kept.size();
    for (std::string_view rest = all->kept; !rest.empty();) {
      const std::string_view variable = rest.substr(0, rest.find('\0'));
      rest.remove_prefix(std::min(variable.size() + 1, rest.size()));
      if (!is_named(variable, names)) continue;
      if (kept.size() + variable.size() >= PK_ENV_MAX)
        cut = true;
      else
        kept.append(variable) += '\0';
    }
    if (cut) fixed().header.flags |= PK_FLAG_env_truncated;
    text(&pk_exec::env, kept);
  }

  void flag_arguments() { fixed().header.flags |= PK_FLAG_argv_truncated; }

  std::vector<std::byte> finish() {
    fixed().header.size = static_cast<pk_u32>(bytes_.size());
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;  // from operator new: aligned for every struct
};

class Scan {
 public:
  Scan(std::uint32_t limit, std::span<const std::string> env)
      : limit_(limit), env_(env), cgroup_mount_(find_cgroup_mount()) {}

  // Nothing when the process ended before it was read whole.
  std::optional<std::vector<std::byte>> read(std::uint32_t pid);

 private:
  static std::string find_cgroup_mount();
  static void read_executable(ExecRecord& record, int directory, const std::string& root);
  static void read_namespaces(pk_exec& record, int directory);
  static pk_key read_parent(const Directory& process);
  pk_u64 read_cgroup(int directory);

  std::uint32_t limit_;
  std::span<const std::string> env_;
  std::string cgroup_mount_;
  std::unordered_map<std::string, pk_u64> cgroups_;  // ids by path: many processes share one
};

std::optional<std::vector<std::byte>> Scan::read(std::uint32_t pid) {
  const std::uint64_t time = boot_clock();
  const auto process = Directory::open(pid);
  if (!process || process->stat.ended()) return std::nullopt;
  const int directory = process->number();
  const auto status_text = read_at(directory, "status", kChunk);
  const auto status = status_text ? procfs::parse_status(status_text->kept) : std::nullopt;
  if (!status) return std::nullopt;

  ExecRecord record;
  pk_exec& fixed = record.fixed();
  pk_header& header = fixed.header;
  header.flags = PK_FLAG_backfilled;
  header.time = time;
  header.process = process->key();
  header.cgroup = read_cgroup(directory);
  header.tid = pid;
  header.uid = status->uid;
  header.gid = status->gid;

  fixed.parent = read_parent(*process);
  fixed.start_time = process->start_time();
  fixed.real_uid = status->real_uid;
  fixed.real_gid = status->real_gid;
  fixed.cap_inheritable = status->cap_inheritable;
  fixed.cap_permitted = status->cap_permitted;
  fixed.cap_effective = status->cap_effective;
  fixed.tty = process->stat.tty;
  fixed.process_group = process->stat.process_group;
  fixed.session = process->stat.session;
  fixed.vpid = status->vpid;
  const auto login = read_at(directory, "loginuid", kChunk);  // no such file without audit
  fixed.login_uid = login ? procfs::parse_number(login->kept).value_or(UINT32_MAX) : UINT32_MAX;
  fixed.stdin_mode = mode_at(directory, "fd/0");
  fixed.stdout_mode = mode_at(directory, "fd/1");
  fixed.stderr_mode = mode_at(directory, "fd/2");
  const std::string_view comm = process->stat.comm;
  std::memcpy(fixed.comm.bytes, comm.data(), std::min(comm.size(), sizeof fixed.comm.bytes - 1));
  read_namespaces(fixed, directory);

  // From here on `fixed` may have moved: the record grows.
  const std::string root = link_at(directory, "root");
  read_executable(record, directory, root);
  const auto cwd = status_at(directory, "cwd");
  record.text(&pk_exec::cwd, procfs::seen_from_root(link_at(directory, "cwd"), root, cwd && cwd->st_nlink == 0));
  record.arguments(directory, limit_);
  record.environment(directory, env_);
  // What ended meanwhile was read in part only.
  const auto text = read_at(directory, "stat", kChunk);
  const auto last = text ? procfs::parse_stat(text->kept) : std::nullopt;
  if (!last || last->ended()) return std::nullopt;
  return record.finish();
}

void Scan::read_executable(ExecRecord& record, int directory, const std::string& root) {
  // O_PATH: the file is looked at, never opened, whatever it is.
  const Descriptor file(openat(directory, "exe", O_PATH | O_CLOEXEC));
  if (!file) return;  // a kernel thread
  struct stat status {};
  struct statfs volume {};
  if (fstat(file.get(), &status) != 0 || fstatfs(file.get(), &volume) != 0) return;

  pk_exec& fixed = record.fixed();
  fixed.inode = status.st_ino;
  fixed.device = static_cast<pk_u32>(major(status.st_dev) << 20 | minor(status.st_dev));
  fixed.exe_mode = static_cast<pk_u16>(status.st_mode);
  fixed.mtime = nanoseconds(status.st_mtim);
  fixed.ctime = nanoseconds(status.st_ctim);
  const std::string link = link_at(directory, "exe");
  std::string_view path = procfs::seen_from_root(link, root, status.st_nlink == 0);
  if (status.st_nlink == 0) fixed.exe_flags |= PK_EXE_unlinked;
  if (status.st_nlink == 0 && path.starts_with("/memfd:")) {  // it lies in no directory, so its name has no slash
    fixed.exe_flags |= PK_EXE_memfd;
    path.remove_prefix(1);
  }
  if (volume.f_type == TMPFS_MAGIC || volume.f_type == RAMFS_MAGIC) fixed.exe_flags |= PK_EXE_tmpfs;
  record.text(&pk_exec::path, path);
}

void Scan::read_namespaces(pk_exec& record, int directory) {
  struct Row {
    const char* name;
    pk_u32 pk_exec::*number;
  };
  static constexpr Row kRows[] = {
      {"ns/pid", &pk_exec::pid_namespace},       {"ns/mnt", &pk_exec::mount_namespace},
      {"ns/net", &pk_exec::net_namespace},       {"ns/user", &pk_exec::user_namespace},
      {"ns/cgroup", &pk_exec::cgroup_namespace},
  };
  for (const Row& row : kRows) record.*row.number = namespace_at(directory, row.name);
}

// The parent's pid becomes a key only if the process still has that parent afterwards: otherwise the pid may have been
// another's by then.
pk_key Scan::read_parent(const Directory& process) {
  constexpr int kAttempts = 3;
  std::uint32_t pid = process.stat.parent;
  for (int attempt = 0; attempt < kAttempts && pid != 0; ++attempt) {
    const auto parent = Directory::open(pid);
    const auto text = read_at(process.number(), "stat", kChunk);
    const auto again = text ? procfs::parse_stat(text->kept) : std::nullopt;
    if (!again) return 0;
    if (parent && again->parent == pid) return parent->key();
    pid = again->parent;
  }
  return 0;
}

pk_u64 Scan::read_cgroup(int directory) {
  const auto text = cgroup_mount_.empty() ? std::nullopt : read_at(directory, "cgroup", kChunk);
  if (!text) return 0;
  const std::string path = cgroup_mount_ + std::string(procfs::parse_cgroup(text->kept));
  const auto [known, inserted] = cgroups_.try_emplace(path, 0);
  struct stat status {};
  if (inserted && stat(path.c_str(), &status) == 0) known->second = status.st_ino;
  return known->second;
}

std::string Scan::find_cgroup_mount() {
  const auto text = read_file("/proc/self/mountinfo", 16u << 20);
  return text ? procfs::parse_cgroup_mount(*text) : std::string();
}

}  // namespace

std::vector<std::byte> with_arguments(std::span<const std::byte> record, std::uint32_t limit,
                                      std::span<const std::string> env) {
  ExecRecord copy(record);
  pk_header header{};
  std::memcpy(&header, record.data(), std::min(record.size(), sizeof header));
  if (header.kind != PK_exec || header.size != record.size() || record.size() < sizeof(pk_exec)) {
    return {record.begin(), record.end()};
  }
  const pk_exec& exec = copy.fixed();
  if (exec.argv.size != 0 || exec.path.size == 0) return copy.finish();

  const auto process = Directory::open(pk_key_pid(header.process));
  if (process && process->key() == header.process) {
    copy.arguments(process->number(), limit);
    copy.environment(process->number(), env);
  } else {
    copy.flag_arguments();
  }
  return copy.finish();
}

Result<void> snapshot_from_procfs(std::uint32_t limit, const std::function<void(std::span<const std::byte>)>& handler,
                                  std::span<const std::string> env) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc"), closedir);
  if (!directory)
    return Error{"/proc: " + std::generic_category().message(errno), "mount it: mount -t proc proc /proc"};
  Scan scan(limit, env);
  while (const dirent* entry = readdir(directory.get())) {
    const auto pid = procfs::parse_number(entry->d_name);
    const auto record = pid ? scan.read(*pid) : std::nullopt;
    if (record) handler(*record);
  }
  return {};
}

}  // namespace picket
