// SPDX-License-Identifier: Apache-2.0
//
// The option table: one row for each setting, with the function that checks and takes over its value.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <iterator>
#include <optional>

#include "bpf/shared/environment.h"
#include "bpf/shared/wire.h"
#include "rules/language/durations.h"
#include "sensor/pipeline/config.h"

namespace picket {
namespace {

// A decimal number, or nothing when it is not one as a whole.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error expected(std::string what, std::string_view got) {
  return Error{"expected " + std::move(what) + ", got '" + std::string(got) + "'", ""};
}

Result<void> set_number(std::uint32_t& target, std::string_view value, std::uint32_t least, std::uint32_t most) {
  const auto number = parse_number(value);
  if (!number || *number < least || *number > most) {
    return expected("a number from " + std::to_string(least) + " to " + std::to_string(most), value);
  }
  target = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> set_rules(Config& config, std::string_view value, bool first) {
  if (value.empty()) return expected("a path", value);
  if (first) config.rules.clear();
  config.rules.emplace_back(value);
  return {};
}

Result<void> set_bool(bool& target, std::string_view value) {
  if (value != "true" && value != "false") return expected("true or false", value);
  target = value == "true";
  return {};
}

Result<void> set_watch_rules(Config& config, std::string_view value, bool /*first*/) {
  return set_bool(config.watch_rules, value);
}

Result<void> set_control(Config& config, std::string_view value, bool /*first*/) {
  if (!value.empty() && !value.starts_with('/')) return expected("an absolute path, or nothing", value);
  config.control = value;
  return {};
}

Result<void> set_standard_output(Config& config, std::string_view value, bool /*first*/) {
  struct Row {
    std::string_view name;
    StandardOutput value;
  };
  static constexpr std::array<Row, 4> kRows = {{{"auto", StandardOutput::Auto},
                                                {"json", StandardOutput::Json},
                                                {"human", StandardOutput::Human},
                                                {"off", StandardOutput::Off}}};
  for (const Row& row : kRows) {
    if (row.name != value) continue;
    config.standard_output = row.value;
    return {};
  }
  return expected("auto, json, human or off", value);
}

Result<void> set_format(Config& config, std::string_view value, bool /*first*/) {
  const Format* const format = find_format(value);
  if (format != nullptr) {
    config.format = format;
    return {};
  }
  std::vector<std::string_view> names;
  std::string list;
  for (const Format& known : all_formats()) {
    if (!names.empty()) list += &known == &all_formats().back() ? " or " : ", ";
    names.push_back(known.name);
    list += known.name;
  }
  return Error{expected(std::move(list), value).message, suggestion(value, names)};
}

Result<void> set_file(Config& config, std::string_view value, bool /*first*/) {
  config.file = value;
  return {};
}

Result<void> set_argv_limit(Config& config, std::string_view value, bool /*first*/) {
  return set_number(config.argv_limit, value, 0, PK_ARGV_MAX);
}

Result<void> set_env(Config& config, std::string_view value, bool first) {
  if (first) config.env.clear();
  if (value.empty() || value.size() > PK_ENV_NAME_BYTES ||
      value.find_first_of(std::string_view("=\0", 2)) != value.npos) {
    return expected("the name of an environment variable, of at most " + std::to_string(PK_ENV_NAME_BYTES) + " bytes",
                    value);
  }
  if (std::find(config.env.begin(), config.env.end(), value) != config.env.end()) return {};
  if (config.env.size() == PK_ENV_NAMES) return expected("at most " + std::to_string(PK_ENV_NAMES) + " names", value);
  config.env.emplace_back(value);
  return {};
}

Result<void> set_ring_bytes(Config& config, std::string_view value, bool /*first*/) {
  const auto number = parse_number(value);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const bool power_of_two = number && *number != 0 && (*number & (*number - 1)) == 0;
  if (!power_of_two || *number < 64 * page || *number > (1u << 30)) {
    return expected("a power of two from " + std::to_string(64 * page) + " to 1073741824", value);
  }
  config.ring_bytes = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> set_ring_cpus(Config& config, std::string_view value, bool /*first*/) {
  const auto number = parse_number(value);
  if (!number || !std::has_single_bit(*number) || *number > 4096) return expected("a power of two up to 4096", value);
  config.ring_cpus = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> set_max_processes(Config& config, std::string_view value, bool /*first*/) {
  return set_number(config.max_processes, value, 1024, 1u << 22);
}

Result<void> set_host_root(Config& config, std::string_view value, bool /*first*/) {
  if (!value.starts_with('/')) return expected("an absolute path", value);
  while (value.size() > 1 && value.ends_with('/')) value.remove_suffix(1);
  config.host_root = value;
  return {};
}

Result<void> set_container_wait(Config& config, std::string_view value, bool /*first*/) {
  return set_number(config.container_wait_ms, value, 0, 60'000);
}

Result<void> set_hash_wait(Config& config, std::string_view value, bool /*first*/) {
  return set_number(config.hash_wait_ms, value, 1, 60'000);
}

Result<void> set_hash_max_size(Config& config, std::string_view value, bool /*first*/) {
  return set_number(config.hash_max_size, value, 0, UINT32_MAX);
}

Result<void> set_path(std::string& target, std::string_view value) {
  if (value.empty()) return expected("a path", value);
  target = value;
  return {};
}

Result<void> set_trusted_keys(Config& config, std::string_view value, bool first) {
  if (first) config.trusted_keys.clear();
  return set_path(config.trusted_keys.emplace_back(), value);
}

Result<void> set_policy_signature(Config& config, std::string_view value, bool /*first*/) {
  return set_path(config.policy_signature, value);
}

Result<void> set_policy_record(Config& config, std::string_view value, bool /*first*/) {
  return set_path(config.policy_record, value);
}

Result<void> set_mode(Config& config, std::string_view value, bool /*first*/) {
  const auto* const found = std::find(std::begin(kModes), std::end(kModes), value);
  if (found == std::end(kModes)) return expected("observe, audit or enforce", value);
  config.mode = static_cast<Mode>(found - std::begin(kModes));
  return {};
}

Result<void> set_dead_man(Config& config, std::string_view value, bool /*first*/) {
  constexpr std::uint64_t kSecond = 1'000'000'000, kLeast = 1, kMost = 3600;
  const auto duration = value == "off" ? std::optional<std::uint64_t>(0) : parse_duration(value);
  const bool fits =
      duration && *duration % kSecond == 0 && *duration >= kLeast * kSecond && *duration <= kMost * kSecond;
  if (!fits && value != "off") return expected("whole seconds from 1s to 1h, or off", value);
  config.dead_man_seconds = static_cast<std::uint32_t>(*duration / kSecond);
  return {};
}

Result<void> set_persistent(Config& config, std::string_view value, bool /*first*/) {
  return set_bool(config.persistent, value);
}

Result<void> set_exempt(Config& config, std::string_view value, bool first) {
  if (first) config.exempt.clear();
  if (value == "none") return {};
  if (!value.starts_with('/')) return expected("an absolute path, or none", value);
  config.exempt.emplace_back(value);
  return {};
}

Result<void> set_unknown_container(Config& config, std::string_view value, bool /*first*/) {
  if (value != "allow" && value != "deny") return expected("allow or deny", value);
  config.unknown_container = value == "deny" ? UnknownContainer::Deny : UnknownContainer::Allow;
  return {};
}

Result<void> set_metrics_listen(Config& config, std::string_view value, bool /*first*/) {
  config.metrics_listen.reset();
  if (value == "off") return {};
  auto address = parse_listen_address(value);
  if (!address || port_of(*address) == 0) {
    return Error{expected("off, or ADDRESS:PORT with a number as address", value).message,
                 "127.0.0.1:9765, or [::1]:9765"};
  }
  config.metrics_listen = std::move(*address);
  return {};
}

Result<void> set_metrics_kernel(Config& config, std::string_view value, bool /*first*/) {
  return set_bool(config.metrics_kernel, value);
}

constexpr std::array<Option, 25> kOptions = {{
    {"rules", "--rules", "PATH", "Rule file, or directory whose .yaml files are read in alphabetical order.", true,
     set_rules},
    {"rules.watch", "--rules-watch", "true|false", "Whether rules are read again when their files change.", false,
     set_watch_rules},
    {"output.stdout", "--output", "auto|json|human|off",
     "What goes to standard output; auto is human on a terminal, json elsewhere.", false, set_standard_output},
    {"output.format", "--format", "native|falco|ocsf|ecs",
     "What the JSON on standard output and in the file looks like.", false, set_format},
    {"output.file", "--file", "PATH", "File that alerts are appended to, as JSON lines.", false, set_file},
    {"sensor.argv_limit", "--argv-limit", "BYTES",
     "How much of a program's arguments is kept; longer ones are cut and flagged (at most 32768).", false,
     set_argv_limit},
    {"sensor.env", "--env", "NAME",
     "Environment variable that is kept of every program (at most 16 names of 31 bytes).", true, set_env},
    {"sensor.ring_bytes", "--ring-bytes", "BYTES",
     "Size of the buffers between the kernel and the sensor, all together; a power of two.", false, set_ring_bytes},
    {"sensor.ring_cpus", "--ring-cpus", "NUMBER", "How many CPUs share a buffer; a power of two.", false,
     set_ring_cpus},
    {"sensor.max_processes", "--max-processes", "NUMBER", "How many processes the process table holds at most.", false,
     set_max_processes},
    {"sensor.host_root", "--host-root", "PATH",
     "Where the host's root directory is seen: / on the host itself, the mount point in a container.", false,
     set_host_root},
    {"sensor.control", "--control", "PATH",
     "Socket on which the sensor answers 'picket reload', 'status' and 'enforce'; empty: none.", false, set_control},
    {"container.wait", "--container-wait", "MILLISECONDS",
     "How long an alert may wait for what the runtime writes about a new container.", false, set_container_wait},
    {"hash.wait", "--hash-wait", "MILLISECONDS",
     "How long an event may wait for the hash of a file, when a rule needs one.", false, set_hash_wait},
    {"hash.max_size", "--hash-max-size", "BYTES", "Files that are larger are not hashed.", false, set_hash_max_size},
    {"enforcement.mode", "--mode", "observe|audit|enforce",
     "What becomes of rules that deny or kill and name no mode: enforce refuses, audit says what it would refuse, "
     "observe alerts.",
     false, set_mode},
    {"enforcement.dead_man", "--dead-man", "DURATION|off",
     "When the sensor does not run for so long (it hangs, or is stopped), nothing is refused any more until it does.",
     false, set_dead_man},
    {"enforcement.persistent", "--persistent", "true|false",
     "Whether what rules refuse goes on being refused when the sensor has ended, however it did; without a dead-man "
     "timer.",
     false, set_persistent},
    {"enforcement.exempt", "--exempt", "PATH|none",
     "Executable on the host that is refused nothing when root runs it; container runtimes unless others are named.",
     true, set_exempt},
    {"enforcement.unknown_container", "--unknown-container", "allow|deny",
     "What rules that deny and ask about the container do as long as it is not known: allow refuses nothing, deny "
     "refuses as though it matched.",
     false, set_unknown_container},
    {"metrics.listen", "--metrics-listen", "ADDRESS:PORT|off",
     "Where Prometheus finds metrics, and probes /healthz and /readyz, over HTTP; whoever reaches it may read it.",
     false, set_metrics_listen},
    {"metrics.kernel", "--metrics-kernel", "true|false",
     "Whether the kernel is asked to count the runs of all BPF programs, which costs each run some nanoseconds.", false,
     set_metrics_kernel},
    {"policy.trusted_keys", "--trusted-keys", "PATH",
     "Public key (PEM, Ed25519) of who may sign the rules; without one, rules need no signature.", true,
     set_trusted_keys},
    {"policy.signature", "--policy-signature", "PATH", "File with the signature of the rules, made by 'picket sign'.",
     false, set_policy_signature},
    {"policy.record", "--policy-record", "PATH",
     "File that keeps which signed rules were in force last, so that no older ones come back.", false,
     set_policy_record},
}};

}  // namespace

std::span<const Option> all_options() { return kOptions; }

}  // namespace picket
