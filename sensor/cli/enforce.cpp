// SPDX-License-Identifier: Apache-2.0
//
// picket enforce: the switch of the running sensor, and the orders that it may ask for.
#include <spdlog/spdlog.h>

#include <cstdio>
#include <ctime>

#include "rules/event/read_file.h"
#include "sensor/cli/ask.h"
#include "sensor/cli/commands.h"
#include "sensor/cli/replace_file.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/requests.h"
#include "sensor/trust/order.h"
#include "sensor/trust/seal.h"

namespace picket::cli {

ExitCode enforce(const Config& config, const std::string& verb, const EnforceRequest& request) {
  std::string text = "enforce " + verb;
  if (request.seconds != 0) text += " " + std::to_string(request.seconds);
  if (!request.token.empty()) {
    const auto order = read_file(request.token, trust::kLargestOrder);
    if (!order) {
      say({"cannot read the order " + request.token + ": " + order.error().message, ""});
      return ExitCode::Failure;
    }
    text += "\n" + *order;
  }
  return ask(config, text);
}

ExitCode make_token(const TokenRequest& request) {
  const std::string machine = request.machine.empty() ? machine_id("/") : request.machine;
  if (!trust::is_machine_id(machine)) {
    say({"the machine has to be named by its id, 32 hexadecimal digits", "it is in its /etc/machine-id"});
    return ExitCode::Usage;
  }
  const auto key = trust::PrivateKey::read(request.key);
  if (!key) {
    say(key.error());
    return ExitCode::Failure;
  }
  const trust::Order order{.machine = machine,
                           .seconds = request.seconds,
                           .expires = static_cast<std::uint64_t>(std::time(nullptr)) + request.valid,
                           .nonce = trust::make_nonce()};
  if (!replace_file(request.output, trust::seal(trust::kOrderTitle, trust::print(order), *key))) {
    return ExitCode::Failure;
  }
  std::printf("%s: machine %s may be off for %llu seconds, once, within %llu seconds from now\n",
              request.output.c_str(), machine.c_str(), static_cast<unsigned long long>(request.seconds),
              static_cast<unsigned long long>(request.valid));
  return ExitCode::Ok;
}

}  // namespace picket::cli
