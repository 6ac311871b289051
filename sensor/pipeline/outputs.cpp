// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/outputs.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "exporters/format/human.h"
#include "rules/event/read_file.h"

namespace picket {

Host read_host(const std::string& host_root) {
  Host host;
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) == 0) host.name = name;
  if (auto boot_id = read_file("/proc/sys/kernel/random/boot_id", 4096)) {
    std::erase_if(*boot_id, [](char c) { return c == '-' || c == '\n'; });
    host.boot_id = std::move(*boot_id);
  }
  if (auto machine_id = read_file((host_root == "/" ? "" : host_root) + "/etc/machine-id", 4096)) {
    std::erase(*machine_id, '\n');
    host.machine_id = std::move(*machine_id);
  }
  utsname kernel{};
  if (uname(&kernel) == 0) host.kernel = kernel.release;
  return host;
}

namespace {

// Bytes. What a batch of records makes is written at once, as a rule: of each write() the kernel begins a page that the
// next one ends.
constexpr std::size_t kMostHeld = 128u << 10;

// A terminal that does not want colour says so: https://no-color.org
bool wants_colour() { return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

}  // namespace

Outputs::Outputs(Host host, std::vector<std::unique_ptr<Sink>> json, std::vector<std::unique_ptr<Sink>> human,
                 bool colour, const Format& format)
    : formatter_(format.make(std::move(host))), json_(std::move(json)), human_(std::move(human)), colour_(colour) {}

template <class Subject>
void Outputs::write_all(const Subject& subject, Scratch& scratch) {
  if (!json_.empty()) {
    formatter_->append(json_lines_, subject, scratch);
    ++json_count_;
  }
  if (!human_.empty()) append_human(human_lines_, subject, colour_, scratch);
  if (!held_ || std::max(json_lines_.size(), human_lines_.size()) >= kMostHeld) put_out();
}

// For people an alert is several lines.
void Outputs::put_out() {
  put_out(json_lines_.view(), json_count_, json_);
  put_out(human_lines_, static_cast<std::size_t>(std::count(human_lines_.begin(), human_lines_.end(), '\n')), human_);
  json_lines_.clear();
  json_count_ = 0;
  human_lines_.clear();
}

void Outputs::put_out(std::string_view lines, std::size_t count, const std::vector<std::unique_ptr<Sink>>& sinks) {
  if (lines.empty()) return;
  for (const auto& sink : sinks) sink->write(lines, count);
}

void Outputs::write(const Alert& alert, Scratch& scratch) { write_all(alert, scratch); }
void Outputs::write(const Event& event, Scratch& scratch) { write_all(event, scratch); }
void Outputs::write(const Throttled& throttled, Scratch& scratch) { write_all(throttled, scratch); }
void Outputs::write(const EnforcementChange& change, Scratch& scratch) { write_all(change, scratch); }

void Outputs::flush() {
  held_ = false;
  put_out();
  for (const auto& sink : json_) sink->flush();
  for (const auto& sink : human_) sink->flush();
}

std::vector<std::string> Outputs::losses() const {
  std::vector<std::string> losses;
  for (const auto* sinks : {&json_, &human_}) {
    for (const auto& sink : *sinks) {
      const SinkCounters& counters = sink->counters();
      if (counters.dropped == 0) continue;
      losses.push_back(std::string(sink->name()) + " lost " + std::to_string(counters.dropped) + " of " +
                       std::to_string(counters.dropped + counters.written) + " lines: " + counters.last_error);
    }
  }
  return losses;
}

std::uint64_t Outputs::dropped() const {
  std::uint64_t dropped = 0;
  for (const auto* sinks : {&json_, &human_}) {
    for (const auto& sink : *sinks) dropped += sink->counters().dropped;
  }
  return dropped;
}

Result<Outputs> open_outputs(const Config& config, Host host) {
  std::vector<std::unique_ptr<Sink>> json;
  std::vector<std::unique_ptr<Sink>> human;

  StandardOutput standard = config.standard_output;
  if (standard == StandardOutput::Auto) {
    standard = isatty(STDOUT_FILENO) != 0 ? StandardOutput::Human : StandardOutput::Json;
  }
  if (standard != StandardOutput::Off) {
    (standard == StandardOutput::Human ? human : json).push_back(open_descriptor_sink(STDOUT_FILENO, "stdout"));
  }
  if (!config.file.empty()) {
    auto file = open_file_sink(config.file);
    if (!file) return file.error();
    json.push_back(std::move(*file));
  }
  if (json.empty() && human.empty()) {
    return Error{"alerts would go nowhere: output.stdout is off and output.file is not set", "set one of them"};
  }
  return Outputs(std::move(host), std::move(json), std::move(human), wants_colour(), *config.format);
}

}  // namespace picket
