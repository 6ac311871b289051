// SPDX-License-Identifier: Apache-2.0
//
// Two slots, the newest valid one holds.
#include "exporters/spool/checkpoint.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "exporters/spool/crc32c.h"

namespace picket {

namespace {

constexpr std::uint64_t kSlotDistance = 4096;            // no write to one slot touches a block of the other
constexpr std::uint64_t kMagic = 0x3150'4b43'4c4f'5053;  // "SPOLCKP1": the version is in it

struct Slot {
  std::uint64_t magic;
  std::uint64_t generation;
  Checkpoint checkpoint;
  std::uint32_t reserved;
  std::uint32_t checksum;  // of what stands before it
};
static_assert(sizeof(Slot) == 8 + 8 + 8 + kSpoolPriorities * 16 + 8);

std::uint32_t checksum_of(const Slot& slot) {
  return crc32c({reinterpret_cast<const char*>(&slot), sizeof slot - sizeof slot.checksum});
}

bool read_slot(int file, std::uint64_t index, Slot& slot) {
  return read_at(file, reinterpret_cast<char*>(&slot), sizeof slot, index * kSlotDistance) == sizeof slot &&
         slot.magic == kMagic && slot.generation % 2 == index && slot.checksum == checksum_of(slot);
}

}  // namespace

Result<CheckpointFile> CheckpointFile::open(const SpoolDirectory& directory) {
  CheckpointFile result(directory.open_or_create("checkpoint"));
  const bool opened = result.file_ && result.read();
  // Both slots are written now, so that later writes need no room.
  if (!opened || !result.write(result.start_) || !result.write(result.start_) || !directory.sync())
    return Error{
        "spool " + directory.path() + ": its checkpoint cannot be used: " + std::generic_category().message(errno),
        "is the disk full or read-only?"};
  return result;
}

bool CheckpointFile::read() {
  for (std::uint64_t index = 0; index < 2; ++index) {
    Slot slot;
    if (!read_slot(file_.get(), index, slot) || slot.generation < generation_) continue;
    generation_ = slot.generation;
    start_ = slot.checkpoint;
    found_ = true;
  }
  char byte;
  const std::int64_t size = read_at(file_.get(), &byte, 1, 0);
  damaged_ = !found_ && size > 0;
  return size >= 0;
}

bool CheckpointFile::write(const Checkpoint& checkpoint) {
  Slot slot{kMagic, generation_ + 1, checkpoint, 0, 0};
  slot.checksum = checksum_of(slot);
  const std::uint64_t offset = slot.generation % 2 * kSlotDistance;
  const auto* bytes = reinterpret_cast<const char*>(&slot);
  if (write_at(file_.get(), bytes, sizeof slot, offset) != sizeof slot || ::fdatasync(file_.get()) != 0) return false;
  generation_ = slot.generation;
  return true;
}

}  // namespace picket
