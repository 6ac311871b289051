// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/evaluation.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_set>
#include <utility>

#include "exporters/format/fields.h"
#include "rules/event/text.h"
#include "sensor/pipeline/matching.h"

namespace picket::central {
namespace {

// FNV-1a; `round` makes another one where two names of a policy agree.
std::uint64_t digest(std::string_view name, unsigned round) {
  std::uint64_t digest = 0xcbf29ce484222325u + round;
  for (const char c : name) digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return digest;
}

// Names differ, so that some round tells them apart: as a rule the first, which does not depend on the other rules.
std::vector<std::uint64_t> digests_of(const Policy& policy) {
  constexpr unsigned kMostRounds = 16;
  std::vector<std::uint64_t> digests;
  for (unsigned round = 0; round < kMostRounds; ++round) {
    digests.clear();
    for (const Rule& rule : policy.rules) digests.push_back(digest(rule.name, round));
    if (std::unordered_set<std::uint64_t>(digests.begin(), digests.end()).size() == digests.size()) break;
  }
  return digests;
}

std::string joined(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + quote(names[i]);
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

}  // namespace

std::vector<std::string> limits_of(const Policy& policy) {
  struct Limit {
    bool (*concerns)(const Rule& rule);
    std::string_view text;
  };
  static constexpr Limit kLimits[] = {
      {[](const Rule& rule) { return rule.response.enforces(); },
       "nothing is refused or killed here, these rules only say what they find: "},
      {[](const Rule& rule) { return rule.hashes.any(); },
       "hashes are those that rules of the sensors asked for, without which these rules find nothing: "},
  };
  std::vector<std::string> texts;
  for (const Limit& limit : kLimits) {
    std::vector<std::string> names;
    for (const Rule& rule : policy.rules) {
      if (limit.concerns(rule)) names.push_back(rule.name);
    }
    if (!names.empty()) texts.push_back(std::string(limit.text) + joined(names));
  }
  return texts;
}

Evaluation::Evaluation(const Policy& policy, std::string topic, const Host& host, Outputs& outputs)
    : policy_(policy),
      topic_(std::move(topic)),
      host_(host),
      outputs_(outputs),
      matcher_(policy),
      digests_(digests_of(policy)) {}

Evaluation::Memory& Evaluation::memory_of(std::int32_t partition) {
  auto& memory = memories_[partition];
  if (memory) return *memory;
  memory = std::make_unique<Memory>(policy_);
  memory->rates.report_to([this](const Throttled& throttled) {
    outputs_.set_host(host_);
    outputs_.write(throttled, scratch_);
  });
  return *memory;
}

// As Engine::match(). What the kernel of the machine decided is another rule's business.
void Evaluation::evaluate(const Event& of, const Host& host, Place place) {
  Event event = of;
  event.number = ++events_;
  scratch_.clear();
  Memory& memory = memory_of(place.partition);
  memory.latest = std::max(memory.latest, event.time());
  const Rule* const first = find_reporting(matcher_, memory.rates, memory.sequences, event, scratch_);
  if (first != nullptr) alert(*first, event, host, place, memory);
  memory.sequences.conclude(event, scratch_, [&](const Rule& rule) { alert(rule, event, host, place, memory); });
}

void Evaluation::alert(const Rule& rule, const Event& event, const Host& host, Place place, Memory& memory) {
  const auto [shown, throttled] = memory.rates.throttle(rule, event, scratch_);
  if (!shown) return;
  output_.make(rule.output, event, scratch_);
  id_.assign(topic_).append(1, '/');
  append_number(id_, place.partition);
  id_ += '/';
  append_number(id_, place.offset);
  char digits[kHexSize];
  put_hex(digits, digests_[static_cast<std::size_t>(&rule - policy_.rules.data())]);
  id_.append(1, '/').append(digits, sizeof digits);
  ++alerts_;
  outputs_.set_host(host);
  Alert alert{&event,      rule.name,      rule.description, rule.priority, rule.tags,
              rule.output, output_.text(), rule.severity,    rule.attacks,  throttled};
  alert.values = output_.values();
  alert.rule_revision = rule.revision.number();
  alert.id_text = id_;
  outputs_.write(alert, scratch_);
}

void Evaluation::expire() {
  scratch_.clear();
  for (auto& [partition, memory] : memories_) memory->rates.expire(memory->latest);
}

void Evaluation::forget(std::int32_t partition, bool silent) {
  const auto memory = memories_.find(partition);
  if (memory == memories_.end()) return;
  scratch_.clear();
  if (!silent) memory->second->rates.finish();
  memories_.erase(memory);
}

}  // namespace picket::central
