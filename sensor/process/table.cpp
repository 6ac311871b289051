// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/table.h"

#include <algorithm>
#include <tuple>

#include "sensor/process/changes.h"

namespace picket {
namespace {

// Bits of a record's flags that say something about the process for as long as it keeps its image.
constexpr std::uint32_t kLasting = PK_FLAG_path_truncated | PK_FLAG_argv_truncated | PK_FLAG_cwd_truncated |
                                   PK_FLAG_env_truncated | PK_FLAG_backfilled;

// Below this, making room for a process could only cost one that is needed for it.
constexpr std::size_t kFewest = 16;

std::string_view comm_text(const pk_comm& comm) {
  const std::string_view all(comm.bytes, sizeof comm.bytes);
  return all.substr(0, all.find('\0'));
}

// proc.cmdline: the task name, then the arguments after the first, joined by blanks.
void join_command_line(Process& process) {
  std::string_view arguments = process.argv;
  if (arguments.ends_with('\0')) arguments.remove_suffix(1);
  process.cmdline = process.comm;
  const std::size_t first = arguments.find('\0');
  if (first == std::string_view::npos) return;
  process.cmdline += arguments.substr(first);
  std::replace(process.cmdline.begin() + static_cast<std::ptrdiff_t>(process.comm.size()), process.cmdline.end(), '\0',
               ' ');
}

void take_image(Process& process, const Event& event) {
  const auto& record = event.as<pk_exec>();
  process.known = true;
  process.exec_time = (record.header.flags & PK_FLAG_backfilled) != 0 ? 0 : record.header.time;
  process.start_time = record.start_time;
  process.vpid = record.vpid;
  process.comm = comm_text(record.comm);
  process.exe_path = event.text(record.path);
  process.filename = event.text(record.filename);
  process.interpreter = event.text(record.interpreter);
  process.cwd = event.text(record.cwd);
  process.argv = event.text(record.argv);
  process.env = event.text(record.env);
  join_command_line(process);

  process.inode = record.inode;
  process.device = record.device;
  process.exe_flags = record.exe_flags;
  process.exe_mtime = record.mtime;
  process.exe_ctime = record.ctime;
  process.exe_mode = record.exe_mode;
  process.exe_hash = {};
  process.stdin_mode = record.stdin_mode;
  process.stdout_mode = record.stdout_mode;
  process.stderr_mode = record.stderr_mode;

  process.real_uid = record.real_uid;
  process.real_gid = record.real_gid;
  process.login_uid = record.login_uid;
  process.cap_inheritable = record.cap_inheritable;
  process.cap_permitted = record.cap_permitted;
  process.cap_effective = record.cap_effective;
  process.tty = record.tty;
  process.process_group = record.process_group;
  process.session = record.session;
  process.pid_namespace = record.pid_namespace;
  process.mount_namespace = record.mount_namespace;
  process.net_namespace = record.net_namespace;
  process.user_namespace = record.user_namespace;
  process.cgroup_namespace = record.cgroup_namespace;
  process.flags = record.header.flags & kLasting;
}

// A child begins as a copy of its parent, but for what the fork record says and what it knows of itself.
void inherit(Process& child, const Process& parent, const Event& event) {
  const auto& record = event.as<pk_fork>();
  const auto own = std::tuple(child.key, child.pid, child.parent, child.exited, child.uid, child.gid, child.cgroup);
  child = parent;
  std::tie(child.key, child.pid, child.parent, child.exited, child.uid, child.gid, child.cgroup) = own;
  child.known = true;
  child.exec_time = 0;
  child.flags &= ~static_cast<std::uint32_t>(PK_FLAG_backfilled);
  if (!parent.known) {  // the next best thing to the real ids of a parent nobody told us about
    child.real_uid = record.header.uid;
    child.real_gid = record.header.gid;
  }

  child.start_time = record.start_time;
  child.vpid = record.vpid;
  child.pid_namespace = record.pid_namespace;
  child.mount_namespace = record.mount_namespace;
  child.net_namespace = record.net_namespace;
  child.user_namespace = record.user_namespace;
  child.cgroup_namespace = record.cgroup_namespace;
}

}  // namespace

// The process itself is changed through change() alone, and what is the same before and after is not changed: exporters
// keep what they wrote of a process until its revision is another one.
struct ProcessTable::Entry : private Process {
  explicit Entry(pk_key of) {
    change([of](Process& process) {
      process.key = of;
      process.pid = process.vpid = pk_key_pid(of);
      process.start_time = (of >> PK_KEY_PID_BITS) * PK_KEY_TICK_NS;
    });
  }

  const Process& process() const { return *this; }
  const Process* operator->() const { return this; }

  template <class Act>
  void change(Act act) {
    act(static_cast<Process&>(*this));
    revision.renew();  // last, since what another process is assigned to has none
  }

  std::uint64_t image_time = 0;       // when the image was as it is here
  std::uint64_t credential_time = 0;  // when user, group and cgroup were
  std::uint64_t confirmed = 0;        // when it was last seen running
  std::uint64_t last_seen = 0;        // exit, or the latest event of a process that is not known
  Entry* first_child = nullptr;
  Entry* next = nullptr;  // the parent's other children
  Entry* previous = nullptr;
  std::size_t heap_index = IndexedHeap<Entry>::kOutside;

  Entry* parent_entry() const { return static_cast<Entry*>(const_cast<Process*>(parent)); }

  // A placeholder is as good as gone: nothing but its key would be lost.
  bool gone() const { return exited || !known; }

  // The order of the comment in table.h. The key makes it total, so that the same events always give the same table.
  auto rank() const {
    const int group = !gone() ? 3 : first_child != nullptr ? 2 : 1;
    return std::tuple(group, gone() ? last_seen : start_time, key);
  }
  bool before(const Entry& other) const { return rank() < other.rank(); }

  // An io_uring worker may act with credentials that were registered with the ring: not the process's own.
  void take_credentials(const pk_header& header) {
    if (header.time < credential_time || (header.flags & PK_FLAG_io_worker) != 0) return;
    credential_time = header.time;
    if (std::tie(uid, gid, cgroup) == std::tie(header.uid, header.gid, header.cgroup)) return;
    change([&header](Process& process) {
      process.uid = header.uid;
      process.gid = header.gid;
      process.cgroup = header.cgroup;
    });
  }

  // Itself included. Only what has children can be an ancestor: for a process that is new there is nothing to walk.
  bool descends_from(const Entry& other) const {
    if (other.first_child == nullptr) return this == &other;
    for (const Process* process = this; process != nullptr; process = process->parent) {
      if (process == &other) return true;
    }
    return false;
  }
};

ProcessTable::ProcessTable(std::size_t max_processes) : max_processes_(std::max(max_processes, kFewest)) {}
ProcessTable::~ProcessTable() = default;

const Process& ProcessTable::apply(const Event& event) {
  const pk_header& header = *event.header;
  const Kind kind = event.kind();
  if (kind == Kind::fork) return on_fork(event).process();
  if (kind == Kind::exec && header.error == 0) return on_exec(event).process();  // one that was refused changes nothing

  Entry& process = entry(header.process, header.time);
  process.take_credentials(header);
  if (const Change change = change_of(event); change != nullptr && header.time >= process.image_time) {
    process.change([&](Process& its) {
      if (change(its, event)) process.credential_time = header.time;
    });
  }
  const bool ends = kind == Kind::exit && !process->exited;
  if (!ends && process->known) return process.process();  // nearly every event

  forgettable_.erase(process);
  if (ends || !process->exited) process.last_seen = std::max<std::uint64_t>(process.last_seen, header.time);
  if (ends) process.change([](Process& its) { its.exited = true; });
  requeue(process);
  return process.process();
}

void ProcessTable::apply_snapshot(const Event& event) { on_exec(event); }

void ProcessTable::begin_reading(std::uint64_t time) { reading_ = time; }

// Whether it executed something else unseen: another file, or the same one with other arguments. Its name and the bytes
// of its arguments say nothing, since it can change them itself.
bool ProcessTable::confirm(const Event& event) {
  const auto& record = event.as<pk_exec>();
  Entry* const entry = lookup(event.header->process);
  if (entry == nullptr || !entry->process().known) return false;
  entry->confirmed = event.header->time;
  const Process& process = entry->process();
  const bool whole = (process.flags & PK_FLAG_argv_truncated) == 0;
  return process.inode == record.inode && process.device == record.device &&
         (!whole || process.argv.size() == record.argv_size);
}

std::size_t ProcessTable::retire(std::uint64_t now) {
  std::size_t count = 0;
  for (const auto& [key, entry] : entries_) {
    if (entry->gone() || std::max(entry->confirmed, entry->image_time) >= reading_) continue;
    forgettable_.erase(*entry);
    entry->change([](Process& process) { process.exited = true; });
    entry->last_seen = now;
    requeue(*entry);
    ++count;
  }
  return count;
}

ProcessTable::Entry& ProcessTable::on_fork(const Event& event) {
  const auto& record = event.as<pk_fork>();
  const pk_header& header = record.header;
  Entry& child = entry_below(record.creator, header.process, header.time);
  if (!child->known) {  // else what the snapshot or an exec said is newer
    static const Process kNobody;
    child.change([&](Process& its) { inherit(its, its.parent != nullptr ? *its.parent : kNobody, event); });
    child.image_time = header.time;
    // The header's user is that of the thread that forked: the one the child begins with, and fresher than the parent's
    // entry. A forking thread may have credentials of its own, so they are not the parent's news.
    child.take_credentials(header);
  }
  requeue(child);
  return child;
}

ProcessTable::Entry& ProcessTable::on_exec(const Event& event) {
  const auto& record = event.as<pk_exec>();
  const pk_header& header = record.header;
  Entry& process = entry_below(record.parent, header.process, header.time);
  if (header.time >= process.image_time) {
    process.change([&event](Process& its) { take_image(its, event); });
    process.image_time = header.time;
    process.take_credentials(header);
  }
  requeue(process);
  return process;
}

const Process* ProcessTable::find(pk_key key) const {
  const Entry* const entry = lookup(key);
  return entry == nullptr ? nullptr : &entry->process();
}

void ProcessTable::set_exe_hash(const Process& image, const FileHash& hash) {
  Entry* const entry = lookup(image.key);
  if (entry == nullptr) return;
  const auto file = [](const Process& of) { return std::tie(of.inode, of.device, of.exe_ctime); };
  if (file(entry->process()) == file(image)) entry->change([&hash](Process& process) { process.exe_hash = hash; });
}

void ProcessTable::tick(std::uint64_t now) {
  // Forgetting the last child of a process that is gone brings that one to the top in turn.
  while (!forgettable_.empty()) {
    Entry& first = forgettable_.top();
    if (!first.gone() || first.first_child != nullptr || first.last_seen + kKeptNs > now) return;
    forget(first);
  }
}

std::size_t ProcessTable::size() const { return entries_.size(); }
std::uint64_t ProcessTable::evicted() const { return evicted_; }

ProcessTable::Entry* ProcessTable::lookup(pk_key key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.get();
}

// The entry of `key`; a placeholder when it is new, which the caller puts into the queue once it knows more of it.
// Making it may forget any entry that is forgettable.
ProcessTable::Entry& ProcessTable::entry(pk_key key, std::uint64_t time) {
  if (Entry* known = lookup(key)) return *known;
  if (entries_.size() >= max_processes_ && !forgettable_.empty()) {
    forget(forgettable_.top());
    ++evicted_;
  }
  Entry& made = *entries_.emplace(key, std::make_unique<Entry>(key)).first->second;
  made.last_seen = time;
  return made;
}

// The entry of `key`, below `parent_key` if it had no parent yet. While both are looked up they are kept out of the
// queue, so that neither is forgotten to make room for the other. The entry stays out of it: the caller puts it back.
ProcessTable::Entry& ProcessTable::entry_below(pk_key parent_key, pk_key key, std::uint64_t time) {
  Entry* parent = parent_key == 0 ? nullptr : lookup(parent_key);
  if (parent != nullptr) forgettable_.erase(*parent);
  Entry& process = entry(key, time);
  forgettable_.erase(process);
  if (process->parent == nullptr && parent_key != 0) {
    if (parent == nullptr) parent = &entry(parent_key, time);
    forgettable_.erase(*parent);
    // Walking up must end: a record that would make a process its own ancestor is not believed.
    if (!parent->descends_from(process)) adopt(*parent, process);
  }
  if (parent != nullptr && parent != &process) requeue(*parent);
  return process;
}

// Both are out of the queue; the caller puts them back.
void ProcessTable::adopt(Entry& parent, Entry& child) {
  child.change([&parent](Process& process) { process.parent = &parent.process(); });
  child.previous = nullptr;
  child.next = parent.first_child;
  if (child.next != nullptr) child.next->previous = &child;
  parent.first_child = &child;
}

void ProcessTable::forget(Entry& entry) {
  forgettable_.erase(entry);
  Entry* const parent = entry.parent_entry();
  if (parent != nullptr) {
    forgettable_.erase(*parent);
    (entry.previous != nullptr ? entry.previous->next : parent->first_child) = entry.next;
    if (entry.next != nullptr) entry.next->previous = entry.previous;
  }
  while (Entry* child = entry.first_child) {
    entry.first_child = child->next;
    child->change([](Process& process) { process.parent = nullptr; });
    child->next = child->previous = nullptr;
    if (parent != nullptr) adopt(*parent, *child);
  }
  if (parent != nullptr) requeue(*parent);
  entries_.erase(entry->key);
}

// Puts an entry back where it belongs. A living process with children is not forgettable.
void ProcessTable::requeue(Entry& entry) {
  forgettable_.erase(entry);
  if (entry.gone() || entry.first_child == nullptr) forgettable_.insert(entry);
}

}  // namespace picket
