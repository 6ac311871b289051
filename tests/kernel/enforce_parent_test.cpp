// SPDX-License-Identifier: Apache-2.0
//
// Rules about the parent that deny: no shell below a web server. The parent is who made the process, by the name of the
// program that it executes now, or executed last before it ended.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "tests/kernel/support/files.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

constexpr const char* kPlace = "/run/enforce-parent";

// Shells by other names, and what is not to be executed below "web" or opened below anything else.
class EnforceParent : public SharedSensor<EnforceParent> {
 public:
  static std::string rules() {
    const std::string place = kPlace;
    return deny("no tool below web", "evt.type in (execve, execveat) and proc.name = tool and proc.pname = web") +
           deny("for children of web alone", "open.path = " + place + "/secret and not proc.pname in (web, nobody)",
                "  errno: EACCES\n");
  }
  static void SetUpTestSuite() {
    std::filesystem::create_directory(kPlace);
    for (const char* name : {"/web", "/other"}) copy("/bin/sh", kPlace + std::string(name));
    copy("/usr/bin/touch", kPlace + std::string("/tool"));
    ASSERT_EQ(0, mkfifo((kPlace + std::string("/pipe")).c_str(), 0600));
    copy("/bin/cat", kPlace + std::string("/reader"));
    write_file(kPlace + std::string("/secret"), "");
    SharedSensor::SetUpTestSuite();
  }
  static void TearDownTestSuite() {
    SharedSensor::TearDownTestSuite();
    std::filesystem::remove_all(kPlace);
  }

 protected:
  static void copy(const std::string& from, const std::string& to) {
    write_file(to, read_file(from));
    ASSERT_EQ(0, chmod(to.c_str(), 0755));
  }

  // The exit code of a script that a shell of that name runs. What it ends with is not the last thing that it executes,
  // so that it makes a child for it.
  static int run(const char* shell, const std::string& script) {
    const std::string program = kPlace + std::string("/") + shell;
    return attempt([&] {
      execl(program.c_str(), program.c_str(), "-c", ("cd " + std::string(kPlace) + "; " + script).c_str(), nullptr);
      return 99;
    });
  }

  void SetUp() override { unlink(kProof.c_str()); }

  static inline const std::string kProof = kPlace + std::string("/proof");
  static constexpr int kNotExecuted = 126;  // as a shell says that it was not allowed to
  static constexpr int kDone = 0, kNotDone = 1;
};

TEST_F(EnforceParent, OfAnExecution) {
  EXPECT_EQ(kNotExecuted, run("web", "./tool proof; exit $?"));
  EXPECT_EQ(0, run("other", "./tool proof; exit $?"));
  const Json alert = sensor().next_alert("no tool below web");
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("denied", alert.at("event").at("decision"));
  EXPECT_EQ("web", alert.at("parent").at("name"));
}

// Itself is not its parent: what the shell executes in its own place has the parent that the shell has.
TEST_F(EnforceParent, IsNotTheProcessItself) { EXPECT_EQ(0, run("web", "exec ./tool proof")); }

TEST_F(EnforceParent, OfAnOpen) {
  EXPECT_EQ(0, run("web", "./reader secret; exit $?"));
  EXPECT_EQ(1, run("other", "./reader secret; exit $?"));
  EXPECT_FALSE(sensor().next_alert("for children of web alone").is_null());
}

// Of other names, which 5.10 does not look for: a suite that its boot leaves out.
using EvasionParent = EnforceParent;

// What the parent left of the rules counts under another name of the file as well.
TEST_F(EvasionParent, OfAnOpenByAHardLink) {
  const std::string link_name = kPlace + std::string("/link");
  ASSERT_EQ(0, link((kPlace + std::string("/secret")).c_str(), link_name.c_str()));
  EXPECT_EQ(0, run("web", "./reader link; exit $?"));
  EXPECT_EQ(1, run("other", "./reader link; exit $?"));
  EXPECT_FALSE(sensor().next_alert("for children of web alone").is_null());
  EXPECT_EQ(0, unlink(link_name.c_str()));
}

// The child waits until somebody reads from the pipe, and closes it when it has executed the tool, or could not.
constexpr const char* kChild = "(exec 9>pipe; exec ./tool proof) & ";
constexpr const char* kLetItGo = "read line < pipe; [ -e proof ]";

// By the name that it has when its child executes the program, not when it made the child.
TEST_F(EnforceParent, ThatExecutesAnotherProgramMeanwhile) {
  EXPECT_EQ(kDone, run("web", kChild + std::string("exec ./other -c '") + kLetItGo + "'"));
  unlink(kProof.c_str());
  EXPECT_EQ(kNotDone, run("other", kChild + std::string("exec ./web -c '") + kLetItGo + "'"));
}

// It is not whoever takes the child over when it has ended.
TEST_F(EnforceParent, ThatHasEnded) {
  const auto code_of = [](const char* first, const std::string& end) {
    EXPECT_EQ(0, run(first, kChild + end));
    return run("other", kLetItGo);
  };
  EXPECT_EQ(kNotDone, code_of("web", "exit 0"));
  unlink(kProof.c_str());
  EXPECT_EQ(kDone, code_of("other", "exit 0"));
  unlink(kProof.c_str());
  EXPECT_EQ(kNotDone, code_of("other", "exec ./web -c ':'"));
  unlink(kProof.c_str());
  EXPECT_EQ(kDone, code_of("web", "exec ./other -c ':'"));
}

}  // namespace
}  // namespace picket::test
