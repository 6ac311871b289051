// SPDX-License-Identifier: Apache-2.0
//
// Typing a command, for tests: the exit code and what it wrote.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "sensor/cli/command_line.h"

namespace picket::cli {

struct Outcome {
  ExitCode code;
  std::string output, errors;
};

inline Outcome type(std::vector<std::string> words) {
  words.insert(words.begin(), "picket");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const ExitCode code = command_line(static_cast<int>(arguments.size()), arguments.data());
  std::fflush(stdout);
  Outcome outcome{code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
  return outcome;
}

}  // namespace picket::cli
