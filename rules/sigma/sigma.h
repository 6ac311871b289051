// SPDX-License-Identifier: Apache-2.0
//
// Sigma rules -> a Picket rule file. docs/sigma.md says what becomes of what.
//
// A rule is converted when Picket's language can say exactly what it says, and is listed with the reason when not.
// Every rule that is handed out has been compiled.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "rules/event/diagnostic.h"

namespace picket::sigma {

struct Conversion {
  std::string rules;  // a rule file; without a rule, an empty list
  std::size_t converted = 0;
  std::size_t broken = 0;  // not converted since what was made of them does not compile: a bug here
  // Warnings: rules that are not converted, one each. Errors: what is no YAML or no Sigma; the rest is converted.
  std::vector<Diagnostic> findings;
};

class Converter {
 public:
  // Files, and directories of .yml and .yaml files at any depth, in alphabetical order. Never throws.
  void add(const std::string& path);

  // The same for a text that is already in memory. `path` is used in messages.
  void add_text(std::string path, std::string text);

  Conversion finish() &&;

 private:
  void add_file(const std::string& path);
  std::string unique(const std::string& name, const std::string& id);

  Conversion conversion_;
  std::map<std::string, std::size_t> names_;  // of the rules written, and how often each was asked for
};

}  // namespace picket::sigma
