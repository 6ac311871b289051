// SPDX-License-Identifier: Apache-2.0
//
// Events that wait for hashes of files. Beside the record each keeps its process as it was: until the file has been
// read, the process may execute another program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/event/event.h"
#include "sensor/hash/request.h"

namespace picket {

struct HashWait {
  std::vector<std::uint64_t> words;  // the record, aligned to 8 bytes
  Process process;                   // without a parent, which may be forgotten meanwhile
  pk_key parent = 0;                 // 0: none
  std::optional<std::int64_t> result;
  FileHash file;               // of the file that it is about
  Hashes lacking;              // what it waits for
  Hashes asked;                // what it has waited for, that included
  std::uint64_t deadline = 0;  // boot clock

  // The event again. `above` is its parent as it is now.
  Event event(const Process* above);
  HashTicket ticket(bool executable) const;
  const pk_header& header() const { return *reinterpret_cast<const pk_header*>(words.data()); }
};

// Used from one thread. Allocates for what it holds, and gives the memory back.
class HashWaits {
 public:
  explicit HashWaits(std::size_t most_events = 1024);

  // Keeps a copy of the event; nullptr when there is no room. Deadlines must not decrease from call to call.
  HashWait* hold(const Event& event, Hashes lacking, std::uint64_t deadline);

  // Gives the answer to the event that asked for it. That event when it lacks nothing any more, else nullptr.
  HashWait* give(const HashAnswer& answer);

  // The one that has waited longest, if its deadline has come. What it lacks is Late from now on.
  HashWait* overdue(std::uint64_t now);

  // It waits for another hash, from the end of the queue.
  void hold_again(HashWait& wait, Hashes lacking, std::uint64_t deadline);
  void release(HashWait& wait);

  std::size_t size() const { return order_.size(); }

 private:
  void fill(HashWait& wait, Hashes which, const FileHash& hash);

  std::vector<HashWait> places_;
  std::vector<HashWait*> free_;
  std::vector<HashWait*> order_;  // by deadline
};

}  // namespace picket
