// SPDX-License-Identifier: Apache-2.0
//
// Ways round a rule about programs: tests/kernel/evasion/ways.def names them, the table of docs/evasion.md shows them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/kernel/evasion/evasion.h"
#include "tests/kernel/support/compat.h"

namespace picket::test {
namespace {

#if defined(__x86_64__)
constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
#else
constexpr const char* kLoader = "/lib/ld-linux-aarch64.so.1";
#endif

int run_descriptor(int descriptor, const Scene& scene) {
  char* const arguments[] = {const_cast<char*>("touch"), const_cast<char*>(scene.proof.c_str()), nullptr};
  syscall(SYS_execveat, descriptor, "", arguments, environ, AT_EMPTY_PATH);
  return errno;
}

void make_executable(const std::string& path, const std::string& text) {
  write_file(path, text);
  ASSERT_EQ(0, chmod(path.c_str(), 0777));
}

std::string script(const Scene& scene) { return scene.directory + "/script"; }
void make_script(Scene& scene) { make_executable(script(scene), "touch " + scene.proof + "\n"); }

std::string script_outside(const Scene& scene, int number) { return scene.outside / "script" + std::to_string(number); }

// As many as the kernel follows, outside of the scene; the last one's interpreter is the scene's program.
constexpr int kScripts = 5;
void make_scripts(Scene& scene) {
  for (int i = 0; i < kScripts; ++i) {
    make_executable(script_outside(scene, i),
                    "#!" + (i + 1 < kScripts ? script_outside(scene, i + 1) : scene.program) + "\n");
  }
}

std::string in_shared_memory(const Scene& scene) {
  return kProtectedMemory + scene.directory.substr(scene.directory.rfind('/'));
}

bool is_at(pid_t pid, int op, std::uint64_t number) {
  __ptrace_syscall_info info{};
  return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 && info.op == op && info.entry.nr == number;
}

// Lets it go on until it enters execve, and overwrites the path there.
bool change_path(pid_t pid, const char* at, const std::string& path) {
  int status = 0;
  if (ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD) != 0) return false;
  do {
    if (ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) != 0 || waitpid(pid, &status, 0) != pid) return false;
    if (!WIFSTOPPED(status)) return false;
  } while (!is_at(pid, PTRACE_SYSCALL_INFO_ENTRY, SYS_execve));
  for (std::size_t done = 0; done <= path.size(); done += sizeof(long)) {
    long word = 0;
    std::memcpy(&word, path.c_str() + done, std::min(sizeof word, path.size() + 1 - done));
    if (ptrace(PTRACE_POKEDATA, pid, at + done, word) != 0) return false;
  }
  return ptrace(PTRACE_DETACH, pid, nullptr, nullptr) == 0;
}

}  // namespace

TEST_F(Evasion, LinkToAProgram) {
  go({.rule = "exec",
      .prepare = [](Scene& scene) { ASSERT_EQ(0, symlink(scene.program.c_str(), (scene.outside / "x").c_str())); },
      .act = [](const Scene& scene) { return run(scene.outside / "x", scene); },
      .happened = is_proven});
}

TEST_F(Evasion, EmptyPath) {
  go({.rule = "exec",
      .act = [](const Scene& scene) { return run_descriptor(open(scene.program.c_str(), O_PATH), scene); },
      .happened = is_proven});
}

TEST_F(Evasion, Memfd) {
  go({.rule = "memfd",
      .act =
          [](const Scene& scene) {
            const int from = open("/usr/bin/touch", O_RDONLY), memory = memfd_create("touch", MFD_CLOEXEC);
            if (sendfile(memory, from, nullptr, 1 << 24) <= 0) return 123;
            return run_descriptor(memory, scene);
          },
      .happened = is_proven,
      .names_the_place = false});
}

TEST_F(Evasion, SharedMemory) {
  std::filesystem::create_directories(kProtectedMemory);
  go({.rule = "exec",
      .prepare = [](Scene& scene) { copy_file("/usr/bin/touch", in_shared_memory(scene)); },
      .act = [](const Scene& scene) { return run(in_shared_memory(scene), scene); },
      .happened = is_proven,
      .names_the_place = false});
  std::filesystem::remove_all(kProtectedMemory);
}

TEST_F(Evasion, DeletedProgram) {
  int program = -1;  // the child inherits it
  go({.rule = "exec",
      .prepare =
          [&](Scene& scene) {
            program = open(scene.program.c_str(), O_PATH);
            ASSERT_EQ(0, unlink(scene.program.c_str()));
          },
      .act = [&](const Scene& scene) { return run_descriptor(program, scene); },
      .happened =
          [&](const Scene& scene) {
            close(program);
            return is_proven(scene);
          }});
}

TEST_F(Evasion, Loader) {
  go({.rule = "mmap",
      .act =
          [](const Scene& scene) {
            execl(kLoader, "ld.so", scene.program.c_str(), scene.proof.c_str(), nullptr);
            return errno;
          },
      .happened = is_proven,
      .refused = 127});  // the loader's
}

// Shells have exit codes of their own for it.
TEST_F(Evasion, Interpreter) {
  go({.prepare = make_script,
      .act =
          [](const Scene& scene) {
            const int code = in_child([&] {
              execl("/bin/sh", "sh", script(scene).c_str(), nullptr);
              return 0;
            });
            return code == 0 ? 0 : kRefused;
          },
      .happened = is_proven});
}

TEST_F(Evasion, StandardInput) {
  go({.prepare = make_script,
      .act =
          [](const Scene& scene) {
            const int file = open(script(scene).c_str(), O_RDONLY);
            if (file < 0 || dup2(file, 0) != 0) return errno;
            execl("/bin/sh", "sh", nullptr);
            return errno;
          },
      .happened = is_proven});
}

TEST_F(Evasion, ScriptsOfScripts) {
  go({.rule = "exec",
      .prepare = make_scripts,
      .act = [](const Scene& scene) { return run(script_outside(scene, 0), scene); },
      .happened = is_proven});
}

TEST_F(Evasion, ExecutingThread) {
  go({.rule = "exec",
      .act =
          [](const Scene& scene) {
            int error = 0;
            std::thread([&] { error = run(scene.program, scene); }).join();
            return error;
          },
      .happened = is_proven});
}

TEST_F(Evasion, Vfork) {
  go({.rule = "exec",
      .act =
          [](const Scene& scene) {
            int status = 0;
            const pid_t pid = vfork();
            if (pid == 0) _exit(run(scene.program, scene));
            return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 123;
          },
      .happened = is_proven});
}

// TRACEME lets the parent do as it likes; what the kernel decides about is what it has read of the path afterwards.
TEST_F(Evasion, PathChangedByTracer) {
  go({.rule = "exec",
      .act =
          [](const Scene& scene) {
            static char path[PATH_MAX] = "/bin/true";
            const pid_t pid = fork();
            if (pid == 0) {
              if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || raise(SIGSTOP) != 0) _exit(123);
              execl(path, "touch", scene.proof.c_str(), nullptr);
              _exit(errno);
            }
            int status = 0;
            if (waitpid(pid, &status, 0) != pid || !change_path(pid, path, scene.program)) return 122;
            return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 121;
          },
      .happened = is_proven});
}

#if defined(__x86_64__)
TEST_F(Evasion, Compat32Execve) {
  go({.rule = "exec",
      .act =
          [](const Scene& scene) {
            const std::uint32_t arguments[] = {low_text("touch"), low_text(scene.proof), 0}, nothing = 0;
            return -compat_call(11, low_text(scene.program), low_copy(arguments, sizeof arguments),
                                low_copy(&nothing, sizeof nothing));
          },
      .happened = is_proven});
}
#endif

}  // namespace picket::test
