// SPDX-License-Identifier: Apache-2.0
//
// kill -9 at any moment, and a disk that takes nothing more.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <random>
#include <set>

#include "tests/unit/exporters/spool/spool_case.h"

namespace picket {
namespace {

// Told through a pipe by the child that writes: all records below `spooled` are on the disk; `delivered` is settled.
struct Word {
  enum Kind : std::uint64_t { Spooled, Delivered } kind;
  std::uint64_t number;
};

std::string text_of(std::uint64_t number) {
  std::string text = std::to_string(number) + ":";
  text.resize(30 + number * 7919 % 900, static_cast<char>('a' + number % 26));
  return text;
}

class SpoolCrashTest : public SpoolCase {
 protected:
  // Puts records from `first` on, hands some out and settles them, until it is killed.
  [[noreturn]] void write_until_killed(std::uint64_t first, int words) {
    options_.sync_interval = std::chrono::milliseconds(1);
    options_.checkpoint_interval = std::chrono::milliseconds(2);
    auto spool = std::move(*Spool::open(options_));
    std::uint64_t told = 0;
    for (std::uint64_t number = first;; ++number) {
      if (spool->put(static_cast<Priority>(number % 3), number, text_of(number)) != Spool::Put::Taken) _exit(1);
      spool->tick(std::chrono::steady_clock::now());
      if (spool->state().spooled != told) {
        told = spool->state().spooled;
        tell(words, {Word::Spooled, first + told});
      }
      if (number % 3 != 0) continue;
      const auto record = spool->next();
      if (!record) continue;
      tell(words, {Word::Delivered, std::stoull(std::string(record->payload))});
      spool->delivered(record->position);
    }
  }
  static void tell(int words, Word word) {
    if (::write(words, &word, sizeof word) != sizeof word) _exit(2);
  }
};

TEST_F(SpoolCrashTest, KilledAtAnyMomentNothingSpooledIsLost) {
  options_.budget = 64 << 20;
  options_.segment_size = 20'000;
  std::mt19937 random(20'240'601);
  std::set<std::uint64_t> waiting;  // told to be on the disk, not told to be delivered
  std::uint64_t next = 0;
  for (int round = 0; round < 25; ++round) {
    SCOPED_TRACE(round);
    int words[2];
    ASSERT_EQ(::pipe2(words, O_CLOEXEC), 0);
    ::fcntl(words[1], F_SETPIPE_SZ, 1 << 20);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(next, words[1]);
    ::close(words[1]);
    ::usleep(static_cast<useconds_t>(1000 + random() % 25'000));
    ::kill(child, SIGKILL);
    int status;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself: " << WEXITSTATUS(status);
    std::uint64_t spooled = next;
    Word word;
    while (::read(words[0], &word, sizeof word) == sizeof word) {
      if (word.kind == Word::Delivered) {
        waiting.erase(word.number);
        continue;
      }
      for (; spooled < word.number; ++spooled) waiting.insert(spooled);
    }
    ::close(words[0]);

    open();
    EXPECT_EQ(spool_->recovery().lost_records, 0U);
    EXPECT_EQ(spool_->recovery().damaged_bytes, 0U);
    std::uint64_t last = 0;
    for (const auto& payload : drain(false)) {
      const std::uint64_t number = std::stoull(payload);
      EXPECT_EQ(payload, text_of(number));
      EXPECT_TRUE(last == 0 || number > last) << number << " after " << last;
      last = number;
      waiting.erase(number);
      next = std::max(next, number + 1);
    }
    EXPECT_TRUE(waiting.empty()) << "spooled and gone: " << *waiting.begin() << " and so on, " << waiting.size();
    next = std::max(next, spooled);
    spool_->rewind();
    if (round % 5 == 4) drain();
    close();
  }
  EXPECT_GT(next, 100U) << "the writer wrote";
}

class LimitedFiles {
 public:
  explicit LimitedFiles(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~LimitedFiles() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

// Puts until the spool takes no more; what it took.
std::vector<std::string> fill(Spool& spool, std::size_t at_most) {
  std::vector<std::string> taken;
  while (taken.size() < at_most) {
    const std::string text = text_of(taken.size());
    if (spool.put(Priority::Error, 1, text) != Spool::Put::Taken) break;
    taken.push_back(text);
  }
  return taken;
}

TEST_F(SpoolCrashTest, ADeviceThatTakesNoMoreAndThenDoes) {
  options_.sync_bytes = 10'000;
  open();
  std::vector<std::string> taken;
  {
    const LimitedFiles limited(16'384 + 100);  // in the middle of a frame, behind the checkpoint's end
    taken = fill(*spool_, 1000);
    ASSERT_LT(taken.size(), 1000U);
    EXPECT_FALSE(spool_->sync());
    EXPECT_NE(spool_->state().error.find("cannot write: File too large"), std::string::npos) << spool_->state().error;
    EXPECT_FALSE(spool_->empty());
  }
  ASSERT_TRUE(spool_->sync()) << spool_->state().error;
  EXPECT_EQ(spool_->state().error, "");
  EXPECT_EQ(spool_->state().spooled, taken.size()) << "what was taken was kept";
  EXPECT_EQ(drain(false), taken);
  crash();
  open();
  EXPECT_EQ(spool_->recovery().damaged_bytes + spool_->recovery().torn_bytes, 0U);
  EXPECT_EQ(drain(), taken);
}

// A file system of 128 KiB of our own, in a mount namespace of our own. The exit status tells.
[[noreturn]] void on_a_full_disk(SpoolOptions options) {
  const auto check = [](bool good, int line) {
    if (good) return;
    std::fprintf(stderr, "on_a_full_disk: line %d\n", line);
    _exit(1);
  };
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(77);
  ::mkdir(options.directory.c_str(), 0700);
  if (::mount("none", options.directory.c_str(), "tmpfs", 0, "size=128k,mode=700") != 0) _exit(77);
  options.sync_bytes = 8'000;
  options.segment_size = 20'000;

  auto spool = std::move(*Spool::open(options));
  std::vector<std::string> taken = fill(*spool, 10'000);
  check(taken.size() < 10'000, __LINE__);
  check(spool->state().error == "cannot write: No space left on device", __LINE__);
  check(spool->state().evicted == 0, __LINE__);

  // What is not on the disk can be taken back; a later run does not find it.
  const std::size_t on_disk = spool->state().spooled;
  const auto back = spool->take_back();
  check(!back.empty() && on_disk + back.size() == taken.size(), __LINE__);
  for (std::size_t i = 0; i < back.size(); ++i) check(back[i].payload == taken[on_disk + i], __LINE__);
  check(spool->unsynced() == 0 && spool->state().records == on_disk, __LINE__);
  spool.reset();
  spool = std::move(*Spool::open(options));
  check(spool->recovery().records == on_disk && spool->recovery().torn_bytes == 0, __LINE__);
  check(spool->recovery().lost_records == 0, __LINE__);
  for (const UnsyncedRecord& each : back)
    check(spool->put(each.priority, 1, each.payload) == Spool::Put::Taken, __LINE__);

  // Delivering makes room: the checkpoint needs none itself.
  std::size_t delivered = 0;
  while (const auto record = spool->next()) {
    check(record->payload == taken[delivered++], __LINE__);
    spool->delivered(record->position);
  }
  const auto now = std::chrono::steady_clock::now();
  spool->tick(now);
  spool->tick(now + std::chrono::seconds(2));
  check(spool->sync(), __LINE__);
  while (const auto record = spool->next()) check(record->payload == taken[delivered++], __LINE__);
  check(delivered == taken.size(), __LINE__);
  _exit(0);
}

TEST_F(SpoolCrashTest, AFullDisk) {
  const pid_t child = ::fork();
  if (child == 0) on_a_full_disk(options_);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace picket
