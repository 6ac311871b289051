// SPDX-License-Identifier: Apache-2.0
//
// The records of a busy machine, made up: shells that start programs, which read files and connect. The same seed gives
// the same records.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "rules/event/event.h"
#include "tests/support/record.h"

namespace picket::test {

class Activity {
 public:
  explicit Activity(std::uint32_t seed, std::size_t processes = 200) : random_(seed), keys_(processes) {}

  using Use = std::function<void(std::span<const std::byte> record)>;

  // Snapshot records of the processes that run at the beginning.
  void begin(const Use& use) {
    for (std::size_t slot = 0; slot < keys_.size(); ++slot) {
      auto record = exec(slot);
      record->header.flags |= PK_FLAG_backfilled;
      use(record.bytes());
    }
  }

  // Of a hundred: 70 opens (of which some are followed by their result), 12 connects, 6 programs that come and go (a
  // fork, an exec and an exit each).
  void next(const Use& use) {
    const std::uint32_t sort = number(88);
    const std::size_t slot = number(static_cast<std::uint32_t>(keys_.size()));
    if (sort < 70) return open(slot, use);
    if (sort < 82) return connect(slot, use);
    start(slot, use);
  }

  std::uint64_t time() const { return time_; }
  pk_key process(std::size_t slot) const { return keys_[slot]; }

 private:
  std::uint32_t number(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  template <class Struct>
  void head(Record<Struct>& record, std::size_t slot) {
    pk_header& header = record->header;
    header.process = keys_[slot];
    header.time = time_ += 1000;
    header.cgroup = 100 + slot % 4;
    header.sequence = ++sequence_;
    header.cpu = static_cast<pk_u32>(slot % 4);
    header.tid = pk_key_pid(keys_[slot]);
    header.uid = header.gid = slot % 3 == 0 ? 0 : 1000;
  }

  Record<pk_exec> exec(std::size_t slot) {
    static const std::string kPrograms[] = {"/usr/bin/bash", "/usr/bin/cat", "/usr/sbin/nginx",
                                            "/usr/lib/systemd/systemd"};
    if (keys_[slot] == 0) keys_[slot] = pk_process_key(static_cast<std::uint32_t>(++pid_), time_);
    Record<pk_exec> record(Kind::exec);
    head(record, slot);
    const std::string& program = kPrograms[number(4)];
    const std::string name = program.substr(program.rfind('/') + 1);
    record->header.syscall = 59;
    record->start_time = time_;
    record->parent = keys_[0] == keys_[slot] ? 0 : keys_[0];
    record->real_uid = record->header.uid;
    record->login_uid = 1000;
    name.copy(record->comm.bytes, 15);
    const std::string argv = name + std::string("\0--option\0value\0", 16);
    record->argv_size = static_cast<pk_u32>(argv.size());
    record.text(&pk_exec::path, program).text(&pk_exec::filename, program).text(&pk_exec::cwd, "/srv/www");
    record.text(&pk_exec::argv, argv);
    return record;
  }

  void open(std::size_t slot, const Use& use) {
    static const std::string kFiles[] = {"/etc/passwd",       "/usr/lib/x86_64-linux-gnu/libc.so.6",
                                         "/var/log/syslog",   "/srv/www/index",
                                         "/proc/self/status", "/tmp/cache/",
                                         "/home/user/notes",  "/usr/share/zoneinfo/"};
    Record<pk_open> record(Kind::open);
    head(record, slot);
    const bool follows = number(4) == 0;
    record->header.syscall = 257;
    if (follows) record->header.flags |= PK_FLAG_result_follows;
    record->file_mode = 1;
    record->mode = 0100644;
    record->inode = 1000 + number(5000);
    record->links = 1;
    record.text(&pk_open::path, number(2000) == 0 ? "/etc/shadow" : kFiles[number(8)] + std::to_string(number(100)));
    use(record.bytes());
    if (!follows) return;
    Record<pk_result> result(Kind::result);
    const std::uint64_t since = record->header.time;
    head(result, slot);
    result->since = since;
    result->result = 3;
    use(result.bytes());
  }

  void connect(std::size_t slot, const Use& use) {
    Record<pk_connect> record(Kind::connect);
    head(record, slot);
    record->header.syscall = 42;
    record->family = 2;
    record->port = static_cast<pk_u16>(number(3) == 0 ? 443 : 1024 + number(1000));
    record->address.bytes[0] = 10;
    record->address.bytes[3] = static_cast<__u8>(number(200));
    use(record.bytes());
  }

  void start(std::size_t slot, const Use& use) {
    const pk_key creator = keys_[0];
    if (slot == 0) return open(slot, use);
    Record<pk_exit> exit(Kind::exit);
    head(exit, slot);
    use(exit.bytes());
    keys_[slot] = pk_process_key(static_cast<std::uint32_t>(++pid_), time_);
    Record<pk_fork> fork(Kind::fork);
    head(fork, slot);
    fork->creator = creator;
    fork->start_time = time_;
    use(fork.bytes());
    use(exec(slot).bytes());
  }

  std::mt19937 random_;
  std::vector<pk_key> keys_;
  std::uint64_t time_ = 100'000'000'000;
  std::uint64_t sequence_ = 0;
  std::uint64_t pid_ = 1000;
};

}  // namespace picket::test
