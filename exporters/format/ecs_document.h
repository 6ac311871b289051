// SPDX-License-Identifier: Apache-2.0
//
// What the parts of an ECS document share: ecs.cpp writes the whole, ecs_process.cpp who did it and where,
// ecs_targets.cpp what it was done to.
#pragma once

#include <cstdint>
#include <string_view>

#include "exporters/format/ecs_kinds.h"
#include "exporters/format/json.h"
#include "exporters/format/rest.h"

namespace picket::ecs {

// A release. The names of the fields were held against the development of a later one (docs/formats.md).
inline constexpr std::string_view kVersion = "9.0.0";

// "MEMBER":{"id":"0","name":"root"}
void write_user(JsonWriter& json, const Event& event, std::string_view member, std::uint32_t uid);
void write_group(JsonWriter& json, const Event& event, std::string_view member, std::uint32_t gid);
void write_hash_object(JsonWriter& json, const FileHash& hash);

void write_host(JsonWriter& json, const Host& host);
void write_process(JsonWriter& json, const Event& event, const Host& host);
void write_acting_user(JsonWriter& json, const Event& event);
void write_container(JsonWriter& json, const Container& container);

}  // namespace picket::ecs
