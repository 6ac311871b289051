// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/reload.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <sstream>
#include <utility>

#include "rules/policy/documents.h"
#include "sensor/pipeline/enforcement.h"

namespace picket {
namespace {

// How often files and socket are looked at.
constexpr std::uint64_t kLookNs = 50'000'000;

std::string plural(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

// All of a reload that needs no engine. On the reload's own thread.
PreparedRules prepare(const Config& config, trust::Trust* trust, KernelSide& kernel, const Policy& before) {
  PreparedRules prepared;
  LoadedRules loaded = load_rules(config.rules, plan_options(config), trust);
  prepared.files = policy::files_of(config.rules).size();
  prepared.verdict = loaded.trusted ? Verdict::Rules : Verdict::Untrusted;
  prepared.text = std::move(loaded.diagnostics);
  if (!loaded.ruleset) return prepared;
  const Policy& policy = loaded.ruleset->policy;
  if (policy.rules.empty()) {
    prepared.text += "no rule is enabled: there would be nothing to watch for\n";
    return prepared;
  }
  if (const auto reason = reason_not_to_enforce(loaded.ruleset->plan, kernel)) {
    prepared.text += reason->message + "\n" + (reason->hint.empty() ? "" : "hint: " + reason->hint + "\n");
    return prepared;
  }
  prepared.changes = compare(before, policy);
  auto change = kernel.prepare(kernel_wants(policy.kinds, policy.results, loaded.ruleset->plan));
  if (const auto* error = std::get_if<KernelError>(&change)) {
    prepared.verdict = Verdict::Failed;
    prepared.text +=
        error->error.message + "\n" + (error->error.hint.empty() ? "" : "hint: " + error->error.hint + "\n");
    return prepared;
  }
  prepared.verdict = Verdict::Done;
  prepared.kernel = std::move(std::get<std::unique_ptr<KernelChange>>(change));
  prepared.ruleset = std::move(loaded.ruleset);
  prepared.approval = std::move(loaded.approval);
  return prepared;
}

// Line by line: diagnostics have several.
void log_lines(spdlog::level::level_enum level, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) spdlog::log(level, "{}", line);
}

}  // namespace

Reloads::Reloads(const Config& config, std::unique_ptr<RuleWatch> watch, trust::Trust* trust, KernelSide& kernel,
                 Current current, Put put, Other other)
    : config_(config),
      trust_(trust),
      kernel_(kernel),
      current_(std::move(current)),
      put_(std::move(put)),
      other_(std::move(other)),
      watch_(std::move(watch)) {
  if (watch_ && !watch_->problem().empty()) {
    spdlog::warn("changes of rule files may go unnoticed: {}", watch_->problem());
    spdlog::info("hint: 'picket reload' and SIGHUP have them read again");
  }
  if (config.control.empty()) return;
  auto control = ControlSocket::open(config.control);
  if (control) {
    control_ = std::move(*control);
  } else {
    spdlog::warn("'picket reload', 'status' and 'enforce' will not reach this sensor: {}", control.error().message);
  }
}

Reloads::~Reloads() {
  if (thread_.joinable()) thread_.join();
}

void Reloads::look(std::uint64_t now, bool asked) {
  if (asked) ask("SIGHUP");
  if (now - last_look_ >= kLookNs) {
    last_look_ = now;
    if (watch_ && watch_->poll(now)) ask("a rule file has changed");
    if (control_) {
      control_->serve(now, [this](const Request& request) {
        if (request.text != "reload") return control_->answer(request.client, other_(request));
        ask("picket reload");
        asking_.push_back(request.client);
      });
    }
  }
  if (thread_.joinable() && done_.load(std::memory_order_acquire)) {
    thread_.join();
    if (prepared_) finish();
  }
  if (!thread_.joinable() && !asked_.empty()) start();
}

// One that is under way may have read the files already: another one follows it.
void Reloads::ask(std::string reason) {
  if (asked_.empty()) asked_ = std::move(reason);
}

void Reloads::start() {
  reason_ = std::exchange(asked_, {});
  answering_ = std::exchange(asking_, {});
  spdlog::debug("reading the rules again: {}", reason_);
  done_.store(false, std::memory_order_relaxed);
  thread_ = std::thread([this, &before = current_()] {
    const auto begin = std::chrono::steady_clock::now();
    prepared_ = std::make_unique<PreparedRules>(prepare(config_, trust_, kernel_, before));
    prepared_->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    done_.store(true, std::memory_order_release);
  });
}

void Reloads::finish() {
  const auto prepared = std::move(prepared_);
  if (!prepared->ruleset) {
    log_lines(spdlog::level::err, prepared->text);
    const std::string kept = "the rules stay as they are: " + plural(current_().rules.size(), "rule") + " in force";
    spdlog::error("{} (asked for by: {})", kept, reason_);
    return answer_all({prepared->verdict, prepared->text + kept + "\n"});
  }
  log_lines(spdlog::level::warn, prepared->text);
  auto put = put_(*prepared);
  if (!put) {
    const std::string kept = put.error().message + "; the rules stay as they are";
    spdlog::error("{} (asked for by: {})", kept, reason_);
    return answer_all({Verdict::Failed, kept + "\n"});
  }
  FormerRules former = *std::move(put);
  const RuleChanges& changes = prepared->changes;
  std::string report = fmt::format("{} of {} in force: {} added, {} removed, {} changed; {:.3f} seconds",
                                   plural(current_().rules.size(), "rule"), plural(prepared->files, "file"),
                                   changes.added, changes.removed, changes.changed, prepared->seconds);
  if (prepared->approval) report += "; " + describe(prepared->approval->policy());
  spdlog::info("rules reloaded ({}): {}", reason_, report);
  for (const std::string& file : policy::files_of(config_.rules)) spdlog::debug("rules of {}", file);
  answer_all({Verdict::Done, prepared->text + report + "\n"});

  done_.store(false, std::memory_order_relaxed);
  thread_ = std::thread([this, former = std::move(former), approval = std::move(prepared->approval)]() mutable {
    if (approval) record(*approval);
    former = {};
    done_.store(true, std::memory_order_release);
  });
}

void Reloads::answer_all(const Answer& answer) {
  for (const std::uint64_t client : std::exchange(answering_, {})) control_->answer(client, answer);
}

}  // namespace picket
