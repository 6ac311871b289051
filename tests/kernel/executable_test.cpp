// SPDX-License-Identifier: Apache-2.0
//
// What an exec record says about the executable and about privileges: set-user-ID, file capabilities, scripts, layers
// of an overlay, who may write; and the environment variables that were asked for.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr unsigned kTmpfs = 4, kUpper = 8, kLower = 16, kWritable = 32, kSetuid = 64, kSetgid = 128, kSecure = 256;

constexpr const char* kRule = R"(
- rule: exec
  desc: Whatever the helper does.
  condition: exec.argv contains marked-by-executable-test
  output: "flags=%exec.exe_flags\ninterpreter=%exec.interpreter\nfilename=%exec.filename\npermitted=%thread.cap_permitted\neffective=%thread.cap_effective\nupper=%proc.is_exe_upper_layer\nlower=%proc.is_exe_lower_layer\nwritable=%proc.is_exe_writable\nmtime=%proc.exe_ino.mtime\nctime=%proc.exe_ino.ctime\nenv=%proc.env\ncut=%header.flags"
  priority: DEBUG
)";

class ExecutableFile : public SharedSensor<ExecutableFile> {
 public:
  static std::string rules() { return kRule; }

 protected:
  void SetUp() override {
    copy_file(helper_binary(), exe_);
    chmod(exe_.c_str(), 0755);
  }

  // Executed by that user, after `before`.
  Fields seen(
      uid_t uid, const std::string& path, const std::function<int()>& before = [] { return 0; }) {
    Child child([&] {
      if (uid != 0 && (setgroups(0, nullptr) != 0 || setresgid(uid, uid, uid) != 0)) return 1;
      if (before() != 0 || (uid != 0 && setresuid(uid, uid, uid) != 0)) return 1;
      return execute(path, {"helper", "exit", "0", "marked-by-executable-test"});
    });
    EXPECT_EQ(0, child.wait());
    return wire_fields(sensor().next_alert("exec", child.pid()));
  }
  unsigned flags(
      uid_t uid, const std::string& path, const std::function<int()>& before = [] { return 0; }) {
    return static_cast<unsigned>(std::stoul("0" + seen(uid, path, before).at("flags")));
  }

  Directory directory_;
  const std::string exe_ = directory_ / "helper";
};

TEST_F(ExecutableFile, SetUserId) {
  chmod(exe_.c_str(), 04755);
  const Fields fields = seen(4401, exe_);
  EXPECT_EQ(std::to_string(kTmpfs | kSetuid | kSecure), fields.at("flags"));
  EXPECT_NE(std::string::npos, fields.at("effective").find("CAP_SYS_ADMIN")) << fields.at("effective");
  // Where it has no effect: for a process that may gain no privileges, and on a mount that is nosuid.
  EXPECT_EQ(kTmpfs, flags(4401, exe_, [] { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }));
}

TEST_F(ExecutableFile, SetUserIdOnANosuidMount) {
  ASSERT_EQ(0, mount("none", directory_.path().c_str(), "tmpfs", MS_NOSUID, "mode=755"));
  copy_file(helper_binary(), exe_);
  chmod(exe_.c_str(), 06755);
  EXPECT_EQ(kTmpfs, flags(4401, exe_));
  EXPECT_EQ(0, umount2(directory_.path().c_str(), MNT_DETACH));
}

TEST_F(ExecutableFile, SetGroupId) {
  ASSERT_EQ(0, chown(exe_.c_str(), 0, 4402));
  chmod(exe_.c_str(), 02755);
  EXPECT_EQ(kTmpfs | kSetgid | kSecure, flags(4401, exe_));
}

TEST_F(ExecutableFile, FileCapabilities) {
  vfs_cap_data data = {};
  data.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE;
  data.data[0].permitted = 1u << CAP_NET_RAW;
  const int set = setxattr(exe_.c_str(), "security.capability", &data, sizeof data, 0);
  if (set != 0) {  // a tmpfs takes security.capability from 2.6.39 on
    FAIL() << "no file capabilities here";
  }
  const Fields fields = seen(4401, exe_);
  EXPECT_EQ("CAP_NET_RAW", fields.at("permitted"));
  EXPECT_EQ("CAP_NET_RAW", fields.at("effective"));
  EXPECT_EQ(std::to_string(kTmpfs | kSecure), fields.at("flags"));

  data.magic_etc = VFS_CAP_REVISION_2;  // for the program to make effective
  ASSERT_EQ(0, setxattr(exe_.c_str(), "security.capability", &data, sizeof data, 0));
  const Fields permitted = seen(4401, exe_);
  EXPECT_EQ("CAP_NET_RAW", permitted.at("permitted"));
  EXPECT_EQ("", permitted.at("effective"));
}

TEST_F(ExecutableFile, WhoMayWrite) {
  EXPECT_EQ(kTmpfs | kWritable, flags(0, exe_));
  EXPECT_EQ(kTmpfs, flags(4401, exe_));
  ASSERT_EQ(0, chown(exe_.c_str(), 4401, 4402));
  EXPECT_EQ(kTmpfs | kWritable, flags(4401, exe_));
  chmod(exe_.c_str(), 0577);  // the owner's own permissions count, whatever others may
  EXPECT_EQ(kTmpfs, flags(4401, exe_));
  EXPECT_EQ(kTmpfs | kWritable, flags(4403, exe_));
  chmod(exe_.c_str(), 0575);
  EXPECT_EQ(kTmpfs, flags(4403, exe_));
  EXPECT_EQ(kTmpfs | kWritable, flags(4403, exe_, [] {
              const gid_t groups[] = {9, 4399, 4402, 5000, 70000};
              return setgroups(5, groups);
            }));
  EXPECT_EQ(kTmpfs, flags(4403, exe_, [] {
              const gid_t groups[] = {9, 4399, 4404, 5000};
              return setgroups(4, groups);
            }));
}

TEST_F(ExecutableFile, NobodyMayWriteToWhatIsMountedReadOnly) {
  ASSERT_EQ(0, mount(directory_.path().c_str(), directory_.path().c_str(), nullptr, MS_BIND, nullptr));
  ASSERT_EQ(0, mount(nullptr, directory_.path().c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr));
  EXPECT_EQ(kTmpfs, flags(0, exe_));
  EXPECT_EQ(0, umount2(directory_.path().c_str(), MNT_DETACH));
}

TEST_F(ExecutableFile, Script) {
  write_file(directory_ / "script", "#!" + exe_ + " exit\n");
  chmod((directory_ / "script").c_str(), 0755);
  Child child([&] { return execute(directory_ / "script", {"script", "0", "marked-by-executable-test"}); });
  child.wait();
  const Fields fields = wire_fields(sensor().next_alert("exec", child.pid()));
  EXPECT_EQ(exe_, fields.at("interpreter"));
  EXPECT_EQ(directory_ / "script", fields.at("filename"));
  EXPECT_EQ("<NA>", seen(0, exe_).at("interpreter"));
}

TEST_F(ExecutableFile, Times) {
  const timespec times[] = {{1'000'000'000, 1}, {1'234'567'890, 123'456'789}};
  ASSERT_EQ(0, utimensat(AT_FDCWD, exe_.c_str(), times, 0));
  struct stat info {};
  ASSERT_EQ(0, stat(exe_.c_str(), &info));
  const Fields fields = seen(0, exe_);
  EXPECT_EQ("1234567890123456789", fields.at("mtime"));
  EXPECT_EQ(std::to_string(info.st_ctim.tv_sec * 1'000'000'000 + info.st_ctim.tv_nsec), fields.at("ctime"));
}

TEST_F(ExecutableFile, LayersOfAnOverlay) {
  for (const char* name : {"lower", "upper", "work", "merged"}) {
    ASSERT_EQ(0, mkdir((directory_ / name).c_str(), 0755));
  }
  copy_file(helper_binary(), directory_ / "lower/of-the-image");
  copy_file(helper_binary(), directory_ / "lower/changed");
  const std::string options =
      "lowerdir=" + directory_ / "lower" + ",upperdir=" + directory_ / "upper" + ",workdir=" + directory_ / "work";
  const std::string merged = directory_ / "merged";
  ASSERT_EQ(0, mount("overlay", merged.c_str(), "overlay", 0, options.c_str())) << strerror(errno);
  copy_file(helper_binary(), merged + "/put-there");
  EXPECT_EQ(kLower | kWritable, flags(0, merged + "/of-the-image"));
  EXPECT_EQ(kUpper | kWritable, flags(0, merged + "/put-there"));
  chmod((merged + "/changed").c_str(), 0711);
  EXPECT_EQ(kUpper | kWritable, flags(0, merged + "/changed"));
  EXPECT_EQ(kLower, flags(4401, merged + "/of-the-image"));
  EXPECT_EQ(0, umount2(merged.c_str(), MNT_DETACH));
}

// ---- environment ----

TEST(Environment, OnlyWhatWasAskedFor) {
  Directory directory;
  const std::string longest(31, 'N');
  Sensor sensor({.rules = kRule, .arguments = {"--env", "FIRST", "--env", "EMPTY", "--env", "LAST", "--env", longest}});
  const auto seen = [&](const std::vector<std::string>& variables) {
    Child child([&] {
      std::vector<char*> env, argv;
      for (const std::string& one : variables) env.push_back(const_cast<char*>(one.c_str()));
      for (const char* one : {"helper", "exit", "0", "marked-by-executable-test"})
        argv.push_back(const_cast<char*>(one));
      env.push_back(nullptr);
      argv.push_back(nullptr);
      return execve(helper_binary().c_str(), argv.data(), env.data());
    });
    EXPECT_EQ(0, child.wait());
    return wire_fields(sensor.next_alert("exec", child.pid()));
  };
  if (kernel_release() < KernelRelease{5, 17}) {  // its verifier has no room for it
    const Fields none = seen({"FIRST=1"});
    EXPECT_EQ("<NA>", none.at("env"));
    EXPECT_EQ("128", none.at("cut"));  // env_truncated
    return;
  }
  const std::string value(1000, 'v');
  Fields fields = seen({"FIRST=1", "FIRSTBORN=2", "fIRST=3", "SECRET=" + value, "EMPTY=", "=", "",
                        longest + "=" + value, longest + "N=no", "LAS=no", "LAST=4"});
  EXPECT_EQ("FIRST=1 EMPTY= " + longest + "=" + value + " LAST=4", fields.at("env"));
  EXPECT_EQ("0", fields.at("cut"));

  for (const std::size_t size : {119, 120, 121, 122, 246, 247, 248, 249}) {  // about the size of the pieces
    const std::string other = "OTHER=" + std::string(size, 'o');
    const std::string first = "FIRST=" + std::string(size, 'f');
    fields = seen({other, first, other, "LAST=4"});
    EXPECT_EQ(first + " LAST=4", fields.at("env")) << size;
    EXPECT_EQ("0", fields.at("cut")) << size;
  }

  fields = seen({"FIRST=" + std::string(5000, 'f'), "LAST=4"});
  EXPECT_EQ(128, std::stoi("0" + fields.at("cut")));  // env_truncated
  EXPECT_GE(fields.at("env").size(), 4096u);
  EXPECT_EQ("<NA>", seen({"NOT=asked"}).at("env"));
}

TEST(Environment, OfProcessesThatWereThereBefore) {
  Child child([] {
    setenv("FIRST", "before", 1);
    return execute(helper_binary(), {"helper", "wait", "marked-by-executable-test"});
  });
  child.go();
  ASSERT_TRUE(
      wait_until([&] { return read_file("/proc/" + std::to_string(child.pid()) + "/comm") == "kernel_helper\n"; }));
  Sensor sensor({.rules = R"(
- rule: exit
  desc: The end of it.
  condition: evt.type = procexit and proc.cmdline contains marked-by-executable-test
  output: "env=%proc.env\neffective=%thread.cap_effective\nmtime=%proc.exe_ino.mtime\nwritable=%proc.is_exe_writable"
  priority: DEBUG
)",
                 .arguments = {"--env", "FIRST"}});
  struct stat info {};
  ASSERT_EQ(0, stat(helper_binary().c_str(), &info));
  child.end();
  const Fields fields = wire_fields(sensor.next_alert("exit", child.pid()));
  EXPECT_EQ("FIRST=before", fields.at("env"));
  EXPECT_EQ(0u, fields.at("effective").find("CAP_CHOWN CAP_DAC_OVERRIDE")) << fields.at("effective");
  EXPECT_EQ(std::to_string(info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec), fields.at("mtime"));
  EXPECT_EQ("true", fields.at("writable"));
}

}  // namespace
}  // namespace picket::test
