// SPDX-License-Identifier: Apache-2.0
//
// The threads: every request is answered, a file system that hangs stops neither the others nor the end.
#include "sensor/hash/hasher.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace picket {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class HasherTest : public testing::Test {
 protected:
  HasherTest() {
    char name[] = "/tmp/picket-hasher-XXXXXX";
    directory_ = fs::canonical(mkdtemp(name));
  }
  ~HasherTest() override { fs::remove_all(directory_); }

  fs::path make(const std::string& name) {
    std::ofstream(directory_ / name) << "content of " << name;
    return directory_ / name;
  }

  static HashRequest request(const fs::path& path, std::uint64_t sequence) {
    struct stat status {};
    EXPECT_EQ(0, stat(path.c_str(), &status));
    HashRequest request;
    request.ticket.sequence = sequence;
    request.file.inode = status.st_ino;
    request.file.device = static_cast<std::uint32_t>(major(status.st_dev) << 20 | minor(status.st_dev));
    request.pid = static_cast<std::uint32_t>(getpid());
    request.path = path;
    return request;
  }

  // So many answers, or those that came within ten seconds.
  static std::vector<HashAnswer> answers(Hasher& hasher, std::size_t count) {
    std::vector<HashAnswer> all;
    for (const auto end = std::chrono::steady_clock::now() + 10s;
         all.size() < count && std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(2ms)) {
      for (HashAnswer& answer : hasher.take()) all.push_back(std::move(answer));
    }
    return all;
  }

  fs::path directory_;
};

TEST_F(HasherTest, NoThreadBeforeThereIsWork) {
  Hasher hasher({});
  EXPECT_TRUE(hasher.take().empty());
  EXPECT_EQ(0u, hasher.threads());
}

TEST_F(HasherTest, EveryRequestIsAnsweredOnce) {
  constexpr std::size_t kFiles = 10, kRequests = 500;
  std::vector<fs::path> files;
  for (std::size_t i = 0; i < kFiles; ++i) files.push_back(make(std::to_string(i)));
  Hasher hasher({});
  for (std::size_t i = 0; i < kRequests; ++i) hasher.ask(request(files[i % kFiles], i));
  std::set<std::uint64_t> answered;
  std::set<Sha256> hashes;
  for (const HashAnswer& answer : answers(hasher, kRequests)) {
    EXPECT_TRUE(answer.hash.is_known()) << describe(answer.hash.problem);
    EXPECT_EQ(request(files[answer.ticket.sequence % kFiles], 0).file, answer.file);
    answered.insert(answer.ticket.sequence);
    hashes.insert(answer.hash.sha256);
  }
  EXPECT_EQ(kRequests, answered.size());
  EXPECT_EQ(kFiles, hashes.size());
  EXPECT_LE(hasher.threads(), Hasher::kThreads);
  EXPECT_GE(hasher.files_read(), kFiles);
  EXPECT_LE(hasher.files_read(), kFiles * Hasher::kThreads) << "two threads may come to a file at the same time";
}

TEST_F(HasherTest, WhenTheQueueIsFullThatIsTheAnswer) {
  const fs::path file = make("file");
  Hasher hasher({.most_queued = 0});
  hasher.ask(request(file, 7));
  const auto all = answers(hasher, 1);
  ASSERT_EQ(1u, all.size());
  EXPECT_EQ(7u, all[0].ticket.sequence);
  EXPECT_EQ(FileHash::missing(HashProblem::QueueFull), all[0].hash);
  EXPECT_EQ(0u, hasher.threads());
}

TEST_F(HasherTest, ItEndsWithWorkLeft) {
  const fs::path file = directory_ / "sparse";
  std::ofstream{file};
  ASSERT_EQ(0, truncate(file.c_str(), std::int64_t{60} << 30));
  const auto begin = std::chrono::steady_clock::now();
  {
    Hasher hasher({.wait = 60s, .limits = {.most_bytes = std::uint64_t{1} << 40}});
    for (std::uint64_t i = 0; i < 50; ++i) hasher.ask(request(file, i));
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

// A file whose opening waits for a decision that does not come: a file system that hangs.
class Hanging {
 public:
  explicit Hanging(const std::vector<fs::path>& files)
      : group_(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY)) {
    permitted_ = group_ >= 0;
    for (const fs::path& file : files) {
      permitted_ = permitted_ && fanotify_mark(group_, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, file.c_str()) == 0;
    }
  }
  ~Hanging() { close(group_); }  // whatever waits goes on
  bool permitted() const { return permitted_; }

 private:
  int group_;
  bool permitted_ = false;
};

TEST_F(HasherTest, AStuckThreadIsReplacedAndNotWaitedFor) {
  constexpr std::size_t kHanging = 3;
  std::vector<fs::path> hanging;
  for (std::size_t i = 0; i < kHanging; ++i) hanging.push_back(make("hanging" + std::to_string(i)));
  const fs::path file = make("file");
  const Hanging hold(hanging);
  if (!hold.permitted()) GTEST_SKIP() << "fanotify is not permitted";

  const auto begin = std::chrono::steady_clock::now();
  {
    Hasher hasher({.wait = 200ms});
    for (std::size_t i = 0; i < kHanging; ++i) {
      hasher.ask(request(hanging[i], i));
      std::this_thread::sleep_for(250ms);
      EXPECT_TRUE(hasher.take().empty());
    }
    hasher.ask(request(file, 100));
    const auto all = answers(hasher, 1);
    ASSERT_EQ(1u, all.size());
    EXPECT_EQ(100u, all[0].ticket.sequence);
    EXPECT_TRUE(all[0].hash.is_known()) << describe(all[0].hash.problem);
    EXPECT_GT(hasher.threads(), kHanging);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s) << "it ends though threads hang";
}

TEST_F(HasherTest, WhenAllThreadsAreStuckTheTimeRunsOut) {
  std::vector<fs::path> hanging;
  for (unsigned i = 0; i < Hasher::kMostThreads + 2; ++i) hanging.push_back(make("hanging" + std::to_string(i)));
  auto hold = std::make_unique<Hanging>(hanging);
  if (!hold->permitted()) GTEST_SKIP() << "fanotify is not permitted";

  Hasher hasher({.wait = 50ms});
  for (std::size_t i = 0; i < hanging.size(); ++i) {
    hasher.ask(request(hanging[i], i));
    std::this_thread::sleep_for(60ms);
    hasher.take();
  }
  EXPECT_EQ(Hasher::kMostThreads, hasher.threads());
  hold.reset();  // it answers after all
  const auto all = answers(hasher, hanging.size());
  EXPECT_EQ(hanging.size(), all.size());
  for (const HashAnswer& answer : all) EXPECT_EQ(FileHash::missing(HashProblem::Late), answer.hash);
}

}  // namespace
}  // namespace picket
