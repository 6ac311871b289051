// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/human.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "tests/support/sample.h"

namespace picket {
namespace {

using test::Record;
using test::SampleAlert;
using testing::HasSubstr;
using testing::Not;

std::string text_of(SampleAlert& sample, const Alert& alert, bool colour = false) {
  std::string out;
  append_human(out, alert, colour, sample.scratch);
  return out;
}

TEST(Human, Alert) {
  SampleAlert sample;
  EXPECT_EQ(text_of(sample, sample.alert()),
            "17:21:03.123Z  CRITICAL   Read of credential file by untrusted program            T1003.008\n"
            "                          cat[812] /usr/bin/cat \"cat /etc/shadow\"  user=root  parent=bash[640]"
            "  -> /etc/shadow\n"
            "                          by systemd[1] > sshd[600] > bash[640]\n");
}

TEST(Human, Container) {
  SampleAlert sample;
  sample.container_known = true;
  EXPECT_THAT(text_of(sample, sample.alert()),
              HasSubstr("parent=bash[640]  container=nginx (" + sample.container.image.name +
                        ")  pod=shop/web-0  -> /etc/shadow"));
  sample.container = Container{};
  sample.container.id = "abc";
  EXPECT_THAT(text_of(sample, sample.alert()), HasSubstr("parent=bash[640]  container=abc  -> /etc/shadow"));
}

// Colour adds attributes and changes no other byte.
TEST(Human, Colour) {
  SampleAlert sample;
  const std::string plain = text_of(sample, sample.alert());
  std::string coloured = text_of(sample, sample.alert(), true);
  EXPECT_THAT(coloured, HasSubstr("\x1b[1;31mCRITICAL\x1b[0m"));
  for (std::size_t begin; (begin = coloured.find("\x1b[")) != std::string::npos;) {
    coloured.erase(begin, coloured.find('m', begin) - begin + 1);
  }
  EXPECT_EQ(coloured, plain);
}

TEST(Human, EveryPriorityHasItsLook) {
  const char* const expected[] = {"  EMERGENCY  Read", "  ALERT      Read", "  CRITICAL   Read", "  ERROR      Read",
                                  "  WARNING    Read", "  NOTICE     Read", "  INFO       Read", "  DEBUG      Read"};
  SampleAlert sample;
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    Alert alert = sample.alert();
    alert.priority = static_cast<Priority>(i);
    EXPECT_THAT(text_of(sample, alert), HasSubstr(expected[i]));
  }
}

TEST(Human, Objects) {
  SampleAlert sample;
  sample.open->header.error = -EACCES;
  sample.open->header.flags = PK_FLAG_path_truncated;
  EXPECT_THAT(text_of(sample, sample.alert()), HasSubstr("  -> .../etc/shadow  denied EACCES\n"));

  Record<pk_connect> connect(Kind::connect);
  connect->port = 80;
  const auto expect_address = [&](std::uint16_t family, std::string_view bytes, const char* expected) {
    connect->family = family;
    std::copy(bytes.begin(), bytes.end(), connect->address.bytes);
    EXPECT_THAT(text_of(sample, sample.alert(connect)), HasSubstr(expected));
  };
  expect_address(2, "\xa9\xfe\xa9\xfe", "  -> 169.254.169.254:80\n");
  expect_address(10, std::string_view("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16), "  -> [2001:db8::1]:80\n");
  expect_address(16, "", "  -> family 16\n");
  connect.text(&pk_connect::path, std::string_view("\0dbus", 5));
  expect_address(1, "", "  -> unix:\\x00dbus\n");

  Record<pk_exec> exec(Kind::exec);
  EXPECT_THAT(text_of(sample, sample.alert(exec)), Not(HasSubstr("->")));
}

TEST(Human, WhatIsNotKnown) {
  SampleAlert sample;
  sample.process = Process{};
  sample.process.pid = 812;
  sample.open->header.uid = 33;
  sample.attacks =
      attacks_of(std::vector<std::string>{"network", "mitre_execution", "mitre_impact", "T1059", "T1071.001"});
  EXPECT_EQ(text_of(sample, sample.alert()),
            "17:21:03.123Z  CRITICAL   Read of credential file by untrusted program            T1059 T1071.001\n"
            "                          ?[812]  user=33  -> /etc/shadow\n");
}

// No byte of an event reaches the terminal as anything but a visible character, and none can pass for a part of the
// view.
TEST(Human, HarmfulText) {
  struct Row {
    std::string_view path;
    std::string shown;
  };
  const Row rows[] = {
      {"/tmp/\x1b[2J\x07", R"(/tmp/\x1b[2J\x07)"},
      {"/tmp/a\nb\r\t", R"(/tmp/a\x0ab\x0d\x09)"},
      {"/tmp/\x7f\xc2\x9b"
       "31m",
       R"(/tmp/\x7f\x9b31m)"},  // C1: one-character CSI
      {"/tmp/\xe2\x80\xae"
       "txt.exe",
       R"(/tmp/\u{00202e}txt.exe)"},                    // right-to-left override
      {"/tmp/\xf3\xa0\x81\x81", R"(/tmp/\u{0e0041})"},  // invisible tag
      {"/tmp/\xff\xc0\xaf", R"(/tmp/\xff\xc0\xaf)"},
      {"/tmp/a  user=root", R"(/tmp/a \x20user=root)"},
      {"/tmp/a\"b\\x1b", R"(/tmp/a\"b\\x1b)"},
      {"/tmp/caf\xc3\xa9", "/tmp/caf\xc3\xa9"},
  };
  for (const Row& row : rows) {
    SampleAlert sample;
    sample.open.text(&pk_open::path, row.path);
    const std::string text = text_of(sample, sample.alert());
    EXPECT_THAT(text, HasSubstr("  -> " + row.shown + "\n"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  }
}

// What events about sockets were done to.
TEST(Human, Sockets) {
  const auto shown = [](auto& record, std::string_view host_name = {}) {
    SampleAlert sample;
    Event event = record.event(sample.process, &sample.names);
    event.host_name = host_name;
    Alert alert = sample.alert(record);
    alert.event = &event;
    const std::string text = text_of(sample, alert);
    const std::size_t at = text.find("  -> ");
    return at == text.npos ? "nothing" : text.substr(at + 5, text.find('\n', at) - at - 5);
  };
  Record<pk_connect> connect(Kind::connect);
  connect->family = 2;
  connect->port = 443;
  connect->address = {{192, 0, 2, 1}};
  EXPECT_EQ(shown(connect), "192.0.2.1:443");
  EXPECT_EQ(shown(connect, "www.example.test"), "192.0.2.1:443 (www.example.test)");
  Record<pk_listen> listen(Kind::listen);
  listen->family = 10;
  listen->port = 22;
  EXPECT_EQ(shown(listen), "[::]:22");
  Record<pk_bind> bind(Kind::bind);
  bind->family = 1;
  bind.text(&pk_bind::path, "/run/x");
  EXPECT_EQ(shown(bind), "unix:/run/x");
  Record<pk_dup> dup(Kind::dup);
  dup->new_descriptor = 1;
  dup->family = 2;
  dup->port = 4444;
  dup->address = {{192, 0, 2, 1}};
  EXPECT_EQ(shown(dup), "descriptor 1 = 192.0.2.1:4444");
  Record<pk_dup> file(Kind::dup);
  file.text(&pk_dup::path, "/tmp/x");
  EXPECT_EQ(shown(file), "descriptor 0 = /tmp/x");
  Record<pk_dns> dns(Kind::dns);
  dns.text(&pk_dns::message,
           std::string_view("\0\7\x81\x80\0\1\0\1\0\0\0\0\1x\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\7\0\4\1\2\3\4", 35));
  EXPECT_EQ(shown(dns), "x A NOERROR 1.2.3.4");
}

TEST(Human, LongCommandLinesAreCut) {
  SampleAlert sample;
  sample.process.cmdline = "cat " + std::string(10'000, 'x');
  const std::string text = text_of(sample, sample.alert());
  EXPECT_THAT(text, HasSubstr("xxx...\"  user=root"));
  EXPECT_LT(text.size(), 1000u);
}

TEST(Human, LongLineagesAreCut) {
  SampleAlert sample;
  std::vector<Process> line(12);
  for (std::size_t i = 0; i + 1 < line.size(); ++i) line[i].parent = &line[i + 1];
  for (std::size_t i = 0; i < line.size(); ++i) line[i].pid = static_cast<std::uint32_t>(100 + i);
  sample.process.parent = line.data();
  EXPECT_THAT(text_of(sample, sample.alert()), HasSubstr("by ... > ?[107] > ?[106]"));
}

TEST(Human, UndeliveredMessages) {
  SampleAlert sample;
  const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 10},
                                       {"too_large", "they were too large", 2}};
  std::string out;
  append_human(out, Undelivered{"file /\x1b", 12, causes, 60'000'000'000, 120'000'000'000, 1'785'000'000'000'000'000},
               false, sample.scratch);
  EXPECT_THAT(out, HasSubstr("  12 messages for 'file /\\x1b' were dropped between 2026-07-25T17:21:00.000000000Z and "
                             "2026-07-25T17:22:00.000000000Z: its queue was full (10), they were too large (2)\n"));
}

TEST(Human, ThrottledAlerts) {
  SampleAlert sample;
  sample.throttled = 17;
  EXPECT_THAT(text_of(sample, sample.alert()), HasSubstr("  (17 more like it were suppressed before)\n"));

  std::string out;
  append_human(out,
               Throttled{"Shell", "proc.name=\x1b[m", 2, 60'000'000'000, 63'123'456'789, 1'785'000'000'000'000'000},
               false, sample.scratch);
  EXPECT_EQ(out,
            "17:21:03.123Z  THROTTLED  2 alerts of 'Shell' (proc.name=\\x1b[m) were suppressed between "
            "2026-07-25T17:21:00.000000000Z and 2026-07-25T17:21:03.123456789Z\n");
}

TEST(Human, ChangesOfEnforcement) {
  SampleAlert sample;
  std::string out;
  append_human(out,
               EnforcementChange{.from = "enforce",
                                 .to = "off",
                                 .cause = "command",
                                 .time = 60'000'000'000,
                                 .until = 63'123'456'789,
                                 .uid = 0,
                                 .pid = 812,
                                 .process = "/usr/bin/\x1b[m",
                                 .key = "abc",
                                 .wall_clock_offset = 1'785'000'000'000'000'000},
               false, sample.scratch);
  append_human(out, EnforcementChange{.from = "lapsed", .to = "enforce", .cause = "dead_man", .time = 0}, false,
               sample.scratch);
  EXPECT_EQ(out,
            "17:21:00.000Z  ENFORCING  enforcement changed from enforce to off until 2026-07-25T17:21:03.123456789Z "
            "(command of /usr/bin/\\x1b[m, pid 812, uid 0, by an order of the key abc)\n"
            "00:00:00.000Z  ENFORCING  enforcement changed from lapsed to enforce (dead_man)\n");
}

TEST(Human, Takeovers) {
  SampleAlert sample;
  const struct {
    Meanwhile meanwhile;
    const char* text;
  } rows[] = {
      {{.since = 60'000'000'000, .until = 61'000'000'000, .refused = 12, .recorded = 10},
       "12 operations were refused without a sensor since 1970-01-01T00:01:00.000000000Z, 10 of them recorded"},
      {{.since = 60'000'000'000, .until = 61'000'000'000, .refused = 1, .recorded = 1},
       "1 operation was refused without a sensor since 1970-01-01T00:01:00.000000000Z, 1 of them recorded"},
      {{.until = 61'000'000'000, .counted = false},
       "an unknown number of operations were refused without a sensor, 0 of them recorded"},
  };
  for (const auto& row : rows) {
    std::string out;
    append_human(out,
                 EnforcementChange{.from = "enforce", .to = "audit", .cause = "takeover", .meanwhile = &row.meanwhile},
                 false, sample.scratch);
    EXPECT_EQ(out, std::string("00:00:00.000Z  ENFORCING  enforcement changed from enforce to audit (takeover): ") +
                       row.text + "\n");
  }
}

TEST(Human, Loss) {
  SampleAlert sample;
  Record<pk_loss> loss(Kind::loss);
  loss->header.time = loss->until = 2'000'000'000;
  loss->since = 1'000'000'000;
  loss->lost_kind = PK_open;
  loss->count = 1;
  std::string out;
  append_human(out, loss.event(sample.process, &sample.names), false, sample.scratch);
  EXPECT_EQ(out,
            "00:00:02.000Z  LOSS       1 open event was lost between 1970-01-01T00:00:01.000000000Z and "
            "1970-01-01T00:00:02.000000000Z\n");
}

}  // namespace
}  // namespace picket
