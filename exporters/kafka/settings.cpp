// SPDX-License-Identifier: Apache-2.0
//
// Names of settings, topics and keys.
#include "exporters/kafka/settings.h"

#include <algorithm>
#include <array>

namespace picket {

namespace {

constexpr std::pair<std::string_view, KafkaKey> kKeys[] = {
    {"host", KafkaKey::Host},
    {"container", KafkaKey::Container},
    {"process", KafkaKey::Process},
    {"rule", KafkaKey::Rule},
};
constexpr std::pair<std::string_view, KafkaSpoolMode> kSpoolModes[] = {
    {"none", KafkaSpoolMode::None},
    {"overflow", KafkaSpoolMode::Overflow},
    {"durable", KafkaSpoolMode::Durable},
};
constexpr std::array<std::string_view, 3> kTypes = {"alerts", "events", "health"};  // by MessageType

constexpr std::size_t kLongestTopic = 249;  // Kafka's limit

template <class Value, std::size_t N>
Result<Value> parse_name(std::string_view text, const std::pair<std::string_view, Value> (&rows)[N]) {
  std::string names;
  for (const auto& [name, value] : rows) {
    if (name == text) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return Error{"expected one of " + names + ", got '" + std::string(text) + "'", ""};
}

bool may_be_in_topic(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Result<KafkaKey> parse_kafka_key(std::string_view text) { return parse_name(text, kKeys); }
Result<KafkaSpoolMode> parse_kafka_spool_mode(std::string_view text) { return parse_name(text, kSpoolModes); }

Result<TopicTemplate> TopicTemplate::parse(std::string_view text) {
  const auto wrong = [&](const std::string& what) {
    return Error{"topic '" + std::string(text) + "': " + what,
                 "letters, digits, '.', '_', '-', and {type} or {kind} for what the message says"};
  };
  TopicTemplate result;
  for (std::string_view rest = text; !rest.empty();) {
    if (rest.front() == '{') {
      const std::size_t end = rest.find('}');
      const std::string_view name = rest.substr(1, end == std::string_view::npos ? end : end - 1);
      if (end == std::string_view::npos || (name != "type" && name != "kind"))
        return wrong("expected {type} or {kind} at '" + std::string(rest) + "'");
      result.parts_.emplace_back(name == "type" ? Part::Type : Part::Kind, "");
      rest.remove_prefix(end + 1);
      continue;
    }
    const std::string_view literal = rest.substr(0, rest.find('{'));
    const auto bad = std::find_if_not(literal.begin(), literal.end(), may_be_in_topic);
    if (bad != literal.end()) return wrong("a topic's name cannot have '" + std::string(1, *bad) + "'");
    result.parts_.emplace_back(Part::Text, literal);
    rest.remove_prefix(literal.size());
  }
  if (text.empty() || text == "." || text == ".." || text.size() > kLongestTopic)
    return wrong("expected a name of 1 to " + std::to_string(kLongestTopic) + " characters");
  return result;
}

void TopicTemplate::expand(const Message& message, std::string& out) const {
  out.clear();
  for (const auto& [part, text] : parts_) {
    if (part == Part::Text)
      out += text;
    else if (part == Part::Type)
      out += kTypes[static_cast<std::size_t>(message.type)];
    else
      for (const char c : message.kind) out += may_be_in_topic(c) ? c : '_';
  }
}

std::vector<std::string> TopicTemplate::all() const {
  const auto has = [&](Part wanted) {
    return std::any_of(parts_.begin(), parts_.end(), [&](const auto& part) { return part.first == wanted; });
  };
  std::vector<std::string> topics;
  if (has(Part::Kind)) return topics;
  for (std::size_t type = 0; type < (has(Part::Type) ? kTypes.size() : 1); ++type) {
    Message message;
    message.type = static_cast<MessageType>(type);
    expand(message, topics.emplace_back());
  }
  return topics;
}

std::string_view kafka_key_of(const KafkaSettings& settings, const Message& message) {
  std::string_view key;
  if (settings.key == KafkaKey::Container) key = message.container;
  if (settings.key == KafkaKey::Process) key = message.process;
  if (settings.key == KafkaKey::Rule) key = message.rule;
  return key.empty() ? std::string_view(settings.host) : key;
}

}  // namespace picket
