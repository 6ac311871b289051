// SPDX-License-Identifier: Apache-2.0
//
// Findings: where it is said why a Sigma rule has no Picket rule.
//
// Either Picket cannot say what the rule says (a warning: the rule is listed as not converted), or the rule is no Sigma
// (an error). The first reason ends the rule; functions return nothing (nullptr, nullopt) once one has been given.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/diagnostic.h"
#include "rules/policy/documents.h"
#include "rules/policy/tree.h"

namespace picket::sigma {

// A part of a YAML scalar's text, or the beginning of another node.
struct Place {
  static constexpr std::size_t kWhole = static_cast<std::size_t>(-1);

  Place(const policy::TreeNode& of, std::size_t begin = 0, std::size_t bytes = kWhole)
      : node(&of), offset(begin), length(bytes) {}

  const policy::TreeNode* node;  // never null
  std::size_t offset, length;
};

class Findings {
 public:
  Findings(std::shared_ptr<const policy::SourceFile> file, std::vector<Diagnostic>& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  // Which rule they are about, from now on.
  void begin_rule(std::string title);

  void unsaid(Place place, std::string why, std::string hint = {});
  void wrong(Place place, std::string why, std::string hint = {});
  void wrong_file(std::size_t place, std::string why, std::string hint = {});

  // Counts values and parts of conditions; false, and reported, when there are so many that aliases or repetition must
  // have made them.
  bool spend(const policy::TreeNode& at, std::size_t amount);

  const std::shared_ptr<const policy::SourceFile>& file() const { return file_; }

 private:
  void add(Severity severity, Place place, std::string message, std::string hint);

  std::shared_ptr<const policy::SourceFile> file_;
  std::vector<Diagnostic>& diagnostics_;
  std::string title_;
  std::size_t spent_ = 0;
};

}  // namespace picket::sigma
