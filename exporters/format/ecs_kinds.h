// SPDX-License-Identifier: Apache-2.0
//
// What each kind of event is in ECS: categories, types, action, and which fields say what it was done to.
#pragma once

#include <string_view>

#include "exporters/format/json.h"
#include "exporters/format/native.h"
#include "rules/event/event.h"

namespace picket::ecs {

struct Row {
  Kind kind;
  bool (*holds)(const Event& event);  // nullptr: always. The first row of the kind that holds is the one
  std::string_view category;          // event.category
  std::string_view types[2];          // event.type; the second one may be empty
  std::string_view action;            // event.action
  void (*target)(JsonWriter& json, const Event& event, const Host& host);
};

const Row& row_of(const Event& event);

// What rows write, at the top of the document. `process` and `user` are written elsewhere.
void write_nothing(JsonWriter& json, const Event& event, const Host& host);
void write_file(JsonWriter& json, const Event& event, const Host& host);
void write_memfd(JsonWriter& json, const Event& event, const Host& host);
void write_missing_file(JsonWriter& json, const Event& event, const Host& host);
void write_library(JsonWriter& json, const Event& event, const Host& host);
void write_memory(JsonWriter& json, const Event& event, const Host& host);
void write_target_process(JsonWriter& json, const Event& event, const Host& host);
void write_socket(JsonWriter& json, const Event& event, const Host& host);
void write_dns(JsonWriter& json, const Event& event, const Host& host);

}  // namespace picket::ecs
