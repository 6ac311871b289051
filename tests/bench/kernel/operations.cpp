// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/kernel/operations.h"

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

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

// ---- what operations work on, made once by prepare() ----

// Six names deep and behind one mount, as most files are. The rules of `rules` name these paths and ports.
constexpr const char* kDirectories[] = {"/run/bench", "/run/bench/app", "/run/bench/app/conf",
                                        "/run/bench/app/conf/site"};
constexpr const char* kFile = "/run/bench/app/conf/site/file.conf";
constexpr const char* kOther = "/run/bench/app/conf/site/other.conf";
constexpr const char* kForbidden = "/run/bench/app/conf/site/forbidden.conf";
constexpr const char* kDirectory = "/run/bench/directory";
constexpr int kTcpPort = 4711;
constexpr int kUdpPort = 4712;

const char* program = nullptr;
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
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  address = loopback(port);
  socklen_t size = sizeof address;
  const bool done = bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return done ? socket : -1;
}

int send_to(int from, const sockaddr_in& to) {
  return static_cast<int>(sendto(from, "datagram", 8, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to));
}

void nothing_more() {
  for (;;) pause();
}

// ---- operations ----

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
    execl(program, "nothing", "at", "all", nullptr);
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
  return static_cast<int>(syscall(SYS_move_mount, AT_FDCWD, "/run/bench/here", AT_FDCWD, "/run/bench/there", 0));
}

int mount_on(const char* path) { return mount("none", path, "tmpfs", 0, nullptr); }

void* executable_mapping() {
  void* mapped = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  if (mapped != MAP_FAILED) munmap(mapped, 4096);
  return mapped;
}

int refused_open() {
  const int opened = open(kForbidden, O_RDONLY);
  return opened >= 0 ? close(opened) : errno == EPERM ? 0 : -1;
}

char bytes[64];

const Operation kIncrements[] = {
    {"-", "getpid", [] { return static_cast<int>(syscall(SYS_getpid)); }},
    {"-", "stat",
     [] {
       struct stat info;
       return stat(kFile, &info);
     }},
    {"-", "read", [] { return static_cast<int>(pread(file, bytes, sizeof bytes, 0)); }},
    {"-", "write", [] { return static_cast<int>(pwrite(file, bytes, sizeof bytes, 0)); }},
    {"open", "open+close", [] { return open_close(kFile, O_RDONLY); }},
    {"open", "open for write+close", [] { return open_close(kFile, O_WRONLY); }},
    {"create", "create+unlink", [] { return open_close(kOther, O_CREAT | O_EXCL | O_WRONLY) | unlink(kOther); }},
    {"rename", "rename and back", [] { return rename(kFile, kOther) | rename(kOther, kFile); }},
    {"connect", "connect+accept+close", connect_accept},
    {"send", "sendto", [] { return send_to(sender, receiver_address); }, nothing, [] { take_datagram(receiver); }},
    {"exec", "fork+exec+exit", fork_exec_exit},
};

const Operation kRefused[] = {{"open", "open, refused", refused_open}};

const Operation kEveryHook[] = {
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
    {"move_mount", "move_mount", move_here_there, [] { mount_on("/run/bench/here"); },
     [] { umount2("/run/bench/there", 0); }},
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

}  // namespace

std::span<const Operation> increments() { return kIncrements; }
std::span<const Operation> refused() { return kRefused; }
std::span<const Operation> every_hook() { return kEveryHook; }

bool prepare(const char* executed) {
  program = executed;
  // Mounts of a namespace of its own: nothing stays.
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  for (const char* name : kDirectories) mkdir(name, 0755);
  for (const char* name : {kDirectory, "/run/bench/here", "/run/bench/there"}) mkdir(name, 0755);
  file = open(kFile, O_RDWR | O_CREAT, 0755);
  open_close(kForbidden, O_RDWR | O_CREAT);
  uts_namespace = open("/proc/self/ns/uts", O_RDONLY);
  listener = bound(SOCK_STREAM, listener_address, kTcpPort);
  receiver = bound(SOCK_DGRAM, receiver_address, kUdpPort);
  sockaddr_in resolver_address;
  resolver = bound(SOCK_DGRAM, resolver_address, 53);
  sender = bound(SOCK_DGRAM, sender_address, 0);
  page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  child = fork();
  if (child == 0) nothing_more();
  return file >= 0 && ftruncate(file, 4096) == 0 && uts_namespace >= 0 && listen(listener, 16) == 0 && receiver >= 0 &&
         resolver >= 0 && sender >= 0 && page != MAP_FAILED && child > 0;
}

void finish() {
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);  // it holds the ports
}

}  // namespace bench
