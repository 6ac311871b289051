// SPDX-License-Identifier: Apache-2.0
//
// The engine's part of hashing: which events wait for which hashes.
//
// An event of a kind for which rules can need hashes is evaluated once without any consequence. Conditions look at a
// hash last (rules/match), so that a hash which is looked at then decides: it is asked for, and the event waits. What
// was not looked at makes no difference. When the answer has come it is tried again, since another hash may be needed
// now.
#include <spdlog/spdlog.h>

#include "rules/event/hashed_file.h"
#include "sensor/pipeline/engine.h"

namespace picket {
namespace {

HashKey key_of(const Process& process) { return {process.inode, process.exe_ctime, 0, process.device}; }

// The next question may find another answer; otherwise the file does not become better.
bool is_passing(HashProblem problem) { return problem <= HashProblem::QueueFull; }

Hashes unknown_of(const Event& event, Hashes wanted) {
  const bool executable = event.process->exe_hash.state == FileHash::State::Unasked && event.process->inode != 0;
  const bool file = event.file_hash == nullptr && hashed_file(event);
  return {wanted.executable && executable, wanted.file && file};
}

}  // namespace

// The sensor opens files to hash them; to hash those again because they were opened would never end.
Hashes Engine::lacking_hashes(Event& event) {
  const bool executable = executable_hashes_.contains(event.kind()), file = file_hashes_.contains(event.kind());
  if ((!executable && !file) || pk_key_pid(event.header->process) == hashing_.own_pid) return {};
  Hashes lacking;
  event.lacking = &lacking;
  event.number = evaluated_ + 1;
  scratch_.clear();
  matching_->matcher.each_match(event, scratch_, [&](const Rule& rule) {
    lacking = lacking | unknown_of(event, rule.shown_hashes);
    return true;
  });
  event.lacking = nullptr;
  return lacking;
}

// What was executed before is known at once.
void Engine::recall_executable(const Process& process) {
  const bool wanted = process.exe_hash.state == FileHash::State::Unasked && process.exe_ctime != 0;
  if (!wanted) return;
  if (const Sha256* sha256 = executables_.find(key_of(process))) {
    processes_.set_exe_hash(process, FileHash::known(*sha256));
  }
}

bool Engine::waits_for_hash(Event& event) {
  if (!(executable_hashes_ | file_hashes_).contains(event.kind())) return false;
  if (executable_hashes_.contains(event.kind())) recall_executable(*event.process);
  const Hashes lacking = lacking_hashes(event);
  if (!lacking.any()) return false;
  HashWait* const wait = hash_waits_.hold(event, lacking, now_ + hashing_.wait_ns);
  if (wait == nullptr) {
    if (lacking.executable) count(FileHash::missing(HashProblem::NoRoom), event.process->exe_path);
    if (lacking.file) count(FileHash::missing(HashProblem::NoRoom), hashed_file(event)->path);
    return false;
  }
  ask(*wait);
  return true;
}

void Engine::ask(HashWait& wait) {
  hash_counters_.asked += (wait.lacking.executable ? 1u : 0u) + (wait.lacking.file ? 1u : 0u);
  if (!hashing_.ask) return;
  HashRequest request;
  request.pid = pk_key_pid(wait.process.key);
  request.parent_pid = pk_key_pid(wait.parent);
  const Process& process = wait.process;
  if (wait.lacking.executable) {
    request.ticket = wait.ticket(true);
    request.file = {process.inode, process.exe_ctime, process.device};
    if ((process.flags & PK_FLAG_path_truncated) == 0) request.path = process.exe_path;
    hashing_.ask(request);
  }
  const auto file = hashed_file(wait.event(nullptr));
  if (wait.lacking.file && file) {
    request.ticket = wait.ticket(false);
    request.file = {file->inode, 0, file->device};
    request.path = file->path;
    request.other_path = file->other_path;
    hashing_.ask(std::move(request));
  }
}

void Engine::on_hash(const HashAnswer& answer) {
  if (answer.ticket.executable && answer.hash.is_known() && answer.file.ctime != 0) {
    executables_.insert({answer.file.inode, answer.file.ctime, 0, answer.file.device}, answer.hash.sha256);
  }
  if (HashWait* const wait = hash_waits_.give(answer)) go_on(*wait);
}

void Engine::end_hash_waits(std::uint64_t now) {
  while (HashWait* const wait = hash_waits_.overdue(now)) go_on(*wait, now != UINT64_MAX);
}

// It lacks nothing that it asked for. `may_wait`: for another hash.
void Engine::go_on(HashWait& wait, bool may_wait) {
  const FileHash& executable = wait.process.exe_hash;
  const bool lasting = executable.state == FileHash::State::Known ||
                       (executable.state == FileHash::State::Missing && !is_passing(executable.problem));
  if (lasting) processes_.set_exe_hash(wait.process, executable);
  Event event = wait.event(wait.parent == 0 ? nullptr : processes_.find(wait.parent));
  complete(event);
  if (const Hashes lacking = may_wait ? lacking_hashes(event) : Hashes(); lacking.any()) {
    hash_waits_.hold_again(wait, lacking, now_ + hashing_.wait_ns);
    return ask(wait);
  }
  if (wait.asked.executable) count(executable, wait.process.exe_path);
  if (wait.asked.file) count(wait.file, hashed_file(event)->path);
  match(event);
  hash_waits_.release(wait);
}

// The first of each sort is said, all are counted.
void Engine::count(const FileHash& hash, std::string_view path) {
  if (hash.is_known()) {
    ++hash_counters_.known;
  } else if (hash_counters_.missing[static_cast<std::size_t>(hash.problem)]++ == 0) {
    spdlog::warn("no hash of {}: {}; what follows of this sort is counted", path, describe(hash.problem));
  }
}

}  // namespace picket
