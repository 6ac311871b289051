// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/object.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/every_kind.h"

namespace picket {
namespace {

// What is shown of a record in which every path is /x, every address 10.0.0.0 and every number small.
const std::map<std::string, std::string>& expected() {
  static const std::map<std::string, std::string> kExpected = {
      {"open", "/x"},
      {"connect", "10.0.0.0:6"},
      {"ptrace", "process 7"},
      {"signal", "process 7"},
      {"chroot", "/x"},
      {"mmap", "/x"},
      {"mprotect", "/x"},
      {"memfd", "/x"},
      {"create", "/x"},
      {"unlink", "/x"},
      {"rmdir", "/x"},
      {"rename", "/x => /x"},
      {"link", "/x => /x"},
      {"symlink", "/x => /x"},
      {"mkdir", "/x"},
      {"mknod", "/x"},
      {"chmod", "/x"},
      {"chown", "/x"},
      {"truncate", "/x"},
      {"setxattr", "/x"},
      {"open_failed", "/x"},
      {"mount", "/x"},
      {"move_mount", "/x => /x"},
      {"umount", "/x"},
      {"pivot_root", "/x => /x"},
      {"bind", "10.0.0.0:6"},
      {"listen", "10.0.0.0:6"},
      {"accept", "10.0.0.0:6"},
      {"send", "10.0.0.0:6"},
      {"close", "10.0.0.0:6"},
      {"dns", "x.test A NOERROR 192.0.2.1"},
      {"dup", "descriptor -1 = 10.0.0.0:6"},
      {"module", "/x"},
      {"kexec", "/x"},
      {"cgroup_mkdir", "/x"},
      {"cgroup_rmdir", "/x"},
      {"other_name", "/x"},
      {"unix_connect", "/x"},
  };
  return kExpected;
}

TEST(Object, OfEveryKind) {
  const Process process;
  for (const auto& record : test::one_of_every_kind()) {
    const Event event = record->event(process, nullptr);
    const auto found = expected().find(std::string(kind_name(event.kind())));
    std::string out = "[";
    EXPECT_EQ(append_object(out, event), found != expected().end()) << kind_name(event.kind());
    EXPECT_EQ(out, "[" + (found != expected().end() ? found->second : "")) << kind_name(event.kind());
  }
}

TEST(Object, TruncatedPathsSayWhichOne) {
  const Process process;
  test::Record<pk_rename> rename(Kind::rename);
  rename.text(&pk_rename::old_path, "a").text(&pk_rename::new_path, "b\n");
  rename->header.flags = PK_FLAG_old_path_truncated;
  std::string out;
  append_object(out, rename.event(process));
  EXPECT_EQ(out, "...a => b\\x0a");
}

TEST(Object, UnixSocketsAndOtherFamilies) {
  const Process process;
  test::Record<pk_bind> bind(Kind::bind);
  bind->family = 1;
  bind.text(&pk_bind::path, std::string_view("\0name", 5));
  std::string out;
  append_object(out, bind.event(process));
  EXPECT_EQ(out, "unix:\\x00name");

  bind->family = 17;
  bind->path = {};
  out.clear();
  append_object(out, bind.event(process));
  EXPECT_EQ(out, "family 17");
}

}  // namespace
}  // namespace picket
