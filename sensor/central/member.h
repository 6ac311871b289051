// SPDX-License-Identifier: Apache-2.0
//
// Member: one of those that share a topic. Reads its messages, has the rules look at them, and tells the group how far
// it is once everybody who wanted the alerts of all that came before has them.
//
// An offset is committed behind a barrier: nothing is evaluated, all sinks are waited for, then it is committed. So a
// member that dies leaves no alert out: whoever goes on begins at the last barrier, and repeats alerts with equal ids.
// One that gives partitions up in an orderly way puts a barrier there: nothing is repeated.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporters/kafka/consumer.h"
#include "sensor/central/evaluation.h"
#include "sensor/central/event_reader.h"

namespace picket::central {

struct MemberCounts {
  std::uint64_t messages = 0;
  std::array<std::uint64_t, kProblems> problems{};  // of those, what gave no event, by cause
};

// "3 not_an_event (no alert of Picket: ...), 1 not_json (...)"; empty when there were none. `before`: not counted.
std::string describe_problems(const MemberCounts& counts, const MemberCounts& before = {});

// Used from one thread, and by the consumer in it. All must outlive it.
class Member final : public KafkaGroupListener {
 public:
  Member(Evaluation& evaluation, Outputs& outputs, const volatile std::sig_atomic_t& stop)
      : evaluation_(evaluation), outputs_(outputs), stop_(stop) {}

  // Called in the member's thread all the time, many times a second, while it waits for sinks, too.
  void on_turn(std::function<void()> call) { turn_ = std::move(call); }

  // Until stop is set, or nothing can come any more or be delivered: why. Commits and leaves the group.
  std::optional<Error> run(KafkaConsumer& consumer);

  void on_revoked(const std::vector<std::int32_t>& partitions) override;
  void on_lost(const std::vector<std::int32_t>& partitions) override;

  // A message: evaluated, or counted as what it is.
  void take(const KafkaMessage& message);

  // Once all alerts so far are where they belong. False, with error(): some were dropped for another reason than that
  // they would never be taken, or it was time to stop and sinks did not get rid of them within kPatience.
  bool settle();

  // How far this member is: behind the last message of each partition that was taken.
  const std::map<std::int32_t, std::int64_t>& positions() const { return positions_; }

  const MemberCounts& counts() const { return counts_; }
  const std::optional<Error>& error() const { return error_; }

  static constexpr std::chrono::seconds kCommitEvery{1};
  static constexpr std::chrono::seconds kPatience{10};

 private:
  using Clock = std::chrono::steady_clock;

  bool must_settle() const;
  void commit(KafkaConsumer& consumer);
  void turn(Clock::time_point now);
  void tick(Clock::time_point now);
  std::uint64_t given_up() const;

  Evaluation& evaluation_;
  Outputs& outputs_;
  const volatile std::sig_atomic_t& stop_;
  KafkaConsumer* consumer_ = nullptr;  // while it runs
  std::function<void()> turn_;
  EventReader reader_;
  MemberCounts counts_, told_;
  std::map<std::int32_t, std::int64_t> positions_;
  bool moved_ = false;                 // since the last commit
  std::uint64_t settled_written_ = 0;  // bytes that outputs had written at the last barrier
  Clock::time_point committed_at_ = Clock::now(), ticked_at_ = committed_at_, turned_at_ = committed_at_,
                    told_at_ = committed_at_;
  std::optional<Error> error_;
};

}  // namespace picket::central
