// SPDX-License-Identifier: Apache-2.0
//
// Ledger: what became of every message of one sink. At any moment and for whoever looks,
//
//   produced = delivered + queued + spooled + dropped (by cause)
//
// because every entry moves messages from one place to another. An entry that takes more from a place than is there is
// a bug, and aborts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "exporters/sink/client_statistics.h"
#include "exporters/sink/latencies.h"
#include "exporters/sink/message.h"

namespace picket {

// Why messages were dropped: exporters/sink/drop_causes.def.
enum class DropCause : std::uint8_t {
#define DROP_CAUSE(name, text) name,
#include "exporters/sink/drop_causes.def"
#undef DROP_CAUSE
};

inline constexpr std::size_t kDropCauses = 0
#define DROP_CAUSE(name, text) +1
#include "exporters/sink/drop_causes.def"
#undef DROP_CAUSE
    ;

std::string_view drop_cause_name(DropCause cause);  // "queue_full", as in JSON
std::string_view drop_cause_text(DropCause cause);  // "its queue was full", for people

// A ledger as it stood at one moment. In messages.
struct LedgerCounts {
  std::uint64_t produced = 0;
  std::uint64_t delivered = 0;
  std::uint64_t queued = 0;     // in memory: in the queue, or taken by the destination and not confirmed
  std::uint64_t spooled = 0;    // on disk, to be delivered later
  std::uint64_t shortened = 0;  // of those delivered: not whole, since they were larger than is taken there
  std::array<std::uint64_t, kDropCauses> dropped{};
  Latencies latencies = {};  // of messages that were delivered, from the hook on, where its time is known
  std::optional<ClientStatistics> client = {};  // of the library that delivers; none: there is no such, or no news yet
  std::string error = {};                       // what keeps the destination from delivering now; empty: nothing does
  std::string last_error = {};                  // the last there was; empty: there was none

  std::uint64_t dropped_of(DropCause cause) const { return dropped[static_cast<std::size_t>(cause)]; }
  std::uint64_t all_dropped() const { return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0}); }
};

// Thread-safe. A lock is held for a few additions; allocates only when an error changes.
class Ledger {
 public:
  enum class Place { Queue, Spool };  // where messages were until now

  explicit Ledger(std::string name) : name_(std::move(name)) {}

  void produced(std::uint64_t count = 1);   // into the queue
  void recovered(std::uint64_t count);      // found in the spool: a run before this one produced them
  void spooled(std::uint64_t count = 1);    // from the queue into the spool
  void unspooled(std::uint64_t count = 1);  // read from the spool, on their way again
  void delivered(std::uint64_t count = 1, Place from = Place::Queue);
  // The same for messages whose hooks' times count; on their way to where they are now.
  void delivered(std::span<const Message> messages);
  void delivered_since(std::uint64_t hook_time, Place from = Place::Queue);  // 0: not known
  void shortened();                                                          // one of those that are delivered
  void dropped(DropCause cause, std::uint64_t count = 1, Place from = Place::Queue);

  // Why the destination does not get messages across at present, as "No space left on device"; empty: it does. Says to
  // the log when that begins and when it is over.
  void set_error(std::string_view error);

  // What the library that delivers has told last.
  void set_client(const ClientStatistics& statistics);

  const std::string& name() const { return name_; }  // of the sink: "stdout", "file /var/log/picket/alerts.json"

  LedgerCounts counts() const;

 private:
  std::uint64_t& place(Place which) { return which == Place::Queue ? counts_.queued : counts_.spooled; }

  const std::string name_;
  mutable std::mutex mutex_;
  LedgerCounts counts_;
};

}  // namespace picket
