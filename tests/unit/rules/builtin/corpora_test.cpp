// SPDX-License-Identifier: Apache-2.0
//
// Falco's own rule files: what the compiler makes of each rule, held against tests/golden/falco_rules.txt: the printed
// condition, the kinds it can match, what else has to be seen, and its fields. The files lie beside the source tree, or
// where PICKET_CORPORA says. After a change that is meant:
//
//   PICKET_WRITE_GOLDEN=1 ctest -R Corpora
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "rules/compile/compile.h"

namespace picket {
namespace {

const std::string kGolden = PICKET_SOURCE_DIR "/tests/golden/falco_rules.txt";

constexpr std::string_view kFiles[] = {"falco_rules.yaml", "falco-incubating_rules.yaml"};

std::filesystem::path corpora() {
  const char* given = std::getenv("PICKET_CORPORA");
  return given ? given : PICKET_SOURCE_DIR "/../shared/corpora/falco";
}

std::string kind_names(KindSet kinds) {
  std::string names;
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    if (kinds.contains(static_cast<Kind>(kind))) names += " " + std::string(kind_name(static_cast<Kind>(kind)));
  }
  return names;
}

void print(std::ostream& out, const Rule& rule) {
  std::set<std::string_view> fields;
  for_each_field(*rule.condition, [&fields](const Field& field) { fields.insert(field.name); });
  for (const OutputPiece& piece : rule.output) {
    if (piece.field != nullptr) fields.insert(piece.field->name);
  }
  out << "\nrule " << rule.name << "\n  condition: " << language::print(*rule.condition)
      << "\n  kinds:" << kind_names(rule.kinds) << "\n  results:" << kind_names(rule.results)
      << "\n  needs:" << kind_names(rule.needs) << "\n  fields:";
  for (const std::string_view field : fields) out << ' ' << field;
  out << '\n';
}

// What could not be compiled is named with the reason.
std::string printed(const std::filesystem::path& directory) {
  std::ostringstream out;
  out << "Falco's rules as Picket compiles them: made by tests/unit/rules/builtin/corpora_test.cpp, which says how to\n"
         "write it anew.\n";
  for (const std::string_view name : kFiles) {
    const auto documents = policy::load({(directory / name).string()});
    const Compiled compiled = compile(documents);
    out << "\n==== " << name << ": " << documents.rules.size() << " rules, " << documents.macros.size() << " macros, "
        << documents.lists.size() << " lists\n";
    for (const Diagnostic& found : compiled.diagnostics) {
      out << (found.severity == Severity::Error ? "error: " : "warning: ") << found.where.line << ": " << found.message
          << '\n';
    }
    for (const Rule& rule : compiled.policy.rules) print(out, rule);
  }
  return out.str();
}

TEST(Corpora, FalcosRulesCompileToTheGoldenFile) {
  const auto directory = corpora();
  if (!std::filesystem::exists(directory / kFiles[0])) {
    GTEST_SKIP() << "no rule files of Falco in " << directory << "; PICKET_CORPORA says where they are";
  }
  const std::string text = printed(directory);
  if (std::getenv("PICKET_WRITE_GOLDEN")) std::ofstream(kGolden) << text;
  std::ostringstream golden;
  golden << std::ifstream(kGolden).rdbuf();
  EXPECT_EQ(text, golden.str()) << "if the change is meant: PICKET_WRITE_GOLDEN=1 ctest -R Corpora";
}

}  // namespace
}  // namespace picket
