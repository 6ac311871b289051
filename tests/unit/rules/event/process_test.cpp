// SPDX-License-Identifier: Apache-2.0
#include "rules/event/process.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

using namespace std::string_literals;

TEST(Process, ArgumentsAreSeenInTheCommandLine) {
  const struct {
    std::string argv, cmdline;
    std::string_view argv0, args;
  } rows[] = {
      {"", "kthreadd", "", ""},
      {"ls\0"s, "ls", "ls", ""},
      {"/bin/ls\0-l\0a b\0"s, "ls -l a b", "/bin/ls", "-l a b"},
      {"ls\0-l\0cut"s, "ls -l cut", "ls", "-l cut"},
      {"cut"s, "sh", "cut", ""},
      {"ls\0\0"s, "ls ", "ls", ""},
      {"\0x\0"s, "ls x", "", "x"},
      {"long\0argument\0"s, "sh", "long", ""},  // a command line that does not fit is not looked into
  };
  for (const auto& row : rows) {
    Process process;
    process.argv = row.argv;
    process.cmdline = row.cmdline;
    EXPECT_EQ(process.argv0(), row.argv0) << row.cmdline;
    EXPECT_EQ(process.args(), row.args) << row.cmdline;
  }
}

TEST(Process, CommandLinesThatFollowFromTheRest) {
  const struct {
    std::string comm, argv, cmdline;
    bool follows;
  } rows[] = {
      {"", "", "", true},
      {"kthreadd", "", "kthreadd", true},
      {"kthreadd", "", "", false},
      {"ls", "/bin/ls\0-l\0a b\0"s, "ls -l a b", true},
      {"ls", "/bin/ls\0-l\0cut"s, "ls -l cut", true},
      {"ls", "ls\0\0x\0"s, "ls  x", true},
      {"ls", "ls\0\0"s, "ls ", false},
      {"ls", "ls\0-l\0"s, "sh -l", false},
      {"ls", "ls\0-l\0"s, "ls -a", false},
      {"ls", "ls\0-l\0"s, "ls", false},
  };
  for (const auto& row : rows) {
    Process process;
    process.comm = row.comm;
    process.argv = row.argv;
    process.cmdline = row.cmdline;
    EXPECT_EQ(process.cmdline_follows(), row.follows) << row.cmdline;
    if (row.follows) {
      EXPECT_EQ(joined_cmdline(row.comm, row.argv), row.cmdline);
    }
  }
}

}  // namespace
}  // namespace picket
