// SPDX-License-Identifier: Apache-2.0
//
// Files and directories: what is read, in which order, and what is said when it cannot be.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "rules/policy/documents.h"

namespace picket::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Load : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::path(::testing::TempDir()) /
                 ("picket_load_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = directory_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  static std::string list(const std::string& name) { return "- list: " + name + "\n  items: [x]\n"; }
  static std::vector<std::string> names(const Documents& documents) {
    std::vector<std::string> names;
    for (const List& list : documents.lists) names.push_back(list.name.value);
    return names;
  }

  fs::path directory_;
};

TEST_F(Load, DirectoryStandsForItsRuleFilesInAlphabeticalOrder) {
  write("b.yaml", list("b"));
  write("a.yml", list("a"));
  write("readme.txt", "not: [yaml");
  write("deeper/c.yaml", list("c"));
  fs::create_directory(directory_ / "d.yaml");
  write("deeper/e", list("e"));
  fs::create_symlink("deeper/e", directory_ / "e.yaml");  // what a ConfigMap looks like
  const Documents documents = load({directory_.string()});
  EXPECT_THAT(names(documents), ElementsAre("a", "b", "e"));
  EXPECT_TRUE(documents.diagnostics.empty());
}

TEST_F(Load, FilesKeepTheOrderGiven) {
  const std::string a = write("a.yaml", list("a")), b = write("b.yaml", list("b"));
  EXPECT_THAT(names(load({b, a})), ElementsAre("b", "a"));
}

TEST_F(Load, ErrorsOfEveryFileAreReported) {
  const std::string missing = path("missing.yaml");
  const std::string broken = write("broken.yaml", "- rule: [");
  const std::string good = write("good.yaml", list("good"));
  const Documents documents = load({missing, broken, good});
  EXPECT_THAT(names(documents), ElementsAre("good"));
  ASSERT_EQ(documents.diagnostics.size(), 2u);
  EXPECT_EQ(render(documents.diagnostics[0]), missing + ": error: cannot read this: No such file or directory\n");
  EXPECT_THAT(render(documents.diagnostics[1]), HasSubstr("broken.yaml:1:"));
}

TEST_F(Load, WhatIsNoRegularFileIsRefusedWithoutWaiting) {
  const std::string fifo = path("fifo.yaml");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& file : {fifo, std::string("/dev/zero")}) {
    const Documents documents = load({file});
    ASSERT_EQ(documents.diagnostics.size(), 1u) << file;
    EXPECT_THAT(render(documents.diagnostics[0]), HasSubstr(file + ": error: cannot read this: not a regular file"));
  }
}

TEST_F(Load, HugeFileIsRefused) {
  const std::string file = write("huge.yaml", "");
  fs::resize_file(file, (16u << 20) + 1);
  const Documents documents = load({file});
  ASSERT_EQ(documents.diagnostics.size(), 1u);
  EXPECT_THAT(documents.diagnostics[0].message, HasSubstr("larger than 16777216 bytes"));
}

}  // namespace
}  // namespace picket::policy
