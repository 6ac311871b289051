// SPDX-License-Identifier: Apache-2.0
//
// The manifest of a policy: its version, and every rule file with the SHA-256 of its bytes, in the order in which the
// files are read. It is the body of a sealed text:
//
//   version 1763757073
//   file 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 common.yaml
//   file ...
//
// One manifest for all files, since rules act together: a file that is left out, added or read in another order is
// another policy. Names are those of the files alone, without their directories, so that a policy can be signed
// elsewhere than where it is used; two directories may have a file of the same name. Content and order say what a
// policy is, names only help people to find their way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rules/event/diagnostic.h"

namespace picket::trust {

inline constexpr std::string_view kPolicyTitle = "picket policy signature 1";
inline constexpr std::size_t kMostFiles = 4096;
inline constexpr std::size_t kLargestSignature = std::size_t{2} << 20;  // bytes: so many files with the longest names

// A rule file. Views of what the caller has.
struct PolicyFile {
  std::string_view path;
  std::string_view content;
};

struct Manifest {
  struct File {
    std::string sha256;
    std::string name;
  };

  std::uint64_t version = 0;
  std::vector<File> files;  // at least one
};

// Fails for no files, too many, and names that no line can have.
std::variant<Manifest, Diagnostic> make_manifest(std::span<const PolicyFile> files, std::uint64_t version);

// The lines above. Each manifest has one text, and each text that parses is that of its manifest.
std::string print(const Manifest& manifest);
std::variant<Manifest, Diagnostic> parse_manifest(const std::string& path, std::string_view text,
                                                  std::size_t first_line);

// How the files differ from those of the manifest; nothing: not at all. `path` is the file that has the manifest.
std::vector<Diagnostic> compare(const Manifest& manifest, const std::string& path, std::span<const PolicyFile> files);

}  // namespace picket::trust
