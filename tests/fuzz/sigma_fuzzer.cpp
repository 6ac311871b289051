// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a Sigma file: never a crash, never an endless loop. What is written is a rule file without an error,
// with as many rules as were counted, and everything that was not converted is listed with a place and a reason.
#include <cstdlib>
#include <utility>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "rules/policy/documents.h"
#include "rules/sigma/sigma.h"
#include "tests/support/record.h"

namespace {

using namespace picket;

void require(bool condition) {
  if (!condition) std::abort();
}

// Types that do not fit abort there.
void evaluate_all(const Policy& policy) {
  Process parent, process;
  process.parent = &parent;
  process.comm = "nc";
  process.exe_path = "/usr/bin/nc";
  process.argv = std::string("nc\0-e\0", 6);
  process.known = parent.known = true;
  test::FakeNames names;
  test::Record<pk_exec> exec(Kind::exec);
  test::Record<pk_connect> connect(Kind::connect);
  connect->family = 2;
  Scratch scratch;
  for (const Rule& rule : policy.rules) {
    for (const Event& event : {exec.event(process, &names), connect.event(process, &names)}) {
      evaluate(*rule.condition, event, scratch);
      scratch.clear();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sigma::Converter converter;
  converter.add_text("fuzz.yml", std::string(reinterpret_cast<const char*>(data), size));
  const sigma::Conversion conversion = std::move(converter).finish();
  for (const Diagnostic& finding : conversion.findings) {
    require(!finding.message.empty());
    require(finding.where.line > 0 && finding.where.column > 0 && render(finding).ends_with('\n'));
  }

  require(conversion.broken == 0);

  policy::Documents documents;
  policy::load_text("converted", conversion.rules, documents);
  require(documents.rules.size() == conversion.converted);
  const Compiled compiled = compile(documents);
  require(!has_errors(compiled.diagnostics));
  require(compiled.policy.rules.size() == conversion.converted);
  evaluate_all(compiled.policy);
  return 0;
}
