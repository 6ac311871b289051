// SPDX-License-Identifier: Apache-2.0
//
// Real container runtimes, run in the guest in a mount namespace with a root of their own, which is /containers outside
// (tests/kernel/containers/enter).
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace picket::test {

// A path of that root, as we see it.
std::string in_root(const std::string& path);

struct Ended {
  int status = -1;  // exit code
  std::string output;
};

// Runs a program of that root to its end. A failure of it fails the test and shows what it said.
Ended run_in_root(const std::vector<std::string>& arguments);

// The same when it may fail.
Ended try_in_root(const std::vector<std::string>& arguments);

// A program of that root that runs until the end of this object. It writes to /run/NAME.log.
class Daemon {
 public:
  explicit Daemon(const std::vector<std::string>& arguments);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

 private:
  pid_t pid_;
};

// An OCI bundle at that path of the root: a root directory with nothing but /helper in it, and `runc spec`'s
// configuration, in which the helper waits and `change` (a JSON merge patch) is made.
void make_bundle(const std::string& path, const nlohmann::json& change = nlohmann::json::object());

// An image archive, as `docker save` makes them, whose only content is the helper and whose command makes it wait.
void make_image(const std::string& path, const std::string& name);

// The number in a file, such as runc's --pid-file.
pid_t pid_in(const std::string& path);

}  // namespace picket::test
