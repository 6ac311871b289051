// SPDX-License-Identifier: Apache-2.0
//
// The keys of the lane of addresses: networks that checks name. An address belongs to the smallest one that it is in,
// so that each key is asked for by one of its addresses that is in no smaller one.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "bpf/shared/judge.h"
#include "rules/language/ast.h"

namespace picket::planning {

inline constexpr std::size_t kMostNetworks = 4096;  // keys of a lane

// All addresses whose first `length` bits are those of `first`; the others of `first` are 0.
struct Network {
  pk_ip first{};
  unsigned length = 0;  // 0 to 128

  pk_ip mask() const;
  bool contains(const pk_ip& ip) const;
};

// What a literal of a check of addresses names.
Network network_of(const language::Node& check, const language::Literal& literal);

class NetworkKeys {
 public:
  struct Key {
    Network network;
    pk_ip inside{};  // in no smaller one that is a key
  };

  NetworkKeys() = default;
  // All checks of addresses of one kind; what cannot be decided beside the others is refused.
  explicit NetworkKeys(const std::vector<const language::Node*>& checks);

  bool decides(const language::Node& check) const { return decided_.contains(&check); }

  const std::vector<Key>& keys() const { return keys_; }
  const std::optional<pk_ip>& outside() const { return outside_; }   // in none of them; nothing when all are in some
  const std::vector<unsigned>& lengths() const { return lengths_; }  // of the keys, the longest first

 private:
  void take(const std::vector<Network>& networks);

  std::set<const language::Node*> decided_;
  std::vector<Key> keys_;
  std::optional<pk_ip> outside_ = pk_ip{};
  std::vector<unsigned> lengths_;
};

}  // namespace picket::planning
