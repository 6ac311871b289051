// SPDX-License-Identifier: Apache-2.0
//
// What later items do to earlier ones: redefinition, override, append, exceptions. And what files require.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rules/policy/documents.h"

namespace picket::policy {
namespace {

Documents read(const std::string& text) {
  Documents documents;
  load_text("r.yaml", text, documents);
  return documents;
}

std::string joined(const std::vector<Text>& texts) {
  std::string all;
  for (const Text& text : texts) all += (all.empty() ? "" : "|") + text.value;
  return all;
}

// Everything that was read, one line for each item.
std::string shown(const Documents& documents) {
  std::string all;
  for (const List& list : documents.lists) all += "list " + list.name.value + ": " + joined(list.items) + "\n";
  for (const Macro& macro : documents.macros) all += "macro " + macro.name.value + ": " + macro.condition.value + "\n";
  for (const RuleItem& rule : documents.rules) {
    all += "rule " + rule.name.value + ": " + whole_condition(rule).value + " -> " + rule.output.value + " [" +
           rule.description.value + ", " + rule.priority.value + ", " + joined(rule.tags) + "]" +
           (rule.enabled ? "" : " off") + (rule.skip_if_unknown ? " skip" : "") +
           (of_other_source(rule) ? " of " + rule.source.value : "") + "\n";
  }
  return all;
}

std::string messages(const Documents& documents) {
  std::string all;
  for (const Diagnostic& diagnostic : documents.diagnostics) {
    all += std::to_string(diagnostic.where.line) + ":" + std::to_string(diagnostic.where.column) +
           (diagnostic.severity == Severity::Error ? ": error: " : ": warning: ") + diagnostic.message + "\n";
  }
  return all;
}

const std::string kRule = "- {rule: R, desc: d, condition: a or b, output: o, priority: INFO, tags: [t]}\n";

TEST(Changes, WhatLaterItemsDo) {
  const struct {
    std::string text, shown, messages;
  } rows[] = {
      // redefinition: in the place of the first
      {kRule + "- {rule: S, desc: d, condition: s, output: o, priority: INFO}\n" +
           "- {rule: R, desc: e, condition: c, output: p, priority: DEBUG}\n",
       "rule R: c -> p [e, DEBUG, ]\nrule S: s -> o [d, INFO, ]\n", ""},
      {"- {list: l, items: [a]}\n- {list: l, items: [b, c]}\n", "list l: b|c\n", ""},
      // override
      {kRule + "- {rule: R, condition: and c, override: {condition: append}}\n",
       "rule R: a or b and c -> o [d, INFO, t]\n", ""},
      {kRule + "- {rule: R, condition: c, override: {condition: replace}}\n", "rule R: c -> o [d, INFO, t]\n", ""},
      {kRule + "- {rule: R, output: p, desc: e, tags: [u], override: {output: append, desc: append, tags: append}}\n",
       "rule R: a or b -> o p [d e, INFO, t|u]\n", ""},
      {kRule + "- {rule: R, output: p, condition: and c, priority: DEBUG, tags: [u], enabled: false,\n" +
           "   skip-if-unknown-filter: true, warn_evttypes: false, desc: e,\n" +
           "   override: {output: replace, condition: append, priority: replace, tags: replace, enabled: replace,\n" +
           "              skip-if-unknown-filter: replace, warn_evttypes: replace, desc: replace}}\n",
       "rule R: a or b and c -> p [e, DEBUG, u] off skip\n", ""},
      {"- {list: l, items: [a]}\n- {list: l, items: [b], override: {items: append}}\n", "list l: a|b\n", ""},
      {"- {list: l, items: [a]}\n- {list: l, items: [b], override: {items: replace}}\n", "list l: b\n", ""},
      {"- {list: l, items: [b], override: {items: replace}}\n", "list l: b\n", ""},
      {"- {macro: m, condition: a}\n- {macro: m, condition: or b, override: {condition: append}}\n",
       "macro m: a or b\n", ""},
      {"- {macro: m, condition: b, override: {condition: replace}}\n", "macro m: b\n", ""},
      // the older ways
      {kRule + "- {rule: R, condition: and c, append: true}\n", "rule R: a or b and c -> o [d, INFO, t]\n",
       "2:31: warning: 'append' is deprecated\n"},
      {"- {list: l, items: [a]}\n- {list: l, items: [b], append: true}\n", "list l: a|b\n",
       "2:25: warning: 'append' is deprecated\n"},
      {"- {macro: m, condition: a}\n- {macro: m, append: true, condition: or b}\n", "macro m: a or b\n",
       "2:14: warning: 'append' is deprecated\n"},
      {kRule + "- {rule: R, desc: e, condition: c, output: p, priority: DEBUG, append: false}\n",
       "rule R: c -> p [e, DEBUG, ]\n", ""},
      {kRule + "- {rule: R, enabled: false}\n", "rule R: a or b -> o [d, INFO, t] off\n",
       "2:13: warning: 'enabled' without the rest of the rule is deprecated\n"},
      // sources
      {"- {rule: K, desc: d, condition: c, output: o, priority: INFO, source: k8s_audit}\n"
       "- {rule: K, source: k8s_audit, condition: and e, override: {condition: append}}\n",
       "rule K: c and e -> o [d, INFO, ] of k8s_audit\n",
       "1:71: warning: unknown source 'k8s_audit': the rule is skipped\n"},
      {kRule + "- {rule: R, source: syscall, condition: c, override: {condition: replace}}\n",
       "rule R: c -> o [d, INFO, t]\n", ""},
      // captures
      {"- {rule: C, desc: d, condition: c, output: o, priority: INFO, capture: true, capture_duration: 100}\n",
       "rule C: c -> o [d, INFO, ]\n", "1:63: warning: Picket writes no capture files: 'capture' is ignored\n"},
      // names
      {"- {list: a b, items: []}\n- {macro: 1m, condition: c}\n", "list a b: \nmacro 1m: c\n",
       "1:10: warning: a list of this name cannot be used in a condition\n"
       "2:11: warning: a macro of this name cannot be used in a condition\n"},
      // streams of documents, empty ones and items without content
      {"- {list: a, items: []}\n---\n---\n- {list: b, items: []}\n-\n- null\n", "list a: \nlist b: \n", ""},
      // a kind is told by the first of: versions, list, macro, rule
      {"- {rule: x, macro: m, condition: c}\n", "macro m: c\n", "1:4: warning: unknown key 'rule' is ignored\n"},
  };
  for (const auto& row : rows) {
    const Documents documents = read(row.text);
    EXPECT_EQ(shown(documents), row.shown) << row.text;
    EXPECT_EQ(messages(documents), row.messages) << row.text;
  }
}

TEST(Changes, Errors) {
  const struct {
    std::string text, messages;
  } rows[] = {
      {"- {rule: X, condition: c, override: {condition: append}}\n",
       "1:10: error: there is no rule 'X' before this to append to\n"},
      {"- {rule: X, condition: c, override: {condition: replace}}\n",
       "1:10: error: there is no rule 'X' before this to change\n"},
      {"- {list: x, items: [c], override: {items: append}}\n",
       "1:10: error: there is no list 'x' before this to append to\n"},
      {"- {macro: x, condition: c, override: {condition: append}}\n",
       "1:11: error: there is no macro 'x' before this to append to\n"},
      {"- {rule: X, enabled: false}\n",
       "1:13: warning: 'enabled' without the rest of the rule is deprecated\n"
       "1:10: error: there is no rule 'X' before this\n"},
      {kRule + "- {rule: R, condition: c, append: true, override: {condition: append}}\n",
       "2:27: error: 'append' and 'override' exclude each other\n"},
      {kRule + "- {rule: R, append: true}\n",
       "2:13: warning: 'append' is deprecated\n2:13: error: rule 'R' is given nothing to append\n"},
      {kRule + "- {rule: R, condition: c, override: {condition: add}}\n",
       "2:49: error: expected 'append' or 'replace'\n"},
      {kRule + "- {rule: R, priority: INFO, override: {priority: append}}\n",
       "2:50: error: key 'priority' can be replaced only\n"},
      {kRule + "- {rule: R, source: x, override: {source: replace}}\n",
       "2:35: error: key 'source' cannot be overridden\n"},
      {kRule + "- {rule: R, override: {colour: replace}}\n", "2:24: error: key 'colour' cannot be overridden\n"},
      {kRule + "- {rule: R, override: {output: replace}}\n",
       "2:24: error: 'override' names this key, but it is not given\n"},
      {kRule + "- {rule: R, output: p, condition: c, override: {output: replace}}\n",
       "2:24: error: unexpected key 'condition'\n"},
      {kRule + "- {rule: R, override: append}\n", "2:13: error: 'override' must say what is done with each key\n"},
      {kRule + "- {rule: R, desc: d, condition: c, output: o, priority: INFO, source: k8s_audit}\n",
       "2:10: error: rule 'R' was defined with source 'syscall'\n"
       "2:71: warning: unknown source 'k8s_audit': the rule is skipped\n"},
      {kRule + "- {rule: R, source: k8s_audit, condition: c, override: {condition: append}}\n",
       "2:21: error: rule 'R' was defined with source 'syscall'\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(messages(read(row.text)), row.messages) << row.text;
}

std::string with_exceptions(const std::string& exceptions) {
  return "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: a or b\n  exceptions: " + exceptions + "\n";
}

TEST(Exceptions, BecomePartOfTheCondition) {
  const struct {
    std::string exceptions, condition;
  } rows[] = {
      {"", "a or b"},
      {"[]", "a or b"},
      {"[{name: e, fields: proc.name}]", "a or b"},
      {"[{name: e, fields: [proc.name], values: []}]", "a or b"},
      // one field
      {"[{name: e, fields: proc.name, values: [x, y z, shells]}]",
       "(a or b) and not proc.name in (x, \"y z\", shells)"},
      {"[{name: e, fields: fd.name, comps: pmatch, values: [/etc]}]", "(a or b) and not fd.name pmatch (/etc)"},
      {"[{name: e, fields: fd.name, comps: startswith oneof, values: [/etc, '\"/a b\"']}]",
       "(a or b) and not fd.name startswith oneof (/etc, \"/a b\")"},
      // several
      {"[{name: e, fields: [proc.name, fd.name], values: [[x, y z], [u, v]]}]",
       "(a or b) and not ((proc.name = x and fd.name = \"y z\") or (proc.name = u and fd.name = v))"},
      {"[{name: e, fields: [proc.name, fd.name], comps: [=, in], values: [[x, [y, z w]], [u, l], [v, '(p, q)']]}]",
       "(a or b) and not ((proc.name = x and fd.name in (y, \"z w\")) or (proc.name = u and fd.name in (l)) or "
       "(proc.name = v and fd.name in (p, q)))"},
      {"[{name: e, fields: [proc.name], comps: [in], values: [[[x, y]], [z]]}]",
       "(a or b) and not ((proc.name in (x, y)) or (proc.name in (z)))"},
      {"[{name: e, fields: [tolower(proc.name)], values: [[x]]}]", "(a or b) and not ((tolower(proc.name) = x))"},
      {"[{name: e, fields: proc.name, values: [x]}, {name: f, fields: [fd.name], values: [[y]]}]",
       "(a or b) and not proc.name in (x) and not ((fd.name = y))"},
  };
  for (const auto& [exceptions, condition] : rows) {
    const Documents documents = read(with_exceptions(exceptions));
    EXPECT_EQ(messages(documents), "") << exceptions;
    ASSERT_EQ(documents.rules.size(), 1u) << exceptions;
    EXPECT_EQ(whole_condition(documents.rules[0]).value, condition);
  }
}

TEST(Exceptions, AreAppendedAndReplaced) {
  const std::string base =
      with_exceptions("[{name: e, fields: [proc.name, fd.name], comps: [=, in], values: [[x, y]]}]");
  const struct {
    std::string change, condition, messages;
  } rows[] = {
      {"- {rule: R, exceptions: [{name: e, values: [[u, v]]}], override: {exceptions: append}}\n",
       "(a or b) and not ((proc.name = x and fd.name in (y)) or (proc.name = u and fd.name in (v)))", ""},
      {"- {rule: R, exceptions: [{name: e, values: [[u, v]]}], condition: and c, append: true}\n",
       "(a or b and c) and not ((proc.name = x and fd.name in (y)) or (proc.name = u and fd.name in (v)))",
       "7:74: warning: 'append' is deprecated\n"},
      {"- {rule: R, exceptions: [{name: f, fields: proc.pname, values: [s]}], override: {exceptions: append}}\n",
       "(a or b) and not ((proc.name = x and fd.name in (y))) and not proc.pname in (s)", ""},
      {"- {rule: R, exceptions: [{name: f, fields: proc.pname, values: [s]}], override: {exceptions: replace}}\n",
       "(a or b) and not proc.pname in (s)", ""},
      {"- {rule: R, exceptions: [{name: e}], override: {exceptions: append}}\n",
       "(a or b) and not ((proc.name = x and fd.name in (y)))",
       "7:33: warning: exception 'e' is given no values to add\n"},
  };
  for (const auto& [change, condition, expected] : rows) {
    const Documents documents = read(base + change);
    EXPECT_EQ(messages(documents), expected) << change;
    ASSERT_EQ(documents.rules.size(), 1u);
    EXPECT_EQ(whole_condition(documents.rules[0]).value, condition) << change;
  }
}

TEST(Exceptions, Errors) {
  const std::string appended = "- {rule: R, override: {exceptions: append}, exceptions: ";
  const struct {
    std::string text, messages;
  } rows[] = {
      {with_exceptions("x"), "6:3: error: 'exceptions' must be a list\n"},
      {with_exceptions("[x]"), "6:16: error: an exception must have a name\n"},
      {with_exceptions("[{fields: proc.name}]"), "6:16: error: an exception without 'name'\n"},
      {with_exceptions("[{name: e, values: [x]}]"), "6:23: error: exception 'e' without 'fields'\n"},
      {with_exceptions("[{name: e, fields: proc.name, vlaues: [x]}]"),
       "6:45: warning: unknown key 'vlaues' is ignored\n"},
      {with_exceptions("[{name: e, fields: proc.name, comps: =, values: [x]}]"),
       "6:52: error: one field is compared with a list: '=' takes one value\n"},
      {with_exceptions("[{name: e, fields: proc.name, values: [[x, y]]}]"),
       "6:55: error: exception 'e' compares one field: its values are words\n"},
      {with_exceptions("[{name: e, fields: proc.name, values: x}]"), "6:45: error: 'values' must be a list\n"},
      {with_exceptions("[{name: e, fields: proc.name, values: [{a: b}]}]"),
       "6:54: error: a value must be a text or a list of texts\n"},
      {with_exceptions("[{name: e, fields: [a.b, c.d], comps: [=]}]"),
       "6:23: error: exception 'e' has 2 fields and 1 comparisons\n"},
      {with_exceptions("[{name: e, fields: [a.b, c.d], values: [[x]]}]"),
       "6:56: error: exception 'e' has 2 fields, but here are 1 values\n"},
      {with_exceptions("[{name: e, fields: [a.b], values: [x]}]"),
       "6:50: error: exception 'e' has 1 fields, but here are 1 values\n"},
      {with_exceptions("[{name: e, fields: a.b, values: [x]}, {name: e, fields: a.c}]"),
       "6:60: warning: there is another exception 'e' in this rule\n"},
      {with_exceptions("[{name: e, fields: a.b}]") + appended + "[{name: e, fields: a.b, values: [x]}]}\n",
       "7:65: error: exception 'e' exists: its fields cannot change\n"},
      {with_exceptions("") + appended + "[{name: e, fields: a.b}]}\n",
       "7:65: error: exception 'e' is new and without 'values'\n"},
      {with_exceptions("") + appended + "[{name: e, values: [x]}]}\n", "7:65: error: exception 'e' without 'fields'\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(messages(read(row.text)), row.messages) << row.text;
}

TEST(Versions, OfTheEngineAndPlugins) {
  const struct {
    std::string item, messages;
  } rows[] = {
      {"required_engine_version: 26", ""},
      {"required_engine_version: 0.57.0", ""},
      {"required_engine_version: 63", ""},
      {"required_engine_version: 0.63.0-rc1", ""},
      {"required_engine_version: 64",
       "1:28: error: this rule file needs version 64 of the rule engine; Picket's is the equal of 0.63.0\n"},
      {"required_engine_version: 1.0.0",
       "1:28: error: this rule file needs version 1.0.0 of the rule engine; Picket's is the equal of 0.63.0\n"},
      {"required_engine_version: 0.57", "1:28: error: '0.57' is not a version\n"},
      {"required_engine_version: [1]", "1:28: error: 'required_engine_version' must be a text\n"},
      {"required_plugin_versions:", ""},
      {"required_plugin_versions: [{name: container, version: 0.4.0}]", ""},
      {"required_plugin_versions: [{name: x, version: 1.0.0, alternatives: [{name: container, version: 0.2.1}]}]", ""},
      {"required_plugin_versions: [{name: json, version: 0.7.0}]",
       "1:37: error: this rule file needs a plugin that Picket does not stand for\n"},
      {"required_plugin_versions: [{name: container, version: 1.4.0}]",
       "1:37: error: this rule file needs a plugin that Picket does not stand for\n"},
      {"required_plugin_versions: [{name: container, version: 4}]", "1:57: error: '4' is not a version\n"},
      {"required_plugin_versions: [{name: container}]", "1:30: error: a plugin has a name and a version\n"},
      {"required_plugin_versions: [container]", "1:30: error: a plugin has a name and a version\n"},
      {"required_plugin_versions: container", "1:3: error: 'required_plugin_versions' must be a list of plugins\n"},
      {"required_plugin_versions: [{name: container, version: 0.4.0, alternatives: [{name: container, version: "
       "0.3.0}]}]",
       "1:86: error: plugin 'container' is named twice\n"},
  };
  for (const auto& [item, expected] : rows) EXPECT_EQ(messages(read("- " + item + "\n")), expected) << item;
}

TEST(Changes, TextsOfSeveralFilesKeepTheirPlaces) {
  Documents documents;
  load_text("a.yaml", "- {macro: m, condition: proc.pid = 1}\n", documents);
  load_text("b.yaml", "\n- {macro: m, condition: or proc.nmae = x, override: {condition: append}}\n", documents);
  const Text& text = documents.macros[0].condition;
  const auto shown_at = [&text](std::string_view part) {
    return render(diagnose(Severity::Error, Finding::Shape, text, text.value.find(part), part.size(), "x"));
  };
  EXPECT_EQ(shown_at("proc.pid"),
            "a.yaml:1:25: error: x\n    1 | - {macro: m, condition: proc.pid = 1}\n      |                         "
            "^~~~~~~~\n");
  EXPECT_EQ(shown_at("proc.nmae").substr(0, 12), "b.yaml:2:28:");
  EXPECT_EQ(shown_at("1 or").substr(0, 12), "a.yaml:1:36:");
}

}  // namespace
}  // namespace picket::policy
