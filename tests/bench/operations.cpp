// SPDX-License-Identifier: Apache-2.0
//
// What hook-cost measures: one operation, again and again, timed by the time stamp counter. In a guest that QEMU runs
// with -icount shift=0 the counter goes up by one for each instruction of guest and kernel, whatever the host does.
//
//   operations list           a line for each operation: the kind of event it makes, a tab, its name
//   operations run KIND       a line for each operation of that kind: its name, a tab, the median of its counts
//
// An operation that fails once is not measured: its line says "failed: " and why. Static and without threads, so that
// nothing else is counted. Needs root, and a directory /run that is a tmpfs.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <x86intrin.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kWarmUp = 30;
constexpr int kRounds = 301;

// ---- what operations work on, made once by prepare() ----

constexpr const char* kFile = "/run/cost/file";
constexpr const char* kOther = "/run/cost/other";
constexpr const char* kDirectory = "/run/cost/directory";
constexpr const char* kProgram = "/proc/self/exe";

int file = -1;           // kFile, for reading and writing
int uts_namespace = -1;  // of this process
int listener = -1;       // TCP on the loopback
int client = -1;         // the socket of the current round
int server = -1;
int sender = -1;  // UDP
int receiver = -1;
int resolver = -1;  // UDP, port 53
void* page = nullptr;
pid_t child = -1;  // does nothing
sockaddr_in listener_address{}, receiver_address{}, sender_address{};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound(int type, sockaddr_in& address, int port) {
  const int socket = ::socket(AF_INET, type, 0);
  address = loopback(port);
  socklen_t size = sizeof address;
  const bool done = bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return done ? socket : -1;
}

int send_to(int from, const sockaddr_in& to) {
  return static_cast<int>(sendto(from, "datagram", 8, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to));
}

bool prepare() {
  // Mounts of a namespace of its own: nothing stays.
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  mkdir("/run/cost", 0755);
  for (const char* name : {kDirectory, "/run/cost/here", "/run/cost/there"}) mkdir(name, 0755);
  file = open(kFile, O_RDWR | O_CREAT, 0755);
  uts_namespace = open("/proc/self/ns/uts", O_RDONLY);
  listener = bound(SOCK_STREAM, listener_address, 0);
  receiver = bound(SOCK_DGRAM, receiver_address, 0);
  sockaddr_in resolver_address;
  resolver = bound(SOCK_DGRAM, resolver_address, 53);
  sender = bound(SOCK_DGRAM, sender_address, 0);
  page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  return file >= 0 && ftruncate(file, 4096) == 0 && uts_namespace >= 0 && listen(listener, 16) == 0 && receiver >= 0 &&
         resolver >= 0 && sender >= 0 && page != MAP_FAILED && child > 0;
}

// ---- operations ----

void nothing() {}

int open_close(const char* path, int flags) {
  const int opened = open(path, flags, 0600);
  return opened < 0 ? -1 : close(opened);
}

int closed(long descriptor) { return descriptor < 0 ? -1 : close(static_cast<int>(descriptor)); }

int connect_accept() {
  client = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(client, reinterpret_cast<sockaddr*>(&listener_address), sizeof listener_address) != 0) return -1;
  server = accept(listener, nullptr, nullptr);
  return server < 0 ? -1 : close(client) | close(server);
}

int bind_any() {
  const sockaddr_in any = loopback(0);
  return bind(client, reinterpret_cast<const sockaddr*>(&any), sizeof any);
}

void new_client() { client = socket(AF_INET, SOCK_STREAM, 0); }
void close_client() { close(client); }

void take_datagram(int from) {
  char bytes[64];
  if (recv(from, bytes, sizeof bytes, MSG_DONTWAIT) < 0) std::abort();
}

int receive(int from) {
  char bytes[64];
  return static_cast<int>(recv(from, bytes, sizeof bytes, MSG_DONTWAIT));
}

int end_of(pid_t pid) {
  int status = 0;
  return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

int fork_exec_exit() {
  const pid_t pid = fork();
  if (pid == 0) {
    execl(kProgram, "operations", "end", nullptr);
    _exit(1);
  }
  return end_of(pid);
}

int new_user_namespace() {
  const auto pid = static_cast<pid_t>(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  if (pid == 0) _exit(0);
  return end_of(pid);
}

int same_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  return syscall(SYS_capget, &header, data) == 0 ? static_cast<int>(syscall(SYS_capset, &header, data)) : -1;
}

int new_map() {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  return closed(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

int new_counter() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_DUMMY;
  return closed(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

int new_ring() {
  io_uring_params parameters{};
  return closed(syscall(SYS_io_uring_setup, 4, &parameters));
}

// What the kernel refuses as no module, after its hooks.
int load_module() {
  static const char kNoModule[4096] = "no module";
  return syscall(SYS_init_module, kNoModule, sizeof kNoModule, "") != 0 && errno == ENOEXEC ? 0 : -1;
}

int move_here_there() {
  return static_cast<int>(syscall(SYS_move_mount, AT_FDCWD, "/run/cost/here", AT_FDCWD, "/run/cost/there", 0));
}

int mount_on(const char* path) { return mount("none", path, "tmpfs", 0, nullptr); }

void* executable_mapping() {
  void* mapped = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  if (mapped != MAP_FAILED) munmap(mapped, 4096);
  return mapped;
}

struct Operation {
  const char* kind;  // "-": no hook is about it, so that it must cost the same
  const char* name;
  int (*act)();                // counted; negative when it failed
  void (*before)() = nothing;  // not counted
  void (*after)() = nothing;
};

const Operation kOperations[] = {
    {"-", "getpid", [] { return static_cast<int>(syscall(SYS_getpid)); }},
    {"-", "stat",
     [] {
       struct stat info;
       return stat(kFile, &info);
     }},
    {"fork", "fork+exec+exit", fork_exec_exit},
    {"exec", "fork+exec+exit", fork_exec_exit},
    {"exit", "fork+exec+exit", fork_exec_exit},
    {"setuid", "setuid", [] { return static_cast<int>(syscall(SYS_setuid, 0)); }},
    {"setgid", "setgid", [] { return static_cast<int>(syscall(SYS_setgid, 0)); }},
    {"capset", "capget+capset", same_capabilities},
    {"ptrace", "attach", [] { return static_cast<int>(ptrace(PTRACE_ATTACH, child, 0, 0)); }, nothing,
     [] {
       waitpid(child, nullptr, 0);
       ptrace(PTRACE_DETACH, child, 0, 0);
     }},
    {"signal", "kill(child, 0)", [] { return kill(child, 0); }},
    {"setns", "setns", [] { return setns(uts_namespace, CLONE_NEWUTS); }},
    {"unshare", "unshare", [] { return unshare(CLONE_NEWUTS); }},
    {"userns", "clone(NEWUSER)+exit", new_user_namespace},
    {"chroot", "chroot", [] { return chroot("/"); }},
    {"mmap", "mmap exec+munmap", [] { return executable_mapping() == MAP_FAILED ? -1 : 0; }},
    {"mprotect", "mprotect exec", [] { return mprotect(page, 4096, PROT_READ | PROT_EXEC); }, nothing,
     [] { mprotect(page, 4096, PROT_READ | PROT_WRITE); }},
    {"memfd", "memfd_create+close", [] { return closed(memfd_create("m", 0)); }},
    {"open", "open+close", [] { return open_close(kFile, O_RDONLY); }},
    {"create", "create+close+unlink", [] { return open_close(kOther, O_CREAT | O_EXCL | O_WRONLY) | unlink(kOther); }},
    {"unlink", "create+close+unlink", [] { return open_close(kOther, O_CREAT | O_EXCL | O_WRONLY) | unlink(kOther); }},
    {"rmdir", "mkdir+rmdir", [] { return mkdir(kOther, 0700) | rmdir(kOther); }},
    {"mkdir", "mkdir+rmdir", [] { return mkdir(kOther, 0700) | rmdir(kOther); }},
    {"rename", "rename", [] { return rename(kFile, kOther); }, nothing, [] { rename(kOther, kFile); }},
    {"link", "link", [] { return link(kFile, kOther); }, nothing, [] { unlink(kOther); }},
    {"symlink", "symlink", [] { return symlink("x", kOther); }, nothing, [] { unlink(kOther); }},
    {"mknod", "mkfifo", [] { return mkfifo(kOther, 0600); }, nothing, [] { unlink(kOther); }},
    {"chmod", "chmod", [] { return chmod(kFile, 0755); }},
    {"chown", "chown", [] { return chown(kFile, 0, 0); }},
    {"truncate", "truncate", [] { return truncate(kFile, 4096); }},
    {"setxattr", "setxattr", [] { return setxattr(kFile, "trusted.cost", "x", 1, 0); }},
    {"mount", "mount", [] { return mount_on(kDirectory); }, nothing, [] { umount2(kDirectory, 0); }},
    {"umount", "umount", [] { return umount2(kDirectory, 0); }, [] { mount_on(kDirectory); }},
    {"move_mount", "move_mount", move_here_there, [] { mount_on("/run/cost/here"); },
     [] { umount2("/run/cost/there", 0); }},
    {"socket", "socket+close", [] { return closed(socket(AF_INET, SOCK_STREAM, 0)); }},
    {"bind", "bind", bind_any, new_client, close_client},
    {"listen", "listen", [] { return listen(client, 16); }, new_client, close_client},
    {"connect", "connect+accept+close", connect_accept},
    {"accept", "connect+accept+close", connect_accept},
    {"close", "connect+accept+close", connect_accept},
    {"send", "sendto", [] { return send_to(sender, receiver_address); }, nothing, [] { take_datagram(receiver); }},
    {"dns", "receive from port 53", [] { return receive(sender); }, [] { send_to(resolver, sender_address); }},
    {"dup", "dup2", [] { return dup2(sender, 0) == 0 ? 0 : -1; }},
    {"module", "init_module, refused", load_module},
    {"kexec", "kexec_load, unload", [] { return static_cast<int>(syscall(SYS_kexec_load, 0, 0, nullptr, 0)); }},
    {"bpf", "map create+close", new_map},
    {"perf_event", "perf_event_open+close", new_counter},
    {"io_uring", "io_uring_setup+close", new_ring},
    {"userfaultfd", "userfaultfd+close", [] { return closed(syscall(SYS_userfaultfd, O_CLOEXEC)); }},
    {"lockdown", "open /dev/mem+close", [] { return open_close("/dev/mem", O_RDONLY); }},
};

void measure(const Operation& operation) {
  static std::uint32_t counts[kRounds];
  for (int round = -kWarmUp; round < kRounds; ++round) {
    operation.before();
    const std::uint64_t begin = __rdtsc();
    const int result = operation.act();
    const std::uint64_t end = __rdtsc();
    if (result < 0) {
      std::printf("%s\tfailed: %s\n", operation.name, std::strerror(errno));
      return;
    }
    operation.after();
    if (round >= 0) counts[round] = static_cast<std::uint32_t>(end - begin);
  }
  std::nth_element(counts, counts + kRounds / 2, counts + kRounds);
  std::printf("%s\t%u\n", operation.name, counts[kRounds / 2]);
}

}  // namespace

int main(int argc, char** argv) {
  const char* word = argc > 1 ? argv[1] : "";
  if (std::strcmp(word, "end") == 0) return 0;
  if (std::strcmp(word, "list") == 0) {
    for (const Operation& operation : kOperations) std::printf("%s\t%s\n", operation.kind, operation.name);
    return 0;
  }
  if (std::strcmp(word, "run") != 0 || argc != 3) {
    std::fprintf(stderr, "usage: operations list | run KIND\n");
    return 2;
  }
  if (!prepare()) {
    std::perror("operations");
    return 1;
  }
  for (const Operation& operation : kOperations) {
    if (std::strcmp(operation.kind, argv[2]) == 0) measure(operation);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);  // it holds the ports
  return 0;
}
