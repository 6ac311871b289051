// SPDX-License-Identifier: Apache-2.0
//
// Which changes around rule files count, and when.
#include "sensor/pipeline/watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace picket {
namespace {

namespace fs = std::filesystem;

class Watch : public testing::Test {
 protected:
  Watch() {
    fs::remove_all(root_);
    fs::create_directories(root_ / "rules.d");
    fs::create_directories(root_ / "elsewhere");
    write("rules.d/a.yaml", "a");
    write("elsewhere/x.yaml", "x");
    write("one.yaml", "1");
  }
  ~Watch() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(root_ / name) << text; }
  void replace(const std::string& name, const std::string& text) const {
    write(name + ".tmp", text);
    fs::rename(root_ / (name + ".tmp"), root_ / name);
  }
  // A link that takes the place of another one at once.
  void link(const std::string& target, const std::string& name) const {
    fs::remove(root_ / "link.tmp");
    fs::create_symlink(target, root_ / "link.tmp");
    fs::rename(root_ / "link.tmp", root_ / name);
  }

  // Whether a change is told once all has been quiet for long enough, and only once.
  bool told(RuleWatch& watch) {
    EXPECT_EQ("", watch.problem());
    EXPECT_FALSE(watch.poll(now_)) << "not before it is quiet";
    EXPECT_FALSE(watch.poll(now_ += RuleWatch::kQuietNs - 1));
    const bool told = watch.poll(now_ += 1);
    EXPECT_FALSE(watch.poll(now_ += RuleWatch::kLongestNs));
    return told;
  }

  const fs::path root_ = fs::path(testing::TempDir()) / ("picket-watch-" + std::to_string(getpid()));
  std::uint64_t now_ = 1;
};

TEST_F(Watch, WhatChangesRulesIsTold) {
  fs::create_symlink("elsewhere/x.yaml", root_ / "linked.yaml");
  fs::create_directories(root_ / "..v1");
  fs::create_directories(root_ / "..v2");
  write("..v1/map.yaml", "1");
  write("..v2/map.yaml", "2");
  fs::create_symlink("..v1", root_ / "..data");
  fs::create_symlink("..data/map.yaml", root_ / "map.yaml");
  fs::create_symlink("rules.d", root_ / "current");
  RuleWatch watch({root_ / "rules.d", root_ / "one.yaml", root_ / "linked.yaml", root_ / "map.yaml", root_ / "current",
                   root_ / "later/rules.d"});
  const struct {
    const char* what;
    std::function<void()> act;
    bool told;
  } rows[] = {
      {"nothing", [] {}, false},
      {"written in place", [&] { write("one.yaml", "longer"); }, true},
      {"replaced", [&] { replace("one.yaml", "2"); }, true},
      {"removed", [&] { fs::remove(root_ / "one.yaml"); }, true},
      {"made again", [&] { write("one.yaml", "3"); }, true},
      {"a file of the directory written", [&] { write("rules.d/a.yaml", "more"); }, true},
      {"a file comes", [&] { write("rules.d/b.yaml", "b"); }, true},
      {"a file goes", [&] { fs::remove(root_ / "rules.d/b.yaml"); }, true},
      {"a file that is no rule file", [&] { write("rules.d/README", "b"); }, false},
      {"a neighbour", [&] { write("neighbour.yaml", "b"); }, false},
      {"behind a link", [&] { write("elsewhere/x.yaml", "changed"); }, true},
      {"another file behind that", [&] { write("elsewhere/y.yaml", "y"); }, false},
      {"a link leads elsewhere", [&] { link("elsewhere/y.yaml", "linked.yaml"); }, true},
      {"behind the new link", [&] { write("elsewhere/y.yaml", "changed"); }, true},
      {"the switch of a ConfigMap", [&] { link("..v2", "..data"); }, true},
      {"behind the switch", [&] { write("..v2/map.yaml", "more"); }, true},
      {"what was before it", [&] { write("..v1/map.yaml", "more"); }, false},
      {"a directory that is a link", [&] { link("elsewhere", "current"); }, true},
      {"a path comes into being, a directory first", [&] { fs::create_directories(root_ / "later"); }, false},
      {"and the next, empty", [&] { fs::create_directories(root_ / "later/rules.d"); }, true},
      {"and a file in it", [&] { write("later/rules.d/z.yaml", "z"); }, true},
      {"the directory goes", [&] { fs::remove_all(root_ / "rules.d"); }, true},
      {"the directory is back", [&] { fs::create_directories(root_ / "rules.d"); }, true},
      {"with a file", [&] { write("rules.d/a.yaml", "a"); }, true},
      {"which can be read no more", [&] { fs::permissions(root_ / "rules.d/a.yaml", fs::perms::none); }, true},
  };
  for (const auto& row : rows) {
    row.act();
    EXPECT_EQ(row.told, told(watch)) << row.what;
  }
}

// Writing that never stops is not waited for.
TEST_F(Watch, ALongUnrestIsTold) {
  RuleWatch watch({root_ / "rules.d"});
  std::uint64_t first_told = 0;
  for (std::uint64_t now = 1; now <= 3'000'000'000 && first_told == 0; now += 100'000'000) {
    write("rules.d/a.yaml", std::string(now / 100'000'000, 'x'));
    if (watch.poll(now)) first_told = now;
  }
  EXPECT_EQ(1 + RuleWatch::kLongestNs, first_told);
}

}  // namespace
}  // namespace picket
