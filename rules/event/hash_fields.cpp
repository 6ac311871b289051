// SPDX-License-Identifier: Apache-2.0
//
// proc.exe_hash.* and file.hash.*: what files contain, as hashes.
#include "rules/event/hashed_file.h"
#include "rules/event/process_rows.h"

namespace picket::rows {
namespace {

Value digits(const FileHash& hash, Scratch& scratch) {
  if (!hash.is_known()) return {};
  char* const text = scratch.room(kSha256Digits);
  write_digits(hash.sha256, text);
  return std::string_view(text, kSha256Digits);
}

Value executable(const Event& event, int, Scratch& scratch) {
  const Process* process = actor(event);
  if (process == nullptr) return {};
  const bool unasked = process->exe_hash.state == FileHash::State::Unasked && process->inode != 0;
  if (unasked && event.lacking != nullptr) event.lacking->executable = true;
  return digits(process->exe_hash, scratch);
}

Value file(const Event& event, int, Scratch& scratch) {
  if (event.file_hash != nullptr) return digits(*event.file_hash, scratch);
  if (event.lacking != nullptr && hashed_file(event)) event.lacking->file = true;
  return {};
}

constexpr Argument kNone = Argument::None;

constexpr std::string_view kWhyNotDeniedOfProcess =
    "the kernel computes it of executions alone (evt.type in (execve, execveat), with = or in); for all else the file "
    "is read in user space once the event has happened: too late to refuse it";
// At file_open a file cannot be read yet (FMODE_CAN_READ comes behind it in do_dentry_open()), and what is open for
// reading only may be written by others afterwards.
constexpr std::string_view kWhyNotDenied =
    "the hash is computed in user space, by reading the file once the event has happened: too late to refuse it";

constexpr Field kFields[] = {
    {.name = "proc.exe_hash.sha256",
     .type = Type::Text,
     .argument = kNone,
     .kinds = kDone,
     .doc = "SHA-256 of the executable file's content, 64 hexadecimal digits in lower case; for exec that of the new "
            "program, for a script that of its interpreter. Read after the event, which waits for it; missing when "
            "the file has been changed, renamed or removed since it was started, or is larger than hash.max_size.",
     .get = executable,
     .hashes = {.executable = true},
     .why_not_denied = kWhyNotDeniedOfProcess},
    {.name = "file.hash.sha256",
     .type = Type::Text,
     .argument = kNone,
     .kinds = kHashedKinds,
     .doc = "The same of the regular file that is opened for reading only, mapped, renamed, linked or loaded, or whose "
            "permissions change: its content when the sensor read it, shortly after the event. Missing for files that "
            "are opened for writing, whose content is in the making.",
     .get = file,
     .hashes = {.file = true},
     .why_not_denied = kWhyNotDenied},
};

}  // namespace

std::span<const Field> hash() { return kFields; }

}  // namespace picket::rows
