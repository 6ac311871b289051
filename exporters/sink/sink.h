// SPDX-License-Identifier: Apache-2.0
//
// Sink: what the configuration calls one. Which messages it wants, in which format, where they end, how they get there,
// and what became of each.
//
// A sink with a queue has a thread: whoever offers it messages never waits for it, and what it has no room for is
// dropped and counted. A sink without one is written to at once, by who offers: its messages are with the kernel when
// take() returns, so that nobody who kills the sensor takes back what it had seen. That is what standard output and
// files are, unless they are given a queue.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exporters/format/formats.h"
#include "exporters/sink/destination.h"
#include "exporters/sink/filter.h"
#include "exporters/sink/ledger.h"

namespace picket {

class Worker;

struct SinkTraits {
  std::string name;                               // "stdout", "file /var/log/picket/alerts.json"; no two have the same
  const Format* format = &all_formats().front();  // nullptr: for people
  bool colour = false;                            // of lines for people
  Filter filter = {};
  std::size_t queue_bytes = 0;  // 0: none, and no thread
  bool labels = false;          // its destination asks for kind, container and process of a message
};

// Used from one thread, but for what is said otherwise.
class Sink {
 public:
  Sink(SinkTraits traits, std::unique_ptr<Destination> destination);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  const SinkTraits& traits() const { return traits_; }
  const std::string& name() const { return traits_.name; }

  // Messages that its filter lets pass. They are copied or written when it returns.
  void take(std::span<const Message> messages);

  // About once a second: what time brings, as rotation by age.
  void tick();

  // What is open by name is opened anew, soon.
  void reopen();

  // Delivers what is queued, until then at most; what is left is dropped (DropCause::shutdown). stop() begins that and
  // returns at once, so that several sinks can do it together; join() waits for its end. Nothing may be offered
  // afterwards. The destructor does both, without time for what is queued.
  void stop(std::chrono::steady_clock::time_point deadline);
  void join();

  // In bytes; nothing when it has no queue. From the thread that offers messages.
  struct Queue {
    std::size_t size, used;
  };
  std::optional<Queue> queue() const;

  LedgerCounts counts() const { return ledger_.counts(); }  // from any thread

 private:
  SinkTraits traits_;
  Ledger ledger_;
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<Worker> worker_;  // none: written to at once
};

}  // namespace picket
