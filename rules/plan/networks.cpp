// SPDX-License-Identifier: Apache-2.0
//
// Networks are either apart or one in the other: sorted by where they begin, the larger first, those within one follow
// it.
#include "rules/plan/networks.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>

namespace picket::planning {
namespace {

using language::Literal;
using language::Node;

constexpr unsigned kBits = 128;
constexpr unsigned kBitsBeforeIpv4 = 96;
const Network kIpv4{{0, 0xffffull << 32}, kBitsBeforeIpv4};

auto key_of(const pk_ip& ip) { return std::pair(ip.high, ip.low); }

bool before(const Network& a, const Network& b) {
  return std::pair(key_of(a.first), a.length) < std::pair(key_of(b.first), b.length);
}

bool same(const Network& a, const Network& b) { return !before(a, b) && !before(b, a); }

pk_ip last_of(const Network& network) {
  const pk_ip mask = network.mask();
  return {network.first.high | ~mask.high, network.first.low | ~mask.low};
}

// Of the address behind the network; nothing behind the last one.
std::optional<pk_ip> behind(const Network& network) {
  pk_ip next = last_of(network);
  if (++next.low == 0 && ++next.high == 0) return std::nullopt;
  return next;
}

// The first address of `in` that is in none of those from `begin` on, which are sorted and begin in it.
template <class Iterator>
std::optional<pk_ip> gap(const Network& in, Iterator begin, Iterator end) {
  pk_ip at = in.first;
  for (; begin != end && key_of(begin->first) <= key_of(at); ++begin) {
    if (key_of(begin->first) < key_of(at)) continue;  // in one that was passed
    const auto next = behind(*begin);
    if (!next || !in.contains(*next)) return std::nullopt;
    at = *next;
  }
  return at;
}

// What a check names. Networks of IPv6 do not have IPv4 in them, wherever the lane has its addresses.
std::vector<Network> named(const Node& check) {
  std::vector<Network> networks;
  for (const Literal& literal : check.literals) {
    networks.push_back(network_of(check, literal));
    if (networks.back().length < kBitsBeforeIpv4 && networks.back().contains(kIpv4.first)) networks.push_back(kIpv4);
  }
  return networks;
}

}  // namespace

pk_ip Network::mask() const {
  const auto ones = [](unsigned bits) { return bits == 0 ? 0 : ~0ull << (64 - bits); };
  return {ones(std::min(length, 64u)), ones(length < 64 ? 0 : length - 64)};
}

bool Network::contains(const pk_ip& ip) const {
  const pk_ip bits = mask();
  return (ip.high & bits.high) == first.high && (ip.low & bits.low) == first.low;
}

Network network_of(const Node& check, const Literal& literal) {
  const Address& address = std::get<Address>(literal.bound.value);
  pk_address bytes{};
  std::copy(address.bytes.begin(), address.bytes.end(), std::begin(bytes.bytes));
  Network network;
  pk_ip_of(address.family == 4 ? 2 : 10, &bytes, &network.first);
  const unsigned before = address.family == 4 ? kBitsBeforeIpv4 : 0;
  network.length = check.left.type == Type::Network ? before + literal.bound.prefix : kBits;
  return network;
}

NetworkKeys::NetworkKeys(const std::vector<const Node*>& checks) {
  std::vector<Network> all;
  std::set<unsigned, std::greater<>> lengths;
  for (const Node* check : checks) {
    const std::vector<Network> more = named(*check);
    auto together = lengths;
    for (const Network& one : more) together.insert(one.length);
    if (together.size() > PK_PREFIXES || all.size() + more.size() > kMostNetworks) continue;
    lengths = std::move(together);
    all.insert(all.end(), more.begin(), more.end());
    decided_.insert(check);
  }
  lengths_.assign(lengths.begin(), lengths.end());
  std::sort(all.begin(), all.end(), before);
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  take(all);
}

// One that is full of smaller ones is nobody's smallest.
void NetworkKeys::take(const std::vector<Network>& networks) {
  outside_ = gap(Network{}, networks.begin(), networks.end());
  for (auto one = networks.begin(); one != networks.end(); ++one) {
    if (const auto inside = gap(*one, one + 1, networks.end())) keys_.push_back({*one, *inside});
  }
}

}  // namespace picket::planning
