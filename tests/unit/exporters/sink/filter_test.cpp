// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/filter.h"

#include <gtest/gtest.h>

#include <string>

namespace picket {
namespace {

TEST(Glob, Matches) {
  const std::string nul("a\0b", 3);
  const struct {
    std::string pattern, text;
    bool matches;
  } cases[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "anything at all", true},
      {"Shell", "Shell", true},
      {"Shell", "Shells", false},
      {"Shells", "Shell", false},
      {"shell", "Shell", false},
      {"*shell*", "a shell in a container", true},
      {"a*c*e", "abcde", true},
      {"a*c*e", "abcdef", false},
      {"a*bc", "abcbbc", true},
      {"?", "", false},
      {"?", "x", true},
      {"mitre_*", "mitre_discovery", true},
      {"T????", "T1003", true},
      {"T????", "T1003.008", false},
      {"[a]", "a", false},
      {"[a]", "[a]", true},
      {"a?b", nul, true},
      {"**a**", "bab", true},
  };
  for (const auto& each : cases) EXPECT_EQ(matches_glob(each.pattern, each.text), each.matches) << each.pattern;
}

// Worst cases of matchers that try every star anew.
TEST(Glob, TakesNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(10'000, 'a')));
}

TEST(Filter, WantsWhatAllOfItHolds) {
  using enum MessageType;
  const Filter shells{.rules = {"Shell*", "Other"}}, discovery{.tags = {"mitre_discovery"}};
  const Filter urgent{.priority = Priority::Error}, alerts{.others = false}, others{.alerts = false};
  const Filter both{.rules = {"Shell*"}, .priority = Priority::Error};
  const std::vector<std::string> none, tags = {"T1003", "mitre_discovery"};
  const struct {
    const Filter& filter;
    MessageType type;
    Priority priority;
    const char* rule;
    const std::vector<std::string>& tags;
    bool wants;
  } cases[] = {
      {{}, Alert, Priority::Debug, "x", none, true},
      {{}, Notice, Priority::Notice, "", none, true},
      {shells, Alert, Priority::Debug, "Shell in a container", none, true},
      {shells, Alert, Priority::Debug, "Other", none, true},
      {shells, Alert, Priority::Debug, "Others", none, false},
      {shells, Notice, Priority::Notice, "Shell", none, false},
      {discovery, Alert, Priority::Debug, "x", tags, true},
      {discovery, Alert, Priority::Debug, "x", none, false},
      {discovery, Notice, Priority::Notice, "", none, false},
      {urgent, Alert, Priority::Error, "x", none, true},
      {urgent, Alert, Priority::Emergency, "x", none, true},
      {urgent, Alert, Priority::Warning, "x", none, false},
      {urgent, Notice, Priority::Notice, "", none, true},
      {alerts, Alert, Priority::Debug, "x", none, true},
      {alerts, Notice, Priority::Notice, "", none, false},
      {others, Alert, Priority::Emergency, "x", none, false},
      {others, Event, Priority::Notice, "", none, true},
      {both, Alert, Priority::Error, "Shell", none, true},
      {both, Alert, Priority::Warning, "Shell", none, false},
      {both, Alert, Priority::Error, "Other", none, false},
  };
  int number = 0;
  for (const auto& each : cases) {
    EXPECT_EQ(each.filter.wants(each.type, each.priority, each.rule, each.tags), each.wants) << "case " << number;
    ++number;
  }
  EXPECT_TRUE(Filter{}.everything());
  for (const Filter* filter : {&shells, &discovery, &urgent, &alerts, &others}) EXPECT_FALSE(filter->everything());
}

}  // namespace
}  // namespace picket
