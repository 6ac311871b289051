// SPDX-License-Identifier: Apache-2.0
//
// What tests, and the intruder of `make run`, execute. Static, so that it runs in an empty root and from memory.
//
//   helper wait [...]              stays until a signal ends it
//   helper exit CODE [...]         ends with that code
//   helper memfd FILE ARGUMENT...  executes a copy of FILE that exists in memory only; the first ARGUMENT is its name
//   helper thread FILE ARGUMENT... executes FILE from a thread that is not the first one
//   helper storm PROCESSES FILE    makes that many processes, which end at once: of each hundred sixty do nothing,
//                                  ten execute FILE, fifteen are chains of three and fifteen such of orphans
//   helper opens COUNT RATE FILE   opens FILE that many times, RATE times a second
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

int stay(char** /*arguments*/) {
  while (pause() < 0) {
  }
  return 0;
}

int end(char** arguments) { return arguments[0] ? std::atoi(arguments[0]) : 2; }

int from_memory(char** arguments) {
  const int file = arguments[0] ? open(arguments[0], O_RDONLY | O_CLOEXEC) : -1;
  const int memory = memfd_create("helper", MFD_CLOEXEC);
  struct stat info {};
  if (file < 0 || memory < 0 || fstat(file, &info) != 0) return 126;
  if (sendfile(memory, file, nullptr, static_cast<std::size_t>(info.st_size)) != info.st_size) return 126;
  fexecve(memory, arguments + 1, environ);
  return 127;
}

void* execute(void* given) {
  char** arguments = static_cast<char**>(given);
  execv(arguments[0], arguments + 1);
  _exit(127);
}

int from_thread(char** arguments) {
  pthread_t thread;
  if (!arguments[0] || pthread_create(&thread, nullptr, execute, arguments) != 0) return 126;
  return stay(arguments);  // the exec ends this thread
}

// The child of a vfork shares our memory until it executes or ends; the call is cheap for that.
void one(const char* program) {
  const pid_t pid = vfork();
  if (pid == 0) {
    if (program != nullptr) execl(program, "storm-exec", "exit", "0", nullptr);
    _exit(0);
  }
  if (pid > 0) waitpid(pid, nullptr, 0);
}

// A process that makes a process, and so on; each waits for its own, or none does.
void chain(int length, bool orphans) {
  const pid_t pid = fork();
  if (pid == 0) {
    if (length > 1) chain(length - 1, orphans);
    _exit(0);
  }
  if (pid > 0 && !orphans) waitpid(pid, nullptr, 0);
}

int storm(char** arguments) {
  if (!arguments[0] || !arguments[1]) return 2;
  const long processes = std::atol(arguments[0]);
  for (long made = 0; made < processes;) {
    for (int i = 0; i < 60; ++i) one(nullptr);
    for (int i = 0; i < 10; ++i) one(arguments[1]);
    for (int i = 0; i < 5; ++i) chain(3, false);
    for (int i = 0; i < 5; ++i) chain(3, true);
    made += 60 + 10 + 15 + 15;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  return 0;
}

// A hundredth of a second's worth at once, so that the waking costs a slow guest little. Whoever was late catches up.
int opens(char** arguments) {
  if (!arguments[0] || !arguments[1] || !arguments[2]) return 2;
  constexpr long kTimes = 100;
  const long count = std::atol(arguments[0]), rate = std::atol(arguments[1]);
  timespec due{};
  clock_gettime(CLOCK_MONOTONIC, &due);
  for (long done = 0, times = 1; done < count; ++times) {
    for (; done < count && done < times * rate / kTimes; ++done) {
      const int file = open(arguments[2], O_RDONLY | O_CLOEXEC);
      if (file < 0) return 1;
      close(file);
    }
    due.tv_nsec += 1'000'000'000 / kTimes;
    if (due.tv_nsec >= 1'000'000'000) ++due.tv_sec, due.tv_nsec -= 1'000'000'000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
  }
  return 0;
}

struct Mode {
  const char* name;
  int (*run)(char** arguments);
};

constexpr Mode kModes[] = {{"wait", stay},          {"exit", end},    {"memfd", from_memory},
                           {"thread", from_thread}, {"storm", storm}, {"opens", opens}};

}  // namespace

int main(int argc, char** argv) {
  for (const Mode& mode : kModes) {
    if (argc > 1 && std::strcmp(argv[1], mode.name) == 0) return mode.run(argv + 2);
  }
  std::fprintf(stderr,
               "usage: helper wait | exit CODE | memfd FILE ARGUMENT... | thread FILE ARGUMENT... | "
               "storm PROCESSES FILE | opens COUNT RATE FILE\n");
  return 2;
}
