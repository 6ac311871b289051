// SPDX-License-Identifier: Apache-2.0
//
// ConfigReport: mistakes in a configuration file, with their places in it. Private to the room.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "rules/event/diagnostic.h"

namespace picket {

class ConfigReport {
 public:
  // Path and text must outlive it.
  ConfigReport(const std::string& path, const std::string& text) : path_(path), text_(text) {}

  // The line is quoted, unless it may hold a secret.
  void add(const YAML::Mark& mark, std::size_t length, std::string message, std::string hint = {});

  // The same at a scalar, all of which is underlined.
  void add(const YAML::Node& scalar, std::string message, std::string hint = {}) {
    add(scalar.Mark(), scalar.IsScalar() ? scalar.Scalar().size() : 1, std::move(message), std::move(hint));
  }

  std::vector<Diagnostic> take() { return std::move(diagnostics_); }

 private:
  std::string line(std::size_t number) const;
  bool may_hold_secret(std::size_t number) const;

  const std::string& path_;
  const std::string& text_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace picket
