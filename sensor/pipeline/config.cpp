// SPDX-License-Identifier: Apache-2.0
//
// Reading the configuration file: YAML keys, joined by dots, are looked up in the option table.
#include "sensor/pipeline/config.h"

#include <yaml-cpp/yaml.h>

#include "rules/event/read_file.h"

namespace picket {
namespace {

constexpr std::size_t kLargestFile = 1u << 20;
constexpr int kDeepest = 8;  // of nested keys; the option names have two

class Reader {
 public:
  Reader(const std::string& path, const std::string& text, Config& config)
      : path_(path), text_(text), config_(config) {}

  std::vector<Diagnostic> read() {
    try {
      const YAML::Node root = YAML::Load(text_);
      if (root.IsDefined() && !root.IsNull()) read_map(root, "", 0);
    } catch (const YAML::Exception& error) {
      report(error.mark, 1, "not YAML: " + error.msg);
    }
    return std::move(diagnostics_);
  }

 private:
  void read_map(const YAML::Node& map, const std::string& prefix, int depth) {
    if (!map.IsMap() || depth > kDeepest) {
      report(map.Mark(), 1, "expected keys and values" + (prefix.empty() ? "" : " below '" + prefix + "'"));
      return;
    }
    for (const auto& item : map) {
      if (!item.first.IsScalar()) {
        report(item.first.Mark(), 1, "expected a name");
        continue;
      }
      const std::string name = prefix.empty() ? item.first.Scalar() : prefix + "." + item.first.Scalar();
      if (const Option* option = find(name)) {
        read_option(*option, item.second);
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
          report(element.Mark(), 1, std::string(option.name) + ": expected " + std::string(option.expects));
        }
        first = false;
      }
    } else {
      report(node.Mark(), 1,
             std::string(option.name) + ": expected " + (option.repeats ? "a list of " : "") +
                 std::string(option.expects));
    }
  }

  void set(const Option& option, const YAML::Node& scalar, bool first) {
    const auto done = option.set(config_, scalar.Scalar(), first);
    if (!done) {
      report(scalar.Mark(), scalar.Scalar().size(), std::string(option.name) + ": " + done.error().message,
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
    report(key.Mark(), key.Scalar().size(), "unknown setting '" + name + "'", suggestion(name, names));
  }

  void report(const YAML::Mark& mark, std::size_t length, std::string message, std::string hint = {}) {
    Diagnostic diagnostic;
    diagnostic.message = std::move(message);
    diagnostic.hint = std::move(hint);
    diagnostic.where.file = path_;
    if (!mark.is_null()) {
      diagnostic.where.line = static_cast<std::size_t>(mark.line) + 1;
      diagnostic.where.column = static_cast<std::size_t>(mark.column) + 1;
      diagnostic.where.length = length;
      diagnostic.source_line = line(static_cast<std::size_t>(mark.line));
    }
    diagnostics_.push_back(std::move(diagnostic));
  }

  std::string line(std::size_t number) const {
    std::size_t begin = 0;
    for (; number > 0 && begin < text_.size(); --number) {
      const std::size_t end = text_.find('\n', begin);
      begin = end == std::string::npos ? text_.size() : end + 1;
    }
    return text_.substr(begin, text_.find('\n', begin) - begin);
  }

  const std::string& path_;
  const std::string& text_;
  Config& config_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

std::optional<Error> contradiction(const Config& config) {
  if (!config.persistent || config.dead_man_seconds.value_or(0) == 0) return std::nullopt;
  return Error{
      "enforcement.persistent and enforcement.dead_man contradict each other: one refuses without the sensor, the "
      "other "
      "does not",
      "leave enforcement.dead_man out, or set it to off"};
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
