// SPDX-License-Identifier: Apache-2.0
//
// picket convert sigma: the rule file to standard output or a file, what was not converted to standard error.
#include <cstdio>
#include <fstream>

#include "rules/sigma/sigma.h"
#include "sensor/cli/commands.h"
#include "sensor/cli/print.h"

namespace picket::cli {
namespace {

ExitCode write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return ExitCode::Ok;
  std::fprintf(stderr, "picket: cannot write %s\n", path.c_str());
  return ExitCode::Failure;
}

}  // namespace

ExitCode convert_sigma(const std::vector<std::string>& paths, const std::string& output) {
  sigma::Converter converter;
  for (const std::string& path : paths) converter.add(path);
  const sigma::Conversion conversion = std::move(converter).finish();
  const ExitCode written = output.empty() ? print(conversion.rules) : write_file(output, conversion.rules);
  std::size_t errors = 0;
  for (const Diagnostic& finding : conversion.findings) {
    std::fputs(render(finding).c_str(), stderr);
    if (finding.severity == Severity::Error) ++errors;
  }
  std::fprintf(stderr, "%zu rules converted, %zu not converted, %zu errors\n", conversion.converted,
               conversion.findings.size() - errors, errors);
  if (written != ExitCode::Ok) return written;
  return errors == 0 ? ExitCode::Ok : ExitCode::Rules;
}

}  // namespace picket::cli
