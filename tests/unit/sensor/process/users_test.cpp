// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/users.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace picket {
namespace {

TEST(Users, Parse) {
  struct Row {
    std::string_view text;
    std::uint32_t id;
    std::string name;  // empty: none
  };
  const Row rows[] = {
      {"root:x:0:0:root:/root:/bin/bash\n", 0, "root"},
      {"root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n", 0, "root"},  // the first wins, as in getpwuid()
      {"adm:x:4:syslog,user", 4, "adm"},                                      // a group, and no newline at the end
      {"\n\n# comment\nuser:x:1000:1000::/:/bin/sh\n", 1000, "user"},
      {"+::::::\nuser:x:1000:", 1000, "user"},
      {"nobody:x:4294967294:65534::/:/bin/false", 4294967294, "nobody"},
      {"+nis:x::::\n", 0, ""},
      {"user:x:-1:1:\n", 4294967295, ""},
      {"user:x:12x:1:\n", 12, ""},
      {"user:x:4294967296:1:\n", 0, ""},
      {":x:5:5:\n", 5, ""},
      {"user", 0, ""},
      {"", 0, ""},
  };
  for (const Row& row : rows) {
    const auto accounts = parse_accounts(row.text);
    const auto found = accounts.find(row.id);
    EXPECT_EQ(found == accounts.end() ? "" : found->second.name, row.name) << row.text;
  }
}

TEST(Users, HomeAndShell) {
  const struct {
    std::string_view text, home, shell;
  } rows[] = {
      {"user:x:7:7:A User,,,:/home/user:/bin/zsh\n", "/home/user", "/bin/zsh"},
      {"user:x:7:7::/home/user:\n", "/home/user", ""},
      {"user:x:7:7::/home/user\n", "/home/user", ""},
      {"staff:x:7:\n", "", ""},
      {"staff:x:7\nuser:x:7:7::/home/user:/bin/sh", "", ""},  // a line lends nothing to the one before it
  };
  for (const auto& row : rows) {
    const Account account = parse_accounts(row.text).at(7);
    EXPECT_EQ(account.home, row.home) << row.text;
    EXPECT_EQ(account.shell, row.shell) << row.text;
  }
}

class NameFileTest : public testing::Test {
 protected:
  NameFileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "picket-users-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    path_ = directory_ / "passwd";
  }
  ~NameFileTest() override { std::filesystem::remove_all(directory_); }

  // As useradd does: a new file takes the place of the old one.
  void replace(std::string_view text) {
    std::ofstream(path_.string() + "+") << text;
    std::filesystem::rename(path_.string() + "+", path_);
  }

  std::filesystem::path directory_, path_;
};

TEST_F(NameFileTest, FollowsChangesWhenItIsTold) {
  replace("alice:x:1000:1000::/:\n");
  NameFile names(path_);
  const Account& alice = names.find(1000);
  replace("alice:x:1000:1000::/:\nbob:x:1001:1001::/:\n");
  EXPECT_EQ(names.find(1001).name, "") << "an evaluation is under way, which may hold names";
  EXPECT_EQ(alice.name, "alice");
  names.refresh();
  EXPECT_EQ(names.find(1000).name, "alice");
  EXPECT_EQ(names.find(1001).name, "bob");
}

TEST_F(NameFileTest, FileThatIsMissingComesAndGoes) {
  NameFile names(path_);
  EXPECT_EQ(names.find(1000).name, "");
  replace("alice:x:1000:1000::/:\n");
  names.refresh();
  EXPECT_EQ(names.find(1000).name, "alice");
  std::filesystem::remove(path_);
  names.refresh();
  EXPECT_EQ(names.find(1000).name, "");
}

TEST(RecordedNames, AreWhatIsAdded) {
  RecordedNames names;
  EXPECT_EQ(names.user(0), "");
  names.add_user(0, {"root", "/root", "/bin/sh"});
  names.add_group(0, {"wheel", "", ""});
  EXPECT_EQ(names.user(0), "root");
  EXPECT_EQ(names.home(0), "/root");
  EXPECT_EQ(names.shell(0), "/bin/sh");
  EXPECT_EQ(names.group(0), "wheel");
  names.add_user(0, {"admin", "", ""});
  EXPECT_EQ(names.user(0), "admin");
  names.clear();
  EXPECT_EQ(names.user(0), "");
  EXPECT_EQ(names.group(0), "");
}

TEST(UserDatabase, KnowsRoot) {
  UserDatabase database;
  EXPECT_EQ(database.user(0), getpwuid(0)->pw_name);
  EXPECT_EQ(database.home(0), getpwuid(0)->pw_dir);
  EXPECT_EQ(database.shell(0), getpwuid(0)->pw_shell);
  EXPECT_EQ(database.group(0), "root");
  EXPECT_EQ(database.user(4294967295), "");
}

}  // namespace
}  // namespace picket
