// SPDX-License-Identifier: Apache-2.0
//
// The rules that protect the sensor (rules/protection): whoever changes its files or reaches for its BPF objects is
// refused, root as well, and nothing has changed; who only reads is not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

const std::string kOwn = "/etc/picket/rules/own.yaml", kOther = "/etc/other", kText = "- macro: kept\n";

int opened(const std::string& path, int flags) { return failure(open(path.c_str(), flags | O_CLOEXEC, 0644)); }

// BPF_*_GET_FD_BY_ID of the first object that there is, and BPF_OBJ_GET.
int bpf_by_id(int command) {
  bpf_attr what{};
  what.start_id = 1;
  return failure(syscall(SYS_bpf, command, &what, sizeof what));
}

int bpf_by_pin(const char* path) {
  bpf_attr what{};
  what.pathname = reinterpret_cast<std::uintptr_t>(path);
  return failure(syscall(SYS_bpf, BPF_OBJ_GET, &what, sizeof what));
}

class EnforceProtection : public SharedSensor<EnforceProtection> {
 public:
  static std::string rules() {
    return read_file(std::filesystem::path(std::getenv("PICKET_RULES")).parent_path() / "protection/sensor.yaml");
  }
  static void SetUpTestSuite() {
    std::filesystem::create_directories("/etc/picket/rules");
    std::filesystem::create_directories("/etc/systemd/system");
    write_file(kOwn, kText);
    write_file(kOther, "- macro: other\n");
    SharedSensor::SetUpTestSuite();
  }
  static void TearDownTestSuite() {
    SharedSensor::TearDownTestSuite();
    std::filesystem::remove_all("/etc/picket");
    std::filesystem::remove(kOther);
  }

 protected:
  // It is refused, the alert says so, and the file is what it was.
  static void expect_refused(const char* rule, const char* what, const std::function<int()>& act) {
    SCOPED_TRACE(what);
    EXPECT_EQ(EPERM, attempt(act));
    Json alert;
    do {  // the sensor itself, which is not at /usr/bin here, only would be refused
      alert = sensor().next_alert(rule);
      ASSERT_FALSE(alert.is_null());
    } while (alert.at("event").at("decision") == "would_deny");
    EXPECT_EQ("denied", alert.at("event").at("decision"));
    EXPECT_EQ("EPERM", alert.at("event").at("error"));
    EXPECT_EQ(kText, read_file(kOwn));
  }
};

}  // namespace

TEST_F(EnforceProtection, OfWhatIsWritten) {
  const char* const rule = "Sensor file written";
  expect_refused(rule, "to write", [] { return opened(kOwn, O_WRONLY); });
  expect_refused(rule, "to read and write", [] { return opened(kOwn, O_RDWR | O_APPEND); });
  expect_refused(rule, "by another root", [] { return opened("/proc/self/root" + kOwn, O_WRONLY); });
  EXPECT_EQ(0, attempt([] { return opened(kOwn, O_RDONLY); }));
  EXPECT_EQ(0, attempt([] { return opened(kOther, O_WRONLY); }));
}

TEST_F(EnforceProtection, OfWhatIsMade) {
  const char* const rule = "Sensor file made";
  expect_refused(rule, "open", [] { return opened("/etc/picket/rules/quiet.yaml", O_WRONLY | O_CREAT); });
  expect_refused(rule, "mkdir", [] { return failure(mkdir("/etc/picket/more", 0755)); });
  expect_refused(rule, "mknod", [] { return failure(mknod("/etc/picket/pipe", S_IFIFO | 0644, 0)); });
  expect_refused(rule, "symlink",
                 [] { return failure(symlink(kOther.c_str(), "/etc/systemd/system/picket.service")); });
  expect_refused(rule, "link", [] { return failure(link(kOwn.c_str(), "/etc/picket/rules/again.yaml")); });
  EXPECT_FALSE(std::filesystem::exists("/etc/picket/rules/quiet.yaml"));
  EXPECT_FALSE(std::filesystem::exists("/etc/picket/more"));
  EXPECT_FALSE(std::filesystem::is_symlink("/etc/systemd/system/picket.service"));
  EXPECT_EQ(0, attempt([] { return failure(mkdir("/etc/picketing", 0755)); }));
  std::filesystem::remove("/etc/picketing");
}

TEST_F(EnforceProtection, OfWhatIsRemovedOrReplaced) {
  const char* const rule = "Sensor file removed or replaced";
  expect_refused(rule, "unlink", [] { return failure(unlink(kOwn.c_str())); });
  expect_refused(rule, "rename away", [] { return failure(rename(kOwn.c_str(), "/etc/gone")); });
  expect_refused(rule, "rename above", [] { return failure(rename("/etc/picket", "/etc/gone")); });
  expect_refused(rule, "rename over", [] { return failure(rename(kOther.c_str(), kOwn.c_str())); });
  expect_refused(rule, "truncate", [] { return failure(truncate(kOwn.c_str(), 0)); });
  expect_refused(rule, "mount", [] { return failure(mount("none", "/etc/picket", "tmpfs", 0, nullptr)); });
  expect_refused(rule, "bind mount",
                 [] { return failure(mount(kOther.c_str(), kOwn.c_str(), nullptr, MS_BIND, nullptr)); });
}

TEST_F(EnforceProtection, OfWhoMayWrite) {
  const char* const rule = "Sensor file's owner or permissions changed";
  expect_refused(rule, "chmod", [] { return failure(chmod(kOwn.c_str(), 0666)); });
  expect_refused(rule, "chown", [] { return failure(chown(kOwn.c_str(), 4711, 4711)); });
  expect_refused(rule, "setxattr", [] { return failure(setxattr(kOwn.c_str(), "trusted.a", "b", 1, 0)); });
}

TEST_F(EnforceProtection, OfItsBpfObjects) {
  const char* const rule = "BPF object of another reached";
  expect_refused(rule, "a program", [] { return bpf_by_id(BPF_PROG_GET_FD_BY_ID); });
  expect_refused(rule, "a map", [] { return bpf_by_id(BPF_MAP_GET_FD_BY_ID); });
  expect_refused(rule, "a link", [] { return bpf_by_id(BPF_LINK_GET_FD_BY_ID); });
  expect_refused(rule, "a pin", [] { return bpf_by_pin("/sys/fs/bpf/picket/any"); });
  EXPECT_NE(EPERM, attempt([] { return bpf_by_id(BPF_PROG_GET_NEXT_ID); }));
}

}  // namespace picket::test
