// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a rule file: reading never fails in any way but with diagnostics, and every text knows where it stands.
// What could be read is compiled, too, and what could be compiled is tried on an event: types that do not fit abort
// there.
#include <cstdlib>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "rules/match/output_text.h"
#include "rules/match/rates.h"
#include "rules/match/sequences.h"
#include "rules/policy/documents.h"
#include "tests/support/record.h"

namespace {

using namespace picket;
using policy::Text;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

// Every byte stands somewhere in the file.
void check_places(const Text& text) {
  require(text.file != nullptr);
  require(text.places.size() == text.value.size());
  require(text.start <= text.file->text.size());
  for (const std::uint32_t place : text.places) require(place <= text.file->text.size());
}

// And, in a text that nothing was appended to, in order and as it is.
void check(const Text& text) {
  check_places(text);
  const std::string& file = text.file->text;
  // Escapes exist in double quotes only. Those are checked by example, in the unit tests.
  // A text begins at its quote, or, once trimmed, behind it.
  const bool escapes =
      (text.start > 0 && file[text.start - 1] == '"') || (text.start < file.size() && file[text.start] == '"');
  for (std::size_t i = 0; i < text.value.size(); ++i) {
    require(text.places[i] < file.size());
    require(i == 0 || text.places[i - 1] <= text.places[i]);
    require(escapes || is_blank(text.value[i]) || file[text.places[i]] == text.value[i]);
  }
}

void check(const std::vector<Text>& texts) {
  for (const Text& text : texts) check(text);
}

// Through everything that rules do with an event.
void evaluate_each(const Policy& policy, const Event& event, Rates& rates, Sequences& sequences) {
  Scratch scratch;
  OutputText output;
  for (const Rule& rule : policy.rules) {
    evaluate(*rule.condition, event, scratch);
    output.make(rule.output, event, scratch);
    if (rates.reached(rule, event, scratch)) rates.throttle(rule, event, scratch);
    if (sequences.concern(rule)) sequences.matched(rule);
  }
  sequences.conclude(event, scratch, [](const Rule&) {});
}

void evaluate_all(const Compiled& compiled) {
  Process parent, process;
  parent.comm = "bash";
  process.comm = "nc";
  process.parent = &parent;
  process.pid = parent.pid = 7;
  process.exe_path = "/usr/bin/nc";
  process.argv = std::string(
      "nc\0-nt\0"
      "5\0",
      9);
  process.cmdline = "nc -nt 5";
  test::FakeNames names;
  test::Record<pk_open> open(Kind::open);
  open.text(&pk_open::path, "/etc/\xff/shadow");
  test::Record<pk_connect> connect(Kind::connect);
  connect->family = 2;
  const Policy& policy = compiled.policy;
  Rates rates(
      policy, [](const Throttled&) {}, 2);
  Sequences sequences(policy, 2);
  for (const Event& event : {open.event(process, &names), connect.event(process, &names)}) {
    evaluate_each(policy, event, rates, sequences);
  }
  for (const RuleTest& test : compiled.tests) {
    for (const TestEvent& event : test.events) evaluate_each(policy, event.made.event(), rates, sequences);
  }
  rates.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  policy::Documents documents;
  policy::load_text("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size), documents);
  for (const auto& list : documents.lists) {
    check(list.name);
    check(list.items);
  }
  for (const auto& macro : documents.macros) {
    check(macro.name);
    check_places(macro.condition);
  }
  for (const auto& rule : documents.rules) {
    for (const Text* text : {&rule.name, &rule.priority}) check(*text);
    for (const Text* text : {&rule.description, &rule.condition, &rule.output}) check_places(*text);
    check_places(whole_condition(rule));
    check(rule.tags);
    for (const auto* texts : {&rule.actions, &rule.throttle.per, &rule.threshold.by, &rule.sequence.after})
      check(*texts);
  }
  const Compiled compiled = compile(documents);
  for (const Diagnostic& diagnostic : compiled.diagnostics) require(render(diagnostic).ends_with('\n'));
  evaluate_all(compiled);
  return 0;
}
