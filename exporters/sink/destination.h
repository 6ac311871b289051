// SPDX-License-Identifier: Apache-2.0
//
// Destination: where a sink's messages end. A file, a socket, a broker. Queue, filter and thread are the sink's
// (sink.h); a destination knows only how to get messages across and what became of each.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "exporters/sink/ledger.h"
#include "exporters/sink/message.h"

namespace picket {

// Made in one thread, and from then on used and destroyed in the sink's own.
class Destination {
 public:
  virtual ~Destination() = default;

  // Takes the first N messages over, in order, and returns N. The rest is offered again, after a poll(): there is no
  // room now. The ledger is told the fate of each message that was taken exactly once, now or in a later poll() or
  // flush(). What it keeps of a message it copies.
  virtual std::size_t send(std::span<const Message> messages, Ledger& ledger) = 0;

  // Deals with what came back meanwhile (acknowledgements, errors) and with what time brings (reconnecting, rotation).
  // May wait for news, at most so long; returns at once when there cannot be any.
  virtual void poll(Ledger& ledger, std::chrono::milliseconds wait) = 0;

  // True when everything that was taken has met its fate: it is where it belongs, or in the spool. False when the time
  // is over before that. What then is still under way is counted as dropped (DropCause::shutdown) by who ends it.
  virtual bool flush(Ledger& ledger, std::chrono::milliseconds wait) = 0;

  // When poll() is to be called though nothing is offered: when the descriptor can be read (-1: there is none), and at
  // the latest after that time.
  struct Rest {
    int until_readable = -1;
    std::chrono::milliseconds at_most{100};
  };
  virtual Rest rest() const { return {}; }

  // SIGHUP: what was opened by name is opened anew.
  virtual void reopen() {}
};

}  // namespace picket
