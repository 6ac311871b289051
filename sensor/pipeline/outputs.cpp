// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/outputs.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "exporters/sink/sink_types.h"
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

constexpr std::uint64_t kReportEvery = 60'000'000'000;  // nanoseconds

// A terminal that does not want colour says so: https://no-color.org
bool wants_colour() { return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

Topic topic_of(const Alert& alert) {
  return {.time = alert.id != 0 ? alert.event->header->time : 0,  // one that is replayed has none of this host's
          .id = alert.id,
          .type = MessageType::Alert,
          .priority = alert.priority,
          .rule = alert.rule,
          .tags = alert.tags,
          .kind = kind_name(alert.event->kind()),
          .container = alert.event->container == nullptr ? std::string_view() : alert.event->container->full_id,
          .process = alert.event->process};
}

// "stdout lost 3 of 10 messages: their queue was full (2), they could not be written (1); Broken pipe"
std::string loss_of(const std::string& name, const LedgerCounts& counts) {
  std::string causes;
  for (std::size_t cause = 0; cause < kDropCauses; ++cause) {
    if (counts.dropped[cause] == 0) continue;
    causes += fmt::format("{}{} ({})", causes.empty() ? "" : ", ", drop_cause_text(static_cast<DropCause>(cause)),
                          counts.dropped[cause]);
  }
  return fmt::format("{} lost {} of {} lines: {}{}{}", name, counts.all_dropped(), counts.produced, causes,
                     counts.last_error.empty() ? "" : "; ", counts.last_error);
}

}  // namespace

Outputs::Outputs(const Host& host, std::vector<std::unique_ptr<Sink>> sinks)
    : sinks_(std::move(sinks)), reported_(sinks_.size()) {
  for (const auto& sink : sinks_) {
    const Format* const format = sink->traits().format;
    const bool colour = sink->traits().colour;
    auto stream = std::find_if(streams_.begin(), streams_.end(),
                               [=](const OutputStream& known) { return known.is(format, colour); });
    if (stream == streams_.end()) stream = streams_.emplace(stream, format, colour, host);
    stream->add(*sink);
  }
}

template <class Subject>
void Outputs::write_all(const Topic& topic, const Subject& subject, Scratch& scratch) {
  std::size_t most = 0;
  for (OutputStream& stream : streams_) {
    stream.write(topic, subject, scratch);
    most = std::max(most, stream.size());
  }
  if (!held_ || most >= kMostHeld) put_out();
}

void Outputs::put_out() {
  for (OutputStream& stream : streams_) stream.put_out();
}

void Outputs::write(const Alert& alert, Scratch& scratch) { write_all(topic_of(alert), alert, scratch); }
void Outputs::write(const Event& event, Scratch& scratch) {
  write_all(Topic{.kind = kind_name(event.kind())}, event, scratch);
}
void Outputs::write(const Throttled& throttled, Scratch& scratch) {
  write_all(Topic{.rule = throttled.rule, .kind = "throttled"}, throttled, scratch);
}
void Outputs::write(const EnforcementChange& change, Scratch& scratch) {
  write_all(Topic{.kind = "enforcement"}, change, scratch);
}

void Outputs::flush() {
  held_ = false;
  put_out();
}

void Outputs::write(const Undelivered& undelivered, Scratch& scratch) {
  write_all(Topic{.kind = "undelivered"}, undelivered, scratch);
}

void Outputs::tick(std::uint64_t boot_time, std::int64_t wall_clock_offset) {
  for (const auto& sink : sinks_) sink->tick();
  boot_time_ = boot_time;
  wall_clock_offset_ = wall_clock_offset;
  if (reported_at_ == 0) reported_at_ = boot_time;
  if (boot_time >= reported_at_ + kReportEvery) report_all();
}

void Outputs::report_all() {
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    report(*sinks_[i], reported_[i],
           {.output = {}, .since = reported_at_, .until = boot_time_, .wall_clock_offset = wall_clock_offset_});
  }
  reported_at_ = boot_time_;
}

// What it dropped and has not been said. The report itself may be dropped: the next one counts it.
void Outputs::report(const Sink& sink, LedgerCounts& reported, Undelivered undelivered) {
  const LedgerCounts counts = sink.counts();
  std::vector<Undelivered::Cause> causes;
  for (std::size_t i = 0; i < kDropCauses; ++i) {
    const std::uint64_t dropped = counts.dropped[i] - reported.dropped[i];
    if (dropped == 0) continue;
    const auto cause = static_cast<DropCause>(i);
    causes.push_back({drop_cause_name(cause), drop_cause_text(cause), dropped});
    undelivered.count += dropped;
  }
  if (causes.empty()) return;
  reported = counts;
  undelivered.output = sink.name();
  undelivered.causes = causes;
  Scratch scratch;
  write(undelivered, scratch);
}

void Outputs::set_host(const Host& host) {
  for (OutputStream& stream : streams_) stream.set_host(host);
}

bool Outputs::settled() const {
  return std::all_of(sinks_.begin(), sinks_.end(), [](const auto& sink) {
    const LedgerCounts counts = sink->counts();
    return counts.queued == 0 && counts.spooled == 0;
  });
}

std::size_t Outputs::least_queue() const {
  std::size_t least = SIZE_MAX;
  for (const auto& sink : sinks_) {
    if (sink->traits().queue_bytes != 0) least = std::min(least, sink->traits().queue_bytes);
  }
  return least;
}

std::uint64_t Outputs::written() const {
  std::uint64_t most = 0;
  for (const OutputStream& stream : streams_) most = std::max(most, stream.written());
  return most;
}

void Outputs::reopen() {
  for (const auto& sink : sinks_) sink->reopen();
}

void Outputs::finish(std::chrono::milliseconds patience) {
  flush();
  if (reported_at_ != 0) report_all();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const auto& sink : sinks_) sink->stop(deadline);
  for (const auto& sink : sinks_) sink->join();
}

std::vector<std::string> Outputs::losses() const {
  std::vector<std::string> losses;
  for (const auto& sink : sinks_) {
    const LedgerCounts counts = sink->counts();
    if (counts.all_dropped() != 0) losses.push_back(loss_of(sink->name(), counts));
  }
  return losses;
}

std::uint64_t Outputs::dropped() const {
  std::uint64_t dropped = 0;
  for (const auto& sink : sinks_) dropped += sink->counts().all_dropped();
  return dropped;
}

namespace {

// The sinks that output.stdout and output.file stand for come first.
std::vector<SinkConfig> all_sinks(const Config& config) {
  std::vector<SinkConfig> sinks;
  const bool listed = std::any_of(config.sinks.begin(), config.sinks.end(),
                                  [](const SinkConfig& sink) { return sink.type->name == "stdout"; });
  StandardOutput standard = config.standard_output;
  if (standard == StandardOutput::Auto) {
    const bool terminal = isatty(STDOUT_FILENO) != 0;
    standard = listed ? StandardOutput::Off : terminal ? StandardOutput::Human : StandardOutput::Json;
  }
  if (standard != StandardOutput::Off) {
    SinkConfig& sink = sinks.emplace_back();
    sink.type = find_sink_type("stdout");
    sink.name = "stdout";
    if (standard == StandardOutput::Human) sink.format = kHumanFormat;
  }
  if (!config.file.empty()) {
    SinkConfig& sink = sinks.emplace_back();
    sink.type = find_sink_type("file");
    sink.name = "file " + config.file;
    sink.settings.add("path", config.file);
  }
  sinks.insert(sinks.end(), config.sinks.begin(), config.sinks.end());
  return sinks;
}

Result<std::unique_ptr<Sink>> open_sink(const SinkConfig& sink, const Format& format) {
  auto destination = sink.type->make(sink.settings);
  if (!destination) return destination.error();
  const bool human = sink.format == kHumanFormat;
  SinkTraits traits{.name = sink.name,
                    .format = human                 ? nullptr
                              : sink.format.empty() ? &format
                                                    : find_format(sink.format),
                    .colour = human && sink.type->name == "stdout" && wants_colour(),
                    .filter = sink.filter,
                    .queue_bytes = sink.queue_bytes.value_or(sink.type->queue_bytes),
                    .labels = sink.type->labels};
  return std::make_unique<Sink>(std::move(traits), std::move(*destination));
}

}  // namespace

Result<Outputs> open_outputs(const Config& config, const Host& host) {
  std::vector<std::unique_ptr<Sink>> sinks;
  for (const SinkConfig& each : all_sinks(config)) {
    auto sink = open_sink(each, *config.format);
    if (!sink) return sink.error();
    sinks.push_back(std::move(*sink));
  }
  if (sinks.empty()) {
    return Error{"alerts would go nowhere: output.stdout is off, output.file is not set and output.sinks is empty",
                 "set one of them"};
  }
  return Outputs(host, std::move(sinks));
}

}  // namespace picket
