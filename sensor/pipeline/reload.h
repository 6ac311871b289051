// SPDX-License-Identifier: Apache-2.0
//
// Other rules while the sensor runs: all or nothing, and no event is lost over it.
//
// What takes long (reading and compiling the files, loading and attaching programs, and giving up what is not needed
// any more) is done by a thread of its own, beside the events. In between, the sensor's own thread puts the new rules
// in force between two events. When anything is wrong with them, all stays as it was.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/config.h"
#include "sensor/pipeline/control.h"
#include "sensor/pipeline/ruleset.h"
#include "sensor/pipeline/watch.h"

namespace picket {

// Rules with the programs that they need, or why they are not to be.
struct PreparedRules {
  std::unique_ptr<Ruleset> ruleset;  // nullptr: `verdict` and `text` say why
  std::unique_ptr<KernelChange> kernel;
  Verdict verdict = Verdict::Failed;
  std::string text;                         // diagnostics; for a failure the reason
  std::optional<trust::Approval> approval;  // of the rules, with trust
  RuleChanges changes;
  std::size_t files = 0;
  double seconds = 0;
};

// What of the old rules can be destroyed.
struct FormerRules {
  std::unique_ptr<Ruleset> ruleset;
  std::unique_ptr<KernelChange> kernel;
};

// Used from one thread, the sensor's; its own thread never touches the engine.
class Reloads {
 public:
  // `put` puts prepared rules in force and returns what they take the place of; `current` are those that are in force.
  using Put = std::function<Result<FormerRules>(PreparedRules& prepared)>;
  using Current = std::function<const Policy&()>;
  // Answers requests on the control socket other than `reload`, at once.
  using Other = std::function<Answer(const Request& request)>;

  // Looks at `watch` (nullptr: files are not watched) and listens on the control socket, as the configuration says;
  // what of that cannot be done is said on the log and done without. `trust` decides about what is read; nullptr: all
  // is trusted.
  Reloads(const Config& config, std::unique_ptr<RuleWatch> watch, trust::Trust* trust, KernelSide& kernel,
          Current current, Put put, Other other);
  ~Reloads();  // waits for what is under way (busy()), without putting it in force

  // Starts or finishes a reload when it is time to. Cheap; to be called between batches of events. `asked`: somebody
  // sent SIGHUP.
  void look(std::uint64_t now, bool asked);

  // Something is under way that takes its time.
  bool busy() const { return thread_.joinable() && !done_.load(std::memory_order_acquire); }

 private:
  void ask(std::string reason);
  void start();
  void finish();
  void answer_all(const Answer& answer);

  const Config& config_;
  trust::Trust* const trust_;  // used by the thread
  KernelSide& kernel_;
  Current current_;
  Put put_;
  Other other_;
  std::unique_ptr<RuleWatch> watch_;
  std::unique_ptr<ControlSocket> control_;
  std::uint64_t last_look_ = 0;

  std::string asked_;                     // why the next reload is to be; empty: none is
  std::vector<std::uint64_t> asking_;     // clients that wait for the next
  std::string reason_;                    // of the one under way
  std::vector<std::uint64_t> answering_;  // clients that wait for it
  std::thread thread_;
  std::atomic<bool> done_{false};            // the thread is
  std::unique_ptr<PreparedRules> prepared_;  // its result
};

}  // namespace picket
