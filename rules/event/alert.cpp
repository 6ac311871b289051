// SPDX-License-Identifier: Apache-2.0
//
// The names of severities.
#include "rules/event/alert.h"

#include <cstdlib>

namespace picket {

std::string_view priority_name(Priority priority) {
  switch (priority) {
    case Priority::Emergency:
      return "Emergency";
    case Priority::Alert:
      return "Alert";
    case Priority::Critical:
      return "Critical";
    case Priority::Error:
      return "Error";
    case Priority::Warning:
      return "Warning";
    case Priority::Notice:
      return "Notice";
    case Priority::Informational:
      return "Informational";
    case Priority::Debug:
      return "Debug";
  }
  std::abort();
}

}  // namespace picket
