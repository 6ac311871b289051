// SPDX-License-Identifier: Apache-2.0
//
// What can be typed. The options of `run` are the rows of the option table, so that the command line, the configuration
// file and --help cannot drift apart.
#include "sensor/cli/command_line.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "rules/language/durations.h"
#include "sensor/cli/commands.h"
#include "sensor/trust/encoding.h"
#include "sensor/trust/order.h"

namespace picket::cli {
namespace {

constexpr const char* kDefaultConfig = "/etc/picket/picket.yaml";

std::string footer() {
  std::string text = "Exit codes:\n";
#define EXIT_CODE(number, name, when) text += "  " #number "  " when "\n";
#include "sensor/cli/exit_codes.def"
#undef EXIT_CODE
  return text;
}

struct RunArguments {
  std::string config;
  std::map<std::string_view, std::vector<std::string>> values;  // option name -> values given
};

// `wanted` tells which rows of the option table this command has.
template <class Wanted>
void add_run_options(CLI::App& run, RunArguments& arguments, Wanted wanted) {
  run.add_option("--config", arguments.config,
                 std::string("Configuration file; ") + kDefaultConfig + " when it exists.")
      ->type_name("PATH");
  for (const Option& option : all_options()) {
    if (!wanted(option)) continue;
    CLI::Option* added = run.add_option(std::string(option.flag), arguments.values[option.name],
                                        std::string(option.doc) + " [" + std::string(option.name) + "]");
    added->type_name(std::string(option.expects));
    if (option.repeats) {
      added->expected(1, -1);
    } else {
      added->expected(1);
    }
  }
}

std::string path_of(const RunArguments& arguments) {
  return arguments.config.empty() ? kDefaultConfig : arguments.config;
}

// Defaults, then the file, then the command line. False when anything was wrong; it has been said.
bool read_configuration(const RunArguments& arguments, Config& config) {
  const bool given = !arguments.config.empty();
  const std::string path = path_of(arguments);
  if (given || access(path.c_str(), F_OK) == 0) {
    const auto diagnostics = read_config_file(path, config);
    for (const Diagnostic& diagnostic : diagnostics) fputs(render(diagnostic).c_str(), stderr);
    if (has_errors(diagnostics)) return false;
  }

  for (const Option& option : all_options()) {
    const auto values = arguments.values.find(option.name);
    if (values == arguments.values.end()) continue;
    bool first = true;
    for (const std::string& value : values->second) {
      const auto done = option.set(config, value, first);
      first = false;
      if (done) continue;
      fprintf(stderr, "picket: %s: %s\n", std::string(option.flag).c_str(), done.error().message.c_str());
      return false;
    }
  }
  if (const auto error = contradiction(config)) {
    fprintf(stderr, "picket: %s\nhint: %s\n", error->message.c_str(), error->hint.c_str());
    return false;
  }
  return true;
}

std::uint64_t parse_version(const std::string& text) {
  const auto number = trust::parse_number(text);
  if (!number) throw CLI::ValidationError("--policy-version", "expected a number below 2^64, got '" + text + "'");
  return *number;
}

// Where alerts go, which rules there are, whether they change and what they refuse is no business of a recorder.
bool is_for_recording(const Option& option) {
  return !option.name.starts_with("output.") && !option.name.starts_with("rules") &&
         !option.name.starts_with("policy.") && !option.name.starts_with("enforcement.") && option.flag != "--control";
}

// Only what is said of rules and of outputs is said of `central`, too.
bool is_for_central(const Option& option) { return option.name.starts_with("output.") || option.name == "rules"; }

bool is_control(const Option& option) { return option.flag == "--control"; }

// An option for whole seconds, written as a duration.
void add_seconds(CLI::App& command, const std::string& flag, std::uint64_t& seconds, std::uint64_t most,
                 const std::string& doc) {
  const auto take = [flag, &seconds, most](const std::string& text) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    const auto duration = parse_duration(text);
    if (!duration || *duration < kSecond || *duration % kSecond != 0 || *duration > most * kSecond) {
      throw CLI::ValidationError(flag, "expected whole seconds up to " + duration_text(most * kSecond) +
                                           ", as 90s, 10m or 1h, got '" + text + "'");
    }
    seconds = *duration / kSecond;
  };
  command.add_option_function<std::string>(flag, take, doc)->type_name("DURATION");
}

// Logs go to stderr: stdout belongs to the alerts. Under systemd the journal adds the time itself.
void start_logging(bool verbose) {
  auto logger = std::make_shared<spdlog::logger>("picket", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  logger->set_pattern(journal ? "%v" : "picket: %^%v%$");
  logger->set_level(verbose ? spdlog::level::debug : spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

ExitCode command_line(int argc, char** argv) {
  CLI::App app{"Picket watches what processes do, on real kernel data, and says which rule they broke.", "picket"};
  app.footer(footer());
  app.require_subcommand(1);
  bool verbose = false;
  app.add_flag("-v,--verbose", verbose, "Say more on standard error.");

  RunArguments run_arguments;
  std::vector<std::string> check_paths;
  CLI::App* run_command =
      app.add_subcommand("run", "Load rules and programs, report what breaks a rule until stopped.");
  add_run_options(*run_command, run_arguments, [](const Option&) { return true; });

  RunArguments reload_arguments;
  CLI::App* reload_command = app.add_subcommand(
      "reload", "Have the running sensor read its rules again: all of them, or none when one is wrong.");
  add_run_options(*reload_command, reload_arguments, is_control);

  RunArguments status_arguments;
  bool status_json = false;
  CLI::App* status_command = app.add_subcommand(
      "status", "Say how the running sensor is: whether it refuses, by which rules, what it saw and what was lost.");
  status_command->add_flag("--json", status_json, "As one JSON object.");
  add_run_options(*status_command, status_arguments, is_control);

  RunArguments enforce_arguments;
  EnforceRequest enforce_request;
  TokenRequest token_request;
  CLI::App* enforce_command =
      app.add_subcommand("enforce", "Have the running sensor refuse nothing any more (off), or again (on).");
  enforce_command->require_subcommand(1);
  CLI::App* off_command = enforce_command->add_subcommand(
      "off", "From now on nothing is refused or killed; rules say what they would do. Until on, or a restart.");
  add_seconds(*off_command, "--for", enforce_request.seconds, trust::kLongestOff, "On again after that time.");
  off_command->add_option("--token", enforce_request.token, "An order, where policy.trusted_keys is set.")
      ->type_name("FILE");
  CLI::App* on_command = enforce_command->add_subcommand("on", "Rules refuse again.");
  CLI::App* asked_command = enforce_command->add_subcommand("status", "Say whether rules refuse now.");
  for (CLI::App* each : {off_command, on_command, asked_command}) add_run_options(*each, enforce_arguments, is_control);
  CLI::App* token_command = enforce_command->add_subcommand(
      "token", "Make an order that lets one machine be switched off, once. Needs no sensor and no root.");
  token_command->add_option("--key", token_request.key, "Private key: PEM, Ed25519.")->required()->type_name("PATH");
  token_command
      ->add_option("--machine", token_request.machine, "/etc/machine-id of that machine; this one's, if not given.")
      ->type_name("ID");
  add_seconds(*token_command, "--for", token_request.seconds, trust::kLongestOff, "How long it may be off: 10m.");
  add_seconds(*token_command, "--valid", token_request.valid, trust::kLongestValidity,
              "How long the order may be used: 1h.");
  token_command->add_option("--output", token_request.output, "Where it goes.")
      ->type_name("PATH")
      ->capture_default_str();

  CLI::App* uninstall_command = app.add_subcommand(
      "uninstall-pins", "Remove what a sensor with enforcement.persistent left in force. Refused while one runs.");

  RunArguments record_arguments;
  RecordRequest record_request;
  CLI::App* record_command = app.add_subcommand("record", "Write events to a file until stopped, for picket replay.");
  record_command->add_option("--output", record_request.output, "The file; it must not be there yet.")
      ->required()
      ->type_name("PATH");
  CLI::Option* record_kinds =
      record_command->add_option("--kinds", record_request.kinds, "Only events of these kinds: open,exec.")
          ->delimiter(',')
          ->type_name("KIND");
  record_command->add_option("--rules", record_request.rules, "Only events that these rule files or directories need.")
      ->type_name("PATH")
      ->excludes(record_kinds);
  add_run_options(*record_command, record_arguments, is_for_recording);

  Config replay_config;
  std::vector<std::string> recordings;
  std::string replay_output = "auto";
  CLI::App* replay_command = app.add_subcommand(
      "replay", "Run rules over recordings: what `run` would have reported. No root, no kernel, no clock.");
  replay_command->add_option("FILE", recordings, "Recordings, replayed one after the other.")->required();
  replay_command->add_option("--rules", replay_config.rules, "Rule files, or directories of them.")
      ->required()
      ->type_name("PATH");
  replay_command->add_option("--output", replay_output, "auto, json or human; auto is human on a terminal.")
      ->check(CLI::IsMember({"auto", "json", "human"}))
      ->type_name("FORMAT")
      ->capture_default_str();

  RunArguments central_arguments;
  CentralRequest central_request;
  CLI::App* central_command = app.add_subcommand(
      "central", "Run rules over the alerts of all sensors, from Kafka, as one of a group of members, until stopped.");
  central_command->add_option("--from", central_request.from, "Where sensors write to in the format native.")
      ->type_name("kafka://HOST:PORT[,HOST:PORT].../TOPIC");
  central_command->add_option("--group", central_request.group, "The group that shares the work [central.group]")
      ->type_name("NAME");
  CLI::Option* beginning = central_command->add_flag("--from-beginning", central_request.from_beginning,
                                                     "Begin with the oldest message, where the group has not begun.");
  central_command
      ->add_option_function<std::string>(
          "--since",
          [&central_request](const std::string& text) {
            central_request.since = parse_duration(text);
            if (!central_request.since)
              throw CLI::ValidationError("--since", "expected a time as 90s, 12h or 7d, got '" + text + "'");
          },
          "Begin with messages that are not older, where the group has not begun.")
      ->type_name("DURATION")
      ->excludes(beginning);
  central_command
      ->add_option_function<std::string>(
          "--metrics-listen",
          [&central_request](const std::string& text) {
            auto address = parse_listen_address(text);
            if (!address || port_of(*address) == 0)
              throw CLI::ValidationError("--metrics-listen",
                                         "expected ADDRESS:PORT with a number as address, got '" + text + "'");
            central_request.metrics_listen = std::move(*address);
          },
          "Where Prometheus finds this member's metrics, and probes /healthz and /readyz.")
      ->type_name("ADDRESS:PORT");
  add_run_options(*central_command, central_arguments, is_for_central);

  CLI::App* check_command =
      app.add_subcommand("check", "Check rule files: every error with its place, no root needed.");
  check_command->add_option("PATH", check_paths, "Rule files, or directories of them.")->required();
  bool check_json = false;
  check_command->add_flag("--json", check_json, "Print the findings as JSON, in the form of Falco's load results.");
  RunArguments config_arguments;
  bool connect = false;
  std::uint64_t connect_seconds = 10;
  CLI::App* config_command =
      app.add_subcommand("check-config", "Check the configuration: every error with its place, no root needed.");
  CLI::Option* connect_flag =
      config_command->add_flag("--connect", connect, "Ask Kafka's brokers, too: are they there, do they let us in?");
  add_seconds(*config_command, "--wait", connect_seconds, 3600, "How long each output is asked: 10s.");
  config_command->get_option("--wait")->needs(connect_flag);
  add_run_options(*config_command, config_arguments, [](const Option&) { return false; });
  std::string diff_before, diff_after;
  CLI::App* diff_command = app.add_subcommand("diff", "Say how the rules of two files or directories differ.");
  diff_command->add_option("OLD", diff_before, "Rule file, or directory of them.")->required();
  diff_command->add_option("NEW", diff_after, "Rule file, or directory of them.")->required();
  std::vector<std::string> test_paths;
  CLI::App* test_command = app.add_subcommand("test", "Run the tests that rules bring along (tests:), no root needed.");
  test_command->add_option("PATH", test_paths, "Rule files, or directories of them.")->required();
  std::string list_sort, explained;
  std::vector<std::string> list_paths, explain_paths;
  CLI::App* list_command = app.add_subcommand("list", "List the rules, macros or lists of rule files.");
  list_command->add_option("SORT", list_sort, "rules, macros or lists.")
      ->required()
      ->check(CLI::IsMember({"rules", "macros", "lists"}));
  list_command->add_option("PATH", list_paths, "Rule files, or directories of them.")->required();
  CLI::App* explain_command = app.add_subcommand("explain", "Say what a rule means: macros replaced, kinds of events.");
  explain_command->add_option("RULE", explained, "Its name.")->required();
  explain_command->add_option("PATH", explain_paths, "Rule files, or directories of them.")->required();
  std::string field_format = "text";
  CLI::App* fields_command = app.add_subcommand("fields", "List the fields that rules can use.");
  fields_command->add_option("--format", field_format, "text, json or markdown.")
      ->check(CLI::IsMember({"text", "json", "markdown"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  std::vector<std::string> sigma_paths;
  std::string converted_path;
  CLI::App* convert_command = app.add_subcommand("convert", "Turn rules of other formats into rules of Picket.");
  convert_command->require_subcommand(1);
  CLI::App* sigma_command = convert_command->add_subcommand(
      "sigma", "Sigma rules for Linux: a rule file to standard output, what could not be converted to standard error.");
  sigma_command->add_option("PATH", sigma_paths, "Sigma files, or directories of them at any depth.")->required();
  sigma_command->add_option("--output", converted_path, "Write the rule file there.")->type_name("FILE");
  SignRequest sign_request{.key = {}, .output = "policy.sig", .version = {}, .paths = {}};
  CLI::App* sign_command =
      app.add_subcommand("sign", "Sign rule files as one policy: these files, in this order, and no others.");
  sign_command->add_option("--key", sign_request.key, "Private key: PEM, Ed25519.")->required()->type_name("PATH");
  sign_command->add_option("--output", sign_request.output, "Where the signature goes.")
      ->type_name("PATH")
      ->capture_default_str();
  sign_command
      ->add_option_function<std::string>(
          "--policy-version", [&](const std::string& text) { sign_request.version = parse_version(text); },
          "The policy's version, which must rise from policy to policy; if not given, the seconds since 1970.")
      ->type_name("NUMBER");
  sign_command->add_option("PATH", sign_request.paths, "Rule files, or directories of them, as in `rules`.")
      ->required();
  std::vector<std::string> verify_keys, verify_paths;
  std::string verify_signature = "policy.sig";
  CLI::App* verify_command =
      app.add_subcommand("verify", "Say whether rule files are what was signed, and which version. No root needed.");
  verify_command->add_option("--key", verify_keys, "Public key that may have signed: PEM, Ed25519.")
      ->required()
      ->allow_extra_args(false)  // what follows the key is a rule file
      ->type_name("PATH");
  verify_command->add_option("--signature", verify_signature, "The signature.")
      ->type_name("PATH")
      ->capture_default_str();
  verify_command->add_option("PATH", verify_paths, "Rule files, or directories of them, as in `rules`.")->required();
  CLI::App* doctor_command = app.add_subcommand("doctor", "Say what this kernel can do and what would bring the rest.");
  app.add_subcommand("version", "Print the version.");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Usage;  // --help is a success
  }

  start_logging(verbose);
  if (run_command->parsed()) {
    Config config;
    return say_what_stays(read_configuration(run_arguments, config) ? run(config) : ExitCode::Usage);
  }
  if (reload_command->parsed()) {
    Config config;
    return read_configuration(reload_arguments, config) ? reload(config) : ExitCode::Usage;
  }
  if (status_command->parsed()) {
    Config config;
    return read_configuration(status_arguments, config) ? status(config, status_json) : ExitCode::Usage;
  }
  if (token_command->parsed()) return make_token(token_request);
  if (enforce_command->parsed()) {
    Config config;
    const std::string verb = enforce_command->get_subcommands().front()->get_name();
    return read_configuration(enforce_arguments, config) ? enforce(config, verb, enforce_request) : ExitCode::Usage;
  }
  if (uninstall_command->parsed()) return uninstall_pins();
  if (record_command->parsed()) {
    Config config;
    return read_configuration(record_arguments, config) ? record(config, record_request) : ExitCode::Usage;
  }
  if (replay_command->parsed()) {
    replay_config.standard_output = replay_output == "json"    ? StandardOutput::Json
                                    : replay_output == "human" ? StandardOutput::Human
                                                               : StandardOutput::Auto;
    return replay(replay_config, recordings);
  }
  if (central_command->parsed()) {
    Config config;
    return read_configuration(central_arguments, config) ? central(config, central_request) : ExitCode::Usage;
  }
  if (config_command->parsed()) {
    Config config;
    if (!read_configuration(config_arguments, config)) return ExitCode::Usage;
    return check_config(config, path_of(config_arguments),
                        connect ? std::optional<std::uint64_t>(connect_seconds) : std::nullopt);
  }
  if (check_command->parsed()) return check(check_paths, check_json);
  if (diff_command->parsed()) return diff(diff_before, diff_after);
  if (test_command->parsed()) return test(test_paths);
  if (list_command->parsed()) return list(list_sort, list_paths);
  if (explain_command->parsed()) return explain(explained, explain_paths);
  if (fields_command->parsed()) return fields(field_format);
  if (sigma_command->parsed()) return convert_sigma(sigma_paths, converted_path);
  if (sign_command->parsed()) return sign(sign_request);
  if (verify_command->parsed()) return verify(verify_keys, verify_signature, verify_paths);
  if (doctor_command->parsed()) return doctor();
  return version();
}

}  // namespace picket::cli
