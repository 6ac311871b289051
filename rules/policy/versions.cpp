// SPDX-License-Identifier: Apache-2.0
//
// Versions as three numbers. Picket says which version of Falco's rule engine it is the equal of, and which of Falco's
// plugins its own fields stand for.
#include "rules/policy/versions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>

#include "rules/event/text.h"

namespace picket::policy {
namespace {

using Version = std::array<std::uint32_t, 3>;

constexpr Version kEngine = {0, 63, 0};

struct Plugin {
  std::string_view name;
  Version version;
};

constexpr Plugin kPlugins[] = {{"container", {0, 7, 0}}};

std::string print(const Version& version) {
  return std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]);
}

// "1.2.3"; what semantic versions may have behind that (-rc1, +build) is left out.
std::optional<Version> parse_version(std::string_view text) {
  text = text.substr(0, text.find_first_of("-+"));
  Version version{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::uint32_t& number : version) {
    if (&number != &version[0] && (at == end || *at++ != '.')) return std::nullopt;
    const auto [next, failure] = std::from_chars(at, end, number);
    if (failure != std::errc()) return std::nullopt;
    at = next;
  }
  return at == end ? std::optional(version) : std::nullopt;
}

std::optional<Version> parse_engine_version(std::string_view text) {
  std::uint32_t minor = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, minor);
  if (failure == std::errc() && stopped == end) return Version{0, minor, 0};
  return parse_version(text);
}

bool is_compatible(const Version& have, const Version& wanted) { return have[0] == wanted[0] && have >= wanted; }

std::string plugin_list() {
  std::string list;
  for (const Plugin& plugin : kPlugins) {
    if (!list.empty()) list += ", ";
    list += std::string(plugin.name) + " " + print(plugin.version);
  }
  return list;
}

// One of the plugins that would do. True when it is there, or when an error was reported.
bool is_there(Values& values, const TreeNode& node, std::vector<std::string>& asked) {
  const TreeNode* name_node = node.kind == TreeNode::Kind::Map ? value_of(node, "name") : nullptr;
  const TreeNode* version_node = node.kind == TreeNode::Kind::Map ? value_of(node, "version") : nullptr;
  if (name_node == nullptr || version_node == nullptr) {
    values.error(values.text_of(node), "a plugin has a name and a version", "write {name: container, version: 0.4.0}");
    return true;
  }
  const Text name = values.text_of(*name_node), version_text = values.text_of(*version_node);
  const auto version = parse_version(version_text.value);
  if (!version) {
    values.error(version_text, quote(version_text.value) + " is not a version", "write three numbers: 0.4.0");
    return true;
  }
  if (std::find(asked.begin(), asked.end(), name.value) != asked.end()) {
    values.error(name, "plugin " + quote(name.value) + " is named twice");
    return true;
  }
  asked.push_back(name.value);
  return std::any_of(std::begin(kPlugins), std::end(kPlugins), [&](const Plugin& plugin) {
    return plugin.name == name.value && is_compatible(plugin.version, *version);
  });
}

void check_plugin(Values& values, const TreeNode& node) {
  std::vector<std::string> asked;
  bool met = is_there(values, node, asked);
  const TreeNode* others = node.kind == TreeNode::Kind::Map ? value_of(node, "alternatives") : nullptr;
  if (others != nullptr && others->kind == TreeNode::Kind::Sequence) {
    for (const TreeNode* other : others->children) met = is_there(values, *other, asked) || met;
  } else if (others != nullptr && others->kind != TreeNode::Kind::Null) {
    values.error(values.text_of(*others), "'alternatives' must be a list of plugins");
  }
  if (met) return;
  values.error(values.text_of(*value_of(node, "name")), "this rule file needs a plugin that Picket does not stand for",
               "it stands for: " + plugin_list());
}

}  // namespace

void check_engine_version(Values& values, const Text& key, const TreeNode& node) {
  Text text;
  const std::size_t errors = values.errors();
  values.text(key, node, text);
  if (values.errors() != errors) return;
  const auto version = parse_engine_version(text.value);
  if (!version) {
    values.error(text, quote(text.value) + " is not a version", "write a number or three: 26, 0.57.0");
  } else if (*version > kEngine) {
    values.error(text,
                 "this rule file needs version " + text.value + " of the rule engine; Picket's is the equal of " +
                     print(kEngine),
                 {}, Finding::Invalid);
  }
}

void check_plugin_versions(Values& values, const Text& key, const TreeNode& node) {
  if (node.kind == TreeNode::Kind::Null) return;
  if (node.kind != TreeNode::Kind::Sequence) return values.error(key, quote(key.value) + " must be a list of plugins");
  for (const TreeNode* plugin : node.children) check_plugin(values, *plugin);
}

}  // namespace picket::policy
