// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/host_names.h"

#include <algorithm>

#include "rules/event/dns.h"

namespace picket {

std::size_t HostNames::Hash::operator()(const Key& key) const {
  const auto* bytes = reinterpret_cast<const char*>(key.address.bytes.data());
  const std::size_t address = std::hash<std::string_view>()({bytes, key.address.bytes.size()});
  return address ^ (key.net_namespace * std::size_t{0x9e3779b97f4a7c15});
}

// Only addresses that the question's aliases lead to count: a server may add any others to its answer.
void HostNames::learn(const Event& event) {
  auto message = DnsMessage::open(event.text(event.as<pk_dns>().message));
  const auto question = message ? message->question() : std::nullopt;
  if (!question || !event.process->known) return;

  DnsName alias = question->name;
  for (DnsAnswer answer; message->answer(answer);) {
    if (answer.owner.text() != alias.text()) continue;
    if (answer.type == DnsMessage::kCname) {
      alias = answer.target;
      continue;
    }
    const std::uint64_t life = std::clamp(answer.ttl * std::uint64_t{1'000'000'000}, kShortestLife, kLongestLife);
    keep({event.process->net_namespace, answer.address}, question->name.text(), event.header->time + life);
  }
}

void HostNames::keep(const Key& key, std::string_view name, std::uint64_t until) {
  const auto found = by_address_.find(key);
  if (found != by_address_.end()) {
    found->second->name = name;
    found->second->until = until;
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  if (by_address_.size() == capacity_) {
    by_address_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({key, std::string(name), until});
  by_address_.emplace(key, entries_.begin());
}

std::string_view HostNames::find(const Event& event) {
  const auto socket = by_address_.empty() ? std::nullopt : socket_of(event);
  return socket ? find(event, socket->remote) : std::string_view();
}

std::string_view HostNames::find_local(const Event& event) {
  const auto socket = by_address_.empty() ? std::nullopt : socket_of(event);
  return socket ? find(event, socket->local) : std::string_view();
}

std::string_view HostNames::find(const Event& event, const std::optional<Endpoint>& end) {
  if (!end || !event.process->known) return {};
  const auto found = by_address_.find(Key{event.process->net_namespace, end->address});
  if (found == by_address_.end() || found->second->until < event.header->time) return {};
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->name;
}

}  // namespace picket
