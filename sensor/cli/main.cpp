// SPDX-License-Identifier: Apache-2.0
//
// The picket command.
#include "sensor/cli/command_line.h"

int main(int argc, char** argv) { return static_cast<int>(picket::cli::command_line(argc, argv)); }
