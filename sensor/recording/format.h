// SPDX-License-Identifier: Apache-2.0
//
// The format of a recording, version 2. All numbers are little-endian.
//
//   file   = Preamble, block...
//   block  = BlockHeader, one zstd frame with zstd's own checksum
//   frame  = entry...                          decompressed; a whole number of them
//   entry  = u32 payload bytes, u32 number of entries.def, payload, zeros up to a multiple of 8
//
// Records stand in their entries as they came from the kernel and are read where they lie. Since their members are
// those of one build's bpf/shared, the preamble has that layout's identity: a reader takes its own layout only. A block
// stands for itself: what follows a damaged or unfinished one is not read, what is before it is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace picket::recording {

inline constexpr std::string_view kMagic = "PICKETRC";
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::uint32_t kBlockMagic = 0x4b4c4250;  // "PBLK"

struct Preamble {
  char magic[8];
  std::uint32_t version;
  std::uint32_t reserved;  // zero
  std::uint64_t layout;    // layout_identity() of the recorder
};
static_assert(sizeof(Preamble) == 24);

struct BlockHeader {
  std::uint32_t magic;
  std::uint32_t compressed;  // bytes of the frame
  std::uint32_t raw;         // bytes that it decompresses to
  std::uint32_t entries;
  std::uint64_t number;  // of the block: 0, 1, ...
};
static_assert(sizeof(BlockHeader) == 24);

struct EntryHeader {
  std::uint32_t size;
  std::uint32_t number;
};
static_assert(sizeof(EntryHeader) == 8);

enum class EntryNumber : std::uint32_t {
#define ENTRY(number, name, doc) name = number,
#include "sensor/recording/entries.def"
#undef ENTRY
};

// What a reader holds in memory at most, whatever a file says. The largest entry is what a runtime's state says about a
// container: its files are read up to 8 MiB.
inline constexpr std::size_t kMostEntry = 12u << 20;
inline constexpr std::size_t kMostRaw = 16u << 20;
inline constexpr std::size_t kFullBlock = 1u << 20;  // a writer closes a block that has so much

// Of every member of every record that this build knows: names, types and places. Another number, another layout.
std::uint64_t layout_identity();

}  // namespace picket::recording
