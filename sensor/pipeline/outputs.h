// SPDX-License-Identifier: Apache-2.0
//
// Where finished alerts go: every sink with its format.
//
// Lines of records that came together are put out together. They wait no longer than those are being looked at, and are
// out before the sensor waits for more: whoever kills it takes back nothing of what goes to sinks without a queue,
// which have it with the kernel then, but what it had just read. Sinks with a queue have it there.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "exporters/sink/sink.h"
#include "rules/event/alert.h"
#include "sensor/pipeline/config.h"
#include "sensor/pipeline/output_stream.h"

namespace picket {

// Used from one thread. Allocates nothing per alert once its buffers have grown.
class Outputs {
 public:
  Outputs(const Host& host, std::vector<std::unique_ptr<Sink>> sinks);

  void write(const Alert& alert, Scratch& scratch);
  void write(const Event& event, Scratch& scratch);  // kind loss or policy
  void write(const Throttled& throttled, Scratch& scratch);
  void write(const EnforcementChange& change, Scratch& scratch);
  void write(const Undelivered& undelivered, Scratch& scratch);

  // What is written from here on is of that host, until it is of another. Hosts are told apart by name and boot.
  void set_host(const Host& host);

  // From here on alerts are numbered, beginning with that one (alert_id.h). Until then they have no ids: what is
  // replayed is no alert of this host's.
  void number_alerts_from(std::uint64_t id) { next_id_ = id; }
  std::uint64_t next_alert_id() { return next_id_ == 0 ? 0 : next_id_++; }

  // Until flush(), lines may be kept, some hundred kilobytes of them. Otherwise each is put out at once.
  void hold() { held_ = true; }
  void flush();

  // About once a second: for what time brings. Says in every output, at most once a minute, which of them had to drop
  // messages since the last time. `boot_time` and offset as in Event.
  void tick(std::uint64_t boot_time, std::int64_t wall_clock_offset);

  // Files and sockets are opened anew by their names.
  void reopen();

  // At the end: says what was dropped and has not been said, and gives the sinks that long to deliver what is queued.
  // Nothing may be written afterwards.
  void finish(std::chrono::milliseconds patience = std::chrono::seconds{5});

  std::span<const std::unique_ptr<Sink>> sinks() const { return sinks_; }

  // Whether nothing of what was put out is under way: every sink has delivered or dropped it. flush() comes before.
  bool settled() const;
  // Bytes that the smallest queue has room for; SIZE_MAX: all sinks are written to at once.
  std::size_t least_queue() const;
  // Bytes that have been written of that format of which there are most.
  std::uint64_t written() const;

  // What sinks had to drop, and why, one sentence for each that dropped any; empty when none did.
  std::vector<std::string> losses() const;
  // How many messages that were, of all sinks.
  std::uint64_t dropped() const;

 private:
  template <class Subject>
  void write_all(const Topic& topic, const Subject& subject, Scratch& scratch);
  void put_out();
  void report_all();
  void report(const Sink& sink, LedgerCounts& reported, Undelivered undelivered);

  std::vector<std::unique_ptr<Sink>> sinks_;
  std::vector<LedgerCounts> reported_;  // of each sink, what has been said
  std::uint64_t reported_at_ = 0;       // boot clock; 0: no time is known so far
  std::uint64_t boot_time_ = 0;         // of the last tick
  std::int64_t wall_clock_offset_ = 0;
  std::vector<OutputStream> streams_;
  bool held_ = false;
  std::uint64_t next_id_ = 0;
};

// This host, whose root directory is seen there.
Host read_host(const std::string& host_root);

// Opens what the configuration asks for. Fails when a sink cannot be opened.
Result<Outputs> open_outputs(const Config& config, const Host& host);

}  // namespace picket
