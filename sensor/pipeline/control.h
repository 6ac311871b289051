// SPDX-License-Identifier: Apache-2.0
//
// The control socket: how `picket reload`, `status` and `enforce` ask the running sensor. A Unix socket of packets; a
// client sends one request, the words of a command, and gets one answer. Only root, and whoever the sensor runs as, are
// listened to; who it is the kernel says (SO_PEERCRED), whatever the permissions of the socket are.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/result.h"

namespace picket {

// What came of a request. The names are on the wire.
enum class Verdict { Done, Rules, Failed, Untrusted };

struct Answer {
  Verdict verdict = Verdict::Failed;
  std::string text;  // for people; what is beyond 60,000 bytes is cut off
};

// Who asks, as it was when it connected.
struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
};

struct Request {
  std::uint64_t client;  // clients are numbered, never twice
  Peer peer;
  std::string text;
};

// Used from one thread. Nothing here waits.
class ControlSocket {
 public:
  static constexpr std::size_t kMostClients = 8;                  // at a time; others are turned away
  static constexpr std::uint64_t kSpeakWithinNs = 2'000'000'000;  // or be hung up on

  // Makes the socket, with mode 0600, and its directory if that is missing. One that nobody listens on any more is
  // replaced.
  static Result<std::unique_ptr<ControlSocket>> open(const std::string& path);
  ~ControlSocket();  // removes it
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // Takes what has come. `now`: boot clock.
  void serve(std::uint64_t now, const std::function<void(const Request& request)>& handle);

  // Answers and hangs up. A client that has gone is passed over.
  void answer(std::uint64_t client, const Answer& answer);

 private:
  struct Client {
    std::uint64_t number;
    int socket;
    Peer peer;
    std::uint64_t since;
    bool asked = false;
  };

  ControlSocket(std::string path, int socket) : path_(std::move(path)), socket_(socket) {}
  void accept_all(std::uint64_t now);

  std::string path_;
  int socket_;
  std::uint64_t next_number_ = 1;
  std::vector<Client> clients_;
};

// Asks the sensor that listens there and waits for its answer, for ten minutes at most.
Result<Answer> ask_sensor(const std::string& path, std::string_view request);

}  // namespace picket
