// SPDX-License-Identifier: Apache-2.0
//
// Numbers of the system-call interface by the names that Falco shows for them: sets of flags joined by |
// (O_WRONLY|O_CREAT), others as one name (PTRACE_ATTACH). A number, or a set of flags, in which no name is found is
// shown in decimal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rules/event/value.h"

namespace picket {

// The name belongs to every number that has exactly `value` in the bits of `mask`: O_SYNC contains O_DSYNC.
struct NumberName {
  std::uint64_t mask, value;
  std::string_view name;
};

using NumberNames = std::span<const NumberName>;

namespace names {

extern const NumberNames kOpenFlags;     // O_RDONLY|O_CLOEXEC
extern const NumberNames kModes;         // S_ISUID|S_IRUSR: permissions; the type of the file is not shown
extern const NumberNames kExeFlags;      // EXE_WRITABLE|EXE_UPPER_LAYER
extern const NumberNames kCloneFlags;    // CLONE_NEWNS|CLONE_NEWPID
extern const NumberNames kMountFlags;    // RDONLY|BIND: without MS_, as in Falco
extern const NumberNames kUmountFlags;   // FORCE|DETACH: without MNT_
extern const NumberNames kRenameFlags;   // RENAME_NOREPLACE
extern const NumberNames kMemfdFlags;    // MFD_CLOEXEC|MFD_EXEC
extern const NumberNames kRingFlags;     // IORING_SETUP_SQPOLL
extern const NumberNames kProtections;   // PROT_READ|PROT_EXEC; PROT_NONE
extern const NumberNames kMapFlags;      // MAP_PRIVATE|MAP_ANONYMOUS
extern const NumberNames kCapabilities;  // by bit: CAP_CHOWN
extern const NumberNames kFamilies;      // AF_INET
extern const NumberNames kRequests;      // PTRACE_ATTACH: those that ask for permission
extern const NumberNames kBpfCommands;   // BPF_PROG_LOAD

}  // namespace names

Value named_number(std::uint64_t number, NumberNames names, Scratch& scratch);

// The names alone, joined by `separator`: an empty text when there are none.
std::string_view joined_names(std::uint64_t number, NumberNames names, char separator, Scratch& scratch);

// The number that the text stands for: decimal, 0x and hexadecimal, 0 and octal digits, or names of any of these tables
// or types of files (S_IFREG), joined by |. Nothing when it is none.
std::optional<std::uint64_t> number_of(std::string_view text);

// Any number in decimal.
std::string_view decimal(std::int64_t number, Scratch& scratch);
std::string_view decimal(std::uint64_t number, Scratch& scratch);

}  // namespace picket
