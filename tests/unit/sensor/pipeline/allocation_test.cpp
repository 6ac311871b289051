// SPDX-License-Identifier: Apache-2.0
//
// The way of an event through the sensor: once warm, none that is known to the process table allocates, whether a rule
// matches or not.
#include <gtest/gtest.h>

#include "rules/compile/compile.h"
#include "sensor/pipeline/engine.h"
#include "tests/support/allocations.h"
#include "tests/support/memory_sink.h"
#include "tests/support/record.h"

namespace picket {
namespace {

// Written at once and through a queue, for machines and for people, with labels and with a filter.
Outputs null_outputs() {
  const auto ignore = [](const Message&) {};
  test::Sinks sinks;
  for (SinkTraits traits : {SinkTraits{.name = "json"}, SinkTraits{.name = "human", .format = nullptr, .colour = true},
                            SinkTraits{.name = "queued", .queue_bytes = 1u << 20, .labels = true},
                            SinkTraits{.name = "chosen", .filter = {.rules = {"no such *", "*"}}}}) {
    sinks.push_back(std::make_unique<Sink>(std::move(traits), std::make_unique<test::CallDestination>(ignore)));
  }
  return Outputs(Host{"host", "b007"}, std::move(sinks));
}

TEST(Engine, AllocatesNothingPerEventOnceWarm) {
  policy::Documents documents;
  policy::load_text("test.yaml", R"(
- rule: Shadow read
  desc: Somebody read the password hashes
  condition: evt.type = openat and fd.name in (/etc/shadow, /etc/gshadow) and not proc.aname in (sshd, login)
  output: read %fd.name by %proc.name parent %proc.pname user %user.name at %evt.time
  priority: CRITICAL
)",
                    documents);
  const Compiled compiled = compile(documents);
  Outputs outputs = null_outputs();
  ProcessTable processes;
  test::FakeNames names;
  ContainerTable containers;
  Engine engine(compiled.policy, processes, containers, names, outputs);

  test::Record<pk_open> wanted(Kind::open), unwanted(Kind::open);
  wanted->header.process = unwanted->header.process = pk_process_key(7, 1'000'000'000);
  wanted->header.syscall = unwanted->header.syscall = 257;
  wanted.text(&pk_open::path, "/etc/shadow");
  unwanted.text(&pk_open::path, "/etc/passwd");

  const auto one_of_each = [&] {
    engine.on_record(wanted.bytes());
    engine.on_record(unwanted.bytes());
  };
  one_of_each();
  const std::size_t before = test::allocations;
  for (int i = 0; i < 100; ++i) one_of_each();
  EXPECT_EQ(test::allocations - before, 0u);
  EXPECT_EQ(engine.counters().alerts, 101u);
}

// Keys that are new, known and evicted; alerts that are shown, suppressed and reported.
TEST(Engine, ThrottlesThresholdsAndSequencesAllocateNothingOnceWarm) {
  policy::Documents documents;
  policy::load_text("test.yaml", R"yaml(
- rule: Often opened
  desc: Somebody opens the same file again and again
  condition: evt.type = openat
  output: "%fd.name opened by %proc.name"
  priority: NOTICE
  tags: [mitre_discovery, T1083]
  threshold: {count: 2, within: 1s, by: [fd.name, "basename(fd.name)", user.name]
}
  throttle: {per: [fd.name, evt.num], every: 1h, max: 1}
- rule: Opened
  desc: A step
  condition: evt.type = openat
  output: "%fd.name"
  priority: NOTICE
  enabled: false
- rule: Opened again
  desc: The last step, which is a first one, too
  condition: evt.type = openat
  output: "%fd.name"
  priority: NOTICE
  sequence: {after: [Opened, Opened], by: ancestor, within: 1s}
)yaml",
                    documents);
  const Compiled compiled = compile(documents);
  ASSERT_EQ(compiled.policy.rules.size(), 3u);
  Outputs outputs = null_outputs();
  ProcessTable processes;
  test::FakeNames names;
  ContainerTable containers;
  Engine engine(compiled.policy, processes, containers, names, outputs);

  test::Record<pk_open> open(Kind::open);
  open->header.process = pk_process_key(7, 1'000'000'000);
  open->header.syscall = 257;
  open.text(&pk_open::path, "/etc/shadow");
  const auto twice = [&] {
    open->header.time += 1'000'000;
    for (int i = 0; i < 2; ++i) engine.on_record(open.bytes());
  };
  for (int i = 0; i < 2; ++i) twice();  // until each rule has alerted
  const std::size_t before = test::allocations;
  for (std::size_t i = 1; i < 2 * kThrottleKeys; ++i) twice();
  EXPECT_EQ(test::allocations - before, 0u);
  EXPECT_EQ(engine.rates().throttles_evicted, kThrottleKeys + 1);
  EXPECT_GT(engine.counters().alerts, 2 * kThrottleKeys + 1) << "those of the sequence besides";
}

// What is known of a program costs nothing any more, and what nobody asks for does neither.
TEST(Engine, KnownHashesAllocateNothingOnceWarm) {
  policy::Documents documents;
  policy::load_text("test.yaml", R"(
- rule: Hashed
  desc: A program that is known opens a file
  condition: evt.type = openat and (proc.exe_hash.sha256 startswith 0101 or fd.name = /x and file.hash.sha256 endswith 7)
  output: read %fd.name by %proc.exe_hash.sha256
  priority: CRITICAL
)",
                    documents);
  const Compiled compiled = compile(documents);
  ASSERT_EQ(compiled.policy.rules.size(), 1u);
  Outputs outputs = null_outputs();
  ProcessTable processes;
  test::FakeNames names;
  ContainerTable containers;
  std::vector<HashRequest> asked;
  Engine engine(compiled.policy, processes, containers, names, outputs,
                {.ask = [&asked](HashRequest request) { asked.push_back(std::move(request)); }});

  test::Record<pk_exec> exec(Kind::exec);
  exec->header.process = pk_process_key(7, 1'000'000'000);
  exec->inode = 8;
  exec->ctime = 9;
  engine.on_record(exec.bytes());
  test::Record<pk_open> open(Kind::open);
  open->header.process = exec->header.process;
  open->header.syscall = 257;
  open.text(&pk_open::path, "/etc/shadow");
  engine.on_record(open.bytes());
  ASSERT_EQ(asked.size(), 1u);
  Sha256 sha256;
  sha256.fill(1);
  engine.on_hash({asked[0].ticket, asked[0].file, FileHash::known(sha256)});
  engine.on_record(open.bytes());
  EXPECT_EQ(engine.counters().alerts, 2u);
  const std::size_t before = test::allocations;
  for (int i = 0; i < 100; ++i) engine.on_record(open.bytes());
  EXPECT_EQ(test::allocations - before, 0u);
  EXPECT_EQ(engine.counters().alerts, 102u);
  EXPECT_EQ(asked.size(), 1u);
}

}  // namespace
}  // namespace picket
