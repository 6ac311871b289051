// SPDX-License-Identifier: Apache-2.0
//
// The types of sinks, by name: one row each in exporters/registry/sink_types.cpp, which knows all destinations. A
// new one is a file and a row.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "exporters/sink/destination.h"
#include "exporters/sink/settings.h"

namespace picket {

// A key that sinks of a type have besides those that all have (docs/outputs.md).
struct SinkOption {
  std::string_view key;      // nested ones with dots; "properties.*" is every key below properties
  std::string_view expects;  // for messages and the docs: "PATH"
  std::string_view doc;      // one sentence
  bool required = false;
  Result<void> (*check)(std::string_view value) = nullptr;  // nullptr: any text
};

struct SinkType {
  std::string_view name;  // as in the configuration
  std::string_view doc;
  std::span<const SinkOption> options;
  // Bytes of its queue when nothing is said; 0: it has none, its messages are written by who makes them.
  std::size_t queue_bytes;
  bool labels;  // its destination asks for kind, container and process of a message
  // Fails when what the keys say does not go together, or cannot be opened.
  Result<std::unique_ptr<Destination>> (*make)(const SinkSettings& settings);
  // What is wrong with the keys that no key's own check finds; opens nothing and asks nobody. nullptr: nothing can be.
  Result<void> (*check)(const SinkSettings& settings) = nullptr;
  // Whether the other side is there and takes messages; waits about that long at most. nullptr: nobody can be asked.
  Result<void> (*connect)(const SinkSettings& settings, std::chrono::milliseconds wait) = nullptr;
};

std::span<const SinkType> all_sink_types();

// The type of that name, or nullptr.
const SinkType* find_sink_type(std::string_view name);

// The option that takes this key, or nullptr.
const SinkOption* find_option(const SinkType& type, std::string_view key);

}  // namespace picket
