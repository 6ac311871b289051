// SPDX-License-Identifier: Apache-2.0
//
// Glob: patterns as fnmatch(3) has them with no flags, on texts of any bytes, without allocating.
#pragma once

#include <string_view>

namespace picket {

enum class Case { Exact, Folded };  // Folded: ASCII letters of either case are equal

// Whether the whole text matches. `*` stands for any text, slashes and dots included, `?` for any byte, [abc], [a-z],
// [!abc], [^abc] and [[:alpha:]] for one byte; a backslash takes away the meaning of what follows it. A bracket that is
// not closed stands for itself. Collating symbols ([.a.], [=a=]) have no meaning of their own.
bool glob_matches(std::string_view pattern, std::string_view text, Case fold);

// The same for paths, part by part: whether `path` is what the pattern names, or lies below it. Slashes in a row and at
// the end do not count.
bool path_matches(std::string_view pattern, std::string_view path);

constexpr char folded(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte; }

}  // namespace picket
