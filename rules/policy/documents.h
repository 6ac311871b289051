// SPDX-License-Identifier: Apache-2.0
//
// Rule files as read: lists, macros and rules with the place of every text, nothing looked up yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/diagnostic.h"

namespace picket::policy {

struct SourceFile {
  std::string path;
  std::string text;
};

// A text of a rule file. `places` has one entry for each byte of `value`: where in the file that byte stands, also when
// YAML folded lines or resolved escapes. An empty value keeps `start`.
struct Text {
  std::string value;
  std::shared_ptr<const SourceFile> file;
  std::uint32_t start = 0;
  std::vector<std::uint32_t> places;
};

// A diagnostic about bytes [offset, offset + length) of a text; it ends at the end of the line it begins on.
Diagnostic diagnose(Severity severity, const Text& text, std::size_t offset, std::size_t length, std::string message,
                    std::string hint = {});
// About the whole text.
Diagnostic diagnose(Severity severity, const Text& text, std::string message, std::string hint = {});

struct List {
  Text name;
  std::vector<Text> items;
};

struct Macro {
  Text name;
  Text condition;
};

struct RuleItem {
  Text name;
  Text description;
  Text condition;
  Text output;
  Text priority;
  std::vector<Text> tags;
  bool enabled = true;
};

// Everything the files said, in order. When a diagnostic is an error, the documents are what could still be read.
struct Documents {
  std::vector<List> lists;
  std::vector<Macro> macros;
  std::vector<RuleItem> rules;
  std::vector<Diagnostic> diagnostics;
};

// Reads the files; a directory stands for its .yaml and .yml files in alphabetical order, not deeper. Every error of
// every file is reported, not only the first. Never throws.
Documents load(const std::vector<std::string>& paths);

// The same for a text that is already in memory, added to `documents`. `path` is used in messages.
void load_text(std::string path, std::string text, Documents& documents);

}  // namespace picket::policy
