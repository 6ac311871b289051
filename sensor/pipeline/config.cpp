// SPDX-License-Identifier: Apache-2.0
//
// Reading the configuration file: YAML keys, joined by dots, are looked up in the option table.
#include "sensor/pipeline/config.h"

#include <yaml-cpp/yaml.h>

#include "rules/event/read_file.h"
#include "sensor/pipeline/config_report.h"
#include "sensor/pipeline/sink_config.h"

namespace picket {
namespace {

constexpr std::size_t kLargestFile = 1u << 20;
constexpr int kDeepest = 8;  // of nested keys; the option names have two
constexpr std::string_view kSinksKey = "output.sinks";
constexpr std::string_view kCentralKey = "central";

class Reader {
 public:
  Reader(const std::string& path, const std::string& text, Config& config)
      : text_(text), config_(config), report_(path, text) {}

  std::vector<Diagnostic> read() {
    try {
      const YAML::Node root = YAML::Load(text_);
      if (root.IsDefined() && !root.IsNull()) read_map(root, "", 0);
    } catch (const YAML::Exception& error) {
      report_.add(error.mark, 1, "not YAML: " + error.msg);
    }
    return report_.take();
  }

 private:
  void read_map(const YAML::Node& map, const std::string& prefix, int depth) {
    if (!map.IsMap() || depth > kDeepest) {
      report_.add(map.Mark(), 1, "expected keys and values" + (prefix.empty() ? "" : " below '" + prefix + "'"));
      return;
    }
    for (const auto& item : map) {
      if (!item.first.IsScalar()) {
        report_.add(item.first.Mark(), 1, "expected a name");
        continue;
      }
      const std::string name = prefix.empty() ? item.first.Scalar() : prefix + "." + item.first.Scalar();
      if (const Option* option = find(name)) {
        read_option(*option, item.second);
      } else if (name == kSinksKey) {
        read_sinks(item.second, config_.sinks, report_);
      } else if (name == kCentralKey) {
        read_central(item.second, config_.central, report_);
      } else if (is_section(name)) {
        if (!item.second.IsNull()) read_map(item.second, name, depth + 1);
      } else {
        report_unknown(item.first, name);
      }
    }
  }

  void read_option(const Option& option, const YAML::Node& node) {
    if (node.IsScalar()) {
      set(option, node, true);
    } else if (option.repeats && node.IsSequence()) {
      bool first = true;
      for (const auto& element : node) {
        if (element.IsScalar()) {
          set(option, element, first);
        } else {
          report_.add(element.Mark(), 1, std::string(option.name) + ": expected " + std::string(option.expects));
        }
        first = false;
      }
    } else {
      report_.add(node.Mark(), 1,
                  std::string(option.name) + ": expected " + (option.repeats ? "a list of " : "") +
                      std::string(option.expects));
    }
  }

  void set(const Option& option, const YAML::Node& scalar, bool first) {
    const auto done = option.set(config_, scalar.Scalar(), first);
    if (!done) {
      report_.add(scalar.Mark(), scalar.Scalar().size(), std::string(option.name) + ": " + done.error().message,
                  done.error().hint);
    }
  }

  static const Option* find(std::string_view name) {
    for (const Option& option : all_options()) {
      if (option.name == name) return &option;
    }
    return nullptr;
  }

  static bool is_section(const std::string& name) {
    for (const Option& option : all_options()) {
      if (option.name.starts_with(name + ".")) return true;
    }
    return false;
  }

  void report_unknown(const YAML::Node& key, const std::string& name) {
    std::vector<std::string_view> names;
    for (const Option& option : all_options()) names.push_back(option.name);
    names.push_back(kSinksKey);
    names.push_back(kCentralKey);
    report_.add(key.Mark(), key.Scalar().size(), "unknown setting '" + name + "'", suggestion(name, names));
  }

  const std::string& text_;
  Config& config_;
  ConfigReport report_;
};

}  // namespace

std::optional<Error> contradiction(const Config& config) {
  if (config.persistent && config.dead_man_seconds.value_or(0) != 0) {
    return Error{
        "enforcement.persistent and enforcement.dead_man contradict each other: one refuses without the sensor, the "
        "other does not",
        "leave enforcement.dead_man out, or set it to off"};
  }
  return contradiction_of_sinks(config);
}

std::vector<Diagnostic> read_config_text(const std::string& path, const std::string& text, Config& config) {
  return Reader(path, text, config).read();
}

std::vector<Diagnostic> read_config_file(const std::string& path, Config& config) {
  const auto text = read_file(path, kLargestFile);
  if (!text) {
    Diagnostic diagnostic;
    diagnostic.where.file = path;
    diagnostic.message = "cannot read the configuration: " + text.error().message;
    return {diagnostic};
  }
  return read_config_text(path, *text, config);
}

}  // namespace picket
