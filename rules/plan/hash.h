// SPDX-License-Identifier: Apache-2.0
//
// The hashes of judge.h, of texts that user space has in one piece.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bpf/shared/judge.h"
#include "rules/event/file_hash.h"

namespace picket::planning {

// Of a file's or directory's name.
inline std::uint64_t name_hash(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = seed;
  for (;; name.remove_prefix(PK_PIECE_BYTES)) {
    __u64 words[PK_PIECE_WORDS] = {};
    name.copy(reinterpret_cast<char*>(words), PK_PIECE_BYTES);
    if (name.size() < PK_PIECE_BYTES) return pk_hash_end(hash, words, static_cast<__u32>(name.size()));
    hash = pk_hash_piece(hash, words);
  }
}

// Of a task name, of which 15 bytes count.
inline std::uint64_t task_hash(std::uint64_t seed, std::string_view name) {
  __u64 words[2] = {};
  name.copy(reinterpret_cast<char*>(words), sizeof words - 1);
  return pk_comm_hash(seed, words);
}

inline std::uint64_t digest_hash(std::uint64_t seed, const Sha256& digest) {
  __u64 words[PK_PIECE_WORDS];
  static_assert(sizeof words == sizeof digest);
  std::memcpy(words, digest.data(), sizeof words);
  return pk_digest_hash(seed, words);
}

// Of a directory: a path from the root, without a slash at its end; the root is 0.
inline std::uint64_t directory_hash(std::uint64_t seed, std::string_view path) {
  std::uint64_t hash = 0;
  while (path.size() > 1) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    hash = pk_hash_below(hash, name_hash(seed, name));
    path.remove_prefix(name.size());
  }
  return hash;
}

}  // namespace picket::planning
