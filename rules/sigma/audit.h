// SPDX-License-Identifier: Apache-2.0
//
// Fields of auditd's records whose meaning depends on the record: arguments and system calls.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/sigma/items.h"
#include "rules/sigma/modifiers.h"
#include "rules/sigma/texts.h"

namespace picket::sigma {

// a0, a1, ...: its number.
std::optional<unsigned> argument_number(std::string_view field);

// An argument of a program (EXECVE), or of a system call (SYSCALL), as the map says.
NodePtr convert_argument(unsigned number, const policy::TreeNode& at, const ItemKey& key, const ValueNodes& values,
                         const policy::TreeNode& map, Scope& scope);

bool is_system_call(std::string_view field);  // SYSCALL, syscall

// Names of calls, or their numbers on x86-64.
NodePtr convert_system_call(const policy::TreeNode& at, const ItemKey& key, const ValueNodes& values, Scope& scope);

// `name`: the path of one of the files a call is about. Which one depends on `nametype`.
FieldUse use_of_name(const FieldRow& row, const Scope& scope);

// An event of ours stands for all records of an auditd event. So a condition can tell records apart only as long as it
// says which it wants: one record type or name type must not be negated, and a name type holds for the whole rule.
// Why the condition does not, or an empty text.
std::string trouble_with_records(const language::Node& condition, const Scope& scope);

}  // namespace picket::sigma
