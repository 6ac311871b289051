// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/host_mounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace picket {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(HostMountsTest, PathsArePartedIntoNames) {
  pk_file_system where;
  ASSERT_TRUE(write_file_system("/srv/data", where));
  EXPECT_EQ(where.names, 2u);
  EXPECT_EQ(std::string_view(where.path, where.size), "/srv/data");
  EXPECT_EQ(std::string_view(where.path + where.name[1].begin, where.name[1].size), "data");
  ASSERT_TRUE(write_file_system("", where));
  EXPECT_EQ(where.names, 0u);
  EXPECT_TRUE(write_file_system("/1/2/3/4/5/6/7/8", where));
  EXPECT_FALSE(write_file_system("/1/2/3/4/5/6/7/8/9", where));
  EXPECT_TRUE(write_file_system("/" + std::string(247, 'a'), where));
  EXPECT_FALSE(write_file_system("/" + std::string(248, 'a'), where));
}

class TableTest : public testing::Test {
 protected:
  ~TableTest() override { std::filesystem::remove(path_); }
  std::map<std::uint32_t, std::string> known(const std::string& table) {
    std::ofstream(path_) << table;
    HostMounts mounts(path_, {.show = [this](std::uint32_t device, const pk_file_system* where) -> Result<void> {
                                if (where == nullptr) shown_.erase(device);
                                if (where != nullptr) shown_[device] = std::string(where->path, where->size);
                                return {};
                              },
                              .set_root = [this](std::uint32_t device) { root_ = device; }});
    mounts.look();
    EXPECT_EQ(mounts.size(), shown_.size());
    return shown_;
  }

  const std::string path_ = testing::TempDir() + "/mountinfo-" + std::to_string(getpid());
  std::map<std::uint32_t, std::string> shown_;
  std::uint32_t root_ = 0;
};

// The first mount of all of a file system counts: not one of a part of it, nor one that came later.
TEST_F(TableTest, EachFileSystemIsWhereItWasMountedFirst) {
  EXPECT_THAT(known("21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                    "22 21 0:20 / /run rw shared:5 - tmpfs tmpfs rw\n"
                    "23 21 8:2 /part /mnt/part rw - ext4 /dev/sda2 rw\n"
                    "24 21 8:2 / /srv/a\\040b rw - ext4 /dev/sda2 rw\n"
                    "25 21 8:1 / /mnt/again rw - ext4 /dev/sda1 rw\n"
                    "26 21 0:30 / /var/lib/docker/overlay2/1/merged rw - overlay overlay rw\n"),
              ElementsAre(Pair(20, "/run"), Pair(8 << 20 | 1, ""), Pair(8 << 20 | 2, "/srv/a b")));
  EXPECT_EQ(root_, 8u << 20 | 1);
}

TEST_F(TableTest, TheRootCountsWhateverItIs) {
  EXPECT_THAT(known("21 1 0:30 / / rw - overlay overlay rw\n"), ElementsAre(Pair(30, "")));
}

TEST(HostMountsMissingTest, ATableThatIsNotThereIsSurvived) {
  HostMounts mounts("/nonexistent/mountinfo", {.show = nullptr, .set_root = nullptr});
  mounts.look();
  EXPECT_EQ(mounts.size(), 0u);
}

}  // namespace
}  // namespace picket
