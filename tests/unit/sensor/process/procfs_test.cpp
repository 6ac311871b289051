// SPDX-License-Identifier: Apache-2.0
//
// Reading /proc, compared with what this very process and its children know about themselves.
#include "sensor/process/procfs.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sensor/process/table.h"
#include "tests/support/record.h"

namespace picket {
namespace {

constexpr std::uint32_t kLimit = 8192;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Snapshot {
  std::map<std::uint32_t, std::vector<std::byte>> records;  // by pid

  static Snapshot take(std::uint32_t limit = kLimit) {
    Snapshot snapshot;
    const auto done = snapshot_from_procfs(limit, [&snapshot](std::span<const std::byte> record) {
      pk_header header{};
      std::memcpy(&header, record.data(), sizeof header);
      EXPECT_EQ(header.size, record.size());
      snapshot.records[pk_key_pid(header.process)].assign(record.begin(), record.end());
    });
    EXPECT_TRUE(done);
    return snapshot;
  }

  const pk_exec& at(pid_t pid) const {
    return *reinterpret_cast<const pk_exec*>(records.at(static_cast<std::uint32_t>(pid)).data());
  }
};

std::string text_of(const pk_exec& record, const pk_text& field) {
  return {reinterpret_cast<const char*>(&record) + field.offset, field.size};
}

// A child that does nothing until it is told to end.
class Child {
 public:
  template <class Start>
  explicit Child(Start start) : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // never left behind
    start();
    pause();
    _exit(0);
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(Procfs, SnapshotOfThisProcess) {
  const Snapshot snapshot = Snapshot::take();
  const pk_exec& record = snapshot.at(getpid());
  EXPECT_EQ(record.header.kind, PK_exec);
  EXPECT_EQ(record.header.flags, PK_FLAG_backfilled);
  EXPECT_EQ(record.header.syscall, -1);
  EXPECT_EQ(record.header.uid, geteuid());
  EXPECT_EQ(record.real_uid, getuid());
  EXPECT_EQ(record.header.gid, getegid());
  EXPECT_EQ(record.session, static_cast<pk_u32>(getsid(0)));
  EXPECT_EQ(record.process_group, static_cast<pk_u32>(getpgid(0)));
  EXPECT_EQ(pk_key_pid(record.parent), static_cast<pk_u32>(getppid()));
  EXPECT_EQ(text_of(record, record.argv), file_text("/proc/self/cmdline"));
  EXPECT_EQ(record.argv_size, record.argv.size);
  EXPECT_EQ(std::string(record.comm.bytes) + "\n", file_text("/proc/self/comm"));

  char path[4096] = {};
  ASSERT_GT(readlink("/proc/self/exe", path, sizeof path - 1), 0);
  EXPECT_EQ(text_of(record, record.path), path);
  EXPECT_EQ(text_of(record, record.cwd), getcwd(path, sizeof path));
  struct stat status {};
  ASSERT_EQ(stat("/proc/self/exe", &status), 0);
  EXPECT_EQ(record.inode, status.st_ino);
  EXPECT_EQ(record.device, major(status.st_dev) << 20 | minor(status.st_dev));
  EXPECT_EQ(record.exe_mode, status.st_mode);
  ASSERT_EQ(fstat(1, &status), 0);
  EXPECT_EQ(record.stdout_mode, status.st_mode);
  ASSERT_EQ(stat("/proc/self/ns/pid", &status), 0);
  EXPECT_EQ(record.pid_namespace, status.st_ino);
  ASSERT_EQ(stat("/proc/self/ns/cgroup", &status), 0);
  EXPECT_EQ(record.cgroup_namespace, status.st_ino);
  EXPECT_EQ(record.start_time % PK_KEY_TICK_NS, 0u);
  EXPECT_EQ(record.header.process, pk_process_key(static_cast<pk_u32>(getpid()), record.start_time));
}

TEST(Procfs, SnapshotFillsTheTable) {
  ProcessTable table;
  const Snapshot snapshot = Snapshot::take();
  for (const auto& [pid, record] : snapshot.records) {
    table.apply_snapshot(Event{reinterpret_cast<const pk_header*>(record.data()), nullptr, nullptr, 0, {}});
  }
  const Process* self = table.find(snapshot.at(getpid()).header.process);
  ASSERT_NE(self, nullptr);
  ASSERT_NE(self->parent, nullptr);
  EXPECT_EQ(self->parent->pid, static_cast<std::uint32_t>(getppid()));
  EXPECT_TRUE(self->parent->known);
}

TEST(Procfs, NameOfAnyBytes) {
  const Child child([] { std::ofstream("/proc/self/comm") << ") R 1 ("; });
  while (file_text("/proc/" + std::to_string(child.pid()) + "/comm") != ") R 1 (\n") usleep(1000);
  EXPECT_STREQ(Snapshot::take().at(child.pid()).comm.bytes, ") R 1 (");
}

TEST(Procfs, ProgramInAMemfd) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const Child child([&ready] {
    // A copy of this shell's `sleep` in memory: the executable has no name anywhere.
    const int memory = memfd_create("evil", 0);
    const std::string program = file_text("/bin/sleep");
    if (write(memory, program.data(), program.size()) < 0) _exit(1);
    fcntl(ready[1], F_SETFD, FD_CLOEXEC);
    const char* argv[] = {"sleep", "100", nullptr};
    fexecve(memory, const_cast<char**>(argv), environ);
    _exit(1);
  });
  close(ready[1]);
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 0) << "the exec closes the pipe";
  close(ready[0]);

  const Snapshot snapshot = Snapshot::take();
  const pk_exec& record = snapshot.at(child.pid());
  EXPECT_EQ(record.exe_flags, PK_EXE_memfd | PK_EXE_unlinked | PK_EXE_tmpfs);
  EXPECT_EQ(text_of(record, record.path), "memfd:evil");
  EXPECT_EQ(text_of(record, record.argv), std::string("sleep\0"
                                                      "100\0",
                                                      10));
}

TEST(Procfs, ZombiesAreNoProcesses) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(Snapshot::take().records.contains(static_cast<std::uint32_t>(pid)));
  waitpid(pid, nullptr, 0);
}

TEST(Procfs, ArgumentsAreCutAtTheLimit) {
  const std::string whole = file_text("/proc/self/cmdline");
  const Snapshot snapshot = Snapshot::take(3);
  const pk_exec& record = snapshot.at(getpid());
  EXPECT_EQ(text_of(record, record.argv), whole.substr(0, 3));
  EXPECT_EQ(record.argv_size, whole.size());
  EXPECT_EQ(record.header.flags, PK_FLAG_backfilled | PK_FLAG_argv_truncated);
}

// A record as the kernel's iterator makes it.
test::Record<pk_exec> record_without_arguments(pk_key key) {
  test::Record<pk_exec> record(Kind::exec);
  record->header.process = key;
  record->header.flags = PK_FLAG_backfilled;
  record.text(&pk_exec::path, "/usr/bin/test");
  return record;
}

const pk_exec& exec_of(const std::vector<std::byte>& record) {
  return *reinterpret_cast<const pk_exec*>(record.data());
}

TEST(Procfs, WithArguments) {
  auto record = record_without_arguments(Snapshot::take().at(getpid()).header.process);
  const auto completed = with_arguments(record.bytes(), kLimit);
  const pk_exec& exec = exec_of(completed);
  EXPECT_EQ(exec.header.size, completed.size());
  EXPECT_EQ(text_of(exec, exec.argv), file_text("/proc/self/cmdline"));
  EXPECT_EQ(text_of(exec, exec.path), "/usr/bin/test");
  EXPECT_EQ(exec.header.flags, PK_FLAG_backfilled);
}

TEST(Procfs, WithArgumentsOfAnotherProcessOfThatPid) {
  const pk_exec self = Snapshot::take().at(getpid());
  auto record =
      record_without_arguments(pk_process_key(static_cast<pk_u32>(getpid()), self.start_time - PK_KEY_TICK_NS));
  const auto completed = with_arguments(record.bytes(), kLimit);
  EXPECT_EQ(exec_of(completed).argv.size, 0u);
  EXPECT_TRUE(exec_of(completed).header.flags & PK_FLAG_argv_truncated);
}

TEST(Procfs, WithArgumentsLeavesOtherRecordsAlone) {
  const auto same = [](std::span<const std::byte> record) {
    const auto copy = with_arguments(record, kLimit);
    return copy.size() == record.size() && std::memcmp(copy.data(), record.data(), copy.size()) == 0;
  };
  test::Record<pk_open> open(Kind::open);
  EXPECT_TRUE(same(open.bytes()));
  auto full = record_without_arguments(1);
  full.text(&pk_exec::argv, "x");
  EXPECT_TRUE(same(full.bytes()));
  test::Record<pk_exec> kernel_thread(Kind::exec);
  EXPECT_TRUE(same(kernel_thread.bytes()));
  EXPECT_TRUE(same(full.bytes().first(10))) << "a stump";
  EXPECT_TRUE(same(full.bytes().first(sizeof(pk_exec)))) << "cut short";
}

// Processes come and go while they are read: whoever is reported is reported whole.
TEST(Procfs, ProcessesThatVanish) {
  std::atomic<bool> stop = false;
  const auto storm = [&stop] {
    while (!stop) {
      const pid_t pid = vfork();
      if (pid == 0) {
        execl("/bin/true", "true", nullptr);
        _exit(1);
      }
      waitpid(pid, nullptr, 0);
    }
  };
  std::vector<std::thread> storms;
  for (int i = 0; i < 4; ++i) storms.emplace_back(storm);
  for (int round = 0; round < 50; ++round) {
    const Snapshot snapshot = Snapshot::take();
    EXPECT_TRUE(snapshot.records.contains(static_cast<std::uint32_t>(getpid())));
    for (const auto& [pid, record] : snapshot.records) {
      const pk_exec& exec = exec_of(record);
      if (pk_key_pid(exec.parent) != static_cast<pk_u32>(getpid())) continue;
      const bool flagged = (exec.header.flags & PK_FLAG_argv_truncated) != 0;
      EXPECT_NE(exec.path.size, 0u) << exec.comm.bytes;
      EXPECT_EQ(exec.argv.size == 0, flagged) << exec.comm.bytes;
    }
  }
  stop = true;
  for (std::thread& thread : storms) thread.join();
}

}  // namespace
}  // namespace picket
