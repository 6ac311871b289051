// SPDX-License-Identifier: Apache-2.0
//
// The names of event kinds.
#include "rules/event/event.h"

namespace picket {

std::string_view kind_name(Kind kind) {
  switch (kind) {
#define KIND(number, name, group, doc) \
  case Kind::name:                     \
    return #name;
#include "bpf/shared/kinds.def"
#undef KIND
  }
  return "unknown";  // a number from outside: what a loss record says was lost
}

}  // namespace picket
