// SPDX-License-Identifier: Apache-2.0
//
// Evaluation: the rules over events of a topic's partitions, as the sensor's engine has them over its own.
//
// What rules remember of earlier events (throttles, thresholds, sequences) belongs to a partition: the messages of a
// host are all in one, and whoever gets the partition next begins anew. Within it machines are told apart
// (Event::origin): no process of one takes a step for another's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rules/match/match.h"
#include "rules/match/output_text.h"
#include "rules/match/rates.h"
#include "rules/match/sequences.h"
#include "sensor/pipeline/outputs.h"

namespace picket::central {

// Where a message stands in its topic.
struct Place {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// What cannot be as on the machines themselves, for each rule that is concerned: sentences for people.
std::vector<std::string> limits_of(const Policy& policy);

// Used from one thread. Policy and outputs must outlive it.
class Evaluation {
 public:
  // `host`: this one, for what is said of rules and not of an event.
  Evaluation(const Policy& policy, std::string topic, const Host& host, Outputs& outputs);

  // Writes an alert for each rule that matches as the sensor would have it: the first that reports, and sequences. The
  // same message gives the same rules' alerts the same ids, "TOPIC/PARTITION/OFFSET/RULE": RULE is a digest of the
  // rule's name that no other rule of the policy has.
  void evaluate(const Event& event, const Host& host, Place place);

  // Says what was suppressed and no alert could tell; about once a second.
  void expire();

  // The partition is another member's: what was suppressed is said, and all that is remembered of it goes. `silent`:
  // nothing is said, since the other one is at it already.
  void forget(std::int32_t partition, bool silent);

  std::uint64_t events() const { return events_; }
  std::uint64_t alerts() const { return alerts_; }

 private:
  // What is remembered of a partition.
  struct Memory {
    explicit Memory(const Policy& policy) : rates(policy), sequences(policy) {}
    Rates rates;
    Sequences sequences;
    std::uint64_t latest = 0;  // nanoseconds since 1970, of its events
  };

  Memory& memory_of(std::int32_t partition);
  void alert(const Rule& rule, const Event& event, const Host& host, Place place, Memory& memory);

  const Policy& policy_;
  const std::string topic_;
  const Host host_;
  Outputs& outputs_;
  Matcher matcher_;
  std::vector<std::uint64_t> digests_;  // of the rules, in the policy's order
  std::map<std::int32_t, std::unique_ptr<Memory>> memories_;
  Scratch scratch_;
  OutputText output_;
  std::string id_;
  std::uint64_t events_ = 0, alerts_ = 0;
};

}  // namespace picket::central
