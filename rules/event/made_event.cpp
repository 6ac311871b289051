// SPDX-License-Identifier: Apache-2.0
#include "rules/event/made_event.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace picket {
namespace {

constexpr std::uint32_t kPid = 100;
constexpr std::uint64_t kStart = 60'000'000'000;  // boot clock
constexpr std::size_t kNameSize = 15;

void fill(Process& process, std::uint32_t pid) {
  process.known = true;
  process.pid = process.vpid = pid;
  process.start_time = kStart;
  process.cwd = "/";
  process.stdin_mode = process.stdout_mode = process.stderr_mode = S_IFCHR | 0620;
}

// The process's name follows from its executable, and its command line from both and the arguments.
void complete_process(Process& process) {
  if (process.comm.empty()) process.comm = process.exe_path.substr(process.exe_path.rfind('/') + 1);
  process.comm.resize(std::min(process.comm.size(), kNameSize));
  if (process.filename.empty()) process.filename = process.exe_path;
  if (process.argv.empty() || process.argv.front() == '\0') process.argv.insert(0, process.comm);
  if (process.argv.empty() || process.argv.back() != '\0') process.argv += '\0';
  process.cmdline = process.comm;
  const std::size_t first = process.argv.find('\0') + 1;
  if (first < process.argv.size()) process.cmdline += ' ';
  for (std::size_t i = first; i + 1 < process.argv.size(); ++i) {
    process.cmdline += process.argv[i] == '\0' ? ' ' : process.argv[i];
  }
  process.key = pk_process_key(process.pid, process.start_time);
}

}  // namespace

std::string_view MadeNames::user(std::uint32_t number) {
  if (!user_name.empty() && number == uid) return user_name;
  return number == 0 ? "root" : "";
}

std::string_view MadeNames::group(std::uint32_t number) {
  if (!group_name.empty() && number == gid) return group_name;
  return number == 0 ? "root" : "";
}

MadeEvent::MadeEvent(Kind kind) : record_(kind, layout_of(static_cast<unsigned>(kind)).size) {
  fill(processes_.emplace_back(), kPid);
  record_.header().time = 2 * kStart;
}

const Member* MadeEvent::member(std::string_view name) const {
  const auto members = layout_of(record_.header().kind).members;
  const auto found =
      std::find_if(members.begin(), members.end(), [name](const Member& one) { return one.name == name; });
  return found == members.end() ? nullptr : &*found;
}

// The lowest bytes: the machine has them first.
void MadeEvent::set(const Member& member, std::uint64_t number) {
  std::memcpy(record_.at(member.offset), &number, std::min(member.size, sizeof number));
}

void MadeEvent::set(const Member& member, std::string_view text) {
  if (member.is_text) return record_.set_text(member.offset, text);
  char name[kNameSize + 1] = {};
  text.copy(name, kNameSize);
  std::memcpy(record_.at(member.offset), name, sizeof name);
}

void MadeEvent::set(const Member& member, const Address& address) {
  std::memcpy(record_.at(member.offset), address.bytes.data(), address.bytes.size());
}

Process& MadeEvent::add_ancestor() {
  Process& child = processes_.back();
  const auto level = static_cast<std::uint32_t>(processes_.size());
  Process& ancestor = processes_.emplace_back();
  child.parent = &ancestor;
  fill(ancestor, level < kPid ? kPid - level : 1);
  return ancestor;
}

Container& MadeEvent::container() {
  if (!container_) container_ = std::make_unique<Container>();
  return *container_;
}

void MadeEvent::complete() {
  for (Process& process : processes_) complete_process(process);
  const Process& actor = processes_.front();
  header().process = actor.key;
  header().tid = actor.pid;
  header().uid = actor.uid;
  header().gid = actor.gid;
  if (member("links") != nullptr) make_regular();
  if (kind() != Kind::exec) return;
  set_if_empty("path", actor.exe_path);
  set_if_empty("filename", actor.filename);
  set_if_empty("cwd", actor.cwd);
  set_if_empty("argv", actor.argv);
  set(*member("comm"), actor.comm);
}

// What is said to be no other file is a regular one.
void MadeEvent::make_regular() {
  const Member& mode = *member("mode");
  std::uint16_t there = 0;
  std::memcpy(&there, record_.at(mode.offset), sizeof there);
  if (there == 0) set(mode, std::uint64_t{S_IFREG | 0644});
}

void MadeEvent::set_if_empty(std::string_view name, std::string_view text) {
  const Member& found = *member(name);
  pk_text there;
  std::memcpy(&there, record_.at(found.offset), sizeof there);
  if (there.size == 0) set(found, text);
}

Event MadeEvent::event() const {
  Event event;
  event.header = &record_.header();
  event.process = &processes_.front();
  event.names = names_.get();
  event.container = container_.get();
  event.result = result_;
  if (file_hash_.is_known()) event.file_hash = &file_hash_;
  event.number = 1;
  return event;
}

}  // namespace picket
