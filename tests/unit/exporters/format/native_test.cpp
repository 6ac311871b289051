// SPDX-License-Identifier: Apache-2.0
//
// Native JSON, read back with another parser. schema_test.cpp holds it against the schemas.
#include "exporters/format/native.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/native_line.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Record;
using test::SampleAlert;

std::string line_of(SampleAlert& sample, const Alert& alert) {
  return test::native_line(alert, sample.host, sample.scratch);
}

json parse(SampleAlert& sample, const Alert& alert) {
  const std::string line = line_of(sample, alert);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
  return json::parse(line);
}

TEST(Native, Golden) {
  std::ifstream file(PICKET_SOURCE_DIR "/tests/golden/native_alert.json", std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  SampleAlert sample;
  EXPECT_EQ(line_of(sample, sample.alert()), expected);
}

// Or long arguments would make an alert that nobody takes.
TEST(Native, ArgumentsOfAncestorsHaveABound) {
  SampleAlert sample;
  sample.sshd.argv.assign(200'000, '\x01');
  sample.init.argv.assign(200'000, '\x01');
  const std::string line = line_of(sample, sample.alert());
  EXPECT_LT(line.size(), 6 * 200'000 + 10'000u);
  const json ancestors = json::parse(line)["ancestors"];
  EXPECT_TRUE(ancestors[1].contains("argv"));
  EXPECT_FALSE(ancestors[1].contains("start_left_out"));
  EXPECT_FALSE(ancestors[2].contains("argv"));
  EXPECT_EQ(ancestors[2]["start_left_out"], true);
}

TEST(Native, AppendsBehindWhatIsThere) {
  SampleAlert sample;
  NativeJson native(sample.host);
  TextBuffer out;
  native.append(out, sample.alert(), sample.scratch);
  const std::string once(out.view());
  native.append(out, sample.alert(), sample.scratch);
  EXPECT_EQ(out.view(), once + once);
}

// What is kept of one record's time is right for the next one, in the same second or not.
TEST(Native, TimeOfEachRecord) {
  constexpr std::uint64_t kSecond = 1'000'000'000, kDay = 86400 * kSecond;
  SampleAlert sample;
  NativeJson native(sample.host);
  struct Row {
    std::uint64_t since_1970;
    std::string_view time;
  };
  const Row rows[] = {
      {0, "1970-01-01T00:00:00.000000000Z"},
      {1, "1970-01-01T00:00:00.000000001Z"},
      {kSecond - 1, "1970-01-01T00:00:00.999999999Z"},
      {kSecond, "1970-01-01T00:00:01.000000000Z"},
      {kSecond + 123'456'789, "1970-01-01T00:00:01.123456789Z"},
      {kDay + kSecond + 1'020'304, "1970-01-02T00:00:01.001020304Z"},
      {kSecond, "1970-01-01T00:00:01.000000000Z"},
  };
  for (const Row& row : rows) {
    const Alert& alert = sample.alert();
    Event event = *alert.event;
    event.wall_clock_offset = static_cast<std::int64_t>(row.since_1970 - event.header->time);
    Alert then = alert;
    then.event = &event;
    TextBuffer out;
    native.append(out, then, sample.scratch);
    EXPECT_EQ(json::parse(out.view())["time"], row.time);
  }
}

TEST(Native, BytesThatAreNotText) {
  SampleAlert sample;
  sample.process.comm =
      "\xff"
      "evil";
  sample.process.argv = std::string("a\0\xfe\0", 4);
  sample.process.cmdline =
      "\xff"
      "evil \xfe";
  sample.open.text(&pk_open::path, "/tmp/\xc0\xaf\n\"");
  const json alert = parse(sample, sample.alert());
  EXPECT_EQ(alert["process"]["name"],
            "\xef\xbf\xbd"
            "evil");
  EXPECT_EQ(alert["process"]["name_base64"], "/2V2aWw=");
  EXPECT_EQ(alert["process"]["argv"], json({"a", "\xef\xbf\xbd"}));
  EXPECT_EQ(alert["process"]["argv_base64"], json({"YQ==", "/g=="}));
  EXPECT_EQ(alert["event"]["open"]["path_base64"], "L3RtcC/Arwoi");
  EXPECT_EQ(alert["output_fields"]["fd.name_base64"], "L3RtcC/Arwoi");
  EXPECT_FALSE(alert["process"].contains("exe_base64"));
}

TEST(Native, OutputFields) {
  SampleAlert sample;
  sample.output.clear();
  for (const auto& [token, name, index] :
       std::initializer_list<std::tuple<const char*, const char*, int>>{{"proc.aname[2]", "proc.aname", 2},
                                                                        {"proc.aname[9]", "proc.aname", 9},
                                                                        {"evt.is_open_read", "evt.is_open_read", -1},
                                                                        {"user.loginuid", "user.loginuid", -1},
                                                                        {"proc.pid", "proc.pid", -1},
                                                                        {"proc.pid", "proc.pid", -1}}) {
    sample.output.push_back({token, find_field(name), index});
  }
  const std::string line = line_of(sample, sample.alert());
  EXPECT_NE(line.find(R"("output_fields":{"proc.aname[2]":"sshd","proc.aname[9]":null,"evt.is_open_read":true,)"
                      R"("user.loginuid":1000,"proc.pid":812})"),
            std::string::npos)
      << line;
}

TEST(Native, ConnectAddresses) {
  struct Row {
    std::uint16_t family;
    std::array<unsigned char, 4> address;
    std::string_view path;
    json expected;
  };
  const Row rows[] = {
      {2, {169, 254, 169, 254}, "", "169.254.169.254"},
      {10, {0x20, 0x01, 0x0d, 0xb8}, "", "2001:db8::"},
      {1, {}, "/run/docker.sock", nullptr},
      {16, {1, 2, 3, 4}, "", nullptr},
  };
  for (const Row& row : rows) {
    SampleAlert sample;
    Record<pk_connect> record(Kind::connect);
    record->family = row.family;
    std::copy(row.address.begin(), row.address.end(), record->address.bytes);
    record.text(&pk_connect::path, row.path);
    const json fields = parse(sample, sample.alert(record))["event"]["connect"];
    EXPECT_EQ(fields.value("address", json()), row.expected) << row.family;
    EXPECT_EQ(fields.contains("path"), !row.path.empty()) << row.family;
    EXPECT_FALSE(fields.contains("reserved"));
  }
}

TEST(Native, Decision) {
  struct Row {
    std::int32_t error;
    const char* expected;
  };
  const Row rows[] = {
      {0, R"("decision":"allowed","outcome":"unknown","open")"},
      {-EACCES, R"("decision":"denied","outcome":"failure","error":"EACCES","errno":13,"open")"},
      {-4000, R"("decision":"denied","outcome":"failure","error":"EUNKNOWN","errno":4000,"open")"},
      {INT32_MIN, R"("decision":"denied","outcome":"failure","error":"EUNKNOWN","errno":2147483648,"open")"}};
  for (const Row& row : rows) {
    SampleAlert sample;
    sample.open->header.error = row.error;
    EXPECT_NE(line_of(sample, sample.alert()).find(row.expected), std::string::npos) << row.error;
  }
}

TEST(Native, Flags) {
  SampleAlert sample;
  sample.open->header.flags = PK_FLAG_io_worker | PK_FLAG_path_truncated;
  sample.process.flags = PK_FLAG_backfilled;
  sample.process.exe_flags = PK_EXE_memfd | PK_EXE_unlinked;
  const json alert = parse(sample, sample.alert());
  EXPECT_EQ(alert["event"]["flags"], json({"path_truncated", "io_worker"}));
  EXPECT_EQ(alert["process"]["flags"], json({"backfilled"}));
  EXPECT_EQ(alert["process"]["executable"]["flags"], json({"memfd", "unlinked"}));
}

TEST(Native, WhatIsNotKnownIsLeftOut) {
  SampleAlert sample;
  sample.process = Process{};
  sample.process.pid = 812;
  sample.process.uid = 33;
  sample.tags.clear();
  sample.description.clear();
  const json alert = parse(sample, sample.alert());
  EXPECT_FALSE(alert.contains("parent"));
  EXPECT_FALSE(alert.contains("description"));
  EXPECT_EQ(alert["ancestors"], json::array());
  EXPECT_EQ(alert["tags"], json::array());
  const json& process = alert["process"];
  EXPECT_EQ(process["known"], false);
  EXPECT_EQ(process["user"], json({{"uid", 33}}));
  for (const char* member :
       {"name", "exe", "cmdline", "args", "argv", "real_user", "login_user", "namespaces", "tty"}) {
    EXPECT_FALSE(process.contains(member)) << member;
  }
}

TEST(Native, AtMostSixteenAncestors) {
  SampleAlert sample;
  std::vector<Process> line(40);
  for (std::size_t i = 0; i + 1 < line.size(); ++i) line[i].parent = &line[i + 1];
  for (std::size_t i = 0; i < line.size(); ++i) line[i].pid = static_cast<std::uint32_t>(100 + i);
  sample.process.parent = line.data();
  const json ancestors = parse(sample, sample.alert())["ancestors"];
  ASSERT_EQ(ancestors.size(), 16u);
  EXPECT_EQ(ancestors[0]["pid"], 100);
  EXPECT_EQ(ancestors[15]["pid"], 115);
}

TEST(Native, Loss) {
  Record<pk_loss> loss(Kind::loss);
  loss->header.time = 2'000'000'000;
  loss->lost_kind = PK_open;
  loss->count = 12;
  loss->since = 1'000'000'000;
  loss->until = 2'000'000'000;
  const Process sensor;
  test::FakeNames names;
  Scratch scratch;
  const std::string out =
      test::native_line(loss.event(sensor, &names), Host{"web-1", "0123456789abcdef0123456789abcdef"}, scratch);
  EXPECT_EQ(out, R"({"schema":"picket.event.v1","time":"1970-01-01T00:00:02.000000000Z",)"
                 R"("host":{"name":"web-1","boot_id":"0123456789abcdef0123456789abcdef"},)"
                 R"("message":"12 open events were lost between 1970-01-01T00:00:01.000000000Z )"
                 R"(and 1970-01-01T00:00:02.000000000Z","event":{"kind":"loss",)"
                 R"("loss":{"lost_kind":4,"count":12,"since":1000000000,"until":2000000000}}})"
                 "\n");
}

}  // namespace
}  // namespace picket
