// SPDX-License-Identifier: Apache-2.0
//
// The names of priorities and severities.
#include "rules/event/alert.h"

#include <cstdlib>

namespace picket {

std::string_view priority_name(Priority priority) {
  switch (priority) {
#define PRIORITY(name, severity) \
  case Priority::name:           \
    return #name;
#include "rules/event/priorities.def"
#undef PRIORITY
  }
  std::abort();
}

std::string_view severity_name(AlertSeverity severity) {
  switch (severity) {
#define SEVERITY(id, name)  \
  case AlertSeverity::name: \
    return #name;
#include "rules/event/severities.def"
#undef SEVERITY
  }
  std::abort();
}

AlertSeverity severity_of(Priority priority) {
  switch (priority) {
#define PRIORITY(name, severity) \
  case Priority::name:           \
    return AlertSeverity::severity;
#include "rules/event/priorities.def"
#undef PRIORITY
  }
  std::abort();
}

}  // namespace picket
