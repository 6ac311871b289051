// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/containers/runtime.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/kernel/support/files.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

const std::string kRoot = "/containers";

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& output) {
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) _exit(126);
  const int space = open("/run/containers.ns", O_RDONLY | O_CLOEXEC);
  if (setns(space, CLONE_NEWNS) != 0 || chdir("/") != 0) _exit(126);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

}  // namespace

std::string in_root(const std::string& path) { return kRoot + path; }

Ended try_in_root(const std::vector<std::string>& arguments) {
  const Directory directory;
  const std::string output = directory / "output";
  const pid_t child = fork();
  if (child == 0) become(arguments, output);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, read_file(output)};
}

Daemon::Daemon(const std::vector<std::string>& arguments) : pid_(fork()) {
  if (pid_ == 0) become(arguments, "/run/" + arguments[0] + ".log");
}

Daemon::~Daemon() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

Ended run_in_root(const std::vector<std::string>& arguments) {
  Ended ended = try_in_root(arguments);
  EXPECT_EQ(0, ended.status) << arguments[0] << " " << (arguments.size() > 1 ? arguments[1] : "") << ": "
                             << ended.output;
  return ended;
}

void make_bundle(const std::string& path, const nlohmann::json& change) {
  const std::string rootfs = in_root(path) + "/rootfs";
  for (const char* name : {"", "/proc", "/sys", "/dev"}) std::filesystem::create_directories(rootfs + name);
  copy_file(helper_binary(), rootfs + "/helper");
  run_in_root({"runc", "spec", "--bundle", path});
  const std::string file = in_root(path) + "/config.json";
  auto config = nlohmann::json::parse(read_file(file));
  config["process"]["terminal"] = false;
  config["process"]["args"] = {"/helper", "wait"};
  config.merge_patch(change);
  write_file(file, config.dump());
}

void make_image(const std::string& path, const std::string& name) {
  const std::string work = in_root(path) + ".work";
  std::filesystem::create_directories(work + "/layer");
  copy_file(helper_binary(), work + "/layer/helper");
  run_in_root({"tar", "-C", path + ".work/layer", "-cf", path + ".work/layer.tar", "."});
  const std::string sum = run_in_root({"sha256sum", path + ".work/layer.tar"}).output.substr(0, 64);
  const nlohmann::json config = {{"architecture", "amd64"},
                                 {"os", "linux"},
                                 {"config", {{"Cmd", {"/helper", "wait"}}}},
                                 {"rootfs", {{"type", "layers"}, {"diff_ids", {"sha256:" + sum}}}}};
  const nlohmann::json manifest = {{{"Config", "config.json"}, {"RepoTags", {name}}, {"Layers", {"layer.tar"}}}};
  write_file(work + "/config.json", config.dump());
  write_file(work + "/manifest.json", manifest.dump());
  run_in_root({"tar", "-C", path + ".work", "-cf", path, "manifest.json", "config.json", "layer.tar"});
}

pid_t pid_in(const std::string& path) { return std::atoi(read_file(path).c_str()); }

}  // namespace picket::test
