// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/json_tree.h"

#include <nlohmann/json.hpp>
#include <string>

namespace picket {
namespace {

using nlohmann::json;

const json* as_json(const void* node) { return static_cast<const json*>(node); }

// Counts brackets outside of strings, so that nothing too deep is ever built.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool inside_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char byte = text[at];
    if (inside_string) {
      if (byte == '\\') ++at;
      inside_string = byte != '"';
    } else if (byte == '"') {
      inside_string = true;
    } else if (byte == '{' || byte == '[') {
      if (++depth > JsonTree::kDeepest) return true;
    } else if (byte == '}' || byte == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

struct JsonTree::Node {
  json value;
};

JsonTree::JsonTree(std::unique_ptr<Node> node) : node_(std::move(node)) {}
JsonTree::JsonTree(JsonTree&&) noexcept = default;
JsonTree& JsonTree::operator=(JsonTree&&) noexcept = default;
JsonTree::~JsonTree() = default;

std::optional<JsonTree> JsonTree::parse(std::string_view text) {
  if (is_too_deep(text)) return std::nullopt;
  auto node = std::make_unique<Node>();
  node->value = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (node->value.is_discarded()) return std::nullopt;
  return JsonTree(std::move(node));
}

JsonValue JsonTree::root() const { return JsonValue(&node_->value); }

JsonValue JsonValue::operator[](std::string_view member) const {
  const json* value = as_json(node_);
  if (value == nullptr || !value->is_object()) return {};
  const auto found = value->find(std::string(member));
  return found == value->end() ? JsonValue() : JsonValue(&*found);
}

std::string_view JsonValue::text() const {
  const json* value = as_json(node_);
  const auto* text = value ? value->get_ptr<const json::string_t*>() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

std::optional<std::int64_t> JsonValue::number() const {
  const json* value = as_json(node_);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (const auto* large = value->get_ptr<const json::number_unsigned_t*>()) {
    if (*large > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(*large);
  }
  return *value->get_ptr<const json::number_integer_t*>();
}

std::optional<bool> JsonValue::truth() const {
  const json* value = as_json(node_);
  const auto* truth = value ? value->get_ptr<const json::boolean_t*>() : nullptr;
  return truth ? std::optional(*truth) : std::nullopt;
}

void JsonValue::each_member(const std::function<void(std::string_view, JsonValue)>& visit) const {
  const json* value = as_json(node_);
  if (value == nullptr || !value->is_object()) return;
  for (auto member = value->begin(); member != value->end(); ++member) visit(member.key(), JsonValue(&*member));
}

void JsonValue::each_element(const std::function<void(JsonValue)>& visit) const {
  const json* value = as_json(node_);
  if (value == nullptr || !value->is_array()) return;
  for (const json& element : *value) visit(JsonValue(&element));
}

}  // namespace picket
