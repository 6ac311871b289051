// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/alert.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <sstream>

#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/files.h"

namespace picket::test {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000, kTick = kSecond / 100;

template <class T>
T member(const Json& alert, const char* path, T otherwise) {
  const Json::json_pointer pointer(path);
  return alert.contains(pointer) && !alert.at(pointer).is_structured() ? alert.at(pointer).get<T>() : otherwise;
}

std::string proc(pid_t pid, const std::string& name) { return "/proc/" + std::to_string(pid) + "/" + name; }

// Nanoseconds of the boot clock for a time such as 2026-08-07T14:03:22.123456789Z; 0 when it is none.
std::uint64_t boot_time(const std::string& text) {
  std::tm date{};
  unsigned nanoseconds = 0;
  int read = 0;
  std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%9uZ%n", &date.tm_year, &date.tm_mon, &date.tm_mday, &date.tm_hour,
              &date.tm_min, &date.tm_sec, &nanoseconds, &read);
  if (static_cast<std::size_t>(read) != text.size() || text.size() != 30) return 0;
  date.tm_year -= 1900;
  date.tm_mon -= 1;
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  const std::uint64_t offset = static_cast<std::uint64_t>(wall.tv_sec) * kSecond + wall.tv_nsec - boot_clock();
  return static_cast<std::uint64_t>(timegm(&date)) * kSecond + nanoseconds - offset;
}

// Copies a time from `actual` when it lies between the two; the offset between the clocks is known to a millisecond.
void take_time(Json& expected, const Json& actual, const char* name, std::uint64_t least, std::uint64_t most) {
  constexpr std::uint64_t kSlack = kSecond / 1000;
  const std::string text = actual.value(name, "");
  const std::uint64_t time = boot_time(text);
  EXPECT_TRUE(time + kSlack >= least && time <= most + kSlack)
      << name << " is " << text << ", boot clock " << time << ", not from " << least << " to " << most;
  expected[name] = text;
}

// A start time to the tick is the front of the process key.
void take_start_time(Json& expected, const Json& actual) {
  const std::string key = expected.at("entity_id").get<std::string>().substr(33);
  const std::uint64_t start = (std::stoull(key, nullptr, 16) >> 22) * kTick;
  take_time(expected, actual, "start_time", start, start + kTick);
}

std::string boot_id() {
  std::string id = read_file("/proc/sys/kernel/random/boot_id");
  std::erase_if(id, [](char c) { return c == '-' || c == '\n'; });
  return id;
}

std::string line_of(pid_t pid, const char* name) {
  const std::string text = read_file(proc(pid, name));
  return text.substr(0, text.find('\n'));
}

// One of the four ids (real, effective, saved, file system) of a line of /proc/PID/status.
std::uint32_t id_of(pid_t pid, const std::string& line, int number) {
  std::istringstream text(read_file(proc(pid, "status")));
  for (std::string word; text >> word;) {
    if (word != line) continue;
    std::uint32_t id = 0;
    for (int i = 0; i <= number; ++i) text >> id;
    return id;
  }
  ADD_FAILURE() << "no " << line << " for " << pid;
  return 0;
}

Json user(std::uint32_t uid) {
  Json user = {{"uid", uid}};
  if (const passwd* entry = getpwuid(uid)) user["name"] = entry->pw_name;
  return user;
}

// With what its entry says besides.
Json account(std::uint32_t uid) {
  Json account = user(uid);
  if (const passwd* entry = getpwuid(uid)) account.update({{"home", entry->pw_dir}, {"shell", entry->pw_shell}});
  return account;
}

Json group(std::uint32_t gid) {
  Json group = {{"gid", gid}};
  if (const ::group* entry = getgrgid(gid)) group["name"] = entry->gr_name;
  return group;
}

std::string joined_from(const std::vector<std::string>& words, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < words.size(); ++i) text += (i > first ? " " : "") + words[i];
  return text;
}

std::uint32_t mode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode : 0;
}

Json identity(pid_t pid) {
  const std::string name = line_of(pid, "comm"), arguments = joined_from(arguments_of(pid), 1);
  return {
      {"entity_id", boot_id() + "-" + key_of(pid)},
      {"pid", pid},
      {"known", true},
      {"name", name},
      {"exe", read_link(proc(pid, "exe"))},
      {"cmdline", arguments.empty() ? name : name + " " + arguments},
  };
}

// 2026-08-07T14:03:22.123456789Z
std::string date_of(const timespec& time) {
  std::tm date{};
  gmtime_r(&time.tv_sec, &date);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &date);
  std::snprintf(text + size, sizeof text - size, ".%09ldZ", time.tv_nsec);
  return text;
}

// A set of capabilities, as /proc/PID/status has it.
std::string set_of(pid_t pid, const std::string& line) {
  std::istringstream text(read_file(proc(pid, "status")));
  for (std::string word; text >> word;) {
    if (word == line && text >> word) return word;
  }
  return "";
}

Json executable(pid_t pid) {
  struct stat info {};
  EXPECT_EQ(0, stat(proc(pid, "exe").c_str(), &info));
  return {{"inode", info.st_ino},           {"device", kernel_device(info.st_dev)}, {"mode", info.st_mode},
          {"flags", {"tmpfs", "writable"}},  // where all that these tests execute lies, and root does it
          {"mtime", date_of(info.st_mtim)}, {"ctime", date_of(info.st_ctim)}};
}

Json process(pid_t pid) {
  Json members = identity(pid);
  const std::vector<std::string> arguments = arguments_of(pid);
  members.update({
      {"vpid", pid},
      {"argv", arguments},
      {"cwd", read_link(proc(pid, "cwd"))},
      {"user", account(id_of(pid, "Uid:", 1))},
      {"group", group(id_of(pid, "Gid:", 1))},
      {"real_user", user(id_of(pid, "Uid:", 0))},
      {"real_group", group(id_of(pid, "Gid:", 0))},
      {"tty", std::stoul(stat_field(pid, 7))},
      {"session", std::stoul(stat_field(pid, 6))},
      {"process_group", std::stoul(stat_field(pid, 5))},
      {"namespaces",
       {{"pid", namespace_of(pid, "pid")},
        {"mount", namespace_of(pid, "mnt")},
        {"net", namespace_of(pid, "net")},
        {"user", namespace_of(pid, "user")},
        {"cgroup", namespace_of(pid, "cgroup")}}},
      {"capabilities",
       {{"inheritable", set_of(pid, "CapInh:")},
        {"permitted", set_of(pid, "CapPrm:")},
        {"effective", set_of(pid, "CapEff:")}}},
      {"executable", executable(pid)},
      {"stdio",
       {{"stdin", mode_of(proc(pid, "fd/0"))},
        {"stdout", mode_of(proc(pid, "fd/1"))},
        {"stderr", mode_of(proc(pid, "fd/2"))}}},
      {"cgroup", cgroup_of(pid)},
  });
  if (arguments.size() > 1) members["args"] = joined_from(arguments, 1);
  return members;
}

// What is told of all above the process.
Json further(pid_t pid) {
  Json members = {{"argv", arguments_of(pid)}};
  if (const auto session = std::stoul(stat_field(pid, 6)); session != 0) members["session"] = session;
  if (const auto group = std::stoul(stat_field(pid, 5)); group != 0) members["process_group"] = group;
  return members;
}

Json ancestors(pid_t pid) {
  Json list = Json::array();
  for (pid_t at = std::stoi(stat_field(pid, 4)); at != 0; at = std::stoi(stat_field(at, 4))) {
    list.push_back({{"entity_id", boot_id() + "-" + key_of(at)},
                    {"pid", at},
                    {"name", line_of(at, "comm")},
                    {"exe", read_link(proc(at, "exe"))}});
    if (list.size() > 1) list.back().update(further(at));
  }
  return list;
}

// The number of the call that an event is named after; -1: it has a name of its own.
int number_of_call(const std::string& type) {
  static const std::map<std::string, int> kCalls = {
      {"execve", SYS_execve}, {"openat", SYS_openat}, {"connect", SYS_connect}};
  const auto found = kCalls.find(type);
  return found == kCalls.end() ? -1 : found->second;
}

}  // namespace

std::string rule_of(const Json& alert) { return member<std::string>(alert, "/rule", ""); }
std::string message_of(const Json& alert) { return member<std::string>(alert, "/message", ""); }
pid_t pid_of(const Json& alert) { return member<pid_t>(alert, "/process/pid", 0); }

void expect_json(const Json& actual, const Json& expected) {
  for (const Json& change : Json::diff(expected, actual)) {
    const Json::json_pointer at(change.at("path").get<std::string>());
    const std::string wanted = expected.contains(at) ? expected.at(at).dump() : "nothing";
    const std::string found = actual.contains(at) ? actual.at(at).dump() : "nothing";
    ADD_FAILURE() << at.to_string() << ": expected " << wanted << ", found " << found;
  }
}

Json about_process(pid_t pid) {
  const pid_t parent = std::stoi(stat_field(pid, 4));
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  Json members = {
      {"schema", "picket.alert.v1"},
      {"host", {{"name", host}, {"boot_id", boot_id()}}},
      {"process", process(pid)},
      {"parent", identity(parent)},
      {"ancestors", ancestors(pid)},
      {"event",
       {{"tid", pid},
        {"uid", id_of(pid, "Uid:", 1)},
        {"gid", id_of(pid, "Gid:", 1)},
        {"flags", Json::array()},
        {"decision", "allowed"}}},
  };
  members["parent"].update({{"cwd", read_link(proc(parent, "cwd"))}, {"user", user(id_of(parent, "Uid:", 1))}});
  members["parent"].update(further(parent));
  return members;
}

void take_over_times(Json& expected, const Json& actual, std::uint64_t since) {
  const Json& process = actual.at("process");
  take_time(expected, actual, "time", since, boot_clock());
  take_start_time(expected.at("process"), process);
  take_start_time(expected.at("parent"), actual.at("parent"));
  if (process.contains("exec_time")) take_time(expected["process"], process, "exec_time", since, boot_clock());
  const Json& event = actual.at("event");
  for (const char* counter : {"cpu", "sequence", "boottime"}) expected["event"][counter] = event.at(counter);
  const std::uint64_t time = event.at("boottime");
  EXPECT_TRUE(since <= time && time <= boot_clock()) << time << ", since " << since;
  const int call = number_of_call(event.at("type"));
  if (call >= 0 || event.contains("syscall"))
    expected["event"]["syscall"] = call >= 0 ? Json(call) : event.at("syscall");
  // Of what the kernel side decided: by which image, and that it did nothing.
  if (event.contains("generation")) expected["event"].update({{"generation", event.at("generation")}, {"conjunct", 0}});
  const std::string id = actual.at("id");
  EXPECT_EQ(16u, id.size());
  EXPECT_EQ(id.npos, id.find_first_not_of("0123456789abcdef")) << id;
  expected["id"] = id;
}

}  // namespace picket::test
