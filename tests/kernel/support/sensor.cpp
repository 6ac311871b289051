// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/sensor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <regex>

#include "tests/kernel/support/files.h"
#include "tests/kernel/support/kernel.h"

namespace picket::test {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    ADD_FAILURE() << "the environment lacks " << name;
    return "";
  }
  return value;
}

int open_for_writing(const std::string& path) { return open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666); }

// In the child: never returns.
[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& output, const std::string& log,
                         uid_t uid) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(nothing, 0) < 0 || dup2(open_for_writing(output), 1) < 0 || dup2(open_for_writing(log), 2) < 0) _exit(126);
  if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0)) _exit(126);

  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

// What ring buffers lose, in tests that have them lose, is a lot more.
bool is_a_few_skipped(const Json& alert) {
  constexpr std::uint64_t kFew = 3;
  const Json::json_pointer count("/event/loss/count");
  return kernel_release() >= KernelRelease{7, 0} && alert.contains(count) && alert.at(count) <= kFew;
}

}  // namespace

std::string picket_binary() { return from_environment("PICKET_BINARY"); }
std::string helper_binary() { return from_environment("PICKET_HELPER"); }

Sensor::Sensor(const SensorOptions& options) {
  output_ = options.standard_output.empty() ? directory_ / "alerts.json" : options.standard_output;

  std::vector<std::string> arguments = {picket_binary(), options.command};
  if (options.command != "replay") {
    write_file(directory_ / "config.yaml", options.config);
    arguments.insert(arguments.end(), {"--config", directory_ / "config.yaml"});
  }
  if (!options.rules.empty()) {
    write_file(directory_ / "rules.yaml", options.rules);
    arguments.insert(arguments.end(), {"--rules", directory_ / "rules.yaml"});
  }
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());

  pid_ = fork();
  if (pid_ == 0) become(arguments, output_, directory_ / "log", options.uid);
  if (options.wait_until_ready) {
    const auto is_ready = [this] { return log().find("picket: ready") != std::string::npos || ended(); };
    // Verifying the programs is the slow part, on old kernels and under emulation.
    EXPECT_TRUE(wait_until(is_ready, std::chrono::minutes(4)) && !ended()) << "the sensor did not become ready:\n"
                                                                           << log();
  }
}

Sensor::~Sensor() {
  if (!end_was_asked_for_) {
    EXPECT_EQ(0, stop()) << log();
  }
  if (!exit_code_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

std::string Sensor::output() const { return read_file(output_); }

std::string Sensor::log() const { return read_file(directory_ / "log"); }

long Sensor::events_seen() const {
  const std::string text = log();
  std::smatch found;
  return std::regex_search(text, found, std::regex("([0-9]+) events, ")) ? std::stol(found[1]) : -1;
}

std::uint64_t Sensor::lost() const {
  const std::string text = log();
  const std::size_t end = text.rfind(" lost, ");
  EXPECT_NE(std::string::npos, end) << text;
  return end == std::string::npos ? 0 : std::strtoull(text.c_str() + text.rfind(' ', end - 1), nullptr, 10);
}

bool Sensor::ended() {
  int status = 0;
  if (!exit_code_ && waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return exit_code_.has_value();
}

int Sensor::wait_for_end(std::chrono::milliseconds timeout) {
  end_was_asked_for_ = true;
  wait_until([this] { return ended(); }, timeout);
  return exit_code_.value_or(-1);
}

int Sensor::stop() {
  if (!ended()) kill(pid_, SIGTERM);
  return wait_for_end();
}

const std::vector<Json>& Sensor::alerts() {
  const std::string text = read_file(output_);
  for (std::size_t end; (end = text.find('\n', read_)) != std::string::npos; read_ = end + 1) {
    const std::string line = text.substr(read_, end - read_);
    Json alert = Json::parse(line, nullptr, false);
    EXPECT_FALSE(alert.is_discarded()) << "not JSON: " << line;
    if (alert.contains(Json::json_pointer("/event/policy"))) {
      policy_ = std::move(alert);
      continue;
    }
    if (is_a_few_skipped(alert)) continue;
    alerts_.push_back(std::move(alert));
    returned_.push_back(false);
  }
  return alerts_;
}

const Json& Sensor::policy() {
  wait_until([this] {
    alerts();
    return !policy_.is_null();
  });
  return policy_;
}

Json Sensor::next_alert(const std::string& rule, pid_t process, std::chrono::milliseconds timeout) {
  Json found;
  const auto look = [&] {
    alerts();
    for (std::size_t i = 0; i < alerts_.size(); ++i) {
      const Json& alert = alerts_[i];
      if (returned_[i] || rule_of(alert) != rule) continue;
      if (process != 0 && pid_of(alert) != process) continue;
      returned_[i] = true;
      found = alert;
      return true;
    }
    return ended();
  };
  wait_until(look, timeout);
  if (found.is_null()) {
    ADD_FAILURE() << "no alert of rule '" << rule << "' about process " << process << ". " << alerts_.size()
                  << " alerts:\n"
                  << read_file(output_).substr(0, 4000) << "\nlog:\n"
                  << log();
  }
  return found;
}

}  // namespace picket::test
