// SPDX-License-Identifier: Apache-2.0
//
// A process that alerts is killed with SIGKILL again and again, and during every other of its lives the broker does
// not answer: whatever the spool had acknowledged arrives.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "tests/kafka/alerter.h"
#include "tests/kafka/broker_case.h"
#include "tests/kafka/endurance.h"

namespace picket {
namespace {

constexpr std::int64_t kRate = 1000;
const std::chrono::seconds kLife{from_environment("PICKET_KILL_EVERY", 2)};
const std::int64_t kLives = from_environment("PICKET_KILL_SECONDS", 6) / kLife.count();

class KillTest : public BrokerTest, public testing::WithParamInterface<const char*> {
 protected:
  KillTest() : file_(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    EXPECT_EQ(ftruncate(file_, sizeof(AlerterProgress)), 0);
    void* const memory = mmap(nullptr, sizeof(AlerterProgress), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    progress_ = static_cast<AlerterProgress*>(memory);
  }
  ~KillTest() override {
    munmap(progress_, sizeof(AlerterProgress));
    close(file_);
  }

  pid_t start(std::uint64_t first) const {
    const SinkSettings settings = keys(GetParam());
    std::vector<std::string> words = {PICKET_ALERTER, path_, std::to_string(first), std::to_string(kRate)};
    for (const auto& [key, value] : settings.values()) words.push_back(key + "=" + value);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, PICKET_ALERTER, nullptr, nullptr, arguments.data(), environ), 0);
    return pid;
  }

  // The ids of one life that were acknowledged: [first, second].
  std::pair<std::uint64_t, std::uint64_t> live_and_be_killed(std::uint64_t first) const {
    progress_->produced = progress_->acknowledged = first - 1;
    const pid_t pid = start(first);
    EXPECT_TRUE(wait_until([&] { return progress_->acknowledged >= first; }));
    std::this_thread::sleep_for(kLife);
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    return {first, progress_->acknowledged};
  }

  const std::string path_ = root_ + "/progress";
  const int file_;
  AlerterProgress* progress_ = nullptr;
};

TEST_P(KillTest, WhatTheSpoolAcknowledgedArrives) {
  topic_ = std::string("picket.kill-") + GetParam();
  make_topic(1);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> acknowledged;
  std::uint64_t count = 0;
  for (std::int64_t life = 0; life < kLives; ++life) {
    if (life % 2 == 1) broker_.signal(SIGSTOP);
    acknowledged.push_back(live_and_be_killed(progress_->produced + 1));
    count += acknowledged.back().second + 1 - acknowledged.back().first;
    broker_.signal(SIGCONT);
  }

  const std::uint64_t last = progress_->produced + 1;
  const auto sink = make_sink(GetParam());
  alert(*sink, last);
  EXPECT_TRUE(wait_until([&] {
    const LedgerCounts counts = sink->counts();
    return counts.delivered > 0 && counts.queued + counts.spooled == 0;
  }));
  end(*sink);
  EXPECT_EQ(sink->counts().all_dropped(), 0U);
  acknowledged.emplace_back(last, last);

  std::vector<bool> seen(last + 1);
  std::uint64_t newest = 0, copies = 0, out_of_order = 0;
  for (const Consumed& one : read(1, count)) {
    const std::uint64_t id = std::stoull(one.headers.at("id"));
    ASSERT_LE(id, last);
    copies += seen[id];
    out_of_order += !seen[id] && id < newest;
    newest = std::max(newest, id);
    seen[id] = true;
  }
  std::uint64_t missing = 0;
  for (const auto& [first, end] : acknowledged)
    for (std::uint64_t id = first; id <= end; ++id) missing += !seen[id];
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(out_of_order, 0U);
  std::printf("killed %lld times, spool %s: %llu alerts, %llu acknowledged, all of them arrived, %llu second copies\n",
              static_cast<long long>(kLives), GetParam(), static_cast<unsigned long long>(last),
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(copies));
}

INSTANTIATE_TEST_SUITE_P(Modes, KillTest, testing::Values("overflow", "durable"));

}  // namespace
}  // namespace picket
