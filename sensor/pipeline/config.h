// SPDX-License-Identifier: Apache-2.0
//
// The sensor's settings: one table of options that the configuration file, the command line and `picket --help` share.
// Only output.sinks, a list of maps (sink_config.h), and central (central_config.h) are in the file alone.
//
// A configuration file is YAML; nested keys and dotted names are the same thing (output: {file: x} is output.file).
// Later wins: built-in defaults, then the file, then the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/format/formats.h"
#include "exporters/metrics/http_server.h"
#include "rules/event/diagnostic.h"
#include "rules/event/result.h"
#include "rules/language/response.h"
#include "rules/plan/plan.h"
#include "sensor/pipeline/central_config.h"
#include "sensor/pipeline/sink_config.h"

namespace picket {

enum class StandardOutput { Auto, Json, Human, Off };

struct Config {
  std::vector<std::string> rules = {"/usr/share/picket/rules", "/etc/picket/rules.d"};
  bool watch_rules = true;
  StandardOutput standard_output = StandardOutput::Auto;
  const Format* format = &all_formats().front();  // of all JSON
  std::string file;                               // empty: none
  std::vector<SinkConfig> sinks;                  // beside those two
  std::vector<std::string> env;  // names of environment variables; none unless asked for: they hold secrets, too
  std::uint32_t argv_limit = 8192;
  std::uint32_t ring_bytes = 8u << 20;
  std::uint32_t ring_cpus = 4;
  std::uint32_t max_processes = 65536;
  std::string host_root = "/";
  std::string control = "/run/picket/control.sock";  // empty: none
  std::uint32_t container_wait_ms = 2000;
  std::uint32_t hash_wait_ms = 2000;
  std::uint32_t hash_max_size = 64u << 20;  // bytes
  Mode mode = Mode::Enforce;                // of rules that deny or kill and name none
  // Without the sensor running, until nothing is refused; 0: no such timer. See dead_man_seconds().
  std::optional<std::uint32_t> dead_man_seconds;
  bool persistent = false;  // what is refused goes on being refused when the sensor has ended
  // Executables on the host that are refused nothing when root runs them.
  std::vector<std::string> exempt = {"/usr/bin/containerd",
                                     "/usr/bin/containerd-shim-runc-v2",
                                     "/usr/bin/dockerd",
                                     "/usr/bin/docker-proxy",
                                     "/usr/bin/crio",
                                     "/usr/bin/conmon",
                                     "/usr/bin/runc",
                                     "/usr/bin/crun",
                                     "/usr/bin/podman",
                                     "/usr/bin/kubelet",
                                     "/usr/sbin/runc",
                                     "/usr/local/bin/containerd",
                                     "/usr/local/bin/containerd-shim-runc-v2",
                                     "/usr/local/sbin/runc",
                                     "/usr/local/bin/kubelet"};
  std::optional<ListenAddress> metrics_listen;  // nothing: no metrics
  bool metrics_kernel = false;                  // have the kernel count the runs of BPF programs
  UnknownContainer unknown_container = UnknownContainer::Allow;
  std::vector<std::string> trusted_keys;  // files; none: rules need no signature
  std::string policy_signature = "/etc/picket/policy.sig";
  std::string policy_record = "/var/lib/picket/policy-record";
  CentralConfig central;  // of `picket central` alone
};

// The dead-man timer that there is: a minute when nothing is said, none where enforcement outlives the sensor.
inline std::uint32_t dead_man_seconds(const Config& config) {
  return config.persistent ? 0 : config.dead_man_seconds.value_or(60);
}

// Settings that are right each by itself and contradict each other; nothing when they do not.
std::optional<Error> contradiction(const Config& config);

// What of it is about the image that the kernel gets.
inline PlanOptions plan_options(const Config& config) {
  return {.mode = config.mode, .seed = std::nullopt, .unknown_container = config.unknown_container};
}

struct Option {
  std::string_view name;     // in the file: "output.file"
  std::string_view flag;     // on the command line: "--file"
  std::string_view expects;  // "PATH"
  std::string_view doc;      // one sentence
  bool repeats;              // a list in the file; may be given several times on the command line
  // Takes the value over, or says what was expected instead. For options that repeat, `first` tells the first value,
  // which replaces the default.
  Result<void> (*set)(Config& config, std::string_view value, bool first);
};

std::span<const Option> all_options();

// Reads the file into `config`. Every unknown key, wrong type and bad value is reported with its place; `config` keeps
// what was right. Never throws.
std::vector<Diagnostic> read_config_file(const std::string& path, Config& config);

// The same for a text in memory; `path` is used in messages.
std::vector<Diagnostic> read_config_text(const std::string& path, const std::string& text, Config& config);

}  // namespace picket
