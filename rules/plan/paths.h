// SPDX-License-Identifier: Apache-2.0
//
// What the literals of checks of paths name: directories and last names that can be keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/ast.h"

namespace picket::planning {

// A path as the kernel side writes it: from the root, no slash at the end, no empty name, neither . nor ..; and not so
// deep, nor its names so long, that no row could be about it.
bool is_key_path(std::string_view path);

// A file's name that can be a key. Files that are in no directory have a colon in what stands for their name, and no
// name here does.
bool is_key_name(std::string_view name);

// The directory that a literal of a check of directories speaks of: what is compared with it, or must be below it.
// Nothing when a lane cannot decide the check with this literal.
std::optional<std::string> named_directory(const language::Node& check, const language::Literal& literal);

// The same of a last name. `whole`: the value is a path, not its last name alone.
std::optional<std::string> named_file(const language::Node& check, const language::Literal& literal, bool whole);

// What follows from a check of a whole path that no lane can decide: that the path lies below one of these directories
// (each ends in a slash), that it ends in one of these (each begins with one), that it contains one of these names
// (between two slashes). Empty: nothing does.
struct Implied {
  std::vector<std::string> beginnings, ends, ways;
};
Implied implied(const language::Node& check);

}  // namespace picket::planning
