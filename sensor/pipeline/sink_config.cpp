// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/sink_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sensor/pipeline/config.h"
#include "sensor/pipeline/config_report.h"

namespace picket {
namespace {

constexpr std::uint64_t kLeastQueue = 64u << 10, kMostQueue = 1u << 30;
constexpr int kDeepest = 4;  // of maps in a sink's own keys

template <class Rows, class Name>
Error expected_one_of(const Rows& rows, Name name, std::string_view got, std::string_view besides = {}) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(name(row));
  if (!besides.empty()) names.push_back(besides);
  std::string list;
  for (const std::string_view each : names) {
    if (!list.empty()) list += each == names.back() ? " or " : ", ";
    list += each;
  }
  return Error{expected_instead(list, got).message, suggestion(got, names)};
}

Result<void> set_name(SinkConfig& sink, std::string_view value) {
  if (value.empty()) return expected_instead("a name", value);
  sink.name = value;
  return {};
}

Result<void> set_format(SinkConfig& sink, std::string_view value) {
  if (value != kHumanFormat && find_format(value) == nullptr) {
    return expected_one_of(
        all_formats(), [](const Format& row) { return row.name; }, value, kHumanFormat);
  }
  sink.format = value;
  return {};
}

Result<void> add_rule(SinkConfig& sink, std::string_view value) {
  sink.filter.rules.emplace_back(value);
  return {};
}

Result<void> add_tag(SinkConfig& sink, std::string_view value) {
  sink.filter.tags.emplace_back(value);
  return {};
}

Result<void> set_priority(SinkConfig& sink, std::string_view value) {
  static constexpr Priority kPriorities[] = {
#define PRIORITY(name, severity) Priority::name,
#include "rules/event/priorities.def"
#undef PRIORITY
  };
  for (const Priority priority : kPriorities) {
    const std::string_view name = priority_name(priority);
    const bool same = std::equal(name.begin(), name.end(), value.begin(), value.end(),
                                 [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    if (!same) continue;
    sink.filter.priority = priority;
    return {};
  }
  return expected_one_of(kPriorities, priority_name, value);
}

Result<void> set_only(SinkConfig& sink, std::string_view value) {
  if (value != "alerts" && value != "events") return expected_instead("alerts or events", value);
  sink.filter.alerts = value == "alerts";
  sink.filter.others = value == "events";
  return {};
}

Result<void> set_queue(SinkConfig& sink, std::string_view value) {
  const auto size = parse_size(value);
  if (!size || *size < kLeastQueue || *size > kMostQueue) return expected_instead("bytes from 64K to 1G", value);
  sink.queue_bytes = static_cast<std::size_t>(*size);
  return {};
}

// The keys that all sinks have, besides `type`.
struct Key {
  std::string_view name;
  std::string_view expects;
  bool list;  // may be one or several
  Result<void> (*set)(SinkConfig& sink, std::string_view value);
};

constexpr Key kKeys[] = {
    {"name", "a name", false, set_name},
    {"format", "the name of a format", false, set_format},
    {"rules", "names of rules, or globs", true, add_rule},
    {"tags", "tags, or globs", true, add_tag},
    {"priority", "a priority", false, set_priority},
    {"only", "alerts or events", false, set_only},
    {"queue", "bytes", false, set_queue},
};

// One sink being read.
class SinkReader {
 public:
  explicit SinkReader(ConfigReport& report) : report_(report) {}

  // Nothing when it has no type.
  std::optional<SinkConfig> read(const YAML::Node& map) {
    if (!map.IsMap()) {
      report_.add(map.Mark(), 1, "output.sinks: expected keys and values, as type: file");
      return std::nullopt;
    }
    if (!read_type(map)) return std::nullopt;
    sink_.line = static_cast<std::size_t>(map.Mark().line) + 1;
    for (const auto& item : map) {
      if (item.first.IsScalar() && item.first.Scalar() != "type") read_key(item.first, item.second);
      if (!item.first.IsScalar()) report_.add(item.first.Mark(), 1, "expected a name");
    }
    for (const SinkOption& option : sink_.type->options) {
      if (!option.required || sink_.settings.has(option.key)) continue;
      report_.add(map.Mark(), 1,
                  "a sink of type " + std::string(sink_.type->name) + " needs " + std::string(option.key));
    }
    if (sink_.name.empty()) sink_.name = default_name();
    return std::move(sink_);
  }

 private:
  bool read_type(const YAML::Node& map) {
    const YAML::Node type = map["type"];
    if (!type.IsDefined() || !type.IsScalar()) {
      report_.add(type.IsDefined() ? type.Mark() : map.Mark(), 1, "a sink needs a type, as type: file");
      return false;
    }
    sink_.type = find_sink_type(type.Scalar());
    if (sink_.type != nullptr) return true;
    const Error error = expected_one_of(
        all_sink_types(), [](const SinkType& row) { return row.name; }, type.Scalar());
    report_.add(type, "type: " + error.message, error.hint);
    return false;
  }

  void read_key(const YAML::Node& name, const YAML::Node& value) {
    const auto* const key =
        std::find_if(std::begin(kKeys), std::end(kKeys), [&name](const Key& row) { return row.name == name.Scalar(); });
    if (key != std::end(kKeys)) return read_common(*key, value);
    read_own(name, name.Scalar(), value, 0);
  }

  void read_common(const Key& key, const YAML::Node& value) {
    const auto set = [&](const YAML::Node& scalar) {
      if (!scalar.IsScalar()) return wrong(scalar, key.name, key.expects);
      const auto done = key.set(sink_, scalar.Scalar());
      if (!done) report_.add(scalar, std::string(key.name) + ": " + done.error().message, done.error().hint);
    };
    if (!key.list || !value.IsSequence()) return set(value);
    for (const auto& element : value) set(element);
  }

  void read_own(const YAML::Node& name, const std::string& key, const YAML::Node& value, int depth) {
    if (value.IsMap() && depth < kDeepest && is_above(key)) {
      for (const auto& item : value) {
        if (item.first.IsScalar()) {
          read_own(item.first, key + "." + item.first.Scalar(), item.second, depth + 1);
        } else {
          report_.add(item.first.Mark(), 1, "expected a name");
        }
      }
      return;
    }
    const SinkOption* const option = find_option(*sink_.type, key);
    if (option == nullptr) return unknown(name, key);
    if (!value.IsScalar()) return wrong(value, key, option->expects);
    const auto fine = option->check == nullptr ? Result<void>() : option->check(value.Scalar());
    if (!fine) return report_.add(value, key + ": " + fine.error().message, fine.error().hint);
    sink_.settings.add(key, value.Scalar());
  }

  bool is_above(const std::string& key) const {
    const auto& options = sink_.type->options;
    return find_option(*sink_.type, key + ".x") != nullptr ||
           std::any_of(options.begin(), options.end(),
                       [&key](const SinkOption& option) { return option.key.starts_with(key + "."); });
  }

  void wrong(const YAML::Node& value, std::string_view key, std::string_view expects) {
    report_.add(value.Mark(), 1, std::string(key) + ": expected " + std::string(expects));
  }

  void unknown(const YAML::Node& name, const std::string& key) {
    std::vector<std::string_view> names = {"type"};
    for (const Key& row : kKeys) names.push_back(row.name);
    for (const SinkOption& option : sink_.type->options) names.push_back(option.key);
    report_.add(name, "a sink of type " + std::string(sink_.type->name) + " has no '" + key + "'",
                suggestion(key, names));
  }

  std::string default_name() const {
    const std::string_view path = sink_.settings.get("path");
    return std::string(sink_.type->name) + (path.empty() ? "" : " ") + std::string(path);
  }

  ConfigReport& report_;
  SinkConfig sink_;
};

}  // namespace

void read_sinks(const YAML::Node& list, std::vector<SinkConfig>& sinks, ConfigReport& report) {
  sinks.clear();
  if (list.IsNull()) return;
  if (!list.IsSequence()) return report.add(list.Mark(), 1, "output.sinks: expected a list of sinks");
  for (const auto& map : list) {
    auto sink = SinkReader(report).read(map);
    if (!sink) continue;
    const bool taken =
        std::any_of(sinks.begin(), sinks.end(), [&sink](const SinkConfig& other) { return other.name == sink->name; });
    if (taken)
      report.add(map.Mark(), 1, "there is a sink named '" + sink->name + "' already", "give each its own name");
    sinks.push_back(*std::move(sink));
  }
}

std::optional<Error> contradiction_of_sinks(const Config& config) {
  std::vector<std::string_view> paths;
  if (!config.file.empty()) paths.push_back(config.file);
  bool standard = config.standard_output == StandardOutput::Json || config.standard_output == StandardOutput::Human;
  for (const SinkConfig& sink : config.sinks) {
    if (sink.type->name == "stdout" && std::exchange(standard, true)) {
      return Error{"two sinks write to standard output", "set output.stdout to off, or take one out of output.sinks"};
    }
    const std::string_view path = sink.type->name == "file" ? sink.settings.get("path") : std::string_view();
    if (path.empty()) continue;
    if (std::find(paths.begin(), paths.end(), path) != paths.end()) {
      return Error{"two sinks write to the file " + std::string(path), "give each its own file"};
    }
    paths.push_back(path);
  }
  return std::nullopt;
}

}  // namespace picket
