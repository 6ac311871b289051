// SPDX-License-Identifier: Apache-2.0
//
// evt.type: every ABI's numbers lead to the call that the user would expect.
#include <gmock/gmock.h>
#include <sys/syscall.h>

#include <algorithm>

#include "rules/event/catalogue.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string_view name_of(Kind kind, int number, unsigned flags = 0) {
  static pk_header header;
  header = {};
  header.kind = static_cast<pk_u16>(kind);
  header.syscall = number;
  header.flags = static_cast<pk_u16>(flags);
  Event event;
  event.header = &header;
  return call_name(event);
}

TEST(CallNames, AreListedByKind) {
  EXPECT_THAT(call_names(Kind::open),
              ElementsAre("open", "openat", "openat2", "creat", "open_by_handle_at", "io_uring"));
  EXPECT_THAT(call_names(Kind::exec), ElementsAre("execve", "execveat"));
  EXPECT_THAT(call_names(Kind::fork), ElementsAre("fork", "vfork", "clone", "clone3"));
  EXPECT_THAT(call_names(Kind::connect), ElementsAre("connect", "io_uring"));
  EXPECT_THAT(call_names(Kind::exit), ElementsAre("procexit"));
  EXPECT_THAT(call_names(Kind::loss), IsEmpty());
}

// The numbers of this machine's own table come from its headers.
TEST(CallName, NativeNumbers) {
  const struct {
    Kind kind;
    int number;
    const char* expected;
  } rows[] = {
    {Kind::open, SYS_openat, "openat"},
    {Kind::open, SYS_openat2, "openat2"},
    {Kind::open, SYS_open_by_handle_at, "open_by_handle_at"},
    {Kind::open, SYS_io_uring_enter, "io_uring"},
    {Kind::exec, SYS_execve, "execve"},
    {Kind::exec, SYS_execveat, "execveat"},
    {Kind::fork, SYS_clone, "clone"},
    {Kind::fork, SYS_clone3, "clone3"},
    {Kind::connect, SYS_connect, "connect"},
    {Kind::connect, SYS_io_uring_enter, "io_uring"},
    {Kind::exit, SYS_exit_group, "procexit"},
#if defined(__x86_64__)
    {Kind::open, SYS_open, "open"},
    {Kind::open, SYS_creat, "creat"},
    {Kind::fork, SYS_fork, "fork"},
    {Kind::fork, SYS_vfork, "vfork"},
#endif
    {Kind::exec, SYS_io_uring_enter, "execve"},  // a ring cannot run programs
    {Kind::open, SYS_execve, "open"},            // a call that is none of the kind's
    {Kind::open, -1, "open"},
    {Kind::loss, -1, ""},
  };
  for (const auto& row : rows) EXPECT_EQ(name_of(row.kind, row.number), row.expected) << row.number;
}

TEST(CallName, WorkersOfARing) {
  EXPECT_EQ(name_of(Kind::open, -1, PK_FLAG_io_worker), "io_uring");
  EXPECT_EQ(name_of(Kind::connect, -1, PK_FLAG_io_worker), "io_uring");
  EXPECT_EQ(name_of(Kind::exec, -1, PK_FLAG_io_worker), "execve");
}

#if defined(__x86_64__)
TEST(CallName, OtherAbisOfX86) {
  const struct {
    Kind kind;
    int number;
    const char* expected;
  } i386[] = {
      {Kind::open, 5, "open"},         {Kind::open, 295, "openat"},     {Kind::open, 8, "creat"},
      {Kind::open, 437, "openat2"},    {Kind::exec, 11, "execve"},      {Kind::exec, 358, "execveat"},
      {Kind::connect, 362, "connect"}, {Kind::connect, 102, "connect"},  // socketcall
      {Kind::fork, 190, "vfork"},      {Kind::fork, 120, "clone"},      {Kind::open, 342, "open_by_handle_at"},
  };
  for (const auto& row : i386) EXPECT_EQ(name_of(row.kind, row.number, PK_FLAG_compat), row.expected) << row.number;

  constexpr int kX32 = 0x40000000;
  EXPECT_EQ(name_of(Kind::exec, kX32 | 520), "execve");
  EXPECT_EQ(name_of(Kind::exec, kX32 | 545), "execveat");
  EXPECT_EQ(name_of(Kind::open, kX32 | SYS_openat), "openat");
}
#endif

TEST(CallName, IsAlwaysOneOfItsKind) {
  for (unsigned number = 1; number < kKindEnd; ++number) {
    const auto kind = static_cast<Kind>(number);
    const auto names = call_names(kind);
    if (names.empty()) continue;
    for (unsigned flags : {0u, unsigned{PK_FLAG_compat}, unsigned{PK_FLAG_io_worker}}) {
      for (int call = -1; call < 600; ++call) {
        EXPECT_NE(std::find(names.begin(), names.end(), name_of(kind, call, flags)), names.end()) << call;
      }
    }
  }
}

}  // namespace
}  // namespace picket
