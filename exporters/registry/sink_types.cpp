// SPDX-License-Identifier: Apache-2.0
//
// The rows. In a room of its own, above those whose destinations it lists.
#include "exporters/sink/sink_types.h"

#include <algorithm>
#include <iterator>

#include "exporters/kafka/sink_type.h"
#include "exporters/sink/file.h"
#include "exporters/sink/standard_output.h"
#include "exporters/sink/syslog.h"
#include "exporters/sink/unix_socket.h"

namespace picket {
namespace {

constexpr std::size_t kSocketQueue = 4u << 20;
constexpr std::size_t kKafkaQueue = 16u << 20;

constexpr SinkType kTypes[] = {
    {"stdout", "standard output", {}, 0, false, make_standard_output},
    {"file", "a file of its own", kFileOptions, 0, false, make_file},
    {"unix", "a tool of this host that listens on a socket", kUnixSocketOptions, kSocketQueue, false, make_unix_socket},
    {"syslog", "the journal, or a syslog daemon", kSyslogOptions, kSocketQueue, true, make_syslog},
    {"kafka", "a topic of Kafka, with a spool on disk", kKafkaOptions, kKafkaQueue, true, make_kafka, check_kafka,
     connect_kafka},
};

}  // namespace

std::span<const SinkType> all_sink_types() { return kTypes; }

const SinkType* find_sink_type(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [name](const SinkType& row) { return row.name == name; });
  return found == std::end(kTypes) ? nullptr : found;
}

const SinkOption* find_option(const SinkType& type, std::string_view key) {
  const auto takes = [key](const SinkOption& option) {
    if (!option.key.ends_with(".*")) return option.key == key;
    const std::string_view above = option.key.substr(0, option.key.size() - 1);  // with its dot
    return key.size() > above.size() && key.starts_with(above);
  };
  const auto found = std::find_if(type.options.begin(), type.options.end(), takes);
  return found == type.options.end() ? nullptr : &*found;
}

}  // namespace picket
