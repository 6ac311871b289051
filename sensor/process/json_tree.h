// SPDX-License-Identifier: Apache-2.0
//
// JSON that somebody else wrote, read without trust: bounded in depth, never an exception, and what is absent or of
// another type is simply empty. The only file of the sensor that knows nlohmann/json.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace picket {

// One value, or none. A view into its tree. Strings are UTF-8: a text with anything else in it does not parse.
class JsonValue {
 public:
  JsonValue() = default;

  // A member of an object; none when there is no such member or this is no object.
  JsonValue operator[](std::string_view member) const;

  std::string_view text() const;               // empty when it is no string
  std::optional<std::int64_t> number() const;  // integers only
  std::optional<bool> truth() const;

  void each_member(const std::function<void(std::string_view name, JsonValue value)>& visit) const;
  void each_element(const std::function<void(JsonValue value)>& visit) const;

 private:
  friend class JsonTree;
  explicit JsonValue(const void* node) : node_(node) {}
  const void* node_ = nullptr;
};

class JsonTree {
 public:
  static constexpr int kDeepest = 64;  // of nested objects and arrays; runtimes' own files have fewer than ten

  // Nothing when it is not JSON as a whole, or nested too deep.
  static std::optional<JsonTree> parse(std::string_view text);

  JsonTree(JsonTree&&) noexcept;
  JsonTree& operator=(JsonTree&&) noexcept;
  ~JsonTree();

  JsonValue root() const;

 private:
  struct Node;
  explicit JsonTree(std::unique_ptr<Node> node);
  std::unique_ptr<Node> node_;
};

}  // namespace picket
