// SPDX-License-Identifier: Apache-2.0
//
// LocalSocket: a connection to a socket of this host, by path, that comes back when who listens does. Private to the
// room.
#pragma once

#include <chrono>
#include <string>

#include "exporters/sink/ledger.h"
#include "rules/event/result.h"

namespace picket {

// Used from one thread. Nothing blocks but wait().
class LocalSocket {
 public:
  // `type` is SOCK_STREAM or SOCK_DGRAM. Connects when it is asked for the first time.
  LocalSocket(std::string path, int type) : path_(std::move(path)), type_(type) {}
  ~LocalSocket();
  LocalSocket(const LocalSocket&) = delete;
  LocalSocket& operator=(const LocalSocket&) = delete;

  // The descriptor of the connection; -1 as long as there is none. Tries to connect when it is time: at once at first,
  // then after a tenth of a second, and after twice as long each time, up to ten seconds. Tells the ledger.
  int get(Ledger& ledger);

  // The connection is over, for that reason (an errno).
  void lost(int error, Ledger& ledger);

  // Messages get across.
  void works(Ledger& ledger);

  // Until there is room, or another try is due; at most so long.
  void wait(std::chrono::milliseconds most) const;

  // Forgets the connection, and tries at once.
  void reset();

  const std::string& path() const { return path_; }

 private:
  using Clock = std::chrono::steady_clock;

  int connect();  // 0, or why not

  const std::string path_;
  const int type_;
  int descriptor_ = -1;
  bool failing_ = false;
  Clock::time_point next_try_{};
  std::chrono::milliseconds pause_{0};
};

// Whether a socket's address has room for that path.
Result<void> check_socket_path(std::string_view text);

}  // namespace picket
