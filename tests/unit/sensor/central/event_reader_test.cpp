// SPDX-License-Identifier: Apache-2.0
//
// Event -> JSON -> event: the same text again, and the same value of every field of the catalogue.
#include "sensor/central/event_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <functional>
#include <set>

#include "rules/event/outcome.h"
#include "tests/support/fields.h"
#include "tests/support/hostile.h"
#include "tests/support/native_line.h"
#include "tests/support/sample.h"

namespace picket::central {
namespace {

using test::AnyRecord;
using test::SampleAlert;

// What is told of an event by who reads it, not by the message.
const std::set<std::string_view> kOwn = {"evt.num", "header.size"};

// A value and all values of each field, with whatever arguments matter.
std::string all_values(const Event& event) {
  std::string text;
  const auto add = [&](const std::string& name) { text += name + "=" + test::show(name, event) + "\n"; };
  for (const Field& field : all_fields()) {
    const std::string name(field.name);
    if (kOwn.contains(field.name)) continue;
    if (field.argument != Argument::Required && field.argument != Argument::RequiredName) add(name);
    if (field.argument != Argument::None) {
      for (const char* argument : {"[0]", "[1]", "[2]", "[3]", "[LD_PRELOAD]", "[app]"}) add(name + argument);
    }
    if (field.get_each != nullptr) text += name + "[*]=" + test::show_each(name, event) + "\n";
  }
  return text;
}

class EventReading : public testing::Test {
 protected:
  // The alert as it was written, and as it is written of what was read.
  void expect_same(const Alert& alert, const Host& host) {
    const std::string line = test::native_line(alert, host, scratch_);
    const auto problem = reader_.read(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_FALSE(problem) << describe(*problem) << '\n' << line;
    Alert again = alert;
    again.event = &reader_.event();
    EXPECT_EQ(test::native_line(again, reader_.host(), scratch_), line);
    EXPECT_EQ(all_values(reader_.event()), all_values(*alert.event)) << line;
  }

  EventReader reader_;
  Scratch scratch_;
};

// The record belongs to the process: what the sensor's own table sees to.
void belong(SampleAlert& sample, AnyRecord& record) {
  auto& header = const_cast<pk_header&>(*record.event(sample.process, nullptr).header);
  header.process = sample.process.key;
  header.cgroup = sample.process.cgroup;
}

bool is_read(Kind kind) { return kDone.contains(kind) || kind == Kind::container; }

TEST_F(EventReading, EveryKindIsTheSameAgain) {
  for (const auto& record : test::one_of_every_kind()) {
    SampleAlert sample;
    belong(sample, *record);
    const Alert& alert = sample.alert(*record);
    if (is_read(alert.event->kind())) expect_same(alert, sample.host);
  }
}

TEST_F(EventReading, HostileBytesAreTheSameAgain) {
  for (const std::string_view bytes : test::kHostile) {
    for (const auto& record : test::one_of_every_kind(bytes)) {
      SampleAlert sample;
      test::make_hostile(sample, bytes);
      belong(sample, *record);
      const Alert& alert = sample.alert(*record);
      if (!is_read(alert.event->kind())) continue;
      Event event = *alert.event;
      event.container = &sample.container;
      event.wall_clock_offset = 1'785'000'000'000'000'000;
      event.host_name = event.local_name = event.reached_by = bytes;
      Alert changed = alert;
      changed.event = &event;
      expect_same(changed, sample.host);
    }
  }
}

TEST_F(EventReading, WhatIsKnownOfAnEventIsTheSameAgain) {
  const std::function<void(SampleAlert&, Event&, pk_header&)> rows[] = {
      [](SampleAlert&, Event&, pk_header&) {},
      [](SampleAlert&, Event&, pk_header& header) { header.flags = 0x3ff; },
      [](SampleAlert&, Event& event, pk_header& header) {
        header.error = -EACCES;
        event.result = -EPERM;
      },
      [](SampleAlert&, Event& event, pk_header&) { event.result = 7; },
      [](SampleAlert&, Event& event, pk_header&) { event.result = INT64_MIN; },
      [](SampleAlert&, Event&, pk_header& header) { header.error = -EACCES; },
      [](SampleAlert&, Event&, pk_header& header) { header.error = INT32_MIN; },
      [](SampleAlert&, Event&, pk_header& header) {
        header.decision = PK_DENIED;
        header.error = -EPERM;
        header.policy = 3;
        header.conjunct = 9;
      },
      [](SampleAlert&, Event&, pk_header& header) { header.decision = PK_WOULD_KILL; },
      [](SampleAlert&, Event&, pk_header& header) { header.syscall = -1; },
      [](SampleAlert&, Event&, pk_header& header) {
        header.syscall = 5;
        header.flags = PK_FLAG_compat;
      },
      [](SampleAlert&, Event&, pk_header& header) { header.syscall = 0x40000000 | 257; },
      [](SampleAlert&, Event&, pk_header& header) { header.cgroup = 77; },
      [](SampleAlert&, Event&, pk_header& header) { header.uid = header.gid = 1000; },
      [](SampleAlert&, Event&, pk_header& header) { header.uid = header.gid = 4711; },
      [](SampleAlert& sample, Event&, pk_header&) { sample.process.uid = 1000; },
      [](SampleAlert& sample, Event&, pk_header&) {  // nothing but its ids
        Process unknown;
        unknown.key = sample.process.key;
        unknown.pid = sample.process.pid;
        unknown.start_time = sample.process.start_time;
        unknown.cgroup = sample.process.cgroup;
        sample.process = unknown;
      },
      [](SampleAlert& sample, Event&, pk_header&) { sample.process.start_time = sample.process.exec_time = 0; },
      [](SampleAlert& sample, Event&, pk_header&) { sample.process.login_uid = UINT32_MAX; },
      [](SampleAlert& sample, Event&, pk_header&) { sample.process.parent = nullptr; },
      [](SampleAlert& sample, Event&, pk_header&) {
        sample.process.exe_hash = FileHash::known({0xab, 1});
      },
      [](SampleAlert& sample, Event& event, pk_header&) {
        sample.file_hash = FileHash::known({0xcd, 2});
        event.file_hash = &sample.file_hash;
      },
      [](SampleAlert& sample, Event&, pk_header&) { sample.process.argv = sample.process.cmdline = ""; },
      [](SampleAlert& sample, Event&, pk_header&) { sample.sshd.argv = sample.sshd.cmdline = ""; },
      [](SampleAlert& sample, Event&, pk_header&) { sample.shell.cmdline = ""; },
      [](SampleAlert& sample, Event&, pk_header&) { sample.sshd.cmdline = "sshd: root [priv]"; },
      [](SampleAlert& sample, Event&, pk_header&) {
        sample.sshd.vpid = 3;
        sample.sshd.pid_namespace = 4026532000;
        sample.process.process_group = sample.sshd.process_group = 600;
      },
      [](SampleAlert& sample, Event&, pk_header&) { sample.process.session = sample.sshd.session = 600; },
      [](SampleAlert& sample, Event& event, pk_header&) {
        sample.container = Container{};
        event.container = &sample.container;
      },
      [](SampleAlert& sample, Event& event, pk_header&) {
        sample.container.privileged.reset();
        sample.container.start_time = 0;
        sample.container.runtime = Runtime::Nspawn;
        sample.container.metadata = Metadata::Unavailable;
        event.container = &sample.container;
      },
      [](SampleAlert&, Event& event, pk_header&) {
        event.host_name = "www.example.test";
        event.local_name = "web-1.example.test";
        event.reached_by = "/mnt/shadow";
      },
      [](SampleAlert&, Event& event, pk_header&) { event.wall_clock_offset = 0; },
      [](SampleAlert& sample, Event&, pk_header&) { sample.host.name = "another"; },
  };
  for (const auto& change : rows) {
    SampleAlert sample;
    sample.open->header.cgroup = sample.process.cgroup;
    sample.names.refresh();
    Alert alert = sample.alert();
    Event event = *alert.event;
    change(sample, event, sample.open->header);
    alert.event = &event;
    SCOPED_TRACE(&change - rows);
    expect_same(alert, sample.host);
  }
}

TEST_F(EventReading, MoreAncestorsThanAreShown) {
  SampleAlert sample;
  std::vector<Process> line(30);
  for (std::size_t i = 0; i < line.size(); ++i) {
    line[i].pid = line[i].vpid = static_cast<std::uint32_t>(100 - i);
    line[i].comm = "a" + std::to_string(i);
    line[i].cmdline = line[i].comm;
    if (i + 1 < line.size()) line[i].parent = &line[i + 1];
  }
  sample.process.parent = line.data();
  sample.open->header.cgroup = sample.process.cgroup;
  const std::string text = test::native_line(sample.alert(), sample.host, scratch_);
  ASSERT_FALSE(reader_.read(text));
  EXPECT_EQ(test::show("proc.aname[16]", reader_.event()), "a15");
  EXPECT_EQ(test::show("proc.aname[17]", reader_.event()), "<NA>");
}

// A process is read once, while its text stays the same.
TEST_F(EventReading, ProcessesAreKept) {
  SampleAlert sample;
  const std::string line = test::native_line(sample.alert(), sample.host, scratch_);
  ASSERT_FALSE(reader_.read(line));
  const Process* const first = reader_.event().process;
  const std::uint64_t revision = first->revision.number();
  EXPECT_NE(revision, 0u);
  ASSERT_FALSE(reader_.read(line));
  EXPECT_EQ(reader_.event().process, first);
  EXPECT_EQ(first->revision.number(), revision);
  sample.sshd.comm = "dropbear";
  ASSERT_FALSE(reader_.read(test::native_line(sample.alert(), sample.host, scratch_)));
  EXPECT_NE(reader_.event().process->revision.number(), revision);
  EXPECT_EQ(test::show("proc.aname[2]", reader_.event()), "dropbear");
}

TEST_F(EventReading, MachinesHaveOrigins) {
  SampleAlert sample;
  ASSERT_FALSE(reader_.read(test::native_line(sample.alert(), sample.host, scratch_)));
  const std::uint64_t origin = reader_.event().origin;
  EXPECT_NE(origin, 0u);
  EXPECT_EQ(reader_.event().time(), 1'785'000'063'123'456'789u);
  sample.host.boot_id = "ffffffffffffffffffffffffffffffff";
  ASSERT_FALSE(reader_.read(test::native_line(sample.alert(), sample.host, scratch_)));
  EXPECT_NE(reader_.event().origin, origin);
}

// ---- what is no event ----

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return text.replace(at, what.size(), with);
}

TEST_F(EventReading, ProblemsHaveTheirCauses) {
  SampleAlert sample;
  const std::string line = test::native_line(sample.alert(), sample.host, scratch_);
  test::Record<pk_loss> loss(Kind::loss);
  const std::string notice = test::native_line(loss.event(sample.process, &sample.names), sample.host, scratch_);
  const struct {
    std::string text;
    Problem problem;
  } rows[] = {
      {"", Problem::not_json},
      {"\xff", Problem::not_json},
      {"null", Problem::not_json},
      {"[]", Problem::not_json},
      {"{}", Problem::not_an_event},
      {line + line, Problem::not_json},
      {line.substr(0, line.size() / 2), Problem::not_json},
      {std::string(100'000, '['), Problem::not_json},
      {std::string(kLargestMessage + 1, ' '), Problem::too_large},
      {notice, Problem::not_an_event},
      {R"({"schema":"ocsf"})", Problem::not_an_event},
      {R"({"schema":1})", Problem::wrong_member},
      {replaced(line, "picket.alert.v1", "picket.alert.v2"), Problem::other_version},
      {replaced(line, R"("kind":"open")", R"("kind":"tea")"), Problem::unknown_kind},
      {replaced(line, R"("kind":"open")", R"("kind":"loss")"), Problem::not_an_event},
      {replaced(line, R"("kind":"open",)", ""), Problem::missing_member},
      {replaced(line, R"("boottime":)", R"("other":)"), Problem::missing_member},
      {replaced(line, R"("tid":812)", R"("tid":"812")"), Problem::wrong_member},
      {replaced(line, R"("tid":812)", R"("tid":4294967296)"), Problem::wrong_member},
      {replaced(line, R"("tid":812)", R"("tid":-1)"), Problem::wrong_member},
      {replaced(line, R"("mode":33184)", R"("mode":65536)"), Problem::wrong_member},
      {replaced(line, R"("inode":1234567)", R"("inode":1.5)"), Problem::wrong_member},
      {replaced(line, R"("time":"2026-)", R"("time":"2026/)"), Problem::wrong_member},
      {replaced(line, R"("time":"2026-07-25)", R"("time":"2026-02-30)"), Problem::wrong_member},
      {replaced(line, R"("path":"/etc/shadow")", R"("path":["/etc/shadow"])"), Problem::wrong_member},
      {replaced(line, R"("path":"/etc/shadow")", R"("path":"","path_base64":"a")"), Problem::wrong_member},
      {replaced(line, R"("entity_id":"0123456789abcdef0123456789abcdef-)", R"("entity_id":")"), Problem::wrong_member},
      {replaced(line, R"("process":{"entity_id")", R"("process":{"other")"), Problem::wrong_member},
      {replaced(line, R"("boot_id":")", R"("boot_id":"\")"), Problem::wrong_member},
      {replaced(line, R"("boot_id":")", R"("boot_id":"\b)"), Problem::wrong_member},
      {replaced(line, R"("decision":"allowed")", R"("decision":"perhaps")"), Problem::wrong_member},
      {replaced(line, R"("process":{)", R"("other":{)"), Problem::missing_member},
      {replaced(line, R"("process":{)", R"("process":1,"x":{)"), Problem::wrong_member},
      {replaced(line, R"("host":{)", R"("other":{)"), Problem::missing_member},
  };
  for (const auto& row : rows) {
    const auto problem = reader_.read(row.text);
    ASSERT_TRUE(problem) << row.text.substr(0, 200);
    EXPECT_EQ(problem_name(*problem), problem_name(row.problem)) << row.text.substr(0, 2000);
  }
  EXPECT_FALSE(reader_.read(line));
}

TEST_F(EventReading, MembersMoreAndInAnotherOrder) {
  SampleAlert sample;
  std::string line = test::native_line(sample.alert(), sample.host, scratch_);
  line = replaced(line, R"("sequence":4711)", R"("later":{"x":[1,{"y":null}]},"sequence":4711)");
  line = replaced(line, R"("kind":"open",)", "");
  line = replaced(line, R"("decision":"allowed")", R"("kind":"open","decision":"allowed")");
  line = replaced(line, R"(,"process":{)", R"(, "some":[[]] , "process" : {)");
  ASSERT_FALSE(reader_.read(line));
  EXPECT_EQ(test::show("fd.name", reader_.event()), "/etc/shadow");
  EXPECT_EQ(test::show("proc.cmdline", reader_.event()), "cat /etc/shadow");
}

// Every byte of a message cut or changed: a problem or an event, nothing else. One change for each; the fuzzer does
// more.
TEST_F(EventReading, AnyBytesAreSafe) {
  constexpr std::array kBytes{'\0', '"', '{', '\\', '\xff', '9'};
  SampleAlert sample;
  sample.container_known = true;
  const std::string line = test::native_line(sample.alert(), sample.host, scratch_);
  for (std::size_t i = 0; i < line.size(); ++i) {
    (void)reader_.read(std::string_view(line).substr(0, i));
    std::string changed = line;
    changed[i] = kBytes[i % kBytes.size()];
    if (!reader_.read(changed)) (void)all_values(reader_.event());
  }
}

}  // namespace
}  // namespace picket::central
