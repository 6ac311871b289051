// SPDX-License-Identifier: Apache-2.0
//
// picket diff and check --json: what they print for rule files in memory.
#include "sensor/cli/rule_diff.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "rules/compile/compile.h"
#include "sensor/cli/load_results.h"

namespace picket::cli {
namespace {

struct Loaded {
  explicit Loaded(const std::string& text) {
    policy::load_text("r.yaml", text, documents);
    policy::Documents all = documents;
    for (policy::RuleItem& item : all.rules) item.enabled = true;
    compiled = compile(all);
  }
  policy::Documents documents;
  Compiled compiled;
};

std::string difference(const std::string& before, const std::string& after) {
  const Loaded one(before), other(after);
  return diff_rules({one.documents, one.compiled}, {other.documents, other.compiled});
}

const std::string kRule = "  desc: d\n  output: x\n  priority: INFO\n";

TEST(RuleDiff, OfRules) {
  const std::string shells = "- list: shells\n  items: [sh, bash]\n";
  const std::string rule = "- rule: Shell\n  condition: proc.name in (shells)\n" + kRule;
  EXPECT_EQ("", difference(shells + rule, shells + rule));
  EXPECT_EQ("", difference(shells + rule, "# a comment\n" + shells + "\n" + rule));
  EXPECT_EQ("- rule Shell\n+ rule Sh\n",
            difference(shells + rule, shells + "- rule: Sh\n  condition: proc.name in (shells)\n" + kRule));
  EXPECT_EQ(
      "~ rule Shell\n    condition\n      - proc.name in (bash, sh)\n      + proc.name in (ash, sh)\n"
      "~ list shells\n    items\n      - bash\n      + ash\n",
      difference(shells + rule, "- list: shells\n  items: [sh, ash]\n" + rule));
  EXPECT_EQ(
      "~ rule Shell\n    description\n      - d\n      + e\n    priority\n      - Informational\n      + Error\n"
      "    severity\n      - Informational\n      + High\n    enabled\n      - yes\n      + no\n    tags\n      + a, "
      "b\n",
      difference(shells + rule, shells + "- rule: Shell\n  condition: proc.name in (shells)\n  desc: e\n  output: x\n"
                                         "  priority: ERROR\n  enabled: false\n  tags: [b, a]\n"));
}

TEST(LoadResults, InFalcosForm) {
  const Loaded loaded("- macro: m\n  condition: proc.name = x\n- rule: Shell\n  condition: proc.nmae = sh\n" + kRule +
                      "  odd: 1\n");
  const auto json = nlohmann::json::parse(load_results(loaded.documents, loaded.compiled.diagnostics));
  const auto& result = json.at("falco_load_results").at(0);
  EXPECT_EQ(1u, json.at("falco_load_results").size());
  EXPECT_EQ("r.yaml", result.at("name"));
  EXPECT_EQ(false, result.at("successful"));
  ASSERT_EQ(1u, result.at("errors").size());
  const auto& error = result.at("errors")[0];
  EXPECT_EQ("LOAD_ERR_COMPILE_CONDITION", error.at("code"));
  EXPECT_EQ("unknown field 'proc.nmae'. Hint: did you mean 'proc.name'?", error.at("message"));
  const auto& context = error.at("context");
  EXPECT_EQ("rules content", context.at("locations")[0].at("item_type"));
  EXPECT_EQ("rule", context.at("locations")[1].at("item_type"));
  EXPECT_EQ("Shell", context.at("locations")[1].at("item_name"));
  EXPECT_EQ((nlohmann::json{{"name", "r.yaml"}, {"line", 3}, {"column", 13}, {"offset", 65}}),
            context.at("locations")[1].at("position"));
  EXPECT_NE(std::string::npos, context.at("snippet").get<std::string>().find("^~~~~~~~~"));
  ASSERT_EQ(1u, result.at("warnings").size());
  EXPECT_EQ("LOAD_UNKNOWN_KEY", result.at("warnings")[0].at("code"));
}

// Falco's code for each sort of finding that has one.
TEST(LoadResults, Codes) {
  const struct {
    std::string text, code;
  } rows[] = {
      {"- rule: [", "LOAD_ERR_YAML_PARSE"},
      {"- rule: R\n", "LOAD_ERR_YAML_VALIDATE"},
      {"- rule: R\n  condition: proc.name =\n" + kRule, "LOAD_ERR_COMPILE_CONDITION"},
      {"- rule: R\n  condition: proc.name = a\n  desc: d\n  output: '%proc.nmae'\n  priority: INFO\n",
       "LOAD_ERR_COMPILE_OUTPUT"},
      {"- rule: R\n  condition: mcro\n" + kRule, "LOAD_ERR_VALIDATE"},
      {"- required_engine_version: 99.0.0\n", "LOAD_ERR_VALIDATE"},
      {"- rule: R\n  condition: and proc.name = a\n  append: true\n", "LOAD_DEPRECATED_ITEM"},
      {"- rule: R\n  source: cloud\n  condition: x.y = a\n" + kRule, "LOAD_UNKNOWN_SOURCE"},
      {"- rule: R\n  condition: proc.nmae = a\n  skip-if-unknown-filter: true\n" + kRule, "LOAD_UNKNOWN_FILTER"},
      {"- thing: R\n", "LOAD_UNKNOWN_ITEM"},
      {"- rule: R\n  condition: proc.name = a\n  odd: 1\n" + kRule, "LOAD_UNKNOWN_KEY"},
      {"- macro: 1m\n  condition: proc.name = a\n", "LOAD_INVALID_MACRO_NAME"},
      {"- list: a b\n  items: [a]\n", "LOAD_INVALID_LIST_NAME"},
      {"- rule: R\n  condition: proc.name = proc.pname\n" + kRule, "LOAD_COMPILE_CONDITION"},
  };
  for (const auto& row : rows) {
    const Loaded loaded(row.text);
    const std::string json = load_results(loaded.documents, loaded.compiled.diagnostics);
    EXPECT_NE(std::string::npos, json.find("\"" + row.code + "\"")) << row.text << json;
  }
}

}  // namespace
}  // namespace picket::cli
