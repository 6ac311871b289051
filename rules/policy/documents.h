// SPDX-License-Identifier: Apache-2.0
//
// Rule files as read: lists, macros and rules with the place of every text, nothing looked up yet. What later items say
// about earlier ones (redefinitions, `override`, `append`) has been done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/diagnostic.h"
#include "rules/event/result.h"
#include "rules/policy/items.h"

namespace picket::policy {

struct SourceFile {
  SourceFile(std::string its_path, std::string its_text);

  std::string path;
  std::string text;
  std::vector<std::uint32_t> lines;  // where each begins: a place has to be shown for every rule
};

// From value[begin] on, a text stands in another file.
struct Seam {
  std::size_t begin;
  std::shared_ptr<const SourceFile> file;
};

// A text of a rule file. `places` has one entry for each byte of `value`: where in the file that byte stands, also when
// YAML folded lines or resolved escapes. An empty value keeps `start`. Texts that were appended to one another may come
// from several files.
struct Text {
  std::string value;
  std::shared_ptr<const SourceFile> file;
  std::uint32_t start = 0;
  std::vector<std::uint32_t> places;
  std::vector<Seam> seams;  // in order; none for a text of one file
};

// Puts `more` at the end of `text`.
void append(Text& text, const Text& more);

// Puts bytes there that no file has. For messages they stand where `cause` begins.
void append_made(Text& text, std::string_view made, const Text& cause);

// A diagnostic about bytes [offset, offset + length) of a text; it ends at the end of the line it begins on.
Diagnostic diagnose(Severity severity, Finding finding, const Text& text, std::size_t offset, std::size_t length,
                    std::string message, std::string hint = {});
// About the whole text.
Diagnostic diagnose(Severity severity, Finding finding, const Text& text, std::string message, std::string hint = {});

// Where the text begins.
Location place_of(const Text& text);

struct List {
  Text name;
  std::vector<Text> items;
  // How many lists there were when it was last changed. Only those are known to it: see rules/compile/lists.h.
  std::size_t visible = 0;
};

struct Macro {
  Text name;
  Text condition;
};

// One value of an exception: a word, or several in brackets.
struct ExceptionValue {
  std::vector<Text> words;
  bool several = false;
};

struct ExceptionTuple {
  std::vector<ExceptionValue> values;
  bool word = false;  // one value, written without brackets
};

// `fields` is one field and `values` words, or `fields` is a list and each of `values` has one value for each.
struct Exception {
  Text name;
  std::vector<Text> fields;
  std::vector<Text> comparisons;  // as many as fields
  bool one_field = false;
  std::vector<ExceptionTuple> values;
};

// How often a rule may alert. In this and what follows, `key` is the place of the key; a text that was not given has no
// file.
struct ThrottleItem {
  Text key;
  std::vector<Text> per;
  Text every, max;
};

// How often it must match to do so.
struct ThresholdItem {
  Text key;
  Text count, within;
  std::vector<Text> by;
};

// After which other rules.
struct SequenceItem {
  Text key;
  std::vector<Text> after;  // names of rules
  std::vector<Text> by;
  Text within;
};

// Any value of a file, with the places of its parts: what the tests of rules are written in.
struct WrittenMember;
struct Written {
  enum class Kind { Nothing, Word, List, Map };
  Kind kind = Kind::Nothing;
  Text text;  // of a word; of all others only the place
  std::vector<Written> items;
  std::vector<WrittenMember> members;
};
struct WrittenMember {
  Text name;
  Written value;
};

struct RuleItem {
  Text name;
  Text description;
  Text condition;  // without the exceptions
  Text output;
  Text priority;
  Text source;  // absent: syscall
  std::vector<Text> tags;
  std::vector<Exception> exceptions;
  bool enabled = true;
  std::vector<Text> actions;  // none: alert
  Text action_key;
  Text error;     // the errno of a denial
  Text mode;      // absent: the sensor's
  Text exempt;    // absent: who is exempt from all rules
  Text severity;  // absent: told by the priority
  ThrottleItem throttle;
  ThresholdItem threshold;
  SequenceItem sequence;
  std::vector<Written> tests;
  bool skip_if_unknown = false;  // an unknown field or type of event skips the rule with a warning
};

// The source of events that Picket has. Rules of others are read, and skipped with a warning.
inline constexpr std::string_view kSource = "syscall";
inline bool of_other_source(const RuleItem& rule) { return rule.source.file && rule.source.value != kSource; }

// The condition with its exceptions: (CONDITION) and not (EXCEPTION) and not...
Text whole_condition(const RuleItem& rule);

// Everything the files said, each name once, in the order in which the names came first. When a diagnostic is an error,
// the documents are what could still be read.
struct Documents {
  Items<List> lists;
  Items<Macro> macros;
  Items<RuleItem> rules;
  std::vector<std::string> files;  // in the order in which they were read, or should have been
  std::vector<Diagnostic> diagnostics;
};

// The files that load() reads, in that order. Directories that cannot be read have none.
std::vector<std::string> files_of(const std::vector<std::string>& paths);

// A rule file's bytes, or why there are none.
struct RuleFile {
  std::string path;
  Result<std::string> text;
};

// Reads the files; a directory stands for its .yaml and .yml files in alphabetical order, not deeper. A directory that
// cannot be read is a file that cannot.
std::vector<RuleFile> read_files(const std::vector<std::string>& paths);

// That the file, or directory, could not be read.
Diagnostic unreadable(const RuleFile& file);

// Every error of every file is reported, not only the first. Never throws.
Documents load(std::vector<RuleFile> files);
Documents load(const std::vector<std::string>& paths);

// The same for a text that is already in memory, added to `documents`. `path` is used in messages.
void load_text(std::string path, std::string text, Documents& documents);

}  // namespace picket::policy
