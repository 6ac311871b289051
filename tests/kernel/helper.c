/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests and the intruder of `make run` execute. Static, so that it runs in an empty root and from memory.
 *
 *   helper wait [...]                 stays until a signal ends it
 *   helper exit CODE                  ends with that code
 *   helper memfd FILE ARGUMENT...     executes a copy of FILE that exists in memory only; argv[0] is the first ARGUMENT
 *   helper thread FILE ARGUMENT...    executes FILE from a thread that is not the first one
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int stay(char** arguments) {
  (void)arguments;
  while (pause() < 0) {
  }
  return 0;
}

static int end(char** arguments) { return arguments[0] ? atoi(arguments[0]) : 2; }

static int from_memory(char** arguments) {
  struct stat info;
  int file = arguments[0] ? open(arguments[0], O_RDONLY | O_CLOEXEC) : -1;
  int memory = memfd_create("helper", MFD_CLOEXEC);

  if (file < 0 || memory < 0 || fstat(file, &info) || sendfile(memory, file, NULL, info.st_size) != info.st_size)
    return 126;
  fexecve(memory, arguments + 1, environ);
  return 127;
}

static void* execute(void* arguments) {
  char** file_and_arguments = arguments;

  execv(file_and_arguments[0], file_and_arguments + 1);
  _exit(127);
}

static int from_thread(char** arguments) {
  pthread_t thread;

  if (pthread_create(&thread, NULL, execute, arguments)) return 126;
  return stay(arguments); /* the exec ends this thread */
}

static const struct {
  const char* name;
  int (*run)(char** arguments);
} modes[] = {
    {"wait", stay},
    {"exit", end},
    {"memfd", from_memory},
    {"thread", from_thread},
};

int main(int argc, char** argv) {
  for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
    if (!strcmp(argv[1], modes[i].name)) return modes[i].run(argv + 2);
  fprintf(stderr, "usage: helper wait | exit CODE | memfd FILE ARGUMENT... | thread FILE ARGUMENT...\n");
  return 2;
}
