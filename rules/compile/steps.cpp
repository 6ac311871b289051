// SPDX-License-Identifier: Apache-2.0
#include "rules/compile/steps.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "rules/event/text.h"

namespace picket {
namespace {

using policy::Text;

class StepFinder {
 public:
  StepFinder(std::vector<Candidate>& candidates, std::vector<Diagnostic>& diagnostics)
      : candidates_(candidates), diagnostics_(diagnostics) {
    for (Candidate& candidate : candidates) by_name_.emplace(candidate.item->name.value, &candidate);
  }

  void run() {
    for (Candidate& candidate : candidates_) {
      if (candidate.rule && !check(candidate)) candidate.rule.reset();
    }
    for (Candidate& candidate : candidates_) {
      if (!candidate.rule || !candidate.item->enabled) continue;
      candidate.place = 0;
      for (const Text& name : candidate.item->sequence.after) by_name_.at(name.value)->place = 0;
    }
    std::size_t place = 0;
    for (Candidate& candidate : candidates_) {
      if (candidate.place != Candidate::kNowhere) candidate.place = place++;
    }
    for (Candidate& candidate : candidates_) {
      if (candidate.place == Candidate::kNowhere) continue;
      for (const Text& name : candidate.item->sequence.after) {
        candidate.rule->sequence.steps.push_back(by_name_.at(name.value)->place);
      }
    }
  }

 private:
  // Whether all its steps are rules that can be one.
  bool check(const Candidate& candidate) {
    bool fine = true;
    for (const Text& name : candidate.item->sequence.after) {
      const auto step = by_name_.find(name.value);
      if (step == by_name_.end()) {
        std::vector<std::string_view> names;
        for (const auto& [each, unused] : by_name_) names.push_back(each);
        report(Severity::Error, name, "there is no rule " + quote(name.value), suggestion(name.value, names));
      } else if (step->second->item->sequence.key.file) {
        report(Severity::Error, name, "the rule " + quote(name.value) + " is a sequence, which cannot be a step",
               "name its own steps instead");
      } else if (!step->second->rule) {
        report(Severity::Warning, name,
               "the rule is skipped: its step " + quote(name.value) + " is skipped or has an error");
      } else {
        continue;
      }
      fine = false;
    }
    return fine;
  }

  void report(Severity severity, const Text& text, std::string message, std::string hint = {}) {
    diagnostics_.push_back(policy::diagnose(severity, Finding::Invalid, text, std::move(message), std::move(hint)));
  }

  std::vector<Candidate>& candidates_;
  std::vector<Diagnostic>& diagnostics_;
  std::map<std::string_view, Candidate*> by_name_;
};

}  // namespace

void find_steps(std::vector<Candidate>& candidates, std::vector<Diagnostic>& diagnostics) {
  StepFinder(candidates, diagnostics).run();
}

}  // namespace picket
