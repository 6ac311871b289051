// SPDX-License-Identifier: Apache-2.0
//
// The subcommands of picket. Each writes to stdout and stderr itself and returns the process's exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/language/rule.h"
#include "sensor/cli/exit_code.h"
#include "sensor/pipeline/config.h"

namespace picket::cli {

// Loads the rules, loads the programs, runs until SIGTERM or SIGINT.
ExitCode run(const Config& config);

// Has the running sensor read its rules again, and prints its answer.
ExitCode reload(const Config& config);

// Prints what the running sensor says of itself; `json`: as one JSON object.
ExitCode status(const Config& config, bool json);

struct EnforceRequest {
  std::uint64_t seconds = 0;  // for `off`: so long; 0: until it is on again
  std::string token;          // file of an order; empty: none
};

// Has the running sensor refuse nothing any more, or again, or say whether it does: `verb` is on, off or status.
ExitCode enforce(const Config& config, const std::string& verb, const EnforceRequest& request);

struct TokenRequest {
  std::string key;                   // file of the private key
  std::string machine;               // id of the machine it is for; empty: this one
  std::string output = "off.token";  // file that the order goes to
  std::uint64_t seconds = 600;       // that it may be off
  std::uint64_t valid = 3600;        // seconds until it has to be used
};

// Makes an order that lets one machine's sensor stop refusing, once.
ExitCode make_token(const TokenRequest& request);

// Removes what sensors that have ended left in force, and says what that was. Refused while one runs that would.
ExitCode uninstall_pins();

// When a run ended with an error: whether what a sensor before it refused is still refused. Returns the code.
ExitCode say_what_stays(ExitCode code);

struct RecordRequest {
  std::string output;
  std::vector<std::string> kinds;  // names; empty: all
  std::vector<std::string> rules;  // paths: only what these need; empty: all
};

// Writes events to a new file until SIGTERM or SIGINT.
ExitCode record(const Config& config, const RecordRequest& request);

// Runs the rules of `config` over recordings, one after the other.
ExitCode replay(const Config& config, const std::vector<std::string>& files);

struct CentralRequest {
  std::string from;   // kafka://BROKERS/TOPIC; empty: the configuration's
  std::string group;  // empty: the configuration's
  bool from_beginning = false;
  std::optional<std::uint64_t> since;  // nanoseconds before now
  // Nothing: no metrics. Not the configuration's, which is that of a sensor, or of several members.
  std::optional<ListenAddress> metrics_listen;
};

// Runs the rules of `config` over a Kafka topic that sensors write to, until SIGTERM or SIGINT.
ExitCode central(const Config& config, const CentralRequest& request);

// Reads rule files as `run` would, prints every finding, and what else is odd about the rules. `json`: in the form that
// Falco has for that, on standard output.
ExitCode check(const std::vector<std::string>& paths, bool json);

// What is left to say of a configuration that was read without a mistake: prints what is wrong with the settings of an
// output together, as properties that Kafka's client does not have, with its place in the file `path`. `seconds`: when
// nothing is, asks the other side of each output that has one (Kafka's brokers), for that long each, and prints every
// answer that is not a good one; nothing: asks nobody.
ExitCode check_config(const Config& config, const std::string& path, std::optional<std::uint64_t> seconds);

// Prints how the rules of two files or directories differ.
ExitCode diff(const std::string& before, const std::string& after);

// Runs the tests that the rules of these files bring along.
ExitCode test(const std::vector<std::string>& paths);

// Lists the "rules", "macros" or "lists" of rule files.
ExitCode list(const std::string& sort, const std::vector<std::string>& paths);

// Says what a rule of these files means.
ExitCode explain(const std::string& rule, const std::vector<std::string>& paths);

// Says what this kernel can do, what is missing and what would bring it.
ExitCode doctor();

// Prints the field catalogue as text, json or markdown.
ExitCode fields(const std::string& format);

// Writes the Sigma rules of these files and directories as a rule file to standard output, or to `output`; says on
// standard error which could not be converted and why.
ExitCode convert_sigma(const std::vector<std::string>& paths, const std::string& output);

struct SignRequest {
  std::string key;                       // file of the private key
  std::string output;                    // file that the signature goes to
  std::optional<std::uint64_t> version;  // absent: the time
  std::vector<std::string> paths;        // rule files and directories, in the order in which they are to be read
};

// Signs the rule files as one policy.
ExitCode sign(const SignRequest& request);

// Says whether the rule files are the policy of that signature, and the signature is by one of the public keys.
ExitCode verify(const std::vector<std::string>& keys, const std::string& signature,
                const std::vector<std::string>& paths);

ExitCode version();

// The policy of these files, to be evaluated and not enforced; diagnostics go to stderr. `ok` is false when any is an
// error.
struct LoadedPolicy {
  Policy policy;
  bool ok = false;
};
LoadedPolicy load_policy(const std::vector<std::string>& paths);

}  // namespace picket::cli
