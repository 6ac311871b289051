// SPDX-License-Identifier: Apache-2.0
//
// The hash of a file's content: known, missing for a reason, or not asked for yet.
//
// Hashes take time, so that they are asked for only when the evaluation of an event comes to need them: the fields
// note that in the event's Hashes, and whoever evaluates (sensor/pipeline) brings them and evaluates again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace picket {

using Sha256 = std::array<std::uint8_t, 32>;

enum class HashProblem : std::uint8_t {
#define HASH_PROBLEM(name, doc) name,
#include "rules/event/hash_problems.def"
#undef HASH_PROBLEM
};

inline constexpr std::size_t kHashProblems = 0
#define HASH_PROBLEM(name, doc) +1
#include "rules/event/hash_problems.def"
#undef HASH_PROBLEM
    ;

std::string_view describe(HashProblem problem);

struct FileHash {
  enum class State : std::uint8_t { Unasked, Known, Missing };

  State state = State::Unasked;
  HashProblem problem{};  // of a Missing one
  Sha256 sha256{};        // of a Known one

  static FileHash known(const Sha256& sha256) { return {State::Known, {}, sha256}; }
  static FileHash missing(HashProblem problem) { return {State::Missing, problem, {}}; }
  bool is_known() const { return state == State::Known; }
  bool operator==(const FileHash&) const = default;
};

// Of which files of an event: the executable of its process, the file that it is about.
struct Hashes {
  bool executable = false;
  bool file = false;

  constexpr bool any() const { return executable || file; }
  constexpr Hashes operator|(Hashes other) const { return {executable || other.executable, file || other.file}; }
  constexpr bool operator==(const Hashes&) const = default;
};

// 64 hexadecimal digits, in lower case.
inline constexpr std::size_t kSha256Digits = 64;
void write_digits(const Sha256& sha256, char* to);
std::optional<Sha256> read_digits(std::string_view digits);  // nothing when they are not just that

}  // namespace picket
