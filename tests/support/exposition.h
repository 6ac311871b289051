// SPDX-License-Identifier: Apache-2.0
//
// Prometheus' text format read back, strictly: what is not as the format has it fails the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace picket::test {

struct Exposition {
  struct Family {
    std::string type, help;
    std::set<std::string> labels;  // names that its samples have, but for le
  };
  std::map<std::string, Family> families;
  std::map<std::string, double> values;  // by name with labels, as written: picket_events_total{kind="open"}

  bool has(const std::string& sample) const { return values.count(sample) != 0; }
  double operator[](const std::string& sample) const {
    const auto found = values.find(sample);
    if (found != values.end()) return found->second;
    ADD_FAILURE() << "no sample " << sample;
    return -1;
  }
};

namespace exposition {

// The place behind the labels that begin at `at`, whose names are noted.
inline std::size_t read_labels(const std::string& line, std::size_t at, std::set<std::string>& names) {
  while (line[at] != '}') {
    const std::size_t equals = line.find("=\"", ++at);
    if (equals == line.npos) return line.npos;
    names.insert(line.substr(at, equals - at));
    for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
      if (line[at] == '\\') ++at;
    }
    if (++at >= line.size()) return line.npos;
  }
  return at + 1;
}

// Samples of a histogram have names of their own.
inline std::string family_of(const std::string& name, const std::map<std::string, Exposition::Family>& families) {
  for (const char* suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    const std::string base = name.substr(0, name.size() - std::string(suffix).size());
    if (families.count(base) != 0 && families.at(base).type == "histogram") return base;
  }
  return name;
}

}  // namespace exposition

inline Exposition read_exposition(const std::string& text) {
  Exposition result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool help = line.starts_with("# HELP ");
    if (help || line.starts_with("# TYPE ")) {
      const std::size_t end = line.find(' ', 7);
      EXPECT_NE(end, line.npos) << line;
      Exposition::Family& family = result.families[line.substr(7, end - 7)];
      std::string& member = help ? family.help : family.type;
      EXPECT_TRUE(member.empty()) << "twice: " << line;
      member = line.substr(end + 1);
      continue;
    }
    const std::size_t name_end = line.find_first_of("{ ");
    EXPECT_NE(name_end, line.npos) << line;
    if (name_end == line.npos) continue;
    std::set<std::string> labels;
    std::size_t end = name_end;
    if (line[end] == '{') end = exposition::read_labels(line, end, labels);
    if (end == line.npos || line[end] != ' ') {
      ADD_FAILURE() << "no sample: " << line;
      continue;
    }
    labels.erase("le");
    const std::string family = exposition::family_of(line.substr(0, name_end), result.families);
    EXPECT_FALSE(result.families[family].type.empty()) << "no type before: " << line;
    result.families[family].labels.insert(labels.begin(), labels.end());
    char* rest = nullptr;
    const double value = std::strtod(line.c_str() + end, &rest);
    EXPECT_EQ(*rest, '\0') << line;
    EXPECT_TRUE(result.values.emplace(line.substr(0, end), value).second) << "twice: " << line;
  }
  return result;
}

}  // namespace picket::test
