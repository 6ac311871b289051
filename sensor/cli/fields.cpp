// SPDX-License-Identifier: Apache-2.0
//
// picket fields.
#include "sensor/cli/commands.h"
#include "sensor/cli/field_list.h"
#include "sensor/cli/print.h"

namespace picket::cli {

// The command line takes no other names of formats.
ExitCode fields(const std::string& format) { return print(list_fields(*field_list_format(format))); }

}  // namespace picket::cli
