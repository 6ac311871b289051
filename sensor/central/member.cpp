// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/member.h"

#include <spdlog/spdlog.h>

#include <thread>
#include <utility>

#include "rules/event/time.h"

namespace picket::central {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWait{100};  // for a message, until other things are looked after
constexpr milliseconds kTurnEvery{20};
constexpr std::chrono::seconds kTickEvery{1};
constexpr std::chrono::seconds kTellEvery{60};

// Never to be delivered, however often they are sent: the member goes on without them. The sinks' ledgers count them.
constexpr DropCause kForGood[] = {DropCause::too_large, DropCause::rejected};

}  // namespace

std::string describe_problems(const MemberCounts& counts, const MemberCounts& before) {
  std::string text;
  for (std::size_t i = 0; i < kProblems; ++i) {
    const std::uint64_t count = counts.problems[i] - before.problems[i];
    if (count == 0) continue;
    const auto problem = static_cast<Problem>(i);
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(problem_name(problem)) + " (" +
            std::string(describe(problem)) + ")";
  }
  return text;
}

void Member::take(const KafkaMessage& message) {
  ++counts_.messages;
  if (const auto problem = reader_.read(message.value)) {
    ++counts_.problems[static_cast<std::size_t>(*problem)];
  } else {
    evaluation_.evaluate(reader_.event(), reader_.host(), {message.partition, message.offset});
  }
  positions_[message.partition] = message.offset + 1;
  moved_ = true;
}

std::uint64_t Member::given_up() const {
  std::uint64_t dropped = 0;
  for (const auto& sink : outputs_.sinks()) {
    const LedgerCounts counts = sink->counts();
    dropped += counts.all_dropped();
    for (const DropCause cause : kForGood) dropped -= counts.dropped_of(cause);
  }
  return dropped;
}

bool Member::settle() {
  outputs_.flush();
  std::optional<Clock::time_point> deadline;
  while (!outputs_.settled()) {
    turn(Clock::now());
    if (stop_ != 0 && !deadline) deadline = Clock::now() + kPatience;
    if (deadline && Clock::now() > *deadline) {
      error_ = Error{
          "not all alerts could be delivered before the end: the messages they are of are left for another run", ""};
      return false;
    }
    std::this_thread::sleep_for(milliseconds(1));
  }
  settled_written_ = outputs_.written();
  outputs_.hold();
  if (given_up() == 0) return true;
  error_ = Error{"alerts were dropped: the messages they are of are left for another run", ""};
  return false;
}

// A queue must not overflow: half of the smallest is kept for what one more message makes.
bool Member::must_settle() const { return outputs_.written() - settled_written_ > outputs_.least_queue() / 4; }

void Member::commit(KafkaConsumer& consumer) {
  committed_at_ = Clock::now();
  if (!std::exchange(moved_, false)) return;
  const auto done = consumer.commit(positions_);
  if (done) return;
  spdlog::warn("{}", done.error().message);  // the next one has them, or whoever gets the partition repeats them
  moved_ = true;
}

void Member::turn(Clock::time_point now) {
  if (!turn_ || now - turned_at_ < kTurnEvery) return;
  turned_at_ = now;
  turn_();
}

void Member::tick(Clock::time_point now) {
  ticked_at_ = now;
  evaluation_.expire();
  outputs_.tick(boot_clock(), wall_clock_offset());
  if (now - told_at_ < kTellEvery) return;
  told_at_ = now;
  const std::string problems = describe_problems(counts_, told_);
  if (!problems.empty()) spdlog::warn("messages that are no events: {}", problems);
  told_ = counts_;
}

std::optional<Error> Member::run(KafkaConsumer& consumer) {
  consumer_ = &consumer;
  outputs_.hold();
  while (stop_ == 0 && !error_ && consumer.fatal().empty()) {
    const bool idle = !consumer.poll(kWait, [this](const KafkaMessage& message) { take(message); });
    const auto now = Clock::now();
    turn(now);
    if (now - ticked_at_ >= kTickEvery) tick(now);
    if (!must_settle() && !idle && now - committed_at_ < kCommitEvery) continue;
    if (settle()) commit(consumer);
  }
  if (!error_ && settle()) commit(consumer);
  consumer.close();
  consumer_ = nullptr;
  if (!error_ && !consumer.fatal().empty()) error_ = Error{"kafka: " + consumer.fatal(), ""};
  return error_;
}

void Member::on_revoked(const std::vector<std::int32_t>& partitions) {
  for (const std::int32_t partition : partitions) evaluation_.forget(partition, false);
  if (!error_ && settle() && consumer_ != nullptr) commit(*consumer_);
  for (const std::int32_t partition : partitions) positions_.erase(partition);
}

void Member::on_lost(const std::vector<std::int32_t>& partitions) {
  spdlog::warn(
      "{} partitions went to another member while this one could not be heard: it repeats what is not "
      "committed",
      partitions.size());
  for (const std::int32_t partition : partitions) {
    evaluation_.forget(partition, true);
    positions_.erase(partition);
  }
}

}  // namespace picket::central
