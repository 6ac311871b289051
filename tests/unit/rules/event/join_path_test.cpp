// SPDX-License-Identifier: Apache-2.0
#include "rules/event/join_path.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

TEST(JoinPath, IsLexical) {
  const struct {
    std::string_view directory, name, joined;
  } rows[] = {
      {"/home/u", "a", "/home/u/a"},
      {"/home/u", "./a/../b", "/home/u/b"},
      {"/home/u", "../../../..", "/"},
      {"/home/u", "../../../../etc/shadow", "/etc/shadow"},
      {"/", "a", "/a"},
      {"", "/etc//./passwd/", "/etc/passwd"},
      {"/ignored", "/etc/x", "/etc/x"},
      {"/d", "", "/d"},
      {"/d", "...", "/d/..."},
      {"/d", "..a/.b", "/d/..a/.b"},
      {"", "", "/"},
  };
  Scratch scratch;
  for (const auto& row : rows) EXPECT_EQ(join_path(row.directory, row.name, scratch), row.joined) << row.name;
}

}  // namespace
}  // namespace picket
