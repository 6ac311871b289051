// SPDX-License-Identifier: Apache-2.0
//
// Names of remote hosts, learned from the DNS answers that processes received. Nothing is ever asked of a name server:
// a sensor that resolves the names in its rules tells the attacker that it watches, and asks at another time than the
// process did.
//
// A name is what a process asked for, not what its aliases led to. It is known in the network namespace of the process
// that received it, for its TTL, but not under ten minutes (programs keep connections and addresses for longer than
// they are told) nor over a day. Of several names for an address the last is kept. The answer need not be true: whoever
// runs a name server, or can send from its address, decides what is in it.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "rules/event/endpoints.h"
#include "rules/event/event.h"
#include "rules/event/value.h"

namespace picket {

// Used from one thread.
class HostNames {
 public:
  static constexpr std::size_t kCapacity = 16384;  // some 4 MB when all are in use
  static constexpr std::uint64_t kShortestLife = 600'000'000'000, kLongestLife = 86'400'000'000'000;  // nanoseconds

  explicit HostNames(std::size_t capacity = kCapacity) : capacity_(capacity) {}

  // Takes in an event of kind dns whose process is joined. Allocates; drops the names that were used least lately.
  void learn(const Event& event);

  // The name of the remote end of an event's socket; empty when it has none or nobody knows. Allocates nothing. The
  // view lives until the next learn().
  std::string_view find(const Event& event);

  // The same of its local end.
  std::string_view find_local(const Event& event);

  std::size_t size() const { return by_address_.size(); }

 private:
  struct Key {
    std::uint32_t net_namespace;
    Address address;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    Key key;
    std::string name;
    std::uint64_t until;  // boot clock
  };

  std::string_view find(const Event& event, const std::optional<Endpoint>& end);
  void keep(const Key& key, std::string_view name, std::uint64_t until);

  const std::size_t capacity_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_address_;
};

}  // namespace picket
